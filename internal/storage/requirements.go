package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// requirement looks at one thing; nil means met.
type requirement func(Facts) *verdict.Verdict

// requirements of an imported claim, in the order of the contract: the first defect wins, so each may rely on the ones
// before it.
var requirements = []requirement{
	exists,              // 1
	isNotTerminating,    // 2
	isBound,             // 3
	allowsOneWriter,     // 4
	isLargeEnough,       // 5
	hasItsVolume,        // 7, before 6: both share one read of the volume, and a missing one has no capacity
	volumeIsNotFailed,   // 7
	capacitiesAgree,     // 6
	isFilesystem,        // 8, ours
	isTheAdoptedClaim,   // ours: same name, other data
	isNobodyElsesClaim,  // ours: ReadWriteOnce does not keep two pods of one machine apart
	isNotOwnedElsewhere, // ours: garbage collection deletes a claim with its owner
	isNobodyElsesVolume, // ours: a volume is its source, not its name
}

// Validate judges an imported claim. It is pure, total, and gives exactly one verdict.
func Validate(facts Facts) verdict.Verdict {
	for _, met := range requirements {
		if defect := met(facts); defect != nil {
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
