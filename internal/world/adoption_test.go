package world

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// adoption is a claim that a SeiNode came to use.
type adoption struct{ node, claim types.UID }

const sawAttached = "no node takes a disk that somebody else can be seen to have attached"

// judgeAdoption is for a status that says which claim the node uses, and did not before.
func (w *world) judgeAdoption(before, after client.Object) string {
	node, is := after.(*seiv1alpha1.SeiNode)
	if !is || before == nil || recorded(node) == recorded(before.(*seiv1alpha1.SeiNode)) {
		return ""
	}
	return w.judgeDisk(node, recorded(node))
}

// judgeDisk is for a node that takes a claim, unless it had it before: whoever has the disk attached since is not asked for.
func (w *world) judgeDisk(node *seiv1alpha1.SeiNode, uid types.UID) string {
	had := w.adopted[adoption{node.UID, uid}]
	if w.adopted[adoption{node.UID, uid}] = uid != ""; had {
		return ""
	}
	if attachment := w.foreignOn(node); attachment != nil {
		return broke(sawAttached, "node %s, attachment %s", node.Name, attachment.Name)
	}
	return ""
}

// claimUsedBy is the claim that a node is known to use, by its status or, where that was wiped, by its StatefulSet.
func claimUsedBy(node *seiv1alpha1.SeiNode, set client.Object) types.UID {
	return cmp.Or(recorded(node), types.UID(set.GetAnnotations()[seiv1alpha1.AnnotationClaimUID]))
}

// foreignOn is an attachment by somebody else of the disk behind a node's claim, as the operator's cache shows it.
func (w *world) foreignOn(node *seiv1alpha1.SeiNode) *storagev1.VolumeAttachment {
	claim := get[*corev1.PersistentVolumeClaim](w.cache, claimOf(node))
	if claim == nil || get[*corev1.PersistentVolume](w.cache, claim.Spec.VolumeName) == nil {
		return nil
	}
	for _, attachment := range all[*storagev1.VolumeAttachment](w.cache) {
		volume := *attachment.Spec.Source.PersistentVolumeName
		if w.foreign[attachment.UID] && attachment.Status.Attached && w.diskOf[volume] == w.diskOf[claim.Spec.VolumeName] &&
			get[*corev1.PersistentVolume](w.cache, volume) != nil {
			return attachment
		}
	}
	return nil
}

// isUnseen says whether a SeiNode's pod finds a claim that no operator ever found fit for it, and that was made after an operator last let the
// pod start.
func (w *world) isUnseen(found process) bool {
	return found.node != "" && !slices.ContainsFunc(found.claims, func(uid string) bool {
		claim := types.UID(uid)
		return w.adopted[adoption{found.node, claim}] || w.born[claim] <= w.letStart[controllerOf(found.pod)]
	})
}

const (
	oneVolume = "no two pods run on one volume"
	oneKey    = "no two pods sign with one key"
	// unseenClaim is what these two come to where one of the pods runs on a claim that no operator found fit for its node.
	unseenClaim = "no pod that waited for its claim shares the next one of that name, which no operator saw"
)

// promised is what is asked for of two pods.
func promised(what string, started, other process) string {
	if started.unseen || other.unseen {
		return unseenClaim
	}
	return what
}
