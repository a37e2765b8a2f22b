package task

import (
	"fmt"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// applyStatefulSet brings the StatefulSet to what the spec says. It makes none before the claim is valid: the verdict of
// this very reconcile counts, since the claim may have changed after ensure-data-pvc was done.
type applyStatefulSet struct{}

// Check finds drift, and a StatefulSet of the name that is somebody else's.
func (applyStatefulSet) Check(scope *Scope) storage.Verdict {
	switch {
	case scope.StatefulSet != nil && foreign(scope.StatefulSet, scope.Node):
		return notOwned(seiv1alpha1.ReasonStatefulSetNotOwned, "StatefulSet", scope)
	case !workload.StatefulSetDrifted(scope.StatefulSet, scope.WantedStatefulSet()):
		return done()
	}
	if data := scope.DataReady(); scope.StatefulSet == nil && !data.OK() {
		return data
	}
	return waiting(seiv1alpha1.ReasonInitializing, fmt.Sprintf("applying StatefulSet %q", scope.Node.Name))
}

// Act applies the StatefulSet, but makes none on a claim that is not valid.
func (applyStatefulSet) Act(ctx Context, scope *Scope) error {
	if scope.StatefulSet != nil {
		return apply(ctx, scope.Client, scope.StatefulSet, scope.WantedStatefulSet())
	}
	if !scope.DataReady().OK() {
		return nil
	}
	return apply(ctx, scope.Client, nil, scope.WantedStatefulSet())
}

// Scale starts or stops the pod where the wanted number of replicas is not the live one: on a pause and after it, in any
// phase. It is no task, so that no plan stands in its way.
func Scale(ctx Context, scope *Scope) error {
	own := scope.OwnStatefulSet()
	if own == nil || scope.Err != nil || own.DeletionTimestamp != nil || scope.WantedReplicas() == scope.currentReplicas() {
		return nil
	}
	return setReplicas(ctx, scope, scope.WantedReplicas())
}
