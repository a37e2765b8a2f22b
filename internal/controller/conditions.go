package controller

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// summarize derives the whole status from what was observed and from the plan. Every condition is set on every pass, here
// and nowhere else; setting one that did not change changes nothing.
func summarize(scope *task.Scope) {
	status := &scope.Node.Status
	status.ObservedGeneration = scope.Node.Generation
	status.Mode = scope.Node.Mode()
	if scope.Err == nil {
		status.DataVolume = dataVolume(scope)
		status.CurrentImage = currentImage(scope)
		status.SigningSecret = signingSecret(scope)
		setInspected(scope)
	}
	status.Phase = phase(scope.Node)
	setImportReady(scope)
	if scope.Err == nil || meta.FindStatusCondition(status.Conditions, seiv1alpha1.ConditionReady) == nil {
		summarizeReady(scope)
		summarizeUpdate(scope)
	}
}

func phase(node *seiv1alpha1.SeiNode) seiv1alpha1.Phase {
	current := node.Status.Plan
	switch {
	case !node.DeletionTimestamp.IsZero():
		return seiv1alpha1.PhaseTerminating
	case current == nil:
		return seiv1alpha1.PhasePending
	case current.Phase == seiv1alpha1.PlanFailed:
		return seiv1alpha1.PhaseFailed
	case current.Phase == seiv1alpha1.PlanComplete:
		return seiv1alpha1.PhaseRunning
	case plan.Updates(current) && node.Status.Phase == seiv1alpha1.PhaseRunning:
		return seiv1alpha1.PhaseRunning
	}
	return seiv1alpha1.PhaseInitializing
}

// dataVolume shows the claim and its volume. The UID of the claim is kept from the moment that it was found usable: a claim
// of the same name with another UID is other data.
func dataVolume(scope *task.Scope) *seiv1alpha1.DataVolumeStatus {
	claim := scope.Data.Claim
	status := &seiv1alpha1.DataVolumeStatus{
		ClaimName: storage.ClaimName(scope.Node),
		ClaimUID:  scope.Node.AdoptedClaim(),
		Imported:  storage.Imports(scope.Node),

		Inspection: inspectionStatus(scope, scope.Node.Status.DataVolume),
	}
	if claim == nil {
		return status
	}
	status.VolumeName = claim.Spec.VolumeName
	if capacity, reported := claim.Status.Capacity[corev1.ResourceStorage]; reported {
		status.Capacity = &capacity
	}
	if scope.DataReady().OK() && scope.Node.DeletionTimestamp.IsZero() {
		status.ClaimUID = claim.UID
	}
	return status
}

// signingSecret is kept from the moment that the key was found free, on a node that could start with it: no other may take it.
func signingSecret(scope *task.Scope) string {
	if scope.MayStart().OK() && scope.Node.DeletionTimestamp.IsZero() {
		return scope.Node.SigningSecret()
	}
	return scope.Node.Status.SigningSecret
}

func currentImage(scope *task.Scope) string {
	pod := scope.Pod()
	if pod == nil {
		return scope.Node.Status.CurrentImage
	}
	for _, container := range pod.Spec.Containers {
		if container.Name == workload.ContainerSeid {
			return container.Image
		}
	}
	return scope.Node.Status.CurrentImage
}

func setImportReady(scope *task.Scope) {
	node, verdict := scope.Node, scope.Import
	known := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionImportPVCReady) != nil
	switch {
	case !storage.Imports(node):
		return // import is immutable, so there is none to remove
	case verdict != nil:
		set(node, seiv1alpha1.ConditionImportPVCReady, statusOf(verdict.OK()), verdict.Reason, verdict.Message)
	case !known:
		set(node, seiv1alpha1.ConditionImportPVCReady, metav1.ConditionUnknown, seiv1alpha1.ReasonImportValidationError,
			fmt.Sprintf("PVC %q could not be looked at: the API server does not answer or refuses; the operator tries again", storage.ClaimName(node)))
	}
}

// summarizeReady sets the condition that people wait for. Where several things are wrong it names the one to mend first.
func summarizeReady(scope *task.Scope) {
	node, own := scope.Node, scope.OwnStatefulSet()
	data := dataTrouble(scope)
	switch {
	case !node.DeletionTimestamp.IsZero():
		if !hasReason(node, seiv1alpha1.ReasonTerminating) {
			setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonTerminating, "the SeiNode is being deleted")
		}
	case scope.Err != nil:
		setReady(node, metav1.ConditionUnknown, seiv1alpha1.ReasonInitializing, "the API server does not answer or refuses; the operator tries again")
	case node.Paused():
		setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonPaused, "spec.paused is true; set it to false to start the node")
	case failure(node) != nil:
		detail := failure(node)
		setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonPlanFailed, detail.Reason+": "+detail.Message)
	case data != "":
		setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonDataVolumeNotReady, data)
	case !scope.Keys.OK() && !workload.Ready(own):
		setReady(node, metav1.ConditionFalse, scope.Keys.Reason, scope.Keys.Message)
	case own == nil:
		setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonInitializing, initializing(node))
	case workload.Ready(own):
		setReady(node, metav1.ConditionTrue, seiv1alpha1.ReasonNodeReady, fmt.Sprintf("pod %q is ready", workload.PodName(node)))
	case refusal(scope) != "":
		setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonDataRefused, refusal(scope))
	default:
		setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonPodNotReady, podTrouble(scope))
	}
}

// dataTrouble is what is wrong with the claim, "" for nothing. A capacity that does not add up keeps a node from
// starting, but says nothing against one that runs: online expansion passes through it.
func dataTrouble(scope *task.Scope) string {
	verdict := scope.DataReady()
	if verdict.OK() || (storage.ConcernsCapacity(verdict) && scope.OwnStatefulSet() != nil) {
		return ""
	}
	return verdict.String()
}

func initializing(node *seiv1alpha1.SeiNode) string {
	if current := plan.Current(node.Status.Plan); current != nil && current.Error != "" {
		return current.Error
	}
	return "the node is being brought up; see status.plan"
}

// podTrouble says why the pod is not ready, as far as its own status tells. It holds no counts and no times, which would
// change it for ever.
func podTrouble(scope *task.Scope) string {
	pod := scope.Pod()
	if pod == nil {
		return fmt.Sprintf("pod %q does not exist yet; see the events of StatefulSet %q", workload.PodName(scope.Node), scope.Node.Name)
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return fmt.Sprintf("pod %q is not scheduled: %s", pod.Name, condition.Message)
		}
	}
	for _, container := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if container.State.Waiting != nil && container.State.Waiting.Reason != "" {
			return fmt.Sprintf("container %q of pod %q is waiting: %s; see kubectl logs and kubectl describe of the pod",
				container.Name, pod.Name, container.State.Waiting.Reason)
		}
	}
	return fmt.Sprintf("pod %q is not ready: seid replays, catches up or has no peers; see kubectl logs %s -c %s", pod.Name, pod.Name, workload.ContainerAgent)
}

func summarizeUpdate(scope *task.Scope) {
	node := scope.Node
	current := plan.Current(node.Status.Plan)
	switch {
	case plan.Updates(node.Status.Plan) && current != nil:
		set(node, seiv1alpha1.ConditionNodeUpdateInProgress, metav1.ConditionTrue, seiv1alpha1.ReasonUpdating, updating(current))
	case scope.OwnStatefulSet() == nil:
		set(node, seiv1alpha1.ConditionNodeUpdateInProgress, metav1.ConditionFalse, seiv1alpha1.ReasonNotStarted, "there is no workload yet")
	default:
		set(node, seiv1alpha1.ConditionNodeUpdateInProgress, metav1.ConditionFalse, seiv1alpha1.ReasonUpToDate, "the workload is what the spec says")
	}
}

func updating(current *seiv1alpha1.PlannedTask) string {
	if current.Error != "" {
		return string(current.Type) + ": " + current.Error
	}
	return string(current.Type) + " is under way"
}

func setReady(node *seiv1alpha1.SeiNode, status metav1.ConditionStatus, reason, message string) {
	set(node, seiv1alpha1.ConditionReady, status, reason, message)
}

func set(node *seiv1alpha1.SeiNode, kind string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&node.Status.Conditions, metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: node.Generation,
	})
}

func hasReason(node *seiv1alpha1.SeiNode, reason string) bool {
	ready := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionReady)
	return ready != nil && ready.Reason == reason
}

func statusOf(ok bool) metav1.ConditionStatus {
	if ok {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}
