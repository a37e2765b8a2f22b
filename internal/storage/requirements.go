package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// requirement is one thing that an imported claim has to meet.
type requirement struct {
	// name says it, of a claim that meets it.
	name string
	// rests is what has to have been read to judge it, besides the claim.
	rests func(Facts) []string
	// met looks at it; nil means met.
	met func(Facts) *verdict.Verdict
}

// requirements of an imported claim, in the order of the contract: the first defect wins, so each may rely on the ones
// before it.
var requirements = []requirement{
	{"it exists", alone, exists},                                                                   // 1
	{"it is not being deleted", alone, isNotTerminating},                                           // 2
	{"it is Bound", onVolumeIfPending, isBound},                                                    // 3
	{"it allows one writer", alone, allowsOneWriter},                                               // 4
	{"it is large enough", onVolumeIfResizing, isLargeEnough},                                      // 5
	{"its volume exists and is bound to it", on(kindVolume), hasItsVolume},                         // 7, before 6: both share one read of the volume, and a missing one has no capacity
	{"its volume has not failed", on(kindVolume), volumeIsNotFailed},                               // 7
	{"claim and volume agree on the capacity", on(kindVolume), capacitiesAgree},                    // 6
	{"it is a file system", alone, isFilesystem},                                                   // 8, ours
	{"it is no other claim than the node's", alone, isTheAdoptedClaim},                             // ours: same name, other data
	{"no other node and no foreign pod uses it", on(kindNode, kindPod), isNobodyElsesClaim},        // ours: ReadWriteOnce does not keep two pods of one machine apart
	{"nothing else controls it", alone, isNotOwnedElsewhere},                                       // ours: garbage collection deletes a claim with its owner
	{"its volume is nobody else's", on(kindVolume, kindAttachment, kindNode), isNobodyElsesVolume}, // ours: a volume is its source, not its name
}

// Validate judges an imported claim. It is pure, total, and gives exactly one verdict.
func Validate(facts Facts) verdict.Verdict {
	for _, required := range requirements {
		if defect := required.met(facts); defect != nil {
			return *defect
		}
	}
	return validated(facts)
}

func validated(f Facts) verdict.Verdict {
	return verdict.Pass(seiv1alpha1.ReasonImportPVCValidated, "%s", validatedMessage(f))
}

func exists(f Facts) *verdict.Verdict {
	if f.Claim != nil {
		return nil
	}
	return notFound(f)
}

func isNotTerminating(f Facts) *verdict.Verdict {
	if f.Claim.DeletionTimestamp == nil {
		return nil
	}
	return terminating(f)
}

func isBound(f Facts) *verdict.Verdict {
	switch f.Claim.Status.Phase {
	case corev1.ClaimBound:
		return nil
	case corev1.ClaimLost:
		return lost(f)
	}
	return notBound(f)
}

func allowsOneWriter(f Facts) *verdict.Verdict {
	modes := f.Claim.Spec.AccessModes
	if slices.Contains(modes, corev1.ReadWriteOnce) || slices.Contains(modes, corev1.ReadWriteOncePod) {
		return nil
	}
	return accessModeInvalid(f)
}

func isLargeEnough(f Facts) *verdict.Verdict {
	if f.resizePending() && !f.volumeIsBound() {
		return nil // the volume's capacity would count, and hasItsVolume says what is wrong with it
	}
	capacity := f.capacity()
	if capacity.IsZero() {
		return capacityUnknown(f)
	}
	if capacity.Cmp(f.Required) < 0 {
		return tooSmall(f, capacity)
	}
	return nil
}

func hasItsVolume(f Facts) *verdict.Verdict {
	if f.volumeIsBound() {
		return nil
	}
	return volumeMissing(f)
}

func volumeIsNotFailed(f Facts) *verdict.Verdict {
	if f.Volume.Status.Phase != corev1.VolumeFailed {
		return nil
	}
	return volumeFailed(f)
}

func capacitiesAgree(f Facts) *verdict.Verdict {
	claim := f.Claim.Status.Capacity[corev1.ResourceStorage]
	volume := f.Volume.Spec.Capacity[corev1.ResourceStorage]
	if claim.Cmp(volume) == 0 || f.resizePending() {
		return nil
	}
	return capacityMismatch(f, claim, volume)
}

func isFilesystem(f Facts) *verdict.Verdict {
	mode := f.Claim.Spec.VolumeMode
	if mode == nil || *mode == corev1.PersistentVolumeFilesystem {
		return nil
	}
	return volumeModeInvalid(f)
}

func isTheAdoptedClaim(f Facts) *verdict.Verdict {
	if !f.Replaced() {
		return nil
	}
	return replaced(f)
}

func isNobodyElsesClaim(f Facts) *verdict.Verdict {
	if other := f.rival(); other != nil {
		return usedByNode(f, other)
	}
	return isNoPodsClaim(f)
}

func isNoPodsClaim(f Facts) *verdict.Verdict {
	if pod, _ := f.foreignPods(); pod != nil {
		return usedByPod(f, pod)
	}
	return nil
}

func isNotOwnedElsewhere(f Facts) *verdict.Verdict {
	if ref := metav1.GetControllerOf(f.Claim); ref != nil {
		return ownedElsewhere(f, *ref)
	}
	return nil
}

func isNobodyElsesVolume(f Facts) *verdict.Verdict {
	if other := f.boundAlias(); other != nil {
		return aliased(f, other)
	}
	if other := f.sharer(); other != nil {
		return sharesFiles(f, other)
	}
	if machine := f.foreignMachine(); machine != "" {
		return attachedElsewhere(f, machine)
	}
	return nil
}
