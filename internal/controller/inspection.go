package controller

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agents"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// inspection is what the agent last said of the volume in this pod, false if it has not spoken yet. It says so in its
// termination message: a pod that starts needs nobody to ask.
func inspection(pod *corev1.Pod) (seid.Inspection, bool) {
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

// setInspected sets condition DataInspected. It stays as it was while no pod says anything new.
func setInspected(scope *task.Scope) {
	if found, spoken := inspection(scope.Pod()); spoken {
		set(scope.Node, seiv1alpha1.ConditionDataInspected, statusOf(found.Reason == seid.ReasonInspected), found.Reason, found.Message)
	}
}

// inspectionStatus shows what was found, as far as the agent spoke; before is what was shown so far.
func inspectionStatus(scope *task.Scope, before *seiv1alpha1.DataVolumeStatus) *seiv1alpha1.InspectionStatus {
	found, spoken := inspection(scope.Pod())
	switch {
	case spoken:
		return &seiv1alpha1.InspectionStatus{
			Layout: string(found.Layout), ChainID: found.ChainID, Height: found.Height, StateStore: found.StateStore,
			UnreachableSettings: found.Unreachable,
		}
	case before != nil:
		return before.Inspection
	}
	return nil
}

// refusal is why the agent keeps the pod from starting, "" if it does not.
func refusal(scope *task.Scope) string {
	found, _ := inspection(scope.Pod())
	inspected := meta.FindStatusCondition(scope.Node.Status.Conditions, seiv1alpha1.ConditionDataInspected)
	if !found.Refused || inspected == nil {
		return ""
	}
	return inspected.Reason + ": " + inspected.Message
}

// listen shows what seid says of itself: status.node and condition Synced. Before anybody asked, both stay as they were; a node
// without a pod says nothing.
func (r *Reconciler) listen(scope *task.Scope) {
	node := scope.Node
	says, asked := r.Agents.Latest(scope.Pod())
	switch known := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionSynced) != nil; {
	case scope.Err != nil || !node.DeletionTimestamp.IsZero():
	case scope.Pod() == nil && known:
		set(node, seiv1alpha1.ConditionSynced, metav1.ConditionUnknown, seiv1alpha1.ReasonNoAnswer,
			fmt.Sprintf("there is no pod %q to ask", workload.PodName(node)))
	case asked:
		status, reason, message := agents.Synced(says)
		set(node, seiv1alpha1.ConditionSynced, status, reason, message)
		node.Status.Node = agents.Summarize(node.Status.Node, says)
	case known: // only the generation is new
		synced := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionSynced)
		set(node, synced.Type, synced.Status, synced.Reason, synced.Message)
	}
}
