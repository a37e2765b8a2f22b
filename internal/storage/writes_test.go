package storage_test

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

var claims = schema.GroupResource{Resource: "persistentvolumeclaims"}

// TestAClaimThatAnotherNamesIsMadeToStay: garbage collection in the foreground would take it before the next look.
func TestAClaimThatAnotherNamesIsMadeToStay(t *testing.T) {
	claim := storage.NewClaim(createFacts(withoutClaim, withRival(rivalNode(younger))), nil, storageOf("1Gi"), nil)
	if len(claim.OwnerReferences) > 0 || claim.Labels[seiv1alpha1.LabelNodeUID] != string(nodeUID) {
		t.Errorf("owners %v, labels %v", claim.OwnerReferences, claim.Labels)
	}
}

func TestNewClaim(t *testing.T) {
	node := createFacts().Node
	size := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("25000Gi")}
	labels := map[string]string{"a": "b"}
	got := storage.NewClaim(storage.Facts{Node: node}, ptr.To("gp3"), size, labels)
	want := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name: "data-archive-0", Namespace: "sei", Labels: map[string]string{"a": "b", "sei.io/node-uid": "11111111-node"},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "sei.io/v1alpha1", Kind: "SeiNode", Name: "archive-0", UID: "11111111-node",
				Controller: ptr.To(true), BlockOwnerDeletion: ptr.To(true),
			}},
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName: ptr.To("gp3"),
			Resources:        corev1.VolumeResourceRequirements{Requests: size},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claim (-want +got):\n%s", diff)
	}
	if len(labels) != 1 {
		t.Errorf("the caller's labels were changed: %v", labels)
	}
}

// TestARetainedClaimCarriesNoReference: garbage collection knows nothing of the policy.
func TestARetainedClaimCarriesNoReference(t *testing.T) {
	node := createFacts(policy(seiv1alpha1.DeletionPolicyRetain)).Node
	claim := storage.NewClaim(storage.Facts{Node: node}, nil, storageOf("1Gi"), nil)
	if len(claim.OwnerReferences) != 0 {
		t.Errorf("owner references are %v", claim.OwnerReferences)
	}
	if !storage.Owned(claim, node) {
		t.Error("the node does not know its own retained claim again")
	}
	if claim.Spec.StorageClassName != nil {
		t.Errorf("class is %q, wanted the cluster's default", *claim.Spec.StorageClassName)
	}
}

func TestCreateTakesTheRaceForNoErrorAndEveryOtherErrorForOne(t *testing.T) {
	refused := errors.New("refused")
	tests := map[string]struct{ answer, want error }{
		"created":        {nil, nil},
		"AlreadyExists":  {apierrors.NewAlreadyExists(claims, "data-archive-0"), nil},
		"any other":      {refused, refused},
		"quota exceeded": {apierrors.NewForbidden(claims, "data-archive-0", refused), apierrors.NewForbidden(claims, "data-archive-0", refused)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var created []string
			writer := interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
				Create: func(_ context.Context, _ client.WithWatch, object client.Object, _ ...client.CreateOption) error {
					created = append(created, object.GetNamespace()+"/"+object.GetName())
					return test.answer
				},
			})
			_, err := storage.Create(storage.NewClaim(createFacts(), nil, storageOf("1Gi"), nil)).Do(t.Context(), writer)
			if diff := cmp.Diff([]string{"sei/data-archive-0"}, created); diff != "" {
				t.Errorf("creations (-want +got):\n%s", diff)
			}
			if (err == nil) != (test.want == nil) || (err != nil && err.Error() != test.want.Error()) {
				t.Errorf("error is %v, wanted %v", err, test.want)
			}
		})
	}
}

func TestReleaseTakesOffOurReferenceAndNothingElse(t *testing.T) {
	other := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "backup", UID: "backup-uid"}
	facts := createFacts(policy(seiv1alpha1.DeletionPolicyRetain), withClaim(func(c *corev1.PersistentVolumeClaim) {
		c.OwnerReferences = append(c.OwnerReferences, other)
		c.Labels = map[string]string{"team": "data"}
	}))
	live := fake.NewFakeClient(facts.Claim)
	claim := read(t, live, facts.Claim)
	if _, err := storage.Release(storage.Facts{Node: facts.Node, Claim: claim}).Do(t.Context(), live); err != nil {
		t.Fatal(err)
	}
	got := read(t, live, facts.Claim)
	want := claim.DeepCopy()
	want.OwnerReferences = []metav1.OwnerReference{other}
	want.Labels = map[string]string{"team": "data", seiv1alpha1.LabelNodeUID: string(nodeUID)}
	want.ResourceVersion = got.ResourceVersion
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claim (-want +got):\n%s", diff)
	}
	if (storage.Facts{Node: facts.Node, Claim: got}).NeedsRelease() || !storage.Owned(got, facts.Node) {
		t.Error("after the release the claim is not ours and free")
	}
}

// TestReleaseFailsOnAClaimThatChanged: the references that it would write were read before.
func TestReleaseFailsOnAClaimThatChanged(t *testing.T) {
	facts := createFacts(policy(seiv1alpha1.DeletionPolicyRetain))
	live := fake.NewFakeClient(facts.Claim)
	stale := read(t, live, facts.Claim)
	changed := stale.DeepCopy()
	changed.Labels = map[string]string{"changed": "since"}
	if err := live.Update(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Release(storage.Facts{Node: facts.Node, Claim: stale}).Do(t.Context(), live); !apierrors.IsConflict(err) {
		t.Errorf("error is %v, wanted a conflict", err)
	}
}

// TestNoClaimButOurOwnIsEverWritten goes through what may tempt: names, labels and references prove nothing on an import.
func TestNoClaimButOurOwnIsEverWritten(t *testing.T) {
	tests := map[string][]option{
		"foreign":                              {withClaim(unowned)},
		"foreign, policy Retain":               {withClaim(unowned), policy(seiv1alpha1.DeletionPolicyRetain)},
		"of a namesake":                        {withClaim(ofNamesake)},
		"of a namesake, policy Retain":         {withClaim(ofNamesake), policy(seiv1alpha1.DeletionPolicyRetain)},
		"imported under the default name":      {withNode(importing("data-archive-0"))},
		"imported, with our label":             {withNode(importing("data-archive-0")), labelled(nodeUID)},
		"imported, adopted, policy Retain":     {withNode(importing("data-archive-0")), retained, adopted(claimUID)},
		"another's, with our label":            {withClaim(ofNamesake), labelled(nodeUID)},
		"restored in place of ours, our label": {withClaim(unowned), labelled(nodeUID), adopted("former-claim")},
		"in place of ours, policy Retain":      {policy(seiv1alpha1.DeletionPolicyRetain), adopted("former-claim")},
		"a reference that was taken off":       {policy(seiv1alpha1.DeletionPolicyDelete), withClaim(unowned), labelled(nodeUID), adopted(claimUID)},
		"retained and released":                {policy(seiv1alpha1.DeletionPolicyRetain), withClaim(unowned), labelled(nodeUID)},
		"no claim":                             {withoutClaim},
		"no claim, policy Retain":              {withoutClaim, policy(seiv1alpha1.DeletionPolicyRetain)},
		"foreign, of a node that has no UID":   {withClaim(unowned), withNode(func(n *seiv1alpha1.SeiNode) { n.UID = "" })},
		"ours by reference, but being deleted": {adopted(claimUID), terminating()},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			facts := createFacts(options...)
			if release := storage.Release(facts); release != nil {
				t.Errorf("%s %s", release.Doing, release.Object.GetName())
			}
			if deletion := storage.Delete(facts); deletion != nil {
				t.Errorf("%s %s", deletion.Doing, deletion.Object.GetName())
			}
		})
	}
}

// TestDeleteNamesTheUIDThatItSaw: between the look and the deletion somebody may have put another claim there.
func TestDeleteNamesTheUIDThatItSaw(t *testing.T) {
	for name, options := range map[string][]option{
		"no policy":     {adopted(claimUID)},
		"policy Delete": {adopted(claimUID), policy(seiv1alpha1.DeletionPolicyDelete)},
	} {
		t.Run(name, func(t *testing.T) {
			facts := createFacts(options...)
			var seen []string
			writer := interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
				Delete: func(_ context.Context, _ client.WithWatch, object client.Object, options ...client.DeleteOption) error {
					all := (&client.DeleteOptions{}).ApplyOptions(options)
					if all.Preconditions == nil || all.Preconditions.UID == nil {
						t.Fatal("the deletion is by name alone")
					}
					seen = append(seen, object.GetName()+" "+string(*all.Preconditions.UID))
					return nil
				},
			})
			if _, err := storage.Delete(facts).Do(t.Context(), writer); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"data-archive-0 " + string(claimUID)}, seen); diff != "" {
				t.Errorf("deletions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeleteOfAClaimThatIsGoneIsDone(t *testing.T) {
	facts := createFacts(adopted(claimUID))
	if _, err := storage.Delete(facts).Do(t.Context(), fake.NewFakeClient()); err != nil {
		t.Errorf("error is %v", err)
	}
}

func read(t *testing.T, reader client.Reader, object client.Object) *corev1.PersistentVolumeClaim {
	t.Helper()
	claim := &corev1.PersistentVolumeClaim{}
	if err := reader.Get(t.Context(), client.ObjectKeyFromObject(object), claim); err != nil {
		t.Fatal(err)
	}
	return claim
}
