package controller

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

// CacheOptions keep of each object what is read: the operator's memory must not grow with the cluster. A read of a kind
// that is not listed here is an error, not one more informer. Without namespaces all are watched; what has no namespace
// (volumes, storage classes) is watched in any case.
func CacheOptions(namespaces ...string) cache.Options {
	return cache.Options{
		ReaderFailOnMissingInformer: true,
		DefaultNamespaces:           only(namespaces),
		DefaultTransform:            cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&seiv1alpha1.SeiNode{}:          {},
			&corev1.PersistentVolumeClaim{}: {},
			&corev1.PersistentVolume{}:      {Transform: stripVolume},
			&corev1.Pod{}:                   {Transform: stripPod},
			&corev1.Service{}:               {Transform: stripForeign},
			&appsv1.StatefulSet{}:           {Transform: stripForeign},
			&policyv1.PodDisruptionBudget{}: {Transform: stripForeign},
			&storagev1.StorageClass{}:       {Transform: stripClass},
		},
	}
}

func only(namespaces []string) map[string]cache.Config {
	watched := map[string]cache.Config{}
	for _, namespace := range namespaces {
		watched[namespace] = cache.Config{}
	}
	return watched
}

// stripVolume keeps what the checks read; the source alone can be kilobytes.
func stripVolume(object any) (any, error) {
	volume, ok := object.(*corev1.PersistentVolume)
	if !ok {
		return object, nil
	}
	volume.ManagedFields, volume.Annotations, volume.Labels = nil, nil, nil
	volume.Spec = corev1.PersistentVolumeSpec{Capacity: volume.Spec.Capacity, ClaimRef: volume.Spec.ClaimRef}
	volume.Status = corev1.PersistentVolumeStatus{Phase: volume.Status.Phase}
	return volume, nil
}

// stripPod keeps who a pod is and which claims and Secrets it mounts; of a node's own pod also its image, its address, its
// troubles and what the agent found.
func stripPod(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	own := pod.Labels[seiv1alpha1.LabelNodeUID] != ""
	kept := corev1.PodSpec{Volumes: watchedVolumes(pod)}
	status := corev1.PodStatus{Phase: pod.Status.Phase}
	if own {
		kept.Containers = seidImage(pod)
		status.Conditions, status.ContainerStatuses = pod.Status.Conditions, pod.Status.ContainerStatuses
		status.InitContainerStatuses, status.PodIP = pod.Status.InitContainerStatuses, pod.Status.PodIP
	} else {
		pod.Labels = nil
	}
	pod.ManagedFields, pod.Annotations, pod.Spec, pod.Status = nil, nil, kept, status
	return pod, nil
}

func watchedVolumes(pod *corev1.Pod) []corev1.Volume {
	var volumes []corev1.Volume
	for _, volume := range pod.Spec.Volumes {
		if volume.PersistentVolumeClaim != nil || volume.Secret != nil || volume.Projected != nil {
			volumes = append(volumes, volume)
		}
	}
	return volumes
}

func seidImage(pod *corev1.Pod) []corev1.Container {
	for _, container := range pod.Spec.Containers {
		if container.Name == workload.ContainerSeid {
			return []corev1.Container{{Name: container.Name, Image: container.Image}}
		}
	}
	return nil
}

// stripForeign keeps of a Service, PodDisruptionBudget or StatefulSet that is not ours only that it is there, and whose.
func stripForeign(object any) (any, error) {
	switch o := object.(type) {
	case *corev1.Service:
		o.ManagedFields = nil
		if o.Labels[seiv1alpha1.LabelNodeUID] == "" {
			o.Annotations, o.Spec, o.Status = nil, corev1.ServiceSpec{}, corev1.ServiceStatus{}
		}
	case *policyv1.PodDisruptionBudget:
		o.ManagedFields = nil
		if o.Labels[seiv1alpha1.LabelNodeUID] == "" {
			o.Annotations, o.Spec, o.Status = nil, policyv1.PodDisruptionBudgetSpec{}, policyv1.PodDisruptionBudgetStatus{}
		}
	case *appsv1.StatefulSet:
		o.ManagedFields = nil
		if o.Labels[seiv1alpha1.LabelNodeUID] == "" {
			o.Annotations, o.Spec, o.Status = nil, appsv1.StatefulSetSpec{}, appsv1.StatefulSetStatus{}
		}
	}
	return object, nil
}

// stripClass keeps when a class binds.
func stripClass(object any) (any, error) {
	if class, ok := object.(*storagev1.StorageClass); ok {
		class.ManagedFields, class.Annotations, class.Parameters = nil, nil, nil
	}
	return object, nil
}

// rateLimiter backs off to a minute: an API server that recovers should not find us asleep for the default's quarter of
// an hour.
func rateLimiter() workqueue.TypedRateLimiter[reconcile.Request] {
	return workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](5*time.Millisecond, time.Minute)
}
