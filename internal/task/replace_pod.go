package task

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// replacePod deletes the pod that was made from an older template. It does not ask whether the pod is ready: a node that
// halted for an upgrade never is. It does ask whether a new one may start: a claim that is being deleted goes for good
// once its pod stops.
type replacePod struct{}

// Check waits for the StatefulSet's controller to see the newest spec, and for the pod to be of it.
func (replacePod) Check(scope *Scope) storage.Verdict {
	own := scope.OwnStatefulSet()
	switch {
	case own == nil || !workload.Observed(own):
		return waiting(seiv1alpha1.ReasonUpdating, fmt.Sprintf("waiting for the StatefulSet controller to see the new spec of %q", scope.Node.Name))
	case !workload.PodOutdated(scope.Pod(), own):
		return done()
	}
	if verdict := scope.MayStart(); !verdict.OK() {
		return waiting(verdict.Reason, fmt.Sprintf("pod %q runs an older spec and is not restarted now: %s", scope.Pod().Name, verdict.Message))
	}
	return waiting(seiv1alpha1.ReasonUpdating, fmt.Sprintf("replacing pod %q", scope.Pod().Name))
}

// Act deletes the outdated pod, by UID, with its own grace period.
func (replacePod) Act(ctx context.Context, scope *Scope) (bool, error) {
	pod := scope.Pod()
	if !workload.PodOutdated(pod, scope.OwnStatefulSet()) || pod.DeletionTimestamp != nil || !scope.MayStart().OK() {
		return false, nil
	}
	uid := pod.UID
	return false, client.IgnoreNotFound(scope.Client.Delete(ctx, pod, client.Preconditions{UID: &uid}))
}
