package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
)

// Facts is all that a decision about a node's data volume rests on, read once a reconcile. Decisions read nothing else.
type Facts struct {
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Required is the capacity that the node's mode or spec.dataVolume.size asks for.
	Required resource.Quantity
	// Claim is the claim of the name ClaimName(Node); nil if there is none.
	Claim *corev1.PersistentVolumeClaim
	// Volume is the one that the claim's spec.volumeName names; nil if it names none or the volume does not exist.
	Volume *corev1.PersistentVolume
	// Class is the claim's StorageClass, read only while the claim is Pending; nil if it has none or it does not exist.
	Class *storagev1.StorageClass
	// Rivals are the other SeiNodes of the namespace that use a claim of the same name.
	Rivals []seiv1alpha1.SeiNode
	// Pods are those of the namespace that name the claim, the node's own included.
	Pods []corev1.Pod
	// Aliases are the other volumes that hold the same bytes as Volume: Same.
	Aliases []corev1.PersistentVolume
	// Nested are the other volumes that share files with Volume.
	Nested []Nested
	// Attachments are those of Volume and of its aliases to machines.
	Attachments []storagev1.VolumeAttachment
	// Origin is what the claim that is to be made begins as a copy of.
	Origin Origin
	// Err is the error of the first read that failed; the other fields may then be incomplete, and nothing may be
	// decided from them.
	Err error
}

// Replaced says whether the claim is another one than the node adopted or created: the same name, other data.
func (f Facts) Replaced() bool { return f.isAnother() && !f.accepted() }

// accepted says whether the user named this very claim as the node's new data.
func (f Facts) accepted() bool {
	return f.Node.Annotations[seiv1alpha1.AnnotationAcceptClaimUID] == string(f.Claim.UID)
}

// Accepts says whether the node is about to take another claim than the one that it had, which the user accepted: the same name, other data.
func (f Facts) Accepts() bool { return f.isAnother() && f.accepted() }

// isAnother says whether the claim is another one than the node adopted or created.
func (f Facts) isAnother() bool {
	before := f.Node.AdoptedClaim()
	return f.Claim != nil && before != "" && before != f.Claim.UID
}

// volumeIsBound says whether the volume is bound to this very claim. A claim reference without a UID is a reservation
// by name, not a binding.
func (f Facts) volumeIsBound() bool {
	if f.Volume == nil || f.Volume.Spec.ClaimRef == nil {
		return false
	}
	ref := f.Volume.Spec.ClaimRef
	return ref.Namespace == f.Claim.Namespace && ref.Name == f.Claim.Name && ref.UID == f.Claim.UID
}

// resizePending says whether the file system is the only thing that still has to grow, which it does when a pod mounts
// the volume: waiting for it before there is a pod would wait for ever.
func (f Facts) resizePending() bool {
	return f.hasCondition(corev1.PersistentVolumeClaimFileSystemResizePending)
}

// capacity is what counts as the claim's: what its status reports, or its volume's while only the file system has to grow.
// Zero while nothing is reported.
func (f Facts) capacity() resource.Quantity {
	if f.resizePending() {
		return f.Volume.Spec.Capacity[corev1.ResourceStorage]
	}
	return f.Claim.Status.Capacity[corev1.ResourceStorage]
}

// expanding says whether the storage side of an expansion is in flight: the volume grows first, the claim's status
// follows.
func (f Facts) expanding() bool {
	requested := f.Claim.Spec.Resources.Requests[corev1.ResourceStorage]
	reported := f.Claim.Status.Capacity[corev1.ResourceStorage]
	return requested.Cmp(reported) > 0 || f.hasCondition(corev1.PersistentVolumeClaimResizing)
}

func (f Facts) hasCondition(kind corev1.PersistentVolumeClaimConditionType) bool {
	for _, condition := range f.Claim.Status.Conditions {
		if condition.Type == kind && condition.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

// rival returns the SeiNode that comes before this one in the use of the claim, nil if this one may have it.
func (f Facts) rival() *seiv1alpha1.SeiNode {
	for i := range f.Rivals {
		if owner.Yields(f.Node, &f.Rivals[i], adopted) {
			return &f.Rivals[i]
		}
	}
	return nil
}

// adopted says whether the node has taken its claim.
func adopted(node *seiv1alpha1.SeiNode) bool { return node.AdoptedClaim() != "" }

// has says whether the node has taken this very claim. One that took the place of the claim before it, and was accepted, is yet to be taken.
func (f Facts) has() bool { return f.Claim != nil && f.Node.AdoptedClaim() == f.Claim.UID }

// foreignPods returns the pods that have the claim mounted and are not of this node: one that keeps the node from it, and one that only
// reads beside the node's own pod, which harms nobody; each nil if there is none.
func (f Facts) foreignPods() (blocking, reading *corev1.Pod) {
	for i := range f.Pods {
		pod := &f.Pods[i]
		switch {
		case !mountsClaim(pod, ClaimName(f.Node)) || owner.Pod(pod, f.Node):
		case f.runs() && readsOnly(pod, ClaimName(f.Node)):
			reading = pod
		default:
			return pod, nil
		}
	}
	return nil, reading
}

// Reader is a pod that reads the claim beside the node's own, nil for none. Once that is gone, it keeps the next one from the claim.
func (f Facts) Reader() *corev1.Pod {
	_, reading := f.foreignPods()
	return reading
}

// runs says whether the node's own pod has the claim mounted.
func (f Facts) runs() bool { return f.ownPod() != nil }

// ownPod is the node's own pod that has the claim mounted, nil if there is none.
func (f Facts) ownPod() *corev1.Pod {
	for i := range f.Pods {
		if owner.Pod(&f.Pods[i], f.Node) && mountsClaim(&f.Pods[i], ClaimName(f.Node)) {
			return &f.Pods[i]
		}
	}
	return nil
}

// boundAlias returns another volume of the same bytes that a claim is bound to, nil if there is none.
func (f Facts) boundAlias() *corev1.PersistentVolume {
	return f.alias(func(phase corev1.PersistentVolumePhase) bool { return phase == corev1.VolumeBound })
}

// looseAlias returns another volume of the same bytes that a claim may come to be bound to, nil if there is none.
func (f Facts) looseAlias() *corev1.PersistentVolume {
	return f.alias(func(phase corev1.PersistentVolumePhase) bool { return phase != corev1.VolumeBound })
}

func (f Facts) alias(is func(corev1.PersistentVolumePhase) bool) *corev1.PersistentVolume {
	for i := range f.Aliases {
		if is(f.Aliases[i].Status.Phase) {
			return &f.Aliases[i]
		}
	}
	return nil
}

// foreignMachine is a machine that the volume is attached to for somebody whom no pod shows, "" for none: any, before this node ever had the volume;
// and one that it came to be attached to since the node's own pod is there. What is older is left from where the pod was before.
func (f Facts) foreignMachine() string {
	own := f.ownPod()
	for i := range f.Attachments {
		at := &f.Attachments[i]
		foreign := own == nil && !f.has() || own != nil && f.attachedBeside(own, at)
		if at.Status.Attached && foreign {
			return at.Spec.NodeName
		}
	}
	return ""
}

// attachedBeside says whether the volume was attached since the pod came, to another machine than the pod's, where none of the pods that name the
// claim is. Of a pod that has no machine yet, or stops, nothing follows.
func (f Facts) attachedBeside(own *corev1.Pod, at *storagev1.VolumeAttachment) bool {
	if own.Spec.NodeName == "" || own.DeletionTimestamp != nil || !own.CreationTimestamp.Before(&at.CreationTimestamp) {
		return false
	}
	return !slices.ContainsFunc(f.Pods, func(pod corev1.Pod) bool { return pod.Spec.NodeName == at.Spec.NodeName })
}
