package task

import (
	"context"
	"fmt"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// applyDisruptionBudget brings the PodDisruptionBudget to what the spec says.
type applyDisruptionBudget struct{}

// Check finds drift, and a budget of the name that is somebody else's.
func (applyDisruptionBudget) Check(scope *Scope) storage.Verdict {
	if scope.Budget != nil && foreign(scope.Budget, scope.Node) {
		return notOwned(seiv1alpha1.ReasonDisruptionBudgetNotOwned, "PodDisruptionBudget", scope.Budget, scope.Node)
	}
	if workload.DisruptionBudgetDrifted(scope.Budget, workload.DisruptionBudget(scope.Node)) {
		return waiting(seiv1alpha1.ReasonInitializing, fmt.Sprintf("applying PodDisruptionBudget %q", scope.Node.Name))
	}
	return done()
}

// Act applies the budget.
func (applyDisruptionBudget) Act(ctx context.Context, scope *Scope) (bool, error) {
	if scope.Budget == nil {
		return apply(ctx, scope.Client, nil, workload.DisruptionBudget(scope.Node))
	}
	return apply(ctx, scope.Client, scope.Budget, workload.DisruptionBudget(scope.Node))
}
