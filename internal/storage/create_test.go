package storage_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

func TestDecideCreate(t *testing.T) {
	tests := map[string]struct {
		options []option
		create  bool
		class   verdict.Class
		reason  string
	}{
		"happy: there is none, create it":        {[]option{withoutClaim}, true, verdict.Transient, "DataVolumeNotReady"},
		"crash recovery: it is ours by UID":      {nil, false, verdict.Valid, "PVCValidated"},
		"ours and adopted":                       {[]option{adopted(claimUID)}, false, verdict.Valid, "PVCValidated"},
		"ours, and waits for its first consumer": {[]option{unbound}, false, verdict.Valid, "PVCValidated"},
		"ours, with no phase yet":                {[]option{phase("")}, false, verdict.Valid, "PVCValidated"},
		"not controlled: a conflict":             {[]option{withClaim(unowned)}, false, verdict.Terminal, "PVCNotOwned"},
		"of a namesake, and staying":             {[]option{withClaim(ofNamesake)}, false, verdict.Terminal, "PVCNotOwned"},
		"ours, and being deleted before it was adopted": {
			[]option{terminating()}, false, verdict.Transient, "PVCTerminating",
		},
		"the adopted one is being deleted": {[]option{terminating(), adopted(claimUID)}, false, verdict.Transient, "PVCTerminating"},
		"left by a deleted namesake, being deleted": {
			[]option{terminating(), withClaim(ofNamesake)}, false, verdict.Transient, "PVCTerminating",
		},
		"foreign, being deleted": {[]option{terminating(), withClaim(unowned)}, false, verdict.Terminal, "PVCNotOwned"},
		"of another node, being deleted": {[]option{terminating(), withClaim(func(c *corev1.PersistentVolumeClaim) {
			c.OwnerReferences = []metav1.OwnerReference{controllerRef("SeiNode", "archive-1", "another-node")}
		})}, false, verdict.Terminal, "PVCNotOwned"},
		"of a namesake of another kind, being deleted": {[]option{terminating(), withClaim(func(c *corev1.PersistentVolumeClaim) {
			c.OwnerReferences = []metav1.OwnerReference{controllerRef("Job", "archive-0", "another")}
		})}, false, verdict.Terminal, "PVCNotOwned"},
		"the adopted one is gone: never created anew": {
			[]option{adopted(claimUID), withoutClaim}, false, verdict.Terminal, "DataVolumeLost",
		},
		"another one stands in its place": {[]option{adopted("former")}, false, verdict.Terminal, "DataVolumeLost"},
		"another one, accepted":           {[]option{adopted("former"), accepts(claimUID)}, false, verdict.Valid, "PVCValidated"},
		"another one, a third accepted":   {[]option{adopted("former"), accepts("a-third")}, false, verdict.Terminal, "DataVolumeLost"},
		"accepted, but not ours": {
			[]option{adopted("former"), accepts(claimUID), withClaim(unowned)}, false, verdict.Terminal, "PVCNotOwned",
		},
		"its volume is lost": {[]option{phase(corev1.ClaimLost), adopted(claimUID)}, false, verdict.Terminal, "PVCLost"},
		"retained, with our reference": {
			[]option{policy(seiv1alpha1.DeletionPolicyRetain)}, false, verdict.Valid, "PVCValidated",
		},
		"retained and released": {
			[]option{policy(seiv1alpha1.DeletionPolicyRetain), withClaim(unowned), labelled(nodeUID)},
			false, verdict.Valid, "PVCValidated",
		},
		"retained, but being deleted": {
			[]option{policy(seiv1alpha1.DeletionPolicyRetain), terminating(), adopted(claimUID)},
			false, verdict.Transient, "PVCTerminating",
		},
		"an older node imports the very name": {
			[]option{withoutClaim, withRival(rivalNode(older))}, false, verdict.Transient, "PVCInUse",
		},
		"a younger node imports the very name": {
			[]option{withoutClaim, withRival(rivalNode(younger))}, true, verdict.Transient, "DataVolumeNotReady",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			create, got := storage.DecideCreate(createFacts(test.options...))
			if create != test.create || got.Class != test.class || got.Reason != test.reason {
				t.Errorf("create %t, verdict %s %s; wanted %t, %s %s", create, got.Class, got, test.create, test.class, test.reason)
			}
		})
	}
}

func TestDecideCreateSaysWhatWasFoundAndTheRemedy(t *testing.T) {
	tests := map[string]struct {
		options []option
		says    []string
	}{
		"the contract's conflict, word for word": {[]option{withClaim(unowned)}, []string{
			`data PVC "data-archive-0" already exists and is not owned by SeiNode "archive-0"; set spec.dataVolume.import.pvcName of another SeiNode to adopt it, and delete this one; or delete the PVC, and its data with it`,
		}},
		"the node's own, without its marks": {[]option{adopted(claimUID), withClaim(unowned)}, []string{
			"somebody took the node's marks off", "kubectl label --overwrite pvc data-archive-0 -n sei sei.io/node-uid=11111111-node",
		}},
		"gone": {[]option{adopted(claimUID), withoutClaim}, []string{
			`PVC "data-archive-0" with UID 22222222-claim`, "is gone", "an empty one is not put in its place", "spec.dataVolume.import.pvcName",
		}},
		"replaced": {[]option{adopted("former")}, []string{"with UID former", "is gone"}},
		"going":    {[]option{terminating(), adopted(claimUID)}, []string{`"data-archive-0"`, "the pod is left running", "save the data now"}},
		"left by a namesake": {[]option{terminating(), withClaim(ofNamesake)}, []string{
			`"data-archive-0"`, "left by an earlier life", "a new one is created when it is gone",
		}},
		"a rival":  {[]option{withoutClaim, withRival(rivalNode(older))}, []string{`"data-archive-0"`, `SeiNode "rival"`, "delete one of the two"}},
		"creating": {[]option{withoutClaim}, []string{`creating PVC "data-archive-0"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, got := storage.DecideCreate(createFacts(test.options...))
			for _, part := range test.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("message %q does not say %q", got.Message, part)
				}
			}
		})
	}
}
