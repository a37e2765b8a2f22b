package storage_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/storage"
)

// defect is one thing that may be wrong, and what it comes to when it is the first.
type defect struct {
	class  storage.Class
	reason string
	apply  option
}

// fine stands for a requirement that is met.
var fine = defect{}

// contractOrder lists what may be wrong with an import, in the order of the contract; of each row one at a time. 6 and 7
// share one read of the volume, in the order missing or bound elsewhere, Failed, capacity.
var contractOrder = [][]defect{
	{fine, {storage.Transient, "PVCNotFound", withoutClaim}},
	{fine, {storage.Transient, "PVCTerminating", terminating()}},
	{
		fine,
		{storage.Transient, "PVCNotBound", phase(corev1.ClaimPending)},
		{storage.Transient, "PVCNotBound", phase("")},
		{storage.Terminal, "PVCLost", phase(corev1.ClaimLost)},
	},
	{fine, {storage.Terminal, "AccessModeInvalid", accessModes(corev1.ReadWriteMany)}},
	{
		fine,
		{storage.Transient, "CapacityTooSmall", claimCapacity("")},
		{storage.Terminal, "CapacityTooSmall", claimCapacity("500Gi")},
	},
	{
		fine,
		{storage.Transient, "UnderlyingPVMissing", withoutVolume},
		{storage.Transient, "UnderlyingPVMissing", unnamedVolume},
		{storage.Transient, "UnderlyingPVMissing", claimRef(func(r *corev1.ObjectReference) { r.UID = "other" })},
	},
	{fine, {storage.Terminal, "UnderlyingPVFailed", withVolume(func(v *corev1.PersistentVolume) {
		v.Status.Phase = corev1.VolumeFailed
	})}},
	{
		fine,
		{storage.Terminal, "UnderlyingPVCapacityMismatch", volumeCapacity("30Ti")},
		{storage.Transient, "UnderlyingPVCapacityMismatch", both(volumeCapacity("30Ti"), requested("30Ti"))},
	},
	{fine, {storage.Terminal, "VolumeModeInvalid", withClaim(block)}},
	{fine, {storage.Terminal, "PVCReplaced", adopted("former")}},
	{
		fine,
		{storage.Transient, "PVCInUse", withRival(rivalNode(older, holding))},
		{storage.Transient, "PVCInUse", withPod(foreign)},
	},
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
		facts, want := importFacts(), defect{class: storage.Valid, reason: "PVCValidated"}
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
	if checked != 2*2*4*2*3*4*2*3*2*2*3 {
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
