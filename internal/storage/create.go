package storage

import (
	"context"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// CreateStep is what the create path has to do next.
type CreateStep string

// The steps.
const (
	// StepNone: the verdict says it all; do nothing.
	StepNone CreateStep = "none"
	// StepCreate: the claim does not exist and may be created.
	StepCreate CreateStep = "create"
	// StepRelease: the claim is ours and is to be retained, but carries our controller reference.
	StepRelease CreateStep = "release"
)

// DecideCreate judges the claim of a node that imports nothing. It is pure. The claim need not be Bound: with
// WaitForFirstConsumer it binds when the pod arrives.
func DecideCreate(f Facts) (CreateStep, Verdict) {
	if defect := createDefect(f); defect != nil {
		return StepNone, *defect
	}
	switch {
	case f.Claim == nil:
		return StepCreate, *transient(seiv1alpha1.ReasonDataVolumeNotReady, "creating PVC %q", ClaimName(f.Node))
	case NeedsRelease(f.Claim, f.Node):
		return StepRelease, *transient(seiv1alpha1.ReasonDataVolumeNotReady, "releasing PVC %q", f.Claim.Name)
	}
	return StepNone, Verdict{Valid, seiv1alpha1.ReasonImportPVCValidated, ""}
}

// createDefect is the first thing that speaks against going on, nil if nothing does.
func createDefect(f Facts) *Verdict {
	switch {
	case f.Claim == nil && f.Node.AdoptedClaim() != "":
		return gone(f)
	case f.Claim == nil:
		return yieldsToRival(f)
	case f.Claim.DeletionTimestamp != nil && f.Claim.UID == f.Node.AdoptedClaim():
		return going(f)
	case f.Claim.DeletionTimestamp != nil && f.Node.AdoptedClaim() == "" && mayReturn(f):
		return waitForOldClaim(f)
	case !Owned(f.Claim, f.Node):
		return notOwned(f)
	case f.Replaced():
		return gone(f)
	case f.Claim.Status.Phase == corev1.ClaimLost:
		return lost(f)
	}
	return nil
}

// mayReturn says whether the terminating claim will leave the name free for us: it is our own, or was made by a deleted
// namesake. A foreign claim that terminates is not waited for.
func mayReturn(f Facts) bool {
	return Owned(f.Claim, f.Node) || LeftByNamesake(f.Claim, f.Node)
}

// LeftByNamesake says whether the object was made for an earlier SeiNode of the same name, which is gone: garbage collection
// will take it.
func LeftByNamesake(object metav1.Object, node *seiv1alpha1.SeiNode) bool {
	owner := metav1.GetControllerOf(object)
	return owner != nil && owner.Kind == "SeiNode" && owner.Name == node.Name && owner.UID != node.UID
}

func yieldsToRival(f Facts) *Verdict {
	if other := f.rival(); other != nil {
		return transient(seiv1alpha1.ReasonImportPVCInUse,
			"PVC %q, which this node would create, is named by SeiNode %q; delete one of the two SeiNodes", ClaimName(f.Node), other.Name)
	}
	return nil
}

func gone(f Facts) *Verdict {
	return terminal(seiv1alpha1.ReasonDataVolumeLost,
		"PVC %q with UID %s, which this node created, is gone, and an empty one is not put in its place: "+
			"restore the data to a PVC and import it with a new SeiNode (spec.dataVolume.import.pvcName), or recreate this one to start from nothing",
		ClaimName(f.Node), f.Node.AdoptedClaim())
}

func going(f Facts) *Verdict {
	return transient(seiv1alpha1.ReasonImportPVCTerminating,
		"PVC %q, the node's own, is being deleted, and its data goes when the pod stops: the pod is left running; save the data now", f.Claim.Name)
}

func waitForOldClaim(f Facts) *Verdict {
	return transient(seiv1alpha1.ReasonImportPVCTerminating,
		"PVC %q, left by an earlier life of this node, is being deleted; a new one is created when it is gone", f.Claim.Name)
}

func notOwned(f Facts) *Verdict {
	return terminal(seiv1alpha1.ReasonPVCNotOwned,
		"data PVC %q already exists and is not owned by SeiNode %q; set spec.dataVolume.import.pvcName to adopt it, or delete the PVC",
		f.Claim.Name, f.Node.Name)
}

// NewClaim builds the claim that a node creates. A retained one carries no controller reference, since garbage
// collection does not know of the policy.
func NewClaim(node *seiv1alpha1.SeiNode, class *string, size corev1.ResourceList, labels map[string]string) *corev1.PersistentVolumeClaim {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: ClaimName(node), Namespace: node.Namespace, Labels: ownerLabels(node, labels)},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: class,
			Resources:        corev1.VolumeResourceRequirements{Requests: size},
		},
	}
	if !Retains(node) {
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

// Create creates the claim. That somebody was faster is no error: the next read decides whose claim it is.
func Create(ctx context.Context, writer client.Writer, claim *corev1.PersistentVolumeClaim) error {
	if err := writer.Create(ctx, claim); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

// Release takes our controller reference off the node's own claim, so that garbage collection leaves it. It refuses any
// other claim, and the patch fails if the claim changed since it was read.
func Release(ctx context.Context, writer client.Writer, claim *corev1.PersistentVolumeClaim, node *seiv1alpha1.SeiNode) error {
	if !NeedsRelease(claim, node) {
		return nil
	}
	released := claim.DeepCopy()
	released.OwnerReferences = withoutOwner(claim.OwnerReferences, node)
	released.Labels = ownerLabels(node, claim.Labels)
	return writer.Patch(ctx, released, client.MergeFromWithOptions(claim, client.MergeFromWithOptimisticLock{}))
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

// Delete deletes the node's own claim, by UID. It does nothing to a claim that is not the node's, is retained, goes already,
// or took the place of the one that the node created: a restored claim may carry our label, and holds what was saved.
func Delete(ctx context.Context, writer client.Writer, claim *corev1.PersistentVolumeClaim, node *seiv1alpha1.SeiNode) error {
	replaced := Facts{Node: node, Claim: claim}.Replaced()
	if claim == nil || !Owned(claim, node) || Retains(node) || replaced || claim.DeletionTimestamp != nil {
		return nil
	}
	uid, version := claim.UID, claim.ResourceVersion
	return client.IgnoreNotFound(writer.Delete(ctx, claim, client.Preconditions{UID: &uid, ResourceVersion: &version}))
}
