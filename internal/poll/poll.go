// Package poll asks the agents in the nodes' pods what seid says of itself. It runs beside the reconciler, each pod is asked by itself,
// and one that does not answer is asked ever more seldom: it delays nobody. A node is woken only when there is news of it.
//
// What is asked is never anybody's choice but Kubernetes': a pod that the StatefulSet of an existing SeiNode controls, by the address that
// the kubelet reported. Nothing of an answer is followed, and all of it is bounded.
package poll

import (
	"context"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// parallel is how many agents are asked at once in each lane. Each is given up after answerTimeout, so that a thousand silent pods
	// that are asked every few minutes take a fraction of it.
	parallel = 16
	// discovery is how often the cache is looked through for pods that are new, or whose readiness changed.
	discovery = 10 * time.Second
)

// Poller asks the agents of all nodes again and again.
type Poller struct {
	// Reader finds the pods and the SeiNodes, from the cache.
	Reader client.Reader
	// Address says where a pod's agent listens; nil means the pod's IP and seid.AgentPort.
	Address func(*corev1.Pod) (string, error)
	// Changed gets an event for each node of which there is news.
	Changed chan event.GenericEvent
	// HeightEvery is after how long a node's height is news by itself; 0 means never.
	HeightEvery time.Duration
	// Clock tells the time.
	Clock clock.PassiveClock

	http  http.Client
	lanes map[bool]queue
	mutex sync.Mutex
	known map[types.NamespacedName]*acquaintance
}

// queue holds the pods that are to be asked, each once. There are two, each with workers of its own: ready pods, which answer, do not
// wait behind those that may not, such as the pods of a zone that is lost.
type queue = workqueue.TypedDelayingInterface[types.NamespacedName]

// acquaintance is what is known of the agent in one pod.
type acquaintance struct {
	pod types.UID
	// told is what the node was last woken for, and since when; nil before the first answer.
	told  *wire.NodeStatus
	since time.Time
	// silences counts the questions in a row that were not answered; ready is the pod's readiness when it was last asked.
	silences int
	ready    bool
	// signed is the newest that the node is known to have signed, news or not.
	signed *wire.Signed
}

// New returns a poller that has asked nobody yet.
func New(reader client.Reader, heightEvery time.Duration) *Poller {
	return &Poller{
		Reader: reader, Changed: make(chan event.GenericEvent, 1024), HeightEvery: heightEvery, Clock: clock.RealClock{},
		http: newClient(), known: map[types.NamespacedName]*acquaintance{},
		lanes: map[bool]queue{true: newQueue(), false: newQueue()},
	}
}

func newQueue() queue {
	return workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[types.NamespacedName]{})
}

// Latest returns what the agent in the pod was last heard to say that was news, false if nobody asked it yet. In a pod that does not run
// nothing answers.
func (p *Poller) Latest(pod *corev1.Pod) (wire.NodeStatus, bool) {
	if p == nil || pod == nil {
		return wire.NodeStatus{}, false
	}
	if !listens(pod) {
		return wire.NodeStatus{}, true
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	found := p.known[client.ObjectKeyFromObject(pod)]
	if found == nil || found.told == nil || found.pod != pod.UID {
		return wire.NodeStatus{}, false // what a former pod said is not true of its successor
	}
	told := *found.told
	told.Signed = found.signed // whoever asks is to have the newest
	return told, true
}

// Hurry has the agent in a pod asked now, and not when it is its turn.
func (p *Poller) Hurry(pod *corev1.Pod) {
	if p != nil && mayAnswer(pod) {
		p.lanes[ready(pod)].Add(client.ObjectKeyFromObject(pod))
	}
}

// Start asks until ctx is done. It is a Runnable of the manager, which starts it on the leader alone.
func (p *Poller) Start(ctx context.Context) error {
	var workers sync.WaitGroup
	for lane := range p.lanes {
		for range parallel {
			workers.Go(func() {
				for p.next(ctx, p.lanes[lane]) {
				}
			})
		}
	}
	ticker := time.NewTicker(discovery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		p.discover(ctx)
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	for _, lane := range p.lanes {
		lane.ShutDown()
	}
	workers.Wait()
	return nil
}

// discover finds the pods that are to be asked and are not yet, and those whose readiness changed: they are asked at once.
func (p *Poller) discover(ctx context.Context) {
	pods := &corev1.PodList{}
	if err := p.Reader.List(ctx, pods, client.HasLabels{seiv1alpha1.LabelNodeUID}, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing the nodes' pods")
		return // the next look tries again
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	there := map[types.NamespacedName]bool{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if !mayAnswer(pod) {
			continue
		}
		key := client.ObjectKeyFromObject(pod)
		there[key] = true
		if found := p.known[key]; found == nil || found.pod != pod.UID || found.ready != ready(pod) {
			p.lanes[ready(pod)].Add(key)
		}
	}
	for key := range p.known {
		if !there[key] {
			delete(p.known, key)
		}
	}
}

// next asks the agent whose turn it is, and says whether there may be another.
func (p *Poller) next(ctx context.Context, lane queue) bool {
	key, shutdown := lane.Get()
	if shutdown {
		return false
	}
	defer lane.Done(key)
	if again, isReady := p.visit(ctx, key); again > 0 {
		p.lanes[isReady].AddAfter(key, again)
	}
	return true
}

// visit asks the agent in one pod, keeps what is new, and says when to ask again and in which lane; 0 for a pod that is not to be asked
// any more.
func (p *Poller) visit(ctx context.Context, key types.NamespacedName) (again time.Duration, isReady bool) {
	pod, node := &corev1.Pod{}, &seiv1alpha1.SeiNode{}
	if p.Reader.Get(ctx, key, pod) != nil || !mayAnswer(pod) ||
		p.Reader.Get(ctx, types.NamespacedName{Namespace: key.Namespace, Name: pod.Labels[seiv1alpha1.LabelNode]}, node) != nil || !belongs(pod, node) {
		return 0, false
	}
	answer, answered := p.ask(ctx, pod)
	found, isNews := p.keep(pod, node, answer, answered)
	if isNews {
		woken := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: node.Name}}
		select {
		case p.Changed <- event.GenericEvent{Object: woken}:
		case <-ctx.Done():
		}
	}
	return pause(found.silences, found.ready, pod.UID), found.ready
}

// keep remembers the answer if it is news, and says so.
func (p *Poller) keep(pod *corev1.Pod, node *seiv1alpha1.SeiNode, answer wire.NodeStatus, answered bool) (acquaintance, bool) {
	now := p.Clock.Now()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	key := client.ObjectKeyFromObject(pod)
	found := p.known[key]
	if found == nil || found.pod != pod.UID {
		found = &acquaintance{pod: pod.UID}
		p.known[key] = found
	}
	found.ready, found.silences = ready(pod), found.silences+1
	if answered {
		found.silences = 0
	}
	if answer.Signed != nil {
		found.signed = answer.Signed
	}
	told, since, isNews := news(found, answer, node.Status.Node, p.HeightEvery, now)
	found.told, found.since = &told, since
	return *found, isNews
}
