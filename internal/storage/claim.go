// Package storage is everything that the operator knows about a node's data volume: which claim the node uses, whether an
// imported claim may be used, how its own claim is created, and whose claim it is.
//
// Decisions are pure functions of Facts; only observe.go and create.go hold a client. Ownership is a UID, never a name,
// and nothing in this package writes to an imported claim or to any volume.
package storage

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
)

// ClaimName is the one answer to "which claim does this node use?": for the pod, deletion, metrics and status alike.
func ClaimName(node *seiv1alpha1.SeiNode) string {
	if source := node.Volume().Import; source != nil {
		return source.PVCName
	}
	return "data-" + node.Name
}

// Imports says whether the node adopts a claim instead of creating one.
func Imports(node *seiv1alpha1.SeiNode) bool { return node.Volume().Import != nil }

// There are two questions about a created claim, and the second takes more proof than the first.

// Owned answers "may I use it?": whether this very node, by UID, created the claim. Our label is proof enough, since a retained claim carries
// no reference. An imported claim is never owned, whatever its name, labels and references say.
func Owned(claim *corev1.PersistentVolumeClaim, node *seiv1alpha1.SeiNode) bool {
	if Imports(node) || node.UID == "" {
		return false
	}
	if ref := metav1.GetControllerOf(claim); ref != nil {
		return ref.UID == node.UID
	}
	return claim.Labels[seiv1alpha1.LabelNodeUID] == string(node.UID)
}

// MayDestroy answers "may I destroy it?": whether this very node, by UID, controls the claim, is to delete it, and recorded its UID, and nobody
// else names it, or has the node. Whatever one of these does not prove keeps the claim, and why says which. The facts have to be those of now, read past the
// cache. There has to be a claim.
func MayDestroy(f Facts) (may bool, why string) {
	switch recorded := f.Node.AdoptedClaim(); {
	case Imports(f.Node):
		return false, "it was imported"
	case f.Node.ManagedElsewhere(): // whose claim is controlled by the very same SeiNode
		return false, fmt.Sprintf("the SeiNode has finalizer %s of another operator, which may have made it", seiv1alpha1.FinalizerElsewhere)
	case !owner.Controls(f.Node, f.Claim):
		return false, "it carries no controller reference to this SeiNode; one that was taken off, by hand or with --cascade=orphan, is a wish to keep the claim"
	case Retains(f.Node):
		return false, "the deletion policy is Retain"
	case recorded == "":
		return false, "the status of the SeiNode, which was wiped or not written yet, records no UID of a claim"
	case recorded != f.Claim.UID:
		return false, fmt.Sprintf("its UID is %s, and the SeiNode recorded that of another claim, %s", f.Claim.UID, recorded)
	}
	who := f.alsoNamedBy()
	return who == "", who
}

// Retains says whether the node's created claim stays when the node is deleted. Where the spec says nothing a validator's does: it holds a key,
// and the state that keeps the key from signing twice.
func Retains(node *seiv1alpha1.SeiNode) bool {
	if policy := node.Volume().DeletionPolicy; policy != nil {
		return *policy == seiv1alpha1.DeletionPolicyRetain
	}
	return node.Mode() == seiv1alpha1.ModeValidator
}

// Stays says whether the node's created claim outlives the node, as far as is known before the node is deleted: its policy is Retain, or
// another SeiNode names it, or another volume holds the same bytes, which may be destroyed with this one, or another operator has the node. Whoever names a
// claim as their data does not want it to go with the node that made it. A foreign pod, such as one that once filled it, is asked for when the node is deleted.
func (f Facts) Stays() bool {
	return Retains(f.Node) || len(f.Rivals) > 0 || len(f.Aliases) > 0 || f.Node.ManagedElsewhere()
}

// alsoNamedBy says who else has to do with the node's claim now, "" for nobody: another SeiNode, or a pod that is not the node's and mounts
// it, by name or as a generic ephemeral volume.
func (f Facts) alsoNamedBy() string {
	if len(f.Rivals) > 0 {
		return fmt.Sprintf("SeiNode %q names it", f.Rivals[0].Name)
	}
	if len(f.Aliases) > 0 {
		return fmt.Sprintf("volume %q holds the same bytes", f.Aliases[0].Name)
	}
	for i := range f.Pods {
		if pod := &f.Pods[i]; mountsClaim(pod, ClaimName(f.Node)) && !owner.Pod(pod, f.Node) {
			return fmt.Sprintf("pod %q, which is not this node's, mounts it", pod.Name)
		}
	}
	return ""
}

// NeedsRelease says whether the claim still carries our controller reference although it stays: garbage collection would delete it with
// the node, and, in the foreground, before the operator hears of it.
func (f Facts) NeedsRelease() bool {
	return f.Claim != nil && Owned(f.Claim, f.Node) && f.Stays() && !f.Replaced() && owner.Controls(f.Node, f.Claim)
}

// mountsClaim says whether the pod names the claim and may still have it mounted. A pod that has ended does not.
func mountsClaim(pod *corev1.Pod, claimName string) bool {
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return false
	}
	for _, name := range MountedClaims(pod) {
		if name == claimName {
			return true
		}
	}
	return false
}

// readsOnly says whether the pod has the claim mounted read-only, and in no other way.
func readsOnly(pod *corev1.Pod, claimName string) bool {
	for _, volume := range pod.Spec.Volumes {
		switch {
		case volume.PersistentVolumeClaim != nil && volume.PersistentVolumeClaim.ClaimName == claimName && !volume.PersistentVolumeClaim.ReadOnly,
			volume.Ephemeral != nil && pod.Name+"-"+volume.Name == claimName:
			return false
		}
	}
	return true
}

// MountedClaims returns the names of the claims among the pod's volumes.
func MountedClaims(pod *corev1.Pod) []string {
	var names []string
	for _, volume := range pod.Spec.Volumes {
		switch {
		case volume.PersistentVolumeClaim != nil:
			names = append(names, volume.PersistentVolumeClaim.ClaimName)
		case volume.Ephemeral != nil:
			names = append(names, pod.Name+"-"+volume.Name) // what Kubernetes calls the claim that it makes for the pod
		}
	}
	return names
}
