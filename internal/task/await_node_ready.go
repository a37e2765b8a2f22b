package task

import (
	"context"
	"fmt"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// awaitNodeReady waits until the pod is ready. There is no deadline: a long replay is no failure.
type awaitNodeReady struct{}

// Check looks at the StatefulSet's status, whose changes wake the node.
func (awaitNodeReady) Check(scope *Scope) storage.Verdict {
	switch {
	case scope.Node.Paused():
		return waiting(seiv1alpha1.ReasonPaused, "spec.paused is true; set it to false to start the node")
	case workload.Ready(scope.OwnStatefulSet()):
		return done()
	}
	return waiting(seiv1alpha1.ReasonPodNotReady, fmt.Sprintf("pod %q is not ready yet", workload.PodName(scope.Node)))
}

// Act has nothing to do but wait.
func (awaitNodeReady) Act(context.Context, *Scope) (bool, error) { return false, nil }
