package storage_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

// TestTheLabelByWhichAClaimIsPrunedComesOff: it goes alone, or with our reference, and never from a claim that is not this node's alone.
func TestTheLabelByWhichAClaimIsPrunedComesOff(t *testing.T) {
	mine := func(value string) option {
		return withClaim(func(c *corev1.PersistentVolumeClaim) {
			c.Labels = map[string]string{"team": "data", seiv1alpha1.LabelNodeUID: string(nodeUID), seiv1alpha1.LabelInstance: value}
		})
	}
	recorded, retain := adopted(claimUID), policy(seiv1alpha1.DeletionPolicyRetain)
	for name, test := range map[string]struct {
		options []option
		want    bool
	}{
		"controlled":                 {[]option{recorded, mine("archive-0")}, true},
		"to be released":             {[]option{recorded, mine("archive-0"), retain}, true},
		"released already":           {[]option{recorded, mine("archive-0"), retain, withClaim(unowned)}, true},
		"imported, to be released":   {[]option{recorded, mine("archive-0"), importedByAnother}, true},
		"imported, released already": {[]option{recorded, mine("archive-0"), importedByAnother, withClaim(unowned)}, false},
		"not recorded":               {[]option{mine("archive-0")}, false},
		"somebody's value":           {[]option{recorded, mine("an-application")}, false},
		"not ours":                   {[]option{recorded, mine("archive-0"), withClaim(ofNamesake)}, false},
		"an import":                  {[]option{recorded, mine("archive-0"), withNode(importing("data-archive-0"))}, false},
	} {
		t.Run(name, func(t *testing.T) {
			facts := createFacts(test.options...)
			before := facts.Claim.DeepCopy()
			release := storage.Release(facts)
			if (release != nil) != test.want {
				t.Fatalf("a write: %t, wanted %t", release != nil, test.want)
			}
			if release == nil {
				return
			}
			want := map[string]string{"team": "data", seiv1alpha1.LabelNodeUID: string(nodeUID)}
			if diff := cmp.Diff(want, release.Object.GetLabels()); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			if got := len(release.Object.GetOwnerReferences()); !facts.NeedsRelease() && got != len(before.OwnerReferences) {
				t.Errorf("has %d references", got)
			}
			if diff := cmp.Diff(before, facts.Claim); diff != "" {
				t.Errorf("what was read is changed (-want +got):\n%s", diff)
			}
		})
	}
}
