package storage

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// The messages of the verdicts on an imported claim: the object, what was found, what was wanted, and the remedy. They hold
// nothing that changes by itself (no times, no counters), so that conditions do not flap.

// ConcernsCapacity says whether the verdict is about the size of the claim or its volume alone.
func ConcernsCapacity(v verdict.Verdict) bool {
	return v.Reason == seiv1alpha1.ReasonImportCapacityTooSmall || v.Reason == seiv1alpha1.ReasonImportUnderlyingPVCapacityMismatch
}

func transient(reason, format string, args ...any) *verdict.Verdict {
	defect := verdict.Wait(reason, format, args...)
	return &defect
}

func terminal(reason, format string, args ...any) *verdict.Verdict {
	defect := verdict.Fail(reason, format, args...)
	return &defect
}

func validatedMessage(f Facts) string {
	capacity := f.capacity()
	text := fmt.Sprintf("PVC %q on volume %q, %s, meets every requirement of %s node", f.Claim.Name, f.Claim.Spec.VolumeName,
		capacity.String(), withArticle(f.Node.Mode()))
	if risks := Risks(f); risks != "" {
		text += "; but " + risks
	}
	return text
}

func notFound(f Facts) *verdict.Verdict {
	if before := f.Node.AdoptedClaim(); before != "" {
		return transient(seiv1alpha1.ReasonImportPVCNotFound,
			"PVC %q with UID %s, which the node adopted, is gone; restore its data to a PVC of that name, on %s; "+
				"a new PVC is another one, and the node waits until you accept it by its UID: kubectl annotate --overwrite seinode %s -n %s %s=<UID>",
			ClaimName(f.Node), before, formerVolume(f.Node), f.Node.Name, f.Node.Namespace, seiv1alpha1.AnnotationAcceptClaimUID)
	}
	return transient(seiv1alpha1.ReasonImportPVCNotFound,
		"PVC %q does not exist in namespace %q; create it there, and the import proceeds by itself", ClaimName(f.Node), f.Node.Namespace)
}

// formerVolume is where the data of a claim that is gone may still be.
func formerVolume(node *seiv1alpha1.SeiNode) string {
	if shown := node.Status.DataVolume; shown != nil && shown.VolumeName != "" {
		return fmt.Sprintf("its volume %q if that is still there (kubectl get pv %s)", shown.VolumeName, shown.VolumeName)
	}
	return "the volume that holds it"
}

func terminating(f Facts) *verdict.Verdict {
	if f.Claim.UID == f.Node.AdoptedClaim() {
		return transient(seiv1alpha1.ReasonImportPVCTerminating,
			"PVC %q, which the node adopted, is being deleted, and its data may go when the pod stops: the pod is left running; save the data now, "+
				"and keep its volume: %s", f.Claim.Name, Retaining(f.Claim.Spec.VolumeName))
	}
	return transient(seiv1alpha1.ReasonImportPVCTerminating,
		"PVC %q is being deleted, and its data may go with it; wanted a PVC that stays: create it again once it is gone", f.Claim.Name)
}

func lost(f Facts) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportPVCLost,
		"PVC %q phase is Lost: its volume %q no longer exists; restore the PersistentVolume under that name, and the PVC is Bound again",
		f.Claim.Name, f.Claim.Spec.VolumeName)
}

func notBound(f Facts) *verdict.Verdict {
	return transient(seiv1alpha1.ReasonImportPVCNotBound, "PVC %q phase is %s: %s", f.Claim.Name, claimPhase(f.Claim), whyNotBound(f))
}

func claimPhase(claim *corev1.PersistentVolumeClaim) string {
	if claim.Status.Phase == "" {
		return "not reported yet"
	}
	return string(claim.Status.Phase)
}

func accessModeInvalid(f Facts) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportAccessModeInvalid,
		"PVC %q access modes are %v; wanted ReadWriteOnce or ReadWriteOncePod, since a node is the one writer of its data: "+
			"bind the volume to a PVC with one of them", f.Claim.Name, f.Claim.Spec.AccessModes)
}

func capacityUnknown(f Facts) *verdict.Verdict {
	return transient(seiv1alpha1.ReasonImportCapacityTooSmall,
		"PVC %q reports no capacity yet; wanted at least %s", f.Claim.Name, f.Required.String())
}

func tooSmall(f Facts, capacity resource.Quantity) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportCapacityTooSmall,
		"PVC %q capacity %s is less than the %s that %s node requires; expand the PVC, or set spec.dataVolume.size",
		f.Claim.Name, capacity.String(), f.Required.String(), withArticle(f.Node.Mode()))
}

func volumeMissing(f Facts) *verdict.Verdict {
	reason, claim := seiv1alpha1.ReasonImportUnderlyingPVMissing, f.Claim
	switch {
	case claim.Spec.VolumeName == "":
		return transient(reason, "PVC %q names no volume in spec.volumeName yet", claim.Name)
	case f.Volume == nil:
		return transient(reason, "PVC %q is bound to volume %q, which does not exist; restore that PersistentVolume",
			claim.Name, claim.Spec.VolumeName)
	}
	return transient(reason, "volume %q of PVC %q is bound to %s; wanted %s/%s with UID %s: %s",
		f.Volume.Name, claim.Name, claimRef(f.Volume.Spec.ClaimRef), claim.Namespace, claim.Name, claim.UID, pointing(f))
}

func claimRef(ref *corev1.ObjectReference) string {
	if ref == nil {
		return "no claim"
	}
	if ref.UID == "" {
		return fmt.Sprintf("%s/%s without a UID", ref.Namespace, ref.Name)
	}
	return fmt.Sprintf("%s/%s with UID %s", ref.Namespace, ref.Name, ref.UID)
}

func volumeFailed(f Facts) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportUnderlyingPVFailed,
		"volume %q of PVC %q is in phase Failed; see the status of the PersistentVolume, and mend or replace it", f.Volume.Name, f.Claim.Name)
}

func capacityMismatch(f Facts, claim, volume resource.Quantity) *verdict.Verdict {
	judge := terminal
	remedy := "correct spec.capacity.storage of the PersistentVolume, or restore the PVC from it"
	if f.expanding() {
		judge, remedy = transient, "an expansion is in flight, and the import proceeds when it is done"
	}
	return judge(seiv1alpha1.ReasonImportUnderlyingPVCapacityMismatch, "volume %q has capacity %s, its PVC %q reports %s; %s",
		f.Volume.Name, volume.String(), f.Claim.Name, claim.String(), remedy)
}

func volumeModeInvalid(f Facts) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportVolumeModeInvalid,
		"PVC %q volumeMode is %s, which cannot be mounted as a file system; wanted Filesystem: bind the volume to a PVC with volumeMode Filesystem",
		f.Claim.Name, *f.Claim.Spec.VolumeMode)
}

func replaced(f Facts) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportPVCReplaced,
		"PVC %q has UID %s, but the node adopted UID %s: a claim of the same name holds other data; restore the former claim, or accept this one: "+
			"kubectl annotate --overwrite seinode %s -n %s %s=%s", f.Claim.Name, f.Claim.UID, f.Node.AdoptedClaim(),
		f.Node.Name, f.Node.Namespace, seiv1alpha1.AnnotationAcceptClaimUID, f.Claim.UID)
}

func usedByNode(f Facts, other *seiv1alpha1.SeiNode) *verdict.Verdict {
	return transient(seiv1alpha1.ReasonImportPVCInUse,
		"PVC %q is already the data of SeiNode %q: two nodes on one volume destroy it; delete one of the two SeiNodes, or give one another PVC",
		f.Claim.Name, other.Name)
}

func usedByPod(f Facts, pod *corev1.Pod) *verdict.Verdict {
	return transient(seiv1alpha1.ReasonImportPVCInUse,
		"PVC %q is mounted by pod %q, which is not this node's: two processes on one volume destroy it; delete that pod, or what controls it",
		f.Claim.Name, pod.Name)
}

// withArticle names a mode in a sentence.
func withArticle(mode seiv1alpha1.Mode) string {
	if mode == seiv1alpha1.ModeArchive {
		return "an archive"
	}
	return "a " + string(mode)
}
