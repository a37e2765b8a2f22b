package task

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/workload"
)

// EndOfSeid is how seid in the pod last ended, nil if it never did.
func EndOfSeid(pod *corev1.Pod) *corev1.ContainerStateTerminated {
	if pod == nil {
		return nil
	}
	return lastEnd(pod.Status.ContainerStatuses, workload.ContainerSeid)
}

// InspectionIn is what the agent last said of the volume in this pod, nil if it has not spoken yet. It says so in its termination message: a
// pod that starts needs nobody to ask. Of data that was brought after that, the container that brought it says what keeps seid from it.
func InspectionIn(pod *corev1.Pod) *wire.Inspection {
	if brought := RestoreIn(pod); brought != nil && brought.Inspection != nil {
		found := *brought.Inspection
		found.Message = brought.Message
		return &found
	}
	if found, is := wire.ParseInspection(lastMessage(pod, workload.ContainerInspect)); is {
		return &found
	}
	return nil
}

// RestoreIn is what the container that brings data said when it last ended in this pod, nil if it has not, or said nothing.
func RestoreIn(pod *corev1.Pod) *wire.Restore {
	if said, is := wire.ParseRestore(lastMessage(pod, workload.ContainerBootstrap)); is {
		return &said
	}
	return nil
}

// lastMessage is the termination message of an init container that ended last, "" for none.
func lastMessage(pod *corev1.Pod, name string) string {
	if pod == nil {
		return ""
	}
	if end := lastEnd(pod.Status.InitContainerStatuses, name); end != nil {
		return end.Message
	}
	return ""
}

// lastEnd is how the container of that name last ended, nil if it never did.
func lastEnd(containers []corev1.ContainerStatus, name string) *corev1.ContainerStateTerminated {
	for _, container := range containers {
		if container.Name == name {
			return cmp.Or(container.State.Terminated, container.LastTerminationState.Terminated)
		}
	}
	return nil
}
