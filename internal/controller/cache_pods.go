package controller

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/workload"
)

// stripPod keeps who a pod is, which claims and Secrets it mounts, and on which machine; of a node's own pod also its image, whether it fetches a state, its template's mark,
// its address, its troubles and what the agent found; of a pre-pull pod what it tries, and what came of it.
func stripPod(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	own := pod.Labels[seiv1alpha1.LabelNodeUID] != ""
	kept, annotations := corev1.PodSpec{Volumes: watchedVolumes(pod), NodeName: pod.Spec.NodeName}, map[string]string(nil)
	status := corev1.PodStatus{Phase: pod.Status.Phase}
	switch {
	case own:
		kept.Containers, kept.ReadinessGates = ofSeid(pod), pod.Spec.ReadinessGates
		kept.TerminationGracePeriodSeconds = pod.Spec.TerminationGracePeriodSeconds
		annotations = map[string]string{
			seiv1alpha1.AnnotationTemplate:    pod.Annotations[seiv1alpha1.AnnotationTemplate],
			seiv1alpha1.AnnotationReservation: pod.Annotations[seiv1alpha1.AnnotationReservation],
			seiv1alpha1.AnnotationImageUntil:  pod.Annotations[seiv1alpha1.AnnotationImageUntil],
		}
		status.Conditions, status.ContainerStatuses = conditionsOf(pod), statusesOf(pod.Status.ContainerStatuses)
		status.InitContainerStatuses, status.PodIP = telling(pod.Status.InitContainerStatuses), pod.Status.PodIP
	case owner.IsPrePull(pod):
		annotations = map[string]string{seiv1alpha1.AnnotationPrePulls: pod.Annotations[seiv1alpha1.AnnotationPrePulls]}
		status.Conditions, status.ContainerStatuses = pod.Status.Conditions, pod.Status.ContainerStatuses
		status.Reason, status.Message = pod.Status.Reason, pod.Status.Message
	}
	pod.Labels = workload.Only(pod.Labels, seiv1alpha1.LabelNodeUID, seiv1alpha1.LabelNode, seiv1alpha1.LabelPrePull)
	pod.Annotations, pod.Spec, pod.Status = annotations, kept, status
	shareMeta(&pod.ObjectMeta)
	share(&pod.Spec.NodeName)
	share(&pod.Status.Phase)
	return pod, nil
}

// watchedVolumes are the pod's volumes that are claims or Secrets. A claim that all containers mount read-only counts as one that the pod
// names read-only: the containers themselves are not kept.
func watchedVolumes(pod *corev1.Pod) []corev1.Volume {
	var volumes []corev1.Volume
	for _, volume := range pod.Spec.Volumes {
		if claim := volume.PersistentVolumeClaim; claim != nil {
			claim.ReadOnly = claim.ReadOnly || !writes(pod, volume.Name)
		}
		if volume.PersistentVolumeClaim != nil || volume.Ephemeral != nil || volume.Secret != nil || volume.Projected != nil {
			volumes = append(volumes, volume)
		}
	}
	return volumes
}

// writes says whether a container of the pod may write to a volume, as a file system or as a device.
func writes(pod *corev1.Pod, volume string) bool {
	for _, container := range append(slices.Clone(pod.Spec.InitContainers), pod.Spec.Containers...) {
		if slices.ContainsFunc(container.VolumeDevices, func(d corev1.VolumeDevice) bool { return d.Name == volume }) ||
			slices.ContainsFunc(container.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == volume && !m.ReadOnly }) {
			return true
		}
	}
	return len(pod.Spec.EphemeralContainers) > 0
}

// ofSeid keeps of seid's container its image, and whether it gets ready for a state sync.
func ofSeid(pod *corev1.Pod) []corev1.Container {
	for _, container := range pod.Spec.Containers {
		if container.Name == workload.ContainerSeid {
			kept := corev1.Container{Name: container.Name, Image: container.Image}
			share(&kept.Name, &kept.Image)
			if workload.FetchesState(pod) {
				kept.Args = []string{workload.FlagSaid}
			}
			return []corev1.Container{kept}
		}
	}
	return nil
}

// conditionsOf are those of a pod's conditions that are read: when it was scheduled, and when its machine spoke last.
func conditionsOf(pod *corev1.Pod) (kept []corev1.PodCondition) {
	for _, c := range pod.Status.Conditions {
		if slices.Contains(readConditions, c.Type) {
			c = corev1.PodCondition{Type: c.Type, Status: c.Status, Message: c.Message, LastTransitionTime: c.LastTransitionTime}
			share(&c.Type)
			share(&c.Status)
			kept = append(kept, c)
		}
	}
	return fitting(kept)
}

var readConditions = []corev1.PodConditionType{corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled, corev1.PodReadyToStartContainers}

// telling are the init containers of which something is to be told: those that ended badly, or with a message, those that wait, or were started
// again, and the one that brings data.
func telling(statuses []corev1.ContainerStatus) []corev1.ContainerStatus {
	return statusesOf(slices.DeleteFunc(slices.Clone(statuses), func(c corev1.ContainerStatus) bool {
		ended := c.State.Terminated
		well := ended != nil && ended.ExitCode == 0 && ended.Message == ""
		return c.Name != workload.ContainerBootstrap && c.RestartCount == 0 && (well || c.State.Running != nil && c.LastTerminationState.Terminated == nil)
	}))
}

// statusesOf are how containers are, without what they are made of.
func statusesOf(statuses []corev1.ContainerStatus) []corev1.ContainerStatus {
	kept := make([]corev1.ContainerStatus, 0, len(statuses))
	for _, c := range statuses {
		c = corev1.ContainerStatus{Name: c.Name, State: c.State, LastTerminationState: c.LastTerminationState, Ready: c.Ready, RestartCount: c.RestartCount}
		share(&c.Name)
		for _, ended := range []*corev1.ContainerStateTerminated{c.State.Terminated, c.LastTerminationState.Terminated} {
			if ended != nil {
				share(&ended.Reason)
				ended.ContainerID = ""
			}
		}
		kept = append(kept, c)
	}
	return kept
}
