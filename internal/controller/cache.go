package controller

import (
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
		&seiv1alpha1.SeiNode{}:          {Transform: shareNode},
		&corev1.PersistentVolumeClaim{}: {Transform: stripClaim},
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
	volume.Annotations, volume.Labels = map[string]string{storage.AnnotationSource: source}, nil
	shareMeta(&volume.ObjectMeta)
	volume.Spec = corev1.PersistentVolumeSpec{
		Capacity: spec.Capacity, ClaimRef: spec.ClaimRef, PersistentVolumeReclaimPolicy: spec.PersistentVolumeReclaimPolicy,
		StorageClassName: spec.StorageClassName, AccessModes: spec.AccessModes, VolumeMode: spec.VolumeMode,
	}
	shareSize(&volume.Spec.Capacity)
	shareModes(&volume.Spec.AccessModes)
	share(&volume.Spec.PersistentVolumeReclaimPolicy)
	share(&volume.Spec.StorageClassName)
	if ref := spec.ClaimRef; ref != nil {
		volume.Spec.ClaimRef = &corev1.ObjectReference{Namespace: ref.Namespace, Name: ref.Name, UID: ref.UID}
		share(&volume.Spec.ClaimRef.Namespace)
	}
	if isLocal {
		volume.Spec.NodeAffinity = spec.NodeAffinity // which machine's folder it is
	}
	volume.Status = corev1.PersistentVolumeStatus{Phase: volume.Status.Phase}
	share(&volume.Status.Phase)
	return volume, nil
}

// stripClaim keeps what the checks read: any claim may be one that a SeiNode imports. Of its labels those alone count that say whose it is.
func stripClaim(object any) (any, error) {
	claim, ok := object.(*corev1.PersistentVolumeClaim)
	if !ok {
		return object, nil
	}
	claim.Labels = workload.Only(claim.Labels, seiv1alpha1.LabelNodeUID, seiv1alpha1.LabelInstance)
	claim.Annotations = workload.Only(claim.Annotations, corev1.BetaStorageClassAnnotation)
	shareMeta(&claim.ObjectMeta)
	spec, status := claim.Spec, claim.Status
	claim.Spec = corev1.PersistentVolumeClaimSpec{
		AccessModes: spec.AccessModes, StorageClassName: spec.StorageClassName, VolumeName: spec.VolumeName, VolumeMode: spec.VolumeMode,
	}
	claim.Spec.Resources.Requests = spec.Resources.Requests
	claim.Status = corev1.PersistentVolumeClaimStatus{Phase: status.Phase, Capacity: status.Capacity, Conditions: status.Conditions}
	shareModes(&claim.Spec.AccessModes)
	shareSize(&claim.Spec.Resources.Requests)
	shareSize(&claim.Status.Capacity)
	share(&claim.Status.Phase)
	return claim, nil
}

// stripAttachment keeps which volume is attached where.
func stripAttachment(object any) (any, error) {
	if attachment, ok := object.(*storagev1.VolumeAttachment); ok {
		attachment.ManagedFields, attachment.Annotations = nil, nil
		attachment.Status = storagev1.VolumeAttachmentStatus{Attached: attachment.Status.Attached}
	}
	return object, nil
}

// stripForeign keeps of an object that is ours what is read of it, and of any other only that it is there, and whose.
func stripForeign(kind workload.Child) func(any) (any, error) {
	return func(cached any) (any, error) {
		object, is := cached.(workload.Object)
		if !is {
			return cached, nil
		}
		object.SetManagedFields(nil)
		if ref := owner.OfSeiNode(object); ref != nil { // a label can be edited away
			workload.Kept(object, ref.Name)
			shareOwn(object)
			return object, nil
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
