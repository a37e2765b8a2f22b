package controller

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/peers"
	"github.com/seinode/seinode-operator/internal/read"
)

// peersOf wakes the nodes that a node may matter to as a peer, and the node itself, whose labels say whose sentry it is.
func (r *Reconciler) peersOf(ctx context.Context, object client.Object) []reconcile.Request {
	concerned, err := peers.Concerned(ctx, read.Now(r.Client), object.(*seiv1alpha1.SeiNode))
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing peers")
	}
	requests := []reconcile.Request{{NamespacedName: client.ObjectKeyFromObject(object)}}
	for i := range concerned {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&concerned[i])})
	}
	return requests
}

// peerChanged passes what of a node others go by: a fleet that makes blocks wakes nobody.
func peerChanged() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			was, isNode := e.ObjectOld.(*seiv1alpha1.SeiNode)
			is, _ := e.ObjectNew.(*seiv1alpha1.SeiNode)
			return isNode && !equality.Semantic.DeepEqual(asPeer(was), asPeer(is))
		},
	}
}

// asPeer is what of a node others go by.
func asPeer(node *seiv1alpha1.SeiNode) any {
	var id string
	var shields []seiv1alpha1.PeerStatus
	if node.Status.Node != nil {
		id = node.Status.Node.NodeID
	}
	if node.Status.Peers != nil {
		shields = node.Status.Peers.Shields
	}
	return []any{node.Labels, node.Spec.Sentries, node.DeletionTimestamp != nil, id, shields}
}
