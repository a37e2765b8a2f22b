package storage_test

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

const (
	namespace  = "sei"
	nodeUID    = types.UID("11111111-node")
	claimUID   = types.UID("22222222-claim")
	importName = "data-archive-0-0"
	volumeName = "pv-archive-0"
)

// someTime is any time at all, the same in every run.
var someTime = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))

// option changes facts that were happy before.
type option func(*storage.Facts)

func withClaim(change func(*corev1.PersistentVolumeClaim)) option {
	return func(f *storage.Facts) { change(f.Claim) }
}

func withVolume(change func(*corev1.PersistentVolume)) option {
	return func(f *storage.Facts) { change(f.Volume) }
}

func withNode(change func(*seiv1alpha1.SeiNode)) option {
	return func(f *storage.Facts) { change(f.Node) }
}

func withoutClaim(f *storage.Facts) { f.Claim, f.Volume = nil, nil }

func withoutVolume(f *storage.Facts) { f.Volume = nil }

func phase(phase corev1.PersistentVolumeClaimPhase) option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) { c.Status.Phase = phase })
}

func terminating() option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) {
		c.DeletionTimestamp, c.Finalizers = &someTime, []string{"kubernetes.io/pvc-protection"}
	})
}

func accessModes(modes ...corev1.PersistentVolumeAccessMode) option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) { c.Spec.AccessModes = modes })
}

// claimCapacity is what the claim's status reports, "" for nothing.
func claimCapacity(size string) option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) { c.Status.Capacity = storageOf(size) })
}

func requested(size string) option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) { c.Spec.Resources.Requests = storageOf(size) })
}

func volumeCapacity(size string) option {
	return withVolume(func(v *corev1.PersistentVolume) { v.Spec.Capacity = storageOf(size) })
}

func claimCondition(kind corev1.PersistentVolumeClaimConditionType, status corev1.ConditionStatus) option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) {
		c.Status.Conditions = append(c.Status.Conditions, corev1.PersistentVolumeClaimCondition{Type: kind, Status: status})
	})
}

func claimRef(change func(*corev1.ObjectReference)) option {
	return withVolume(func(v *corev1.PersistentVolume) { change(v.Spec.ClaimRef) })
}

func adopted(uid types.UID) option {
	return withNode(func(n *seiv1alpha1.SeiNode) { n.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimUID: uid} })
}

func accepts(uid types.UID) option {
	return withNode(func(n *seiv1alpha1.SeiNode) {
		n.Annotations = map[string]string{seiv1alpha1.AnnotationAcceptClaimUID: string(uid)}
	})
}

func withPod(changes ...func(*corev1.Pod)) option {
	return func(f *storage.Facts) { f.Pods = append(f.Pods, *podOn(f.Claim.Name, changes...)) }
}

// controlledBy gives the claim a controller of that kind.
func controlledBy(kind string) option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) {
		c.OwnerReferences = []metav1.OwnerReference{controllerRef(kind, "db", "db-uid")}
	})
}

// withAlias adds another volume of the same bytes, in that phase.
func withAlias(phase corev1.PersistentVolumePhase) option {
	return func(f *storage.Facts) {
		f.Aliases = append(f.Aliases, corev1.PersistentVolume{
			ObjectMeta: metav1.ObjectMeta{Name: "pv-again"},
			Spec:       corev1.PersistentVolumeSpec{ClaimRef: &corev1.ObjectReference{Namespace: "other", Name: "copy", UID: "copy-uid"}},
			Status:     corev1.PersistentVolumeStatus{Phase: phase},
		})
	}
}

// attached is an attachment of the volume to a machine, done or under way.
func attached(done bool) option {
	return func(f *storage.Facts) {
		f.Attachments = append(f.Attachments, storagev1.VolumeAttachment{
			ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.Unix(1e9, 0)},
			Spec:       storagev1.VolumeAttachmentSpec{NodeName: "machine-7"},
			Status:     storagev1.VolumeAttachmentStatus{Attached: done},
		})
	}
}

func onMachine(name string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Spec.NodeName = name }
}

// after is a pod that came after the volume was attached.
func after(pod *corev1.Pod) { pod.CreationTimestamp = metav1.Unix(1e9+1, 0) }

func stopping(pod *corev1.Pod) { pod.DeletionTimestamp = &metav1.Time{} }

func withRival(rival *seiv1alpha1.SeiNode) option {
	return func(f *storage.Facts) { f.Rivals = append(f.Rivals, *rival) }
}

// importFacts are those of an archive whose imported claim meets every requirement, but for the changes.
func importFacts(options ...option) storage.Facts {
	facts := storage.Facts{
		Node:     importingNode("archive-0"),
		Required: resource.MustParse("25000Gi"),
		Claim:    boundClaim(importName),
		Volume:   volumeOf(importName),
	}
	return apply(facts, options)
}

// createFacts are those of a node that created its claim data-archive-0, which is Bound, but for the changes.
func createFacts(options ...option) storage.Facts {
	facts := storage.Facts{Node: importingNode("archive-0"), Required: resource.MustParse("25000Gi")}
	facts.Node.Spec.DataVolume = nil
	facts.Claim, facts.Volume = boundClaim("data-archive-0"), volumeOf("data-archive-0")
	facts.Claim.OwnerReferences = []metav1.OwnerReference{controllerRef("SeiNode", "archive-0", nodeUID)}
	return apply(facts, options)
}

func apply(facts storage.Facts, options []option) storage.Facts {
	for _, change := range options {
		change(&facts)
	}
	return facts
}

func importingNode(name string) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: nodeUID, CreationTimestamp: someTime},
		Spec: seiv1alpha1.SeiNodeSpec{
			ChainID: "pacific-1", Image: "sei:v1", Archive: &seiv1alpha1.ArchiveSpec{},
			DataVolume: &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: importName}},
		},
	}
}

func boundClaim(name string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, UID: claimUID},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: ptr.To("gp3"),
			VolumeName:       volumeName,
			VolumeMode:       ptr.To(corev1.PersistentVolumeFilesystem),
			Resources:        corev1.VolumeResourceRequirements{Requests: storageOf("25000Gi")},
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, Capacity: storageOf("25000Gi")},
	}
}

func volumeOf(claim string) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: volumeName},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: storageOf("25000Gi"),
			ClaimRef: &corev1.ObjectReference{Namespace: namespace, Name: claim, UID: claimUID},

			StorageClassName: "gp3",
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
	}
}

func waitingClass() *storagev1.StorageClass {
	return &storagev1.StorageClass{
		ObjectMeta:        metav1.ObjectMeta{Name: "gp3"},
		VolumeBindingMode: ptr.To(storagev1.VolumeBindingWaitForFirstConsumer),
	}
}

// podOn is the node's own running pod on the claim, but for the changes.
func podOn(claim string, changes ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: "archive-0-0", Namespace: namespace, Labels: map[string]string{seiv1alpha1.LabelNodeUID: string(nodeUID)},
			OwnerReferences: []metav1.OwnerReference{controllerRef("StatefulSet", "archive-0", "sts-uid")},
		},
		Spec: corev1.PodSpec{Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
		}}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning},
	}
	for _, change := range changes {
		change(pod)
	}
	return pod
}

func foreign(pod *corev1.Pod) { pod.Name, pod.Labels, pod.OwnerReferences = "debug", nil, nil }

func podPhase(phase corev1.PodPhase) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Status.Phase = phase }
}

func controllerRef(kind, name string, uid types.UID) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: "v1", Kind: kind, Name: name, UID: uid, Controller: ptr.To(true)}
}

func storageOf(size string) corev1.ResourceList {
	if size == "" {
		return nil
	}
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
}

func objectNamed(name string) metav1.ObjectMeta { return metav1.ObjectMeta{Name: name} }

// owned makes the claim the node's own.
func owned(claim *corev1.PersistentVolumeClaim) {
	claim.OwnerReferences = []metav1.OwnerReference{controllerRef("SeiNode", "archive-0", nodeUID)}
}
