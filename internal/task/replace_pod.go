package task

import (
	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// replacePod deletes the pod that was made from an older template, by UID and with its own grace period. It does not ask whether the
// pod is ready: a node that halted for an upgrade never is. It does ask whether a new one may start: a claim that is terminating is
// gone for good once its pod stops.
func replacePod(s *Scope) (verdict.Verdict, *write.Write) {
	switch {
	case s.Set == nil || s.Children[workload.StatefulSetChild.Kind].Write != nil || !workload.Observed(s.Set):
		return verdict.Wait(seiv1alpha1.ReasonUpdating, "waiting for the StatefulSet controller to see the new spec of %q", s.Node.Name), nil
	case !s.Outdated:
		return verdict.Done(), nil
	case !s.Start.OK():
		return verdict.Wait(s.Start.Reason, "pod %q runs an older spec and is not restarted now: %s", s.Pod.Name, s.Start.Message), nil
	}
	replacing := verdict.Wait(seiv1alpha1.ReasonUpdating, "replacing pod %q", s.Pod.Name)
	if s.Pod.DeletionTimestamp != nil {
		return replacing, nil
	}
	return replacing, write.Delete("Pod", s.Pod)
}
