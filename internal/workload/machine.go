package workload

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// silence is how long a machine may say nothing of a pod before anybody is told: Kubernetes itself waits 40 to 50 s before it marks one.
const silence = 60 * time.Second

// Unreachable says what to do where the pod's machine does not report, as far as the pod itself tells; "" where it does, or has not been
// silent for long. Never to force the pod's deletion: its process may run on, and a StatefulSet answers with a second pod at once. The taint
// has Kubernetes remove the pod and detach its volumes, on a machine that somebody knows to be off.
func Unreachable(pod *corev1.Pod, now time.Time) string {
	if since, silent := silentSince(pod); !silent || now.Before(since.Add(silence)) {
		return ""
	}
	machine := pod.Spec.NodeName
	return fmt.Sprintf("machine %q does not say what has become of pod %q, and no other pod starts while that one may still run; see kubectl describe node %s, "+
		"and bring the machine back; or make sure that it is off, and then: kubectl taint nodes %s node.kubernetes.io/out-of-service=nodeshutdown:NoExecute",
		machine, pod.Name, machine, machine)
}

// UntilUnreachable is how long until Unreachable has something to say, if nothing changes until then; 0 for never, or now.
func UntilUnreachable(pod *corev1.Pod, now time.Time) time.Duration {
	since, silent := silentSince(pod)
	if !silent {
		return 0
	}
	return max(0, since.Add(silence).Sub(now))
}

// silentSince says since when nothing was heard from the pod's machine. A pod that is deleted has its whole grace period: its deletion's time is
// the end of that. That a pod is not ready while all its containers are, its machine never says: that is how Kubernetes marks the pods of a
// machine that it does not hear from.
func silentSince(pod *corev1.Pod) (time.Time, bool) {
	if pod == nil || pod.Spec.NodeName == "" {
		return time.Time{}, false
	}
	ready, containers := condition(pod, corev1.PodReady), condition(pod, corev1.ContainersReady)
	marked := ready.Status == corev1.ConditionFalse && containers.Status == corev1.ConditionTrue && len(pod.Spec.ReadinessGates) == 0
	switch {
	case marked, pod.Status.Phase == corev1.PodUnknown:
		return ready.LastTransitionTime.Time, true
	case pod.DeletionTimestamp != nil && len(pod.Finalizers) == 0: // else somebody's finalizer keeps it, wherever it ran
		return pod.DeletionTimestamp.Time, true
	}
	return time.Time{}, false
}

// IsTrue says whether a condition of a pod is True.
func IsTrue(pod *corev1.Pod, kind corev1.PodConditionType) bool {
	return condition(pod, kind).Status == corev1.ConditionTrue
}

// Unscheduled says whether the scheduler found no machine for a pod, and why.
func Unscheduled(pod *corev1.Pod) (why string, is bool) {
	c := condition(pod, corev1.PodScheduled)
	return c.Message, c.Status == corev1.ConditionFalse
}

func condition(pod *corev1.Pod, kind corev1.PodConditionType) corev1.PodCondition {
	for _, c := range pod.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.PodCondition{}
}
