// Package lookup finds out what takes long to say, beside the reconciler: whether a name resolves, and which external address a machine has. Each node has one
// question at the most. It is asked again for as long as it stands, a question without an answer sooner, and the node is woken when the answer is another one.
package lookup

import (
	"context"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	// parallel is how many questions are asked at once: a name server that is silent holds up no other node for long.
	parallel = 8
	// patience bounds one look.
	patience = 5 * time.Second
	// soon is when a question that had no answer is asked again, and later one that had.
	soon, later = 30 * time.Second, 10 * time.Minute
)

// Question is what is to be found out; empty, nothing is.
type Question struct {
	// Name is a DNS name: does it resolve?
	Name string
	// Machine is a machine of the cluster: which external address does it have?
	Machine string
}

// Answer is what was found out.
type Answer struct {
	// Known says whether anybody has looked yet.
	Known bool
	// Address is the name that resolves, or the machine's external address; "" for none.
	Address string
	// Why says why there is none. It holds nothing that is another one each time.
	Why string
}

// Finder answers the questions of all nodes.
type Finder struct {
	// Machines reads a machine, past the cache.
	Machines client.Reader
	// Resolve is how a name is looked up; nil means the DNS of this process.
	Resolve func(ctx context.Context, name string) error
	// Changed gets an event for each node that has another answer.
	Changed chan event.GenericEvent

	queue workqueue.TypedDelayingInterface[types.NamespacedName]
	mutex sync.Mutex
	asked map[types.NamespacedName]entry
}

type entry struct {
	question Question
	answer   Answer
}

// New returns a finder that was asked nothing yet.
func New(machines client.Reader) *Finder {
	return &Finder{
		Machines: machines, Resolve: resolve, Changed: make(chan event.GenericEvent, 1024), asked: map[types.NamespacedName]entry{},
		queue: workqueue.NewTypedDelayingQueueWithConfig(workqueue.TypedDelayingQueueConfig[types.NamespacedName]{}),
	}
}

// Ask returns what is known of a node's question, at once. A question that is new is answered later; an empty one forgets the one before.
func (f *Finder) Ask(node types.NamespacedName, question Question) Answer {
	if f == nil {
		return Answer{}
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	known, asked := f.asked[node]
	switch {
	case question == Question{}:
		delete(f.asked, node)
		return Answer{}
	case asked && known.question == question:
		return known.answer
	}
	f.asked[node] = entry{question: question}
	f.queue.Add(node)
	return Answer{}
}

// Start answers until ctx is done. It is a Runnable of the manager, which starts it on the leader alone.
func (f *Finder) Start(ctx context.Context) error {
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for f.next(ctx) {
			}
		})
	}
	<-ctx.Done()
	f.queue.ShutDown()
	workers.Wait()
	return nil
}

// next answers the question whose turn it is, and says whether there may be another.
func (f *Finder) next(ctx context.Context) bool {
	node, shutdown := f.queue.Get()
	if shutdown {
		return false
	}
	defer f.queue.Done(node)
	if again := f.visit(ctx, node); again > 0 {
		f.queue.AddAfter(node, again)
	}
	return true
}

// visit answers a node's question, wakes the node if the answer is another one, and says when to look again; 0 for a question that is gone.
func (f *Finder) visit(ctx context.Context, node types.NamespacedName) time.Duration {
	f.mutex.Lock()
	asks, asked := f.asked[node]
	f.mutex.Unlock()
	if !asked {
		return 0
	}
	answer := f.look(ctx, asks.question)
	if f.keep(node, asks.question, answer) {
		f.wake(ctx, node)
	}
	if answer.Address == "" {
		return soon
	}
	return later
}

// keep remembers the answer to the question that the node still has, and says whether it is another one.
func (f *Finder) keep(node types.NamespacedName, question Question, answer Answer) bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	known, asked := f.asked[node]
	if !asked || known.question != question {
		return false
	}
	f.asked[node] = entry{question, answer}
	return known.answer != answer
}

func (f *Finder) wake(ctx context.Context, node types.NamespacedName) {
	woken := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: node.Name}}
	select {
	case f.Changed <- event.GenericEvent{Object: woken}:
	case <-ctx.Done():
	}
}
