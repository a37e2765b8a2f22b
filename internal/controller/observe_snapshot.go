package controller

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// spread is how much longer than asked for nodes are left that wait for a snapshot, at most and as a share: those of a fleet have stopped at one time.
const spread = 0.2

// +kubebuilder:rbac:groups=snapshot.storage.k8s.io,resources=volumesnapshots,verbs=get;create;delete

// readSnapshot reads, past the cache, the VolumeSnapshot that the node is kept down for, and settles what has come of it. Nothing is read for any other node.
func (r *Reconciler) readSnapshot(ctx context.Context, seen *task.Observation) {
	pending := seen.Node.PendingSnapshot()
	if pending == nil || seen.Node.Paused() || seen.Err != nil {
		return
	}
	seen.Snapshot.Now, seen.Snapshot.GivenUp = r.Clock.Now(), pending.Snapshot.Message != ""
	r.findSnapshot(ctx, seen, client.ObjectKey{Namespace: seen.Node.Namespace, Name: pending.Snapshot.Name})
	if settled := task.SettledSnapshot(*seen); settled != nil {
		pending.Snapshot = settled
	}
}

func (r *Reconciler) findSnapshot(ctx context.Context, seen *task.Observation, key client.ObjectKey) {
	found := workload.NewVolumeSnapshot()
	err := r.Live.Get(ctx, key, found)
	switch refused := task.SnapshotRefusal(err); {
	case err == nil:
		seen.Snapshot.Found = found
	case apierrors.IsNotFound(err):
	case meta.IsNoMatchError(err):
		seen.Snapshot.Refused = refused
	default:
		seen.Snapshot.Refused, seen.Snapshot.Unread = refused, err
	}
}
