package status

import (
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agents"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// inspectionIn is what the agent last said of the volume in this pod, false if it has not spoken yet. It says so in its termination
// message: a pod that starts needs nobody to ask.
func inspectionIn(pod *corev1.Pod) (seid.Inspection, bool) {
	if pod == nil {
		return seid.Inspection{}, false
	}
	for _, container := range pod.Status.InitContainerStatuses {
		if container.Name != workload.ContainerInspect {
			continue
		}
		for _, state := range []corev1.ContainerState{container.State, container.LastTerminationState} {
			if state.Terminated != nil {
				return seid.ParseInspection(state.Terminated.Message)
			}
		}
	}
	return seid.Inspection{}, false
}

// inspected follows what the agent found on the volume. It stays as it was while no pod says anything new.
func inspected(in Input) *condition {
	found, spoken := inspectionIn(in.Scope.Pod)
	shown := before(in.Scope, seiv1alpha1.ConditionDataInspected)
	switch {
	case spoken:
		return is(found.Reason == seid.ReasonInspected, seiv1alpha1.ConditionDataInspected, found.Reason, "%s", found.Message)
	case shown != nil: // only the generation is new
		return &condition{shown.Type, shown.Reason, shown.Message, shown.Status}
	}
	return nil
}

// inspection shows what was found, as far as the agent spoke, else what was shown so far.
func inspection(s *task.Scope) *seiv1alpha1.InspectionStatus {
	found, spoken := inspectionIn(s.Pod)
	switch {
	case spoken:
		return &seiv1alpha1.InspectionStatus{
			Layout: string(found.Layout), ChainID: found.ChainID, Height: found.Height, StateStore: found.StateStore,
			UnreachableSettings: found.Unreachable,
		}
	case s.Node.Status.DataVolume != nil:
		return s.Node.Status.DataVolume.Inspection
	}
	return nil
}

// node shows what seid says of itself. It stays as it was while nobody has asked.
func node(in Input) *seiv1alpha1.NodeStatus {
	if in.Said == nil {
		return in.Scope.Node.Status.Node
	}
	return agents.Summarize(in.Scope.Node.Status.Node, *in.Said)
}

// synced follows whether seid catches up. A node without a pod says nothing.
func synced(in Input) *condition {
	s, shown := in.Scope, before(in.Scope, seiv1alpha1.ConditionSynced)
	switch {
	case s.Err != nil:
		return nil
	case s.Pod == nil && shown != nil:
		return unknown(seiv1alpha1.ConditionSynced, seiv1alpha1.ReasonNoAnswer, "there is no pod %q to ask", workload.PodName(s.Node))
	case in.Said != nil:
		status, reason, message := agents.Synced(*in.Said)
		return &condition{seiv1alpha1.ConditionSynced, reason, message, status}
	case shown != nil: // only the generation is new
		return &condition{shown.Type, shown.Reason, shown.Message, shown.Status}
	}
	return nil
}
