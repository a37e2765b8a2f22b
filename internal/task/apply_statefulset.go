package task

import (
	"context"
	"fmt"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// applyStatefulSet brings the StatefulSet to what the spec says. It makes none before the claim is valid and the keys
// are free: the verdict of this very reconcile counts, since the claim may have changed after ensure-data-pvc was done.
type applyStatefulSet struct{}

// Check finds drift, and a StatefulSet of the name that is somebody else's.
func (applyStatefulSet) Check(scope *Scope) storage.Verdict {
	switch {
	case scope.StatefulSet != nil && foreign(scope.StatefulSet, scope.Node):
		return notOwned(seiv1alpha1.ReasonStatefulSetNotOwned, "StatefulSet", scope.StatefulSet, scope.Node)
	case !workload.StatefulSetDrifted(scope.StatefulSet, scope.WantedStatefulSet()):
		return done()
	}
	if verdict := scope.MayStart(); scope.StatefulSet == nil && !verdict.OK() {
		return verdict
	}
	return waiting(seiv1alpha1.ReasonInitializing, fmt.Sprintf("applying StatefulSet %q", scope.Node.Name))
}

// Act applies the StatefulSet, but makes none that may not start.
func (applyStatefulSet) Act(ctx context.Context, scope *Scope) (bool, error) {
	if scope.StatefulSet != nil {
		return apply(ctx, scope.Client, scope.StatefulSet, scope.WantedStatefulSet())
	}
	if !scope.MayStart().OK() {
		return false, nil
	}
	return apply(ctx, scope.Client, nil, scope.WantedStatefulSet())
}
