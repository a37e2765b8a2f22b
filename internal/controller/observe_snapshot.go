package controller

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// snapshotInterval is how often a node is looked at that is kept down for a snapshot. Its VolumeSnapshot wakes nobody: the cluster may not know the kind, and
// an informer of a kind that is not there keeps the operator from starting.
const snapshotInterval = 5 * time.Second

// +kubebuilder:rbac:groups=snapshot.storage.k8s.io,resources=volumesnapshots,verbs=get;create

// readSnapshot reads, past the cache, the VolumeSnapshot that the node is kept down for, and settles what has come of it. Nothing is read for any other node.
func (r *Reconciler) readSnapshot(ctx context.Context, seen *task.Observation) {
	pending := seen.Node.PendingSnapshot()
	if pending == nil || seen.Node.Paused() || seen.Err != nil {
		return
	}
	seen.Snapshot.Now = r.Clock.Now()
	if seen.Node.SnapshotPolicy() != nil {
		r.findSnapshot(ctx, seen, client.ObjectKey{Namespace: seen.Node.Namespace, Name: pending.Snapshot.Name})
	}
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
	case refused != "":
		seen.Snapshot.Refused = refused
	default:
		seen.Snapshot.Unread = err
	}
}
