package task

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// applyService brings the headless Service to what the spec says.
type applyService struct{}

// Check finds drift, and a Service of the name that is somebody else's.
func (applyService) Check(scope *Scope) storage.Verdict {
	if scope.Service != nil && foreign(scope.Service, scope.Node) {
		return notOwned(seiv1alpha1.ReasonServiceNotOwned, "Service", scope.Service, scope.Node)
	}
	if workload.ServiceDrifted(scope.Service, workload.Service(scope.Node)) {
		return waiting(seiv1alpha1.ReasonInitializing, fmt.Sprintf("applying Service %q", scope.Node.Name))
	}
	return done()
}

// Act applies the Service.
func (applyService) Act(ctx context.Context, scope *Scope) (bool, error) {
	if scope.Service == nil {
		return apply(ctx, scope.Client, nil, workload.Service(scope.Node))
	}
	return apply(ctx, scope.Client, scope.Service, workload.Service(scope.Node))
}

// notOwned waits for what an earlier life of the node left to garbage collection, and takes nothing from anybody else.
func notOwned(reason, kind string, object metav1.Object, node *seiv1alpha1.SeiNode) storage.Verdict {
	if storage.LeftByNamesake(object, node) {
		return waiting(reason, fmt.Sprintf("%s %q was left by an earlier life of this node; a new one is made when garbage collection has removed it",
			kind, node.Name))
	}
	return storage.Verdict{Class: storage.Terminal, Reason: reason, Message: fmt.Sprintf(
		"%s %q already exists and is not owned by SeiNode %q; delete it, or give the SeiNode another name", kind, node.Name, node.Name)}
}
