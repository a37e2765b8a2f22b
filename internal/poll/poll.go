// Package poll asks the agents in the nodes' pods what seid says of itself. It runs beside the reconciler, each pod is asked by itself,
// and one that does not answer is asked ever more seldom: it delays nobody. A pod's readiness is its agent's own word, so that a change of it,
// which the watch brings, has the agent asked at once, and one that is well is asked seldom. A node is woken only when there is news of it.
//
// What is asked is never anybody's choice but Kubernetes': a pod that the StatefulSet of an existing SeiNode controls, by the address that
// the kubelet reported. Nothing of an answer is followed, and all of it is bounded.
package poll

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// parallel is how many agents are asked at once that answer, as far as is known.
	parallel = 16
	// parallelSilent is how many others are. Each is given up after answerTimeout, so that a thousand that fall silent at once, with the zone
	// that they are in, take half a minute, and then ever less.
	parallelSilent = 64
)

// Poller asks the agents of all nodes again and again.
type Poller struct {
	// Reader finds the pods and the SeiNodes, from the cache.
	Reader client.Reader
	// Informers has the pods noticed as they change.
	Informers cache.Informers
	// Address says where a pod's agent listens; nil means the pod's IP and seid.AgentPort.
	Address func(*corev1.Pod) (string, error)
	// Changed gets an event for each node of which there is news.
	Changed chan event.GenericEvent
	// HeightEvery is after how long a node's height is news by itself; 0 means never.
	HeightEvery time.Duration
	// Clock tells the time.
	Clock clock.PassiveClock

	// lanes are that of agents which answer, and that of the others.
	lanes map[bool]queue
	mutex sync.Mutex
	known map[types.NamespacedName]*acquaintance
}

// queue holds the pods that are to be asked, each once. There are two, each with workers of its own: those that answer do not wait behind
// those that may not, such as the pods of a zone that is lost.
type queue = workqueue.TypedDelayingInterface[types.NamespacedName]

// acquaintance is what is known of the agent in one pod.
type acquaintance struct {
	pod types.UID
	// told is what the node was last woken for, and since when; nil before the first answer.
	told  *wire.NodeStatus
	since time.Time
	// pulse is what the pod was like when it was last asked; well says that it was ready, and so was the node by the agent's answer.
	pulse pulse
	well  bool
	// silences counts the questions in a row that were not answered, and answers those that were.
	silences, answers int
	// signed is the newest that the node is known to have signed, news or not.
	signed *wire.Signed
}

// New returns a poller that has asked nobody yet. It cannot be started without Informers.
func New(reader client.Reader, heightEvery time.Duration) *Poller {
	return &Poller{
		Reader: reader, Changed: make(chan event.GenericEvent, 1024), HeightEvery: heightEvery, Clock: clock.RealClock{},
		known: map[types.NamespacedName]*acquaintance{},
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
	if p == nil || !mayAnswer(pod) {
		return
	}
	key := client.ObjectKeyFromObject(pod)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.lanes[quick(pod, p.known[key])].Add(key)
}

// Start asks until ctx is done. It is a Runnable of the manager, which starts it on the leader alone.
func (p *Poller) Start(ctx context.Context) error {
	stop, err := p.watch(ctx)
	if err != nil {
		return fmt.Errorf("watching the nodes' pods: %w", err)
	}
	defer stop()
	var workers sync.WaitGroup
	for lane, hands := range map[bool]int{true: parallel, false: parallelSilent} {
		for range hands {
			workers.Go(func() {
				for p.next(ctx, p.lanes[lane]) {
				}
			})
		}
	}
	<-ctx.Done()
	for _, lane := range p.lanes {
		lane.ShutDown()
	}
	workers.Wait()
	return nil
}

// next asks the agent whose turn it is, and says whether there may be another.
func (p *Poller) next(ctx context.Context, lane queue) bool {
	key, shutdown := lane.Get()
	if shutdown {
		return false
	}
	defer lane.Done(key)
	if again, isQuick := p.visit(ctx, key); again > 0 {
		p.lanes[isQuick].AddAfter(key, again)
	}
	return true
}

// visit asks the agent in one pod, keeps what is new, and says when to ask again and in which lane; 0 for a pod that is not to be asked
// any more.
func (p *Poller) visit(ctx context.Context, key types.NamespacedName) (again time.Duration, isQuick bool) {
	pod, node, err := p.find(ctx, key)
	switch {
	case client.IgnoreNotFound(err) != nil:
		return askUnready, false
	case err != nil || !mayAnswer(pod) || !belongs(pod, node):
		p.forget(key)
		return 0, false
	}
	answer, answered := p.ask(ctx, pod)
	found, among, isNews := p.keep(pod, node, answer, answered)
	if isNews {
		woken := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: node.Name}}
		select {
		case p.Changed <- event.GenericEvent{Object: woken}:
		case <-ctx.Done():
		}
	}
	return found.pause(among, p.Clock.Now()), quick(pod, &found)
}

// find reads a pod, and the SeiNode that it names. They are the cache's own, and not to be changed: most questions bring no news.
func (p *Poller) find(ctx context.Context, key types.NamespacedName) (*corev1.Pod, *seiv1alpha1.SeiNode, error) {
	pod, node := &corev1.Pod{}, &seiv1alpha1.SeiNode{}
	if err := p.Reader.Get(ctx, key, pod, client.UnsafeDisableDeepCopy); err != nil {
		return nil, nil, err
	}
	key.Name = pod.Labels[seiv1alpha1.LabelNode]
	return pod, node, p.Reader.Get(ctx, key, node, client.UnsafeDisableDeepCopy)
}

// keep remembers the answer if it is news, and says so, and how many agents are known.
func (p *Poller) keep(pod *corev1.Pod, node *seiv1alpha1.SeiNode, answer wire.NodeStatus, answered bool) (_ acquaintance, among int, isNews bool) {
	now := p.Clock.Now()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	key := client.ObjectKeyFromObject(pod)
	found := p.known[key]
	if found == nil || found.pod != pod.UID {
		found = &acquaintance{pod: pod.UID}
		p.known[key] = found
	}
	found.heard(pulseOf(pod), answer, answered)
	told, since, isNews := news(found, answer, node.Status.Node, p.HeightEvery, now)
	if !isNews && toNote(node.Status.Signing, told.Signed, answer.Signed) {
		told, since, isNews = answer, now, true
	}
	found.told, found.since = &told, since
	return *found, len(p.known), isNews
}

// heard notes whether the agent in a pod answered, and that it is well.
func (a *acquaintance) heard(now pulse, answer wire.NodeStatus, answered bool) {
	a.pulse, a.well = now, now.ready && answer.Ready
	if answer.Signed != nil {
		a.signed = answer.Signed
	}
	if !answered {
		a.silences, a.answers = a.silences+1, 0
		return
	}
	a.silences, a.answers = 0, a.answers+1
}
