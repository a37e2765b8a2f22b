package controller

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/read"
	"github.com/seinode/seinode-operator/internal/task"
)

// turnInterval is how long a node that waits for its turn is not looked at, at least; at most twice as long, so that those of a large namespace do not
// all come at once.
const turnInterval = 20 * time.Second

func untilTurn() time.Duration { return wait.Jitter(turnInterval, 1) }

// turns are who looks just now whether it may take an upgrade early, by namespace, chain and upgrade. Whoever comes meanwhile does not wait for the end of
// that: it comes later.
type turns struct {
	mutex sync.Mutex
	taken map[string]turn
}

type turn struct {
	uid  types.UID
	name string
}

// take gives a turn to the node, if nobody has it, and returns the name of the one that has it.
func (t *turns) take(node *seiv1alpha1.SeiNode, of string) string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	key := node.Namespace + "/" + of
	if has, taken := t.taken[key]; taken {
		return has.name
	}
	if t.taken == nil {
		t.taken = map[string]turn{}
	}
	t.taken[key] = turn{node.UID, node.Name}
	return node.Name
}

// giveBack ends what turn the node has, if any.
func (t *turns) giveBack(node *seiv1alpha1.SeiNode) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	maps.DeleteFunc(t.taken, func(_ string, has turn) bool { return has.uid == node.UID })
}

// ahead is the name of the SeiNode that takes an upgrade early now, so that this one waits, "" for none: then this one has its turn until the end of the
// reconcile. That nobody does is read past the cache, which may not show yet what another has just taken; that somebody does is believed.
func (r *Reconciler) ahead(ctx context.Context, node *seiv1alpha1.SeiNode, upgrade string) (string, error) {
	turn := task.Turn(node, upgrade)
	taking := client.MatchingFields{task.IndexTaking: turn}
	if other, err := r.taker(ctx, read.Now(r.Client), node, upgrade, taking, client.UnsafeDisableDeepCopy); err != nil || other != "" {
		return other, err
	}
	if has := r.turns.take(node, turn); has != node.Name {
		return has, nil
	}
	return r.taker(ctx, r.Live, node, upgrade)
}

// taker is the name of the SeiNode of the namespace that takes an upgrade early now, as reader says, "" for none. What it reads may be the cache's own.
func (r *Reconciler) taker(ctx context.Context, reader client.Reader, node *seiv1alpha1.SeiNode, upgrade string, of ...client.ListOption) (string, error) {
	all := &seiv1alpha1.SeiNodeList{}
	if err := reader.List(ctx, all, append(of, client.InNamespace(node.Namespace))...); err != nil {
		return "", fmt.Errorf("listing the SeiNodes of namespace %q: %w", node.Namespace, err)
	}
	return task.Ahead(node, upgrade, all.Items), nil
}
