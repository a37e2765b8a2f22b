// Package storage is everything that the operator knows about a node's data volume: which claim the node uses, whether an
// imported claim may be used, how its own claim is created, and whose claim it is.
//
// Decisions are pure functions of Facts; only observe.go and create.go hold a client. Ownership is a UID, never a name,
// and nothing in this package writes to an imported claim or to any volume.
package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
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

// Owned says whether this very node, by UID, created the claim. An imported claim is never owned, whatever its name,
// labels and references say: everything that deletes or changes a claim asks here first.
func Owned(claim *corev1.PersistentVolumeClaim, node *seiv1alpha1.SeiNode) bool {
	if Imports(node) || node.UID == "" {
		return false
	}
	if owner := metav1.GetControllerOf(claim); owner != nil {
		return owner.UID == node.UID
	}
	return claim.Labels[seiv1alpha1.LabelNodeUID] == string(node.UID) // a retained claim carries no reference
}

// Retains says whether the node's created claim stays when the node is deleted.
func Retains(node *seiv1alpha1.SeiNode) bool {
	policy := node.Volume().DeletionPolicy
	return policy != nil && *policy == seiv1alpha1.DeletionPolicyRetain
}

// Stays says whether the node's created claim outlives the node: its policy is Retain, or another SeiNode imports it. Whoever names a claim as
// their data does not want it to go with the node that made it.
func (f Facts) Stays() bool {
	return Retains(f.Node) || slices.ContainsFunc(f.Rivals, func(rival seiv1alpha1.SeiNode) bool { return Imports(&rival) })
}

// NeedsRelease says whether the claim still carries our controller reference although it stays: garbage collection would delete it with
// the node, and, in the foreground, before the operator hears of it.
func (f Facts) NeedsRelease() bool {
	return f.Claim != nil && Owned(f.Claim, f.Node) && f.Stays() && !f.Replaced() && metav1.IsControlledBy(f.Claim, f.Node)
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
