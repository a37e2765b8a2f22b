package status

import (
	"cmp"
	"fmt"

	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

// readyRules are what can keep a node from being ready, in the order in which they are to be mended: the first that speaks wins.
var readyRules = []func(Input) *condition{
	unreadable,
	paused,
	planFailed,
	dataTrouble,
	keyTrouble,
	firstStart,
	notMade,
	unreachable,
	snapshotting,
	unwritten,
	updating,
	isReady,
	refused,
	podTrouble,
}

// ready is the condition that people wait for.
func ready(in Input) *condition {
	for _, rule := range readyRules {
		if c := rule(in); c != nil {
			return c
		}
	}
	return nil
}

func notReady(reason, format string, args ...any) *condition {
	return no(seiv1alpha1.ConditionReady, reason, format, args...)
}

func unreadable(in Input) *condition {
	if in.Scope.Err == nil {
		return nil
	}
	return unknown(seiv1alpha1.ConditionReady, seiv1alpha1.ReasonInitializing, "the API server does not answer or refuses; the operator tries again")
}

// stoppedUnseen is a pause of a node of which something cannot be read: its pod is stopped, and nobody sees what becomes of it.
func stoppedUnseen(in Input) *condition {
	if !in.Scope.Node.Paused() {
		return nil
	}
	return notReady(seiv1alpha1.ReasonPaused, "spec.paused is true, but what still runs cannot be read now: a pod may write and sign until that is known")
}

// paused is believed by people who do something to the volume, or start the key elsewhere: it says what may still run.
func paused(in Input) *condition {
	if !in.Scope.Node.Paused() {
		return nil
	}
	if still := lingers(in); still != "" {
		return notReady(seiv1alpha1.ReasonPaused, "spec.paused is true, but %s", still)
	}
	return notReady(seiv1alpha1.ReasonPaused, "spec.paused is true; set it to false to start the node")
}

// lingers says what of the node may write and sign although it is to be stopped, "" for nothing.
func lingers(in Input) string {
	switch pod, set := in.Scope.Pod, in.Scope.Set; {
	case pod != nil:
		return cmp.Or(workload.Unreachable(pod, in.Now), fmt.Sprintf("pod %q is still there, and may write and sign until it is gone", pod.Name))
	case set != nil && (ptr.Deref(set.Spec.Replicas, 1) > 0 || set.Status.ObservedGeneration < set.Generation):
		return fmt.Sprintf("StatefulSet %q may still make a pod", set.Name)
	}
	return ""
}

func planFailed(in Input) *condition {
	current := in.Scope.Node.Status.Plan
	if current == nil || current.FailedTaskDetail == nil {
		return nil
	}
	return notReady(seiv1alpha1.ReasonPlanFailed, "%s: %s", current.FailedTaskDetail.Reason, current.FailedTaskDetail.Message)
}

// dataTrouble is what is wrong with the claim. A capacity that does not add up keeps a node from starting, but says nothing against one
// that runs: online expansion passes through it.
func dataTrouble(in Input) *condition {
	s := in.Scope
	if s.Claim.OK() || (storage.ConcernsCapacity(s.Claim) && s.Set != nil) {
		return nil
	}
	return notReady(seiv1alpha1.ReasonDataVolumeNotReady, "%s", s.Claim.String())
}

// keyTrouble says nothing against a node that runs.
func keyTrouble(in Input) *condition {
	s := in.Scope
	if s.Signing.OK() || s.Ready {
		return nil
	}
	return notReady(s.Signing.Reason, "%s", s.Signing.Message)
}

func notMade(in Input) *condition {
	s := in.Scope
	switch current := s.Node.Status.Plan; {
	case s.Set != nil:
		return nil
	case plan.Done(current, seiv1alpha1.TaskApplyStatefulSet):
		return starting(in) // it was made a moment ago
	}
	if current := plan.Current(s.Node.Status.Plan); current != nil && current.Error != "" {
		return notReady(seiv1alpha1.ReasonInitializing, "%s", current.Error)
	}
	return notReady(seiv1alpha1.ReasonInitializing, "the node is being brought up; see status.plan")
}

// unreachable comes before all that waits for the pod: none of it will come.
func unreachable(in Input) *condition {
	said := workload.Unreachable(in.Scope.Pod, in.Now)
	if said == "" {
		return nil
	}
	return notReady(seiv1alpha1.ReasonMachineUnreachable, "%s", said)
}

// snapshotting comes before the pod's own state, too: that it is being stopped, or is not there, is part of it.
func snapshotting(in Input) *condition {
	if in.Scope.AtHalt.Waits == "" {
		return nil
	}
	return notReady(seiv1alpha1.ReasonUpgradeSnapshot, "%s", in.Scope.AtHalt.Waits)
}

// unwritten is a StatefulSet that makes no pod, and that the API server does not take as the spec has it: no pod starts until it does, after a snapshot
// for example.
func unwritten(in Input) *condition {
	s, applies := in.Scope, plan.Find(in.Scope.Node.Status.Plan, seiv1alpha1.TaskApplyStatefulSet)
	if s.Pod != nil || ptr.Deref(s.Set.Spec.Replicas, 1) > 0 || applies == nil || !plan.Refused(applies) {
		return nil
	}
	return notReady(seiv1alpha1.ReasonUpdating, "pod %q does not start, since the API server refuses StatefulSet %q as the spec has it; %s",
		s.Node.PodName(), s.Node.Name, applies.Error)
}

// updating comes before the pod's own readiness: a pod of the former spec says nothing about this one.
func updating(in Input) *condition {
	s := in.Scope
	if s.Pod == nil || !s.Rolls() {
		return nil
	}
	if current := plan.Current(s.Node.Status.Plan); current != nil && current.Error != "" {
		return notReady(seiv1alpha1.ReasonUpdating, "pod %q runs an older spec; %s: %s", s.Pod.Name, current.Type, current.Error)
	}
	return notReady(seiv1alpha1.ReasonUpdating, "pod %q runs an older spec and is going to be replaced", s.Pod.Name)
}

func isReady(in Input) *condition {
	if !in.Scope.Ready {
		return nil
	}
	return yes(seiv1alpha1.ConditionReady, seiv1alpha1.ReasonNodeReady, "pod %q is ready", in.Scope.Node.PodName())
}

// refused is an agent that keeps the pod from starting on its volume.
func refused(in Input) *condition {
	found := in.Scope.Inspection
	if found == nil || !found.Refused {
		return nil
	}
	return notReady(seiv1alpha1.ReasonDataRefused, "%s: %s", found.Reason, found.Message)
}

// update says whether a running node is being brought to a changed spec, and what waits. It is up to date only when nothing differs.
func update(in Input) *condition {
	const kind = seiv1alpha1.ConditionNodeUpdateInProgress
	s, current := in.Scope, plan.Current(in.Scope.Node.Status.Plan)
	switch {
	case s.Err != nil:
		return nil
	case s.Set == nil || current != nil && !plan.Updates(s.Node.Status.Plan):
		return no(kind, seiv1alpha1.ReasonNotStarted, "the node is being brought up; there is nothing to update yet")
	case plan.Updates(s.Node.Status.Plan) && current != nil:
		return yes(kind, seiv1alpha1.ReasonUpdating, "%s", underWay(current))
	case s.Differs() && planFailed(in) != nil:
		return no(kind, seiv1alpha1.ReasonBlocked, "%s", planFailed(in).message)
	case s.Differs() || s.Rolls():
		return yes(kind, seiv1alpha1.ReasonUpdating, "the workload is not yet what the spec says")
	case wrongRollout(s) != "":
		return no(kind, seiv1alpha1.ReasonInvalidAnnotation, "annotation %s is %q; wanted %q, or no annotation",
			seiv1alpha1.AnnotationRollout, wrongRollout(s), seiv1alpha1.RolloutNow)
	case s.Meets.Behind != "":
		return no(kind, seiv1alpha1.ReasonRolloutPending, "%s", s.Meets.Behind)
	case s.Children[workload.StatefulSetChild.Kind].Pending != "":
		return no(kind, seiv1alpha1.ReasonRolloutPending, "%s", s.Children[workload.StatefulSetChild.Kind].Pending)
	}
	return no(kind, seiv1alpha1.ReasonUpToDate, "the workload is what the spec says")
}

// wrongRollout is the value of the rollout annotation, "" for one that means something.
func wrongRollout(s *task.Scope) string {
	value := s.Node.Annotations[seiv1alpha1.AnnotationRollout]
	if value == seiv1alpha1.RolloutNow {
		return ""
	}
	return verdict.Bound(value, 256)
}

func underWay(current *seiv1alpha1.PlannedTask) string {
	if current.Error != "" {
		return string(current.Type) + ": " + current.Error
	}
	return string(current.Type) + " is under way"
}
