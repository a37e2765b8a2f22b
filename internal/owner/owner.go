// Package owner says whose an object is, and which of two nodes came first. Ownership is a UID, never a name: an object that only
// has the right name belongs to somebody else, and is never written to.
package owner

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Controls says whether this very node controls the object.
func Controls(node *seiv1alpha1.SeiNode, object metav1.Object) bool {
	return metav1.IsControlledBy(object, node)
}

// LeftByNamesake says whether the object was made for an earlier SeiNode of the same name, which is gone: garbage collection
// will take it.
func LeftByNamesake(object metav1.Object, node *seiv1alpha1.SeiNode) bool {
	ref := OfSeiNode(object)
	return ref != nil && ref.Name == node.Name && ref.UID != node.UID
}

// OfSeiNode returns the reference to the SeiNode that controls the object, whichever; nil if none does.
func OfSeiNode(object metav1.Object) *metav1.OwnerReference {
	if ref := metav1.GetControllerOf(object); ref != nil && ref.Kind == "SeiNode" {
		return ref
	}
	return nil
}

// Pod says whether the pod belongs to this very node: one of a deleted namesake does not. The label alone proves nothing, since
// anybody can write it: the pod has to have a StatefulSet as controller too, or, where it was orphaned, the name that a StatefulSet gives. A
// copy of the pod under another name, as of `kubectl debug --copy-to --keep-labels`, is its maker's.
func Pod(pod *corev1.Pod, node *seiv1alpha1.SeiNode) bool {
	if pod.Labels[seiv1alpha1.LabelNodeUID] != string(node.UID) {
		return false
	}
	if ref := metav1.GetControllerOf(pod); ref != nil {
		return ref.Kind == "StatefulSet"
	}
	return pod.Name == node.PodName()
}

// PrePull says whether the pod is a pre-pull pod of this very node, and nothing else.
func PrePull(pod *corev1.Pod, node *seiv1alpha1.SeiNode) bool {
	return IsPrePull(pod) && Controls(node, pod)
}

// IsPrePull says whether the pod is a pre-pull pod of a SeiNode, whichever.
func IsPrePull(pod *corev1.Pod) bool {
	return pod.Labels[seiv1alpha1.LabelPrePull] != "" && OfSeiNode(pod) != nil
}

// Yields says whether node must leave something that only one may have to other: to the one that has it already, else to the
// older one. For any two nodes exactly one yields. The caller runs the nodes that want one thing one after the other, so that each
// sees what the one before it has taken.
func Yields(node, other *seiv1alpha1.SeiNode, has func(*seiv1alpha1.SeiNode) bool) bool {
	held, holds := has(node), has(other)
	if held != holds {
		return holds
	}
	return older(other, node)
}

// older says whether a was created before b; the UID decides between two of the same second.
func older(a, b *seiv1alpha1.SeiNode) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.UID < b.UID
}
