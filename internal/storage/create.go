package storage

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/write"
)

// kindClaim is how Kubernetes spells the kind of a claim.
const kindClaim = "PersistentVolumeClaim"

// DecideCreate judges the claim of a node that imports nothing. It is pure. The claim need not be Bound: with
// WaitForFirstConsumer it binds when the pod arrives. create says that there is none and that it may be made.
func DecideCreate(f Facts) (create bool, v verdict.Verdict) {
	if defect := createDefect(f); defect != nil {
		return false, *defect
	}
	if f.Claim == nil {
		return true, *transient(seiv1alpha1.ReasonDataVolumeNotReady, "creating PVC %q", ClaimName(f.Node))
	}
	return false, verdict.Pass(seiv1alpha1.ReasonImportPVCValidated, "")
}

// createDefect is the first thing that speaks against going on, nil if nothing does.
func createDefect(f Facts) *verdict.Verdict {
	switch {
	case f.Claim == nil && f.Node.AdoptedClaim() != "":
		return gone(f)
	case f.Claim == nil:
		return cannotBeMade(f)
	case f.Claim.DeletionTimestamp != nil && f.Claim.UID == f.Node.AdoptedClaim():
		return ownTerminating(f)
	case f.Claim.DeletionTimestamp != nil && f.Node.AdoptedClaim() == "" && mayReturn(f):
		return waitForOldClaim(f)
	case !Owned(f.Claim, f.Node):
		return notOwned(f)
	case f.Replaced():
		return gone(f)
	case f.Claim.Status.Phase == corev1.ClaimLost:
		return lost(f)
	}
	return sharedClaim(f)
}

// sharedClaim is who else uses the node's own claim, or the bytes behind it.
func sharedClaim(f Facts) *verdict.Verdict {
	if pod := isNoPodsClaim(f); pod != nil || f.Volume == nil {
		return pod
	}
	return isNobodyElsesVolume(f)
}

// mayReturn says whether the terminating claim will leave the name free for us: it is our own, or was made by a deleted
// namesake. A foreign claim that terminates is not waited for.
func mayReturn(f Facts) bool {
	return Owned(f.Claim, f.Node) || owner.LeftByNamesake(f.Claim, f.Node)
}

// cannotBeMade is why the claim is not made now: it is another's by its name, or what it is to be a copy of is not there, or does not fit.
func cannotBeMade(f Facts) *verdict.Verdict {
	if rival := yieldsToRival(f); rival != nil {
		return rival
	}
	return originDefect(f)
}

func yieldsToRival(f Facts) *verdict.Verdict {
	if other := f.rival(); other != nil {
		return transient(seiv1alpha1.ReasonImportPVCInUse,
			"PVC %q, which this node would create, is named by SeiNode %q; delete one of the two SeiNodes", ClaimName(f.Node), other.Name)
	}
	return nil
}

func gone(f Facts) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonDataVolumeLost,
		"PVC %q with UID %s, which this node created, is gone, and an empty one is not put in its place: "+
			"restore the data to a PVC and import it with a new SeiNode (spec.dataVolume.import.pvcName)%s",
		ClaimName(f.Node), f.Node.AdoptedClaim(), anew(f.Node))
}

// anew is the way without the data. A validator has none: it would begin with a new key, or sign from zero with that of a Secret.
func anew(node *seiv1alpha1.SeiNode) string {
	if node.Mode() == seiv1alpha1.ModeValidator {
		return ""
	}
	return ", or recreate this one to start from nothing"
}

func ownTerminating(f Facts) *verdict.Verdict {
	return transient(seiv1alpha1.ReasonImportPVCTerminating,
		"PVC %q, the node's own, is being deleted, and its data goes when the pod stops: the pod is left running; save the data now", f.Claim.Name)
}

func waitForOldClaim(f Facts) *verdict.Verdict {
	return transient(seiv1alpha1.ReasonImportPVCTerminating,
		"PVC %q, left by an earlier life of this node, is being deleted; a new one is created when it is gone", f.Claim.Name)
}

// notOwned tells how to go on without the claim being harmed: an import cannot be added to a node that has none.
func notOwned(f Facts) *verdict.Verdict {
	const found = "data PVC %q already exists and is not owned by SeiNode %q; "
	if ref := metav1.GetControllerOf(f.Claim); ref == nil && f.Claim.UID == f.Node.AdoptedClaim() {
		return terminal(seiv1alpha1.ReasonPVCNotOwned, found+"it is the one that the node used, and somebody took the node's marks off; to put one back: "+
			"kubectl label --overwrite pvc %s -n %s %s=%s", f.Claim.Name, f.Node.Name, f.Claim.Name, f.Claim.Namespace, seiv1alpha1.LabelNodeUID, f.Node.UID)
	}
	return terminal(seiv1alpha1.ReasonPVCNotOwned,
		found+"set spec.dataVolume.import.pvcName of another SeiNode to adopt it, and delete this one; or delete the PVC, and its data with it",
		f.Claim.Name, f.Node.Name)
}

// Create makes the node's claim. The next look decides whose it is, if somebody was faster.
func Create(claim *corev1.PersistentVolumeClaim) *write.Write { return write.Create(kindClaim, claim) }

// NewClaim builds the claim that a node creates. One that stays, by its policy or because another names it already, carries no controller
// reference: garbage collection knows of neither.
func NewClaim(f Facts, class *string, size corev1.ResourceList, labels map[string]string) *corev1.PersistentVolumeClaim {
	node := f.Node
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: ClaimName(node), Namespace: node.Namespace, Labels: ownerLabels(node, labels)},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: class,
			Resources:        corev1.VolumeResourceRequirements{Requests: size},
			DataSourceRef:    dataSource(node),
		},
	}
	if !f.Stays() {
		claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
	}
	return claim
}

func ownerLabels(node *seiv1alpha1.SeiNode, labels map[string]string) map[string]string {
	all := maps.Clone(labels)
	if all == nil {
		all = map[string]string{}
	}
	all[seiv1alpha1.LabelNodeUID] = string(node.UID)
	return all
}

// Release takes our controller reference off the node's own claim, so that garbage collection leaves it; nil for any other claim, and for one
// that does not stay. The patch fails if the claim changed since it was read. With it, or alone, goes the label by which other tools would
// take the claim for theirs.
func Release(f Facts) *write.Write {
	switch {
	case f.NeedsRelease():
		return release(f)
	case f.mayBePruned():
		unlabelled := f.Claim.DeepCopy()
		delete(unlabelled.Labels, seiv1alpha1.LabelInstance)
		return patch(f, unlabelled)
	}
	return nil
}

// mayBePruned says whether the claim bears the label that a former version gave it, and is still the node's alone: what another node imports is
// written to by nobody.
func (f Facts) mayBePruned() bool {
	return f.Claim != nil && Owned(f.Claim, f.Node) && f.Claim.UID == f.Node.AdoptedClaim() && f.alsoNamedBy() == "" &&
		f.Claim.Labels[seiv1alpha1.LabelInstance] == f.Node.Name
}

func release(f Facts) *write.Write {
	released := f.Claim.DeepCopy()
	released.OwnerReferences = withoutOwner(f.Claim.OwnerReferences, f.Node)
	released.Labels = ownerLabels(f.Node, f.Claim.Labels)
	if released.Labels[seiv1alpha1.LabelInstance] == f.Node.Name {
		delete(released.Labels, seiv1alpha1.LabelInstance)
	}
	return patch(f, released)
}

func patch(f Facts, changed *corev1.PersistentVolumeClaim) *write.Write {
	return write.Patch(kindClaim, changed, client.MergeFromWithOptions(f.Claim, client.MergeFromWithOptimisticLock{}))
}

func withoutOwner(refs []metav1.OwnerReference, node *seiv1alpha1.SeiNode) []metav1.OwnerReference {
	var rest []metav1.OwnerReference
	for _, ref := range refs {
		if ref.UID != node.UID {
			rest = append(rest, ref)
		}
	}
	return rest
}

// Delete deletes the node's own claim, by UID and version. It is nil for one that may not be destroyed, or is terminating.
func Delete(f Facts) *write.Write {
	if f.Claim == nil || !Owned(f.Claim, f.Node) || f.Claim.DeletionTimestamp != nil {
		return nil
	}
	if may, _ := MayDestroy(f); !may {
		return nil
	}
	return write.DeleteUnchanged(kindClaim, f.Claim)
}

// Keep takes our references off a claim that is not to be destroyed, for whatever reason; nil where it carries none. Garbage collection follows one
// that makes no controller as well.
func Keep(f Facts) *write.Write {
	if f.Claim == nil || !Owned(f.Claim, f.Node) || len(withoutOwner(f.Claim.OwnerReferences, f.Node)) == len(f.Claim.OwnerReferences) {
		return nil
	}
	return release(f)
}

// Settle says what becomes of the node's created claim when the node, whose pod is gone, is deleted: it is destroyed, or it is kept, and garbage
// collection, which asks nobody, is kept from it. kept says why, "" where nothing is kept.
func Settle(f Facts) (settle *write.Write, kept string) {
	if deletion := Delete(f); deletion != nil {
		return deletion, ""
	}
	if f.Claim == nil || !Owned(f.Claim, f.Node) || f.Claim.DeletionTimestamp != nil {
		return nil, ""
	}
	_, why := MayDestroy(f)
	return Keep(f), why
}
