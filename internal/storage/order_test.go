package storage_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// defect is one thing that may be wrong, and what it comes to when it is the first.
type defect struct {
	class  verdict.Class
	reason string
	apply  option
}

// fine stands for a requirement that is met.
var fine = defect{}

// contractOrder lists what may be wrong with an import, in the order of the contract; of each row one at a time. 6 and 7
// share one read of the volume, in the order missing or bound elsewhere, Failed, capacity.
var contractOrder = [][]defect{
	{fine, {verdict.Transient, "PVCNotFound", withoutClaim}},
	{fine, {verdict.Transient, "PVCTerminating", terminating()}},
	{
		fine,
		{verdict.Transient, "PVCNotBound", phase(corev1.ClaimPending)},
		{verdict.Transient, "PVCNotBound", phase("")},
		{verdict.Terminal, "PVCLost", phase(corev1.ClaimLost)},
	},
	{fine, {verdict.Terminal, "AccessModeInvalid", accessModes(corev1.ReadWriteMany)}},
	{
		fine,
		{verdict.Transient, "CapacityTooSmall", claimCapacity("")},
		{verdict.Terminal, "CapacityTooSmall", claimCapacity("500Gi")},
	},
	{
		fine,
		{verdict.Transient, "UnderlyingPVMissing", withoutVolume},
		{verdict.Transient, "UnderlyingPVMissing", unnamedVolume},
		{verdict.Transient, "UnderlyingPVMissing", claimRef(func(r *corev1.ObjectReference) { r.UID = "other" })},
	},
	{fine, {verdict.Terminal, "UnderlyingPVFailed", withVolume(func(v *corev1.PersistentVolume) {
		v.Status.Phase = corev1.VolumeFailed
	})}},
	{
		fine,
		{verdict.Terminal, "UnderlyingPVCapacityMismatch", volumeCapacity("30Ti")},
		{verdict.Transient, "UnderlyingPVCapacityMismatch", both(volumeCapacity("30Ti"), requested("30Ti"))},
	},
	{fine, {verdict.Terminal, "VolumeModeInvalid", withClaim(block)}},
	{fine, {verdict.Terminal, "PVCReplaced", adopted("former")}},
	{
		fine,
		{verdict.Transient, "PVCInUse", withRival(rivalNode(older, holding))},
		{verdict.Transient, "PVCInUse", withPod(foreign)},
	},
	{fine, {verdict.Terminal, "PVCOwnedElsewhere", controlledBy("StatefulSet")}},
	{fine, {verdict.Terminal, "VolumeAliased", withAlias(corev1.VolumeBound)}},
	{fine, {verdict.Transient, "VolumeAttachedElsewhere", attached(true)}},
}

func unnamedVolume(f *storage.Facts) { f.Claim.Spec.VolumeName, f.Volume = "", nil }

func both(first, second option) option {
	return func(f *storage.Facts) {
		first(f)
		second(f)
	}
}

// TestOfSeveralDefectsTheFirstOfTheContractWins goes through every combination of defects, from none to all at once.
func TestOfSeveralDefectsTheFirstOfTheContractWins(t *testing.T) {
	checked := 0
	forEachCombination(contractOrder, nil, func(chosen []defect) {
		checked++
		facts, want := importFacts(), defect{class: verdict.Valid, reason: "PVCValidated"}
		for i := len(chosen) - 1; i >= 0; i-- { // backwards: the first may take away what the others change
			if chosen[i].apply != nil {
				chosen[i].apply(&facts)
				want = chosen[i]
			}
		}
		if got := storage.Validate(facts); got.Class != want.class || got.Reason != want.reason {
			t.Fatalf("verdict is %s %s, wanted %s %s, of %+v", got.Class, got, want.class, want.reason, chosen)
		}
	})
	if checked != 2*2*4*2*3*4*2*3*2*2*3*2*2*2 {
		t.Errorf("checked %d combinations", checked)
	}
}

func forEachCombination(rows [][]defect, chosen []defect, visit func([]defect)) {
	if len(rows) == 0 {
		visit(chosen)
		return
	}
	for _, one := range rows[0] {
		forEachCombination(rows[1:], append(chosen, one), visit)
	}
}
