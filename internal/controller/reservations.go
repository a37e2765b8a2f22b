package controller

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/read"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/task"
)

// What only one node of the cluster may use: read, taken, and given back.

// remembering is another SeiNode whose status says that it holds a thing, nil if there is none. It matters where the Leases are gone, with the
// operator's namespace or by hand: who used the thing before goes on with it.
func (r *Reconciler) remembering(ctx context.Context, node *seiv1alpha1.SeiNode, thing reserve.Thing) (*seiv1alpha1.SeiNode, error) {
	nodes := &seiv1alpha1.SeiNodeList{}
	if err := read.Now(r.Client).List(ctx, nodes, client.MatchingFields{reserve.IndexByRemembered: thing.Lease()}); err != nil {
		return nil, fmt.Errorf("listing the SeiNodes: %w", err)
	}
	for i := range nodes.Items {
		if nodes.Items[i].UID != node.UID {
			return &nodes.Items[i], nil
		}
	}
	return nil, nil
}

// readReservations reads, past the cache, who holds what the node wants to use, unless the node was seen to hold it, or nobody: then its Lease is made without
// a look, which fails where there is one.
func (r *Reconciler) readReservations(ctx context.Context, seen task.Observation) ([]reserve.Facts, error) {
	var all []reserve.Facts
	for _, thing := range task.Things(seen) {
		holder, err := r.leases.Holder(ctx, r.Live, r.Namespace, seen.Node, thing)
		if err != nil {
			return nil, err
		}
		if holder == reserve.Itself && !task.IsNewKey(seen.Node, thing, seen.Signer) {
			seen.Node.SetHolds(r.Namespace, thing.Lease()) // which a status that was not written, or was wiped, does not say
			continue
		}
		facts := reserve.Facts{Thing: thing, Namespace: r.Namespace}
		if holder != reserve.Nobody {
			facts, err = reserve.Observe(ctx, r.Live, r.Namespace, seen.Node, thing)
		}
		if err == nil && facts.Lease == nil && !seen.Node.Remembers(thing.Lease()) {
			facts.Remembered, err = r.remembering(ctx, seen.Node, thing)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, facts)
	}
	return all, nil
}

// reserve makes the node the holder of what only one may use, before anything else is done for it. Somebody else may be faster: the next
// look decides.
func (r *Reconciler) reserve(ctx context.Context, scope *task.Scope) (bool, error) {
	if scope.Unreserved != nil {
		return false, scope.Unreserved
	}
	for _, wanted := range scope.Reservations {
		if wanted.Write != nil {
			if done, err := wanted.Write.Do(ctx, r.Client); err != nil || !done {
				r.leases.Doubt(wanted.Thing) // the next look is at the Lease itself
				scope.Unproven = true
				return false, err
			}
		}
		scope.Node.SetHolds(r.Namespace, wanted.Thing.Lease())
		r.leases.Note(scope.Node, wanted.Thing)
	}
	return true, r.noteSigned(ctx, scope)
}

// leave gives back what the node held before and nothing of it uses any more. A pod that is there, and was not seen when that was decided, may
// use it.
func (r *Reconciler) leave(ctx context.Context, scope *task.Scope) error {
	if len(scope.Former) == 0 {
		return nil
	}
	pods, err := r.livePods(ctx, scope.Node)
	if err != nil || slices.ContainsFunc(pods, scope.Unseen) {
		return err
	}
	if err := reserve.Leave(ctx, r.Live, r.Client, r.Namespace, scope.Node, scope.Former); err != nil {
		return err
	}
	for _, lease := range scope.Former {
		scope.Node.Drops(r.Namespace, lease)
		r.leases.Forget(lease)
	}
	return nil
}

// noteSigned keeps with the key's Lease what is newly known of what the key signed, before the status says so.
func (r *Reconciler) noteSigned(ctx context.Context, scope *task.Scope) error {
	known, now := scope.Node.Status.Signing, scope.SignsWith
	if now == nil || now.Signed == nil || equality.Semantic.DeepEqual(known, now) {
		return nil
	}
	key := reserve.Key(scope.Node.Spec.ChainID, now.KeyAddress)
	err := reserve.NoteSigned(ctx, r.Live, r.Client, r.Namespace, scope.Node, key, task.Place(now.Signed))
	if err != nil {
		scope.SignsWith = known // to be noted again
	}
	return err
}
