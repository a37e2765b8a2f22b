package task

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// ensureDataPVC validates the imported claim, which it only ever reads, or creates the node's own.
type ensureDataPVC struct{}

// Check is the verdict on the claim.
func (ensureDataPVC) Check(scope *Scope) storage.Verdict { return scope.DataReady() }

// Act creates or releases the node's own claim. On an import there is nothing to do but to wait.
func (ensureDataPVC) Act(ctx context.Context, scope *Scope) (bool, error) {
	if storage.Imports(scope.Node) {
		return false, nil
	}
	switch step, _ := storage.DecideCreate(scope.Data); step {
	case storage.StepCreate:
		return false, storage.Create(ctx, scope.Client, newClaim(scope)) // the next read decides whose it is
	case storage.StepRelease:
		return false, storage.Release(ctx, scope.Client, scope.Data.Claim, scope.Node)
	}
	return false, nil
}

func newClaim(scope *Scope) *corev1.PersistentVolumeClaim {
	size := corev1.ResourceList{corev1.ResourceStorage: scope.Platform.Required(scope.Node)}
	return storage.NewClaim(scope.Node, scope.Platform.StorageClass(scope.Node), size, workload.Labels(scope.Node))
}
