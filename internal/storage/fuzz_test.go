package storage_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// documentedReasons are written out, not taken from the code: users alert on these very strings.
var documentedReasons = []string{
	"PVCValidated", "PVCNotFound", "PVCTerminating", "PVCNotBound", "PVCLost", "AccessModeInvalid", "CapacityTooSmall",
	"UnderlyingPVCapacityMismatch", "UnderlyingPVMissing", "UnderlyingPVFailed",
	"VolumeModeInvalid", "PVCReplaced", "PVCInUse", "PVCOwnedElsewhere", "VolumeAliased", "VolumeAttachedElsewhere",
}

// choices turns bytes into decisions; when they run out, it takes the first of what there is.
type choices []byte

func pick[T any](c *choices, from ...T) T {
	if len(*c) == 0 {
		return from[0]
	}
	next := (*c)[0]
	*c = (*c)[1:]
	return from[int(next)%len(from)]
}

// FuzzValidate builds facts of any shape, also such as no API server would show: Validate never panics, gives one of three
// verdicts with a documented reason, and calls nothing valid that is not.
func FuzzValidate(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"))
	for i := range 24 { // one choice away from what is valid, and all the same
		f.Add(append(make([]byte, i), 1))
		f.Add(slices.Repeat([]byte{byte(i)}, 24))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		facts := factsFrom(choices(data))
		got := storage.Validate(facts)
		if !slices.Contains([]verdict.Class{verdict.Valid, verdict.Transient, verdict.Terminal}, got.Class) {
			t.Errorf("class is %q", got.Class)
		}
		if !slices.Contains(documentedReasons, got.Reason) {
			t.Errorf("reason %q is not documented", got.Reason)
		}
		if got.OK() != (got.Reason == "PVCValidated") || got.OK() != (got.Class == verdict.Valid) {
			t.Errorf("class %s and reason %s contradict each other", got.Class, got.Reason)
		}
		if !strings.Contains(got.Message, `"`+importName+`"`) || strings.Contains(got.Message, "%!") {
			t.Errorf("message %q does not name the claim, or is badly formatted", got.Message)
		}
		if got.OK() && !mayBeMounted(facts) {
			t.Errorf("valid, but the claim must not be mounted: %+v", facts)
		}
		if again := storage.Validate(facts); again != got {
			t.Errorf("the same facts gave %v and then %v", got, again)
		}
	})
}

// mayBeMounted is the least that must hold before a pod may mount a claim, told another way than in the code.
func mayBeMounted(f storage.Facts) bool {
	claim, volume := f.Claim, f.Volume
	if claim == nil || volume == nil || volume.Spec.ClaimRef == nil || claim.DeletionTimestamp != nil {
		return false
	}
	largest := claim.Status.Capacity.Storage().DeepCopy()
	if volume.Spec.Capacity.Storage().Cmp(largest) > 0 {
		largest = *volume.Spec.Capacity.Storage()
	}
	replaced := f.Node.AdoptedClaim() != "" && f.Node.AdoptedClaim() != claim.UID &&
		f.Node.Annotations["sei.io/accept-claim-uid"] != string(claim.UID)
	return claim.Status.Phase == "Bound" && claim.Spec.VolumeName != "" && volume.Status.Phase != "Failed" &&
		volume.Spec.ClaimRef.UID == claim.UID && volume.Spec.ClaimRef.Name == claim.Name &&
		volume.Spec.ClaimRef.Namespace == claim.Namespace && largest.Cmp(f.Required) >= 0 &&
		(claim.Spec.VolumeMode == nil || *claim.Spec.VolumeMode != "Block") && !replaced
}

func factsFrom(c choices) storage.Facts {
	sizes := []string{"25000Gi", "", "0", "-1Gi", "1", "30Ti", "26214400000Ki", "500G"}
	facts := importFacts(
		claimCapacity(pick(&c, sizes...)),
		volumeCapacity(pick(&c, sizes...)),
		requested(pick(&c, sizes...)),
		phase(pick(&c, corev1.ClaimBound, corev1.ClaimPending, corev1.ClaimLost, "", "Dreaming")),
		accessModes(pick(&c, []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, nil, []corev1.PersistentVolumeAccessMode{"?"})...),
		adopted(pick(&c, "", claimUID, "former")),
		accepts(pick(&c, "", claimUID, "former")),
		claimRef(func(r *corev1.ObjectReference) {
			r.UID, r.Name = pick(&c, claimUID, "", "former"), pick(&c, importName, "", "other")
			r.Namespace = pick(&c, namespace, "", "other")
		}),
		withClaim(func(claim *corev1.PersistentVolumeClaim) {
			claim.UID = pick(&c, claimUID, types.UID(""), "another")
			claim.Spec.VolumeName = pick(&c, volumeName, "")
			claim.Spec.VolumeMode = pick(&c, nil, ptr.To(corev1.PersistentVolumeBlock), ptr.To(corev1.PersistentVolumeMode("")))
		}),
		withVolume(func(v *corev1.PersistentVolume) {
			v.Status.Phase = pick(&c, corev1.VolumeBound, corev1.VolumeFailed, corev1.VolumeReleased, "")
			v.Spec.ClaimRef = pick(&c, v.Spec.ClaimRef, nil)
		}),
	)
	optional := []option{
		claimCondition(corev1.PersistentVolumeClaimResizing, corev1.ConditionTrue),
		claimCondition(corev1.PersistentVolumeClaimFileSystemResizePending, corev1.ConditionTrue),
		terminating(), class(waitingClass()), withPod(), withPod(foreign), withRival(rivalNode(older)),
		mode(func(*seiv1alpha1.SeiNodeSpec) {}), withoutVolume, withoutClaim,
		func(f *storage.Facts) { f.Required = resource.Quantity{} },
	}
	if facts.Claim.Spec.VolumeName == "" {
		facts.Volume = nil // as Observe leaves it
	}
	for _, change := range optional {
		pick(&c, func(*storage.Facts) {}, change)(&facts)
		if facts.Claim == nil {
			break
		}
	}
	return facts
}
