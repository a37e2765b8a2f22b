// Package agents asks the agents in the nodes' pods what seid says of itself. It runs beside the reconciler, so that no pod that
// does not answer holds one up, and wakes a node only when there is something new to tell.
package agents

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

const (
	// interval is how often each agent is asked.
	interval = 10 * time.Second
	// timeout bounds one question: the agent answers from memory.
	timeout = 2 * time.Second
	// parallel is how many agents are asked at once.
	parallel = 16
	// maxAnswer bounds an answer, in bytes; it has some 300.
	maxAnswer = 64 << 10
	// coarse is by how many blocks a height must move before it is written: at 0.4 s a block once in an hour.
	coarse = 10_000
)

// Watcher asks the agents of all nodes again and again.
type Watcher struct {
	// Reader finds the pods, from the cache.
	Reader client.Reader
	// Address says where a pod's agent listens; nil means the pod's IP and seid.AgentPort.
	Address func(*corev1.Pod) string
	// Changed gets an event for each node that has something new to tell.
	Changed chan event.GenericEvent

	http   http.Client
	mutex  sync.Mutex
	latest map[types.UID]seid.NodeStatus // by the pod's UID: what a former pod said is not true of its successor
	shown  map[types.UID]*seiv1alpha1.NodeStatus
}

// NewWatcher returns a watcher that has asked nobody yet.
func NewWatcher(reader client.Reader) *Watcher {
	return &Watcher{
		Reader: reader, Changed: make(chan event.GenericEvent, 1024), http: http.Client{Timeout: timeout},
		latest: map[types.UID]seid.NodeStatus{}, shown: map[types.UID]*seiv1alpha1.NodeStatus{},
	}
}

// Latest returns what the agent in the pod said last, false if nobody asked it yet. In a pod that does not run nothing answers.
func (w *Watcher) Latest(pod *corev1.Pod) (seid.NodeStatus, bool) {
	if w == nil || pod == nil {
		return seid.NodeStatus{}, false
	}
	if pod.Status.Phase != corev1.PodRunning {
		return seid.NodeStatus{}, true
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	status, known := w.latest[pod.UID]
	return status, known
}

// Start asks until ctx is done. It is a Runnable of the manager, which starts it on the leader alone.
func (w *Watcher) Start(ctx context.Context) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		w.Round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Round asks every agent once.
func (w *Watcher) Round(ctx context.Context) {
	pods := &corev1.PodList{}
	if err := w.Reader.List(ctx, pods, client.HasLabels{seiv1alpha1.LabelNodeUID}); err != nil {
		return // the next round tries again
	}
	slots, group := make(chan struct{}, parallel), sync.WaitGroup{}
	asked := map[types.UID]bool{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Status.PodIP == "" || pod.Status.Phase != corev1.PodRunning {
			continue
		}
		asked[pod.UID] = true
		slots <- struct{}{}
		group.Go(func() {
			w.keep(ctx, pod, w.ask(ctx, pod))
			<-slots
		})
	}
	group.Wait()
	w.forget(asked)
}

// ask returns what a pod's agent says; one that does not answer says that nothing answers.
func (w *Watcher) ask(ctx context.Context, pod *corev1.Pod) seid.NodeStatus {
	var status seid.NodeStatus
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.address(pod)+"/status", http.NoBody)
	if err != nil {
		return status
	}
	response, err := w.http.Do(request)
	if err != nil {
		return status
	}
	defer func() { _ = response.Body.Close() }()
	if json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&status) != nil {
		return seid.NodeStatus{}
	}
	return status
}

func (w *Watcher) address(pod *corev1.Pod) string {
	if w.Address != nil {
		return w.Address(pod)
	}
	return net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(int(seid.AgentPort)))
}

// keep remembers the answer, and wakes the node if its status would change.
func (w *Watcher) keep(ctx context.Context, pod *corev1.Pod, status seid.NodeStatus) {
	w.mutex.Lock()
	before, known := w.latest[pod.UID]
	shown := Summarize(w.shown[pod.UID], status)
	changed := !known || before.Answers != status.Answers || !equality.Semantic.DeepEqual(shown, w.shown[pod.UID])
	w.latest[pod.UID], w.shown[pod.UID] = status, shown
	w.mutex.Unlock()
	if !changed {
		return
	}
	woken := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Labels[seiv1alpha1.LabelNode]}}
	select {
	case w.Changed <- event.GenericEvent{Object: woken}:
	case <-ctx.Done():
	}
}

// forget drops what pods said that run no more.
func (w *Watcher) forget(asked map[types.UID]bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for pod := range w.latest {
		if !asked[pod] {
			delete(w.latest, pod)
			delete(w.shown, pod)
		}
	}
}

// Summarize is what status.node shows of an answer, in place of what it showed before. Heights move in coarse steps, or with
// something else that changed: a chain makes blocks for ever, and a fleet at rest writes nothing.
func Summarize(before *seiv1alpha1.NodeStatus, now seid.NodeStatus) *seiv1alpha1.NodeStatus {
	if !now.Answers {
		return silent(before, now)
	}
	fresh := &seiv1alpha1.NodeStatus{
		NodeID: now.NodeID, Height: now.Height, EarliestHeight: now.EarliestHeight, CatchingUp: now.CatchingUp,
	}
	if before == nil || moved(before.Height, fresh.Height) || moved(before.EarliestHeight, fresh.EarliestHeight) {
		return fresh
	}
	same := *fresh
	same.Height, same.EarliestHeight = before.Height, before.EarliestHeight
	if equality.Semantic.DeepEqual(before, &same) {
		return before
	}
	return fresh
}

func moved(from, to int64) bool { return to-from >= coarse || from-to >= coarse }

// silent keeps what a node said last, and adds what it stopped for.
func silent(before *seiv1alpha1.NodeStatus, now seid.NodeStatus) *seiv1alpha1.NodeStatus {
	if now.UpgradeHalt == nil {
		return before
	}
	halted := &seiv1alpha1.NodeStatus{}
	if before != nil {
		halted = before.DeepCopy()
	}
	halted.UpgradeHalt = &seiv1alpha1.UpgradeHalt{Name: now.UpgradeHalt.Name, Height: now.UpgradeHalt.Height}
	return halted
}

// Synced is the condition that an answer amounts to: status, reason and message.
func Synced(now seid.NodeStatus) (status metav1.ConditionStatus, reason, message string) {
	switch {
	case now.UpgradeHalt != nil:
		return metav1.ConditionFalse, seiv1alpha1.ReasonUpgradeHalt, fmt.Sprintf(
			"seid does not answer, and data/upgrade-info.json names upgrade %q at height %d; unless it is still starting, change spec.image to one that knows it",
			now.UpgradeHalt.Name, now.UpgradeHalt.Height)
	case !now.Answers:
		return metav1.ConditionUnknown, seiv1alpha1.ReasonNoAnswer, "seid or the agent beside it does not answer; its RPC opens after replay and state sync"
	case now.CatchingUp:
		return metav1.ConditionFalse, seiv1alpha1.ReasonCatchingUp, "seid is behind its peers and catches up"
	}
	return metav1.ConditionTrue, seiv1alpha1.ReasonCaughtUp, "seid is at the tip of the chain, as far as its peers tell"
}
