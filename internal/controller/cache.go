package controller

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// CacheOptions keep of each object what is read: the operator's memory must not grow with the cluster. A read of a kind
// that is not listed here is an error, not one more informer. Without namespaces all are watched; what has no namespace
// (volumes, storage classes) is watched in any case.
func CacheOptions(namespaces ...string) cache.Options {
	byObject := map[client.Object]cache.ByObject{
		&seiv1alpha1.SeiNode{}:          {},
		&corev1.PersistentVolumeClaim{}: {},
		&corev1.PersistentVolume{}:      {Transform: stripVolume},
		&corev1.Pod{}:                   {Transform: stripPod},
		&storagev1.StorageClass{}:       {Transform: stripClass},
		&storagev1.VolumeAttachment{}:   {Transform: stripAttachment},
		&corev1.ResourceQuota{}:         {Transform: stripQuota},
	}
	for _, kind := range kinds() {
		byObject[kind.New()] = cache.ByObject{Transform: stripForeign(kind)}
	}
	return cache.Options{
		ReaderFailOnMissingInformer: true,
		DefaultNamespaces:           watched(namespaces),
		DefaultTransform:            cache.TransformStripManagedFields(),
		ByObject:                    byObject,
	}
}

func watched(namespaces []string) map[string]cache.Config {
	configs := map[string]cache.Config{}
	for _, namespace := range namespaces {
		configs[namespace] = cache.Config{}
	}
	return configs
}

// stripVolume keeps what the checks read; the source alone can be kilobytes, so that what it comes to is kept in its place.
func stripVolume(object any) (any, error) {
	volume, ok := object.(*corev1.PersistentVolume)
	if !ok {
		return object, nil
	}
	spec, source, isLocal := volume.Spec, storage.Source(volume), storage.IsLocal(volume)
	volume.Annotations = map[string]string{storage.AnnotationSource: source}
	volume.ManagedFields, volume.Labels = nil, nil
	volume.Spec = corev1.PersistentVolumeSpec{
		Capacity: spec.Capacity, ClaimRef: spec.ClaimRef, PersistentVolumeReclaimPolicy: spec.PersistentVolumeReclaimPolicy,
		StorageClassName: spec.StorageClassName, AccessModes: spec.AccessModes, VolumeMode: spec.VolumeMode,
	}
	if isLocal {
		volume.Spec.NodeAffinity = spec.NodeAffinity // which machine's folder it is
	}
	volume.Status = corev1.PersistentVolumeStatus{Phase: volume.Status.Phase}
	return volume, nil
}

// stripAttachment keeps which volume is attached where.
func stripAttachment(object any) (any, error) {
	if attachment, ok := object.(*storagev1.VolumeAttachment); ok {
		attachment.ManagedFields, attachment.Annotations = nil, nil
		attachment.Status = storagev1.VolumeAttachmentStatus{Attached: attachment.Status.Attached}
	}
	return object, nil
}

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
		status.Conditions, status.ContainerStatuses = pod.Status.Conditions, pod.Status.ContainerStatuses
		status.InitContainerStatuses, status.PodIP = pod.Status.InitContainerStatuses, pod.Status.PodIP
	case owner.IsPrePull(pod):
		annotations = map[string]string{seiv1alpha1.AnnotationPrePulls: pod.Annotations[seiv1alpha1.AnnotationPrePulls]}
		status.Conditions, status.ContainerStatuses = pod.Status.Conditions, pod.Status.ContainerStatuses
		status.Reason, status.Message = pod.Status.Reason, pod.Status.Message
	default:
		pod.Labels = nil
	}
	pod.ManagedFields, pod.Annotations, pod.Spec, pod.Status = nil, annotations, kept, status
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
			if workload.FetchesState(pod) {
				kept.Args = []string{workload.FlagSaid}
			}
			return []corev1.Container{kept}
		}
	}
	return nil
}

// stripForeign keeps of an object that is not ours only that it is there, and whose.
func stripForeign(kind workload.Child) func(any) (any, error) {
	return func(cached any) (any, error) {
		object, is := cached.(workload.Object)
		if !is {
			return cached, nil
		}
		object.SetManagedFields(nil)
		if owner.OfSeiNode(object) != nil {
			return object, nil // a label can be edited away
		}
		bare := kind.New()
		bare.SetNamespace(object.GetNamespace())
		bare.SetName(object.GetName())
		bare.SetUID(object.GetUID())
		bare.SetResourceVersion(object.GetResourceVersion())
		bare.SetCreationTimestamp(object.GetCreationTimestamp())
		bare.SetDeletionTimestamp(object.GetDeletionTimestamp())
		bare.SetOwnerReferences(object.GetOwnerReferences())
		bare.SetFinalizers(object.GetFinalizers())
		return bare, nil
	}
}

// stripClass keeps when a class binds.
func stripClass(object any) (any, error) {
	if class, ok := object.(*storagev1.StorageClass); ok {
		class.ManagedFields, class.Annotations, class.Parameters = nil, nil, nil
	}
	return object, nil
}

// stripQuota keeps what a quota allows; what is used changes with every pod.
func stripQuota(object any) (any, error) {
	if quota, ok := object.(*corev1.ResourceQuota); ok {
		quota.ManagedFields, quota.Annotations, quota.Status = nil, nil, corev1.ResourceQuotaStatus{}
	}
	return object, nil
}

// rateLimiter backs off to a minute: an API server that recovers should not find us asleep for the default's quarter of
// an hour.
func rateLimiter() workqueue.TypedRateLimiter[reconcile.Request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](5*time.Millisecond, time.Minute)
}
