package storage_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

func TestTheClaimIsTheImportedOneElseDataDashNode(t *testing.T) {
	tests := map[string]struct {
		volume  *seiv1alpha1.DataVolumeSpec
		want    string
		imports bool
	}{
		"no dataVolume":    {nil, "data-archive-0", false},
		"empty dataVolume": {&seiv1alpha1.DataVolumeSpec{}, "data-archive-0", false},
		"import":           {&seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "my.claim"}}, "my.claim", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			node := importingNode("archive-0")
			node.Spec.DataVolume = test.volume
			if got := storage.ClaimName(node); got != test.want {
				t.Errorf("ClaimName is %q, wanted %q", got, test.want)
			}
			if got := storage.Imports(node); got != test.imports {
				t.Errorf("Imports is %t, wanted %t", got, test.imports)
			}
		})
	}
}

// TestOwnershipIsAUIDNeverAName: everything that deletes or changes a claim asks Owned first.
func TestOwnershipIsAUIDNeverAName(t *testing.T) {
	tests := map[string]struct {
		options []option
		want    bool
	}{
		"controlled by this node": {nil, true},
		"retained by this node":   {[]option{withClaim(unowned), labelled(nodeUID)}, true},
		"labelled, but another's": {[]option{labelled(nodeUID), withClaim(ofNamesake)}, false},
		"only the name fits":      {[]option{withClaim(unowned)}, false},
		"controlled by a deleted namesake": {[]option{withClaim(func(c *corev1.PersistentVolumeClaim) {
			c.OwnerReferences[0].UID = "former-node"
		})}, false},
		"retained by a deleted namesake": {[]option{withClaim(unowned), labelled("former-node")}, false},
		"owned, but not controlled": {[]option{withClaim(func(c *corev1.PersistentVolumeClaim) {
			c.OwnerReferences[0].Controller = nil
		})}, false},
		"imported, with our name, reference and label": {[]option{labelled(nodeUID), withNode(importing("data-archive-0"))}, false},
		"a node without a UID":                         {[]option{withClaim(unowned), withNode(func(n *seiv1alpha1.SeiNode) { n.UID = "" })}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			facts := createFacts(test.options...)
			if got := storage.Owned(facts.Claim, facts.Node); got != test.want {
				t.Errorf("Owned is %t, wanted %t", got, test.want)
			}
		})
	}
}

func TestOnlyARetainedClaimOfOursWithAControllerReferenceNeedsRelease(t *testing.T) {
	tests := map[string]struct {
		options []option
		want    bool
	}{
		"retained, with our reference":           {[]option{policy(seiv1alpha1.DeletionPolicyRetain)}, true},
		"retained, released already":             {[]option{policy(seiv1alpha1.DeletionPolicyRetain), withClaim(unowned), labelled(nodeUID)}, false},
		"policy Delete":                          {[]option{policy(seiv1alpha1.DeletionPolicyDelete)}, false},
		"no policy":                              {nil, false},
		"no policy, another node imports it":     {[]option{importedByAnother}, true},
		"policy Delete, another node imports it": {[]option{policy(seiv1alpha1.DeletionPolicyDelete), importedByAnother}, true},
		"imported, but somebody else's":          {[]option{importedByAnother, withClaim(unowned)}, false},
		"retained, but somebody else's":          {[]option{policy(seiv1alpha1.DeletionPolicyRetain), withClaim(unowned)}, false},
		"no claim":                               {[]option{policy(seiv1alpha1.DeletionPolicyRetain), withoutClaim}, false},
		"an import that carries our reference":   {[]option{withNode(importing("data-archive-0"))}, false},
		"an import that is retained all the way": {[]option{withNode(importing("data-archive-0")), retained}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			facts := createFacts(test.options...)
			if got := facts.NeedsRelease(); got != test.want {
				t.Errorf("NeedsRelease is %t, wanted %t", got, test.want)
			}
		})
	}
}

func TestAPodIsKnownByTheClaimsAmongItsVolumes(t *testing.T) {
	pod := podOn("one")
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "tmp"}, podOn("two").Spec.Volumes[0])
	pod.Name = "job"
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "scratch", VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}})
	if diff := cmp.Diff([]string{"one", "two", "job-scratch"}, storage.MountedClaims(pod)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

func unowned(c *corev1.PersistentVolumeClaim) { c.OwnerReferences = nil }

func labelled(uid types.UID) option {
	return withClaim(func(c *corev1.PersistentVolumeClaim) {
		c.Labels = map[string]string{seiv1alpha1.LabelNodeUID: string(uid)}
	})
}

func importing(claim string) func(*seiv1alpha1.SeiNode) {
	return func(n *seiv1alpha1.SeiNode) {
		n.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: claim}}
	}
}

func policy(policy seiv1alpha1.DeletionPolicy) option {
	return withNode(func(n *seiv1alpha1.SeiNode) {
		n.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{DeletionPolicy: &policy}
	})
}

// retained sets the policy of a node that has a dataVolume already.
func retained(f *storage.Facts) {
	f.Node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
}

// ofNamesake makes the claim one that a deleted node of the same name made.
func ofNamesake(c *corev1.PersistentVolumeClaim) {
	c.OwnerReferences = []metav1.OwnerReference{controllerRef("SeiNode", "archive-0", "former-node")}
}
