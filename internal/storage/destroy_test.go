package storage_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

// TestToDestroyTakesEveryProof: what one of them does not prove is kept, is kept from garbage collection, and says why.
func TestToDestroyTakesEveryProof(t *testing.T) {
	recorded := adopted(claimUID)
	notController := withClaim(func(c *corev1.PersistentVolumeClaim) { c.OwnerReferences[0].Controller = nil })
	ephemeral := func(pod *corev1.Pod) {
		foreign(pod)
		pod.Name = "data"
		pod.Spec.Volumes = []corev1.Volume{{Name: "archive-0", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}}}
	}
	tests := map[string]struct {
		options []option
		does    string // what is done to the claim: "Deleting", "Patching", or nothing
		because string
	}{
		"all proofs":                          {[]option{recorded}, "Deleting", ""},
		"all proofs, its own pod still there": {[]option{recorded, withPod()}, "Deleting", ""},
		"all proofs, a pod on another claim":  {[]option{recorded, withPod(foreign, onAnotherClaim)}, "Deleting", ""},
		"the status was wiped":                {nil, "Patching", "records no UID"},
		"another UID was recorded":            {[]option{adopted("former-claim")}, "Patching", "another claim, former-claim"},
		"another was recorded, this accepted": {[]option{adopted("former-claim"), accepts(claimUID)}, "Patching", "another claim, former-claim"},
		"policy Retain":                       {[]option{recorded, policy(seiv1alpha1.DeletionPolicyRetain)}, "Patching", "policy is Retain"},
		"a validator, no policy":              {[]option{recorded, withNode(validates)}, "Patching", "policy is Retain"},
		"a validator, policy Delete":          {[]option{recorded, withNode(validates), policy(seiv1alpha1.DeletionPolicyDelete)}, "Deleting", ""},
		"another SeiNode imports it":          {[]option{recorded, importedByAnother}, "Patching", "SeiNode"},
		"another volume holds its bytes":      {[]option{recorded, withAlias(corev1.VolumeBound)}, "Patching", `volume "pv-again"`},
		"another operator has the node":       {[]option{recorded, withNode(ofAnother)}, "Patching", seiv1alpha1.FinalizerElsewhere},
		"a foreign pod mounts it":             {[]option{recorded, withPod(foreign)}, "Patching", `pod "debug"`},
		"a foreign pod mounted it, and ended": {[]option{recorded, withPod(foreign, podPhase(corev1.PodSucceeded))}, "Deleting", ""},
		"an ephemeral volume of a pod is it":  {[]option{recorded, withPod(ephemeral)}, "Patching", `pod "data"`},
		"a copy of its pod mounts it":         {[]option{recorded, withPod(copied)}, "Patching", `pod "archive-0-0-copy"`},
		"a reference taken off":               {[]option{recorded, withClaim(unowned), labelled(nodeUID)}, "", "wish to keep"},
		"a reference that controls no more":   {[]option{recorded, notController, labelled(nodeUID)}, "Patching", "wish to keep"},
		"terminating":                         {[]option{recorded, terminating()}, "", ""},
		"somebody else's":                     {[]option{recorded, withClaim(ofNamesake)}, "", ""},
		"imported":                            {[]option{recorded, withNode(importing("data-archive-0"))}, "", ""},
		"none":                                {[]option{recorded, withoutClaim}, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			settle, kept := storage.Settle(createFacts(test.options...))
			does := ""
			if settle != nil {
				does = settle.Doing
			}
			if does != test.does || !strings.Contains(kept, test.because) || (kept == "") != (test.because == "") {
				t.Errorf("%q, kept because %q; wanted %q, because %q", does, kept, test.does, test.because)
			}
			if does == "Patching" && len(settle.Object.GetOwnerReferences()) != 0 {
				t.Errorf("garbage collection would take it: %v", settle.Object.GetOwnerReferences())
			}
		})
	}
}

// TestWhoeverNamesAClaimKeepsItBeforeItsNodeIsDeleted: garbage collection in the foreground waits for nobody.
func TestWhoeverNamesAClaimKeepsItBeforeItsNodeIsDeleted(t *testing.T) {
	for name, test := range map[string]struct {
		options []option
		want    bool
	}{
		"nobody":                      {nil, false},
		"its own pod":                 {[]option{withPod()}, false},
		"another SeiNode":             {[]option{importedByAnother}, true},
		"another volume of the bytes": {[]option{withAlias(corev1.VolumeReleased)}, true},
		"another operator":            {[]option{withNode(ofAnother)}, true},
		"a foreign pod, which may go": {[]option{withPod(foreign)}, false},
		"a pod on another claim":      {[]option{withPod(foreign, onAnotherClaim)}, false},
		"a validator's":               {[]option{withNode(validates)}, true},
		"a validator's, to be gone":   {[]option{withNode(validates), policy(seiv1alpha1.DeletionPolicyDelete)}, false},
		"in the place of the former":  {[]option{adopted("former-claim"), importedByAnother}, false},
	} {
		if got := createFacts(test.options...).NeedsRelease(); got != test.want {
			t.Errorf("%s: NeedsRelease is %t", name, got)
		}
	}
}

func ofAnother(n *seiv1alpha1.SeiNode) { n.Finalizers = []string{seiv1alpha1.FinalizerElsewhere} }

func validates(n *seiv1alpha1.SeiNode) {
	n.Spec.Archive, n.Spec.Validator = nil, &seiv1alpha1.ValidatorSpec{}
}

// copied is what `kubectl debug --copy-to --keep-labels` makes of the node's pod.
func copied(pod *corev1.Pod) { pod.Name, pod.OwnerReferences = "archive-0-0-copy", nil }

func onAnotherClaim(pod *corev1.Pod) {
	pod.Spec.Volumes[0].PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "another"}
}

// TestAnImportMayNeverBeDestroyed, whatever its references and the status say.
func TestAnImportMayNeverBeDestroyed(t *testing.T) {
	if may, why := storage.MayDestroy(createFacts(adopted(claimUID), withNode(importing("data-archive-0")))); may || why == "" {
		t.Errorf("may be destroyed: %t, %q", may, why)
	}
}
