package storage

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// Risks says what may take an imported claim or its bytes away although nothing is wrong with them now, and how to keep that from
// happening; "" for nothing. The user is to know before the node runs on them.
func Risks(f Facts) string {
	if !Imports(f.Node) || f.Claim == nil || f.Volume == nil {
		return ""
	}
	var risks []string
	for _, risk := range []func(Facts) string{ownerGoes, volumeGoes, reclaimed, anotherName, nestedFiles, readBeside} {
		if text := risk(f); text != "" {
			risks = append(risks, text)
		}
	}
	return strings.Join(risks, "; ")
}

func ownerGoes(f Facts) string {
	if len(f.Claim.OwnerReferences) == 0 {
		return ""
	}
	ref := f.Claim.OwnerReferences[0]
	return fmt.Sprintf("PVC %q is deleted with its owner, %s %q: to keep it: %s", f.Claim.Name, ref.Kind, ref.Name, freeing(f.Claim, ref))
}

func volumeGoes(f Facts) string {
	if f.Volume.DeletionTimestamp == nil {
		return ""
	}
	return fmt.Sprintf("volume %q is being deleted, and is gone once PVC %q is", f.Volume.Name, f.Claim.Name)
}

func reclaimed(f Facts) string {
	policy := f.Volume.Spec.PersistentVolumeReclaimPolicy
	if policy != corev1.PersistentVolumeReclaimDelete && policy != corev1.PersistentVolumeReclaimRecycle {
		return ""
	}
	return fmt.Sprintf("volume %q has reclaim policy %s, so that whoever deletes the PVC destroys the data: to keep it then: %s",
		f.Volume.Name, policy, Retaining(f.Volume.Name))
}

// Retaining is the command that keeps a volume's data where its claim is deleted.
func Retaining(volume string) string {
	return fmt.Sprintf(`kubectl patch pv %s -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`, volume)
}

func anotherName(f Facts) string {
	other := f.looseAlias()
	if other == nil {
		return ""
	}
	return fmt.Sprintf("volume %q (%s) holds the same bytes as volume %q (%s): bind it to no other PVC", other.Name, phaseOf(other), f.Volume.Name, Identity(f.Volume))
}

func phaseOf(volume *corev1.PersistentVolume) string {
	if volume.Status.Phase == "" {
		return "in no phase yet"
	}
	return string(volume.Status.Phase)
}

func readBeside(f Facts) string {
	pod := f.Reader()
	if pod == nil {
		return ""
	}
	return fmt.Sprintf("pod %q, which is not this node's, has PVC %q mounted read-only", pod.Name, f.Claim.Name)
}

// freeing are the commands that keep garbage collection from deleting the claim with an owner. A StatefulSet puts the reference back as long as
// its own policy says so, and takes it off only while the claim's pod is there: both are to be done.
func freeing(claim *corev1.PersistentVolumeClaim, ref metav1.OwnerReference) string {
	off := fmt.Sprintf(`kubectl patch pvc %s -n %s --type=merge -p '{"metadata":{"uid":%q,"ownerReferences":null}}'`, claim.Name, claim.Namespace, claim.UID)
	if ref.Kind == "StatefulSet" {
		const retain = `{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"}}}`
		return fmt.Sprintf(`kubectl patch statefulset %s -n %s --type=merge -p '%s' && %s`, ref.Name, claim.Namespace, retain, off)
	}
	return off
}

func ownedElsewhere(f Facts, ref metav1.OwnerReference) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportPVCOwnedElsewhere,
		"PVC %q is controlled by %s %q, and garbage collection deletes it with that; wanted a PVC that nobody controls; to free it, and keep its data: %s",
		f.Claim.Name, ref.Kind, ref.Name, freeing(f.Claim, ref))
}

func aliased(f Facts, other *corev1.PersistentVolume) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportVolumeAliased,
		"volume %q of PVC %q holds the same bytes (%s) as volume %q, which is bound to %s: nothing would keep two pods from writing to them at once; "+
			"give one of the two other data, or remove the other PVC and its volume, and before that keep the data with: %s%s",
		f.Volume.Name, f.Claim.Name, Identity(f.Volume), other.Name, boundTo(other), Retaining(other.Name), placing(f))
}

// placing is how to tell folders of machines apart that only look the same.
func placing(f Facts) string {
	if IsLocal(f.Volume) {
		return "; if they are folders of two machines, give each volume a nodeAffinity by " + corev1.LabelHostname
	}
	return ""
}

func boundTo(volume *corev1.PersistentVolume) string {
	if ref := volume.Spec.ClaimRef; ref != nil {
		return fmt.Sprintf("PVC %q in namespace %q", ref.Name, ref.Namespace)
	}
	return "a PVC"
}

func attachedElsewhere(f Facts, machine string) *verdict.Verdict {
	return transient(seiv1alpha1.ReasonImportVolumeAttachedElsewhere,
		"volume %q of PVC %q is attached to machine %q, where no pod of this node is: somebody may still write to it; "+
			"stop what uses it there, and this passes when it is detached; to look: kubectl get volumeattachments",
		f.Volume.Name, f.Claim.Name, machine)
}
