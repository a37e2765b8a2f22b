package storage_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/storage"
)

// TestChecksAreWhatValidateSays: of whatever facts, the requirement that is not met is the one that Validate names, and what is behind it is not judged.
func TestChecksAreWhatValidateSays(t *testing.T) {
	for name, options := range map[string][]option{
		"a claim that meets all": nil, "no claim": {withoutClaim}, "terminating": {terminating()}, "Pending": {phase(corev1.ClaimPending)},
		"many writers": {accessModes(corev1.ReadWriteMany)}, "small": {claimCapacity("1Gi"), volumeCapacity("1Gi")}, "no volume": {withoutVolume},
		"capacities": {volumeCapacity("40Ti")}, "block": {withClaim(block)}, "replaced": {adopted("former")}, "a rival": {withRival(rivalNode(older))},
	} {
		t.Run(name, func(t *testing.T) {
			facts := importFacts(options...)
			want, checks := storage.Validate(facts), storage.Checks(facts)
			at := slices.IndexFunc(checks, func(c storage.Check) bool { return !c.Skipped && !c.Verdict.OK() })
			switch {
			case len(checks) != 13:
				t.Errorf("%d checks, wanted 13", len(checks))
			case want.OK() != (at < 0):
				t.Errorf("Validate says %s, and the checks %+v", want, checks)
			case at >= 0 && checks[at].Verdict != want:
				t.Errorf("check %q says %s, wanted %s", checks[at].Name, checks[at].Verdict, want)
			}
			for i, check := range checks {
				if check.Skipped != (at >= 0 && i > at) {
					t.Errorf("check %q, skipped is %t", check.Name, check.Skipped)
				}
			}
		})
	}
}

// TestWhatCouldNotBeReadIsNotJudged: a volume that nobody may read is not taken for one that does not exist.
func TestWhatCouldNotBeReadIsNotJudged(t *testing.T) {
	pending := []option{phase(corev1.ClaimPending), withoutVolume}
	growing := []option{claimCapacity("1Gi"), withoutVolume, claimCondition(corev1.PersistentVolumeClaimFileSystemResizePending, corev1.ConditionTrue)}
	for name, test := range map[string]struct {
		options []option
		unread  []string
		want    int
	}{
		"all is read":                          {nil, nil, 0},
		"no volumes":                           {[]option{withoutVolume}, []string{"PersistentVolume"}, 4},
		"no volumes, and the claim is Pending": {pending, []string{"PersistentVolume"}, 5},
		"no volumes, and one of them grows":    {growing, []string{"PersistentVolume"}, 5},
		"no attachments":                       {nil, []string{"VolumeAttachment"}, 1},
		"no pods":                              {nil, []string{"Pod"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			unknown := 0
			for _, check := range storage.Checks(importFacts(test.options...), test.unread...) {
				if len(check.Unread) > 0 {
					unknown++
				} else if !check.Verdict.OK() {
					t.Errorf("%q is judged: %s", check.Name, check.Verdict)
				}
			}
			if unknown != test.want {
				t.Errorf("%d checks are unknown, wanted %d", unknown, test.want)
			}
		})
	}
}
