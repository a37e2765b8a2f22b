package storage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

// cluster is an API with the indexes that the operator registers.
func cluster(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
	storage.Indexes(func(of client.Object, key string, values client.IndexerFunc) { builder.WithIndex(of, key, values) })
	return builder.Build()
}

// counting counts reads by kind, and answers the kinds in failing with an error.
func counting(inner client.WithWatch, reads map[string]int, failing ...string) client.Reader {
	read := func(object any) error {
		kind := fmt.Sprintf("%T", object)
		reads[kind]++
		for _, one := range failing {
			if one == kind {
				return errors.New("no answer for " + kind)
			}
		}
		return nil
	}
	return interceptor.NewClient(inner, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if err := read(o); err != nil {
				return err
			}
			return c.Get(ctx, key, o, opts...)
		},
		List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
			if err := read(l); err != nil {
				return err
			}
			return c.List(ctx, l, opts...)
		},
	})
}

func observe(t *testing.T, reader client.Reader) storage.Facts {
	t.Helper()
	return storage.Observe(t.Context(), reader, importingNode("archive-0"), resource.MustParse("25000Gi"))
}

func pendingClaim(change func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	claim := boundClaim(importName)
	claim.Status, claim.Spec.VolumeName = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimPending}, ""
	change(claim)
	return claim
}

// TestOnePollReadsEachThingAtMostOnce guards the load on the API: hundreds of nodes poll every few seconds.
func TestOnePollReadsEachThingAtMostOnce(t *testing.T) {
	tests := map[string]struct {
		objects []client.Object
		want    map[string]int
	}{
		"no claim": {nil, map[string]int{"*v1.PersistentVolumeClaim": 1}},
		"Pending": {
			[]client.Object{pendingClaim(func(*corev1.PersistentVolumeClaim) {})},
			map[string]int{"*v1.PersistentVolumeClaim": 1, "*v1.StorageClass": 1},
		},
		"Pending without a class": {
			[]client.Object{pendingClaim(func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = ptr.To("") })},
			map[string]int{"*v1.PersistentVolumeClaim": 1},
		},
		"Bound": {
			[]client.Object{boundClaim(importName), volumeOf(importName)},
			map[string]int{"*v1.PersistentVolumeClaim": 1, "*v1.PersistentVolume": 1, "*v1.PersistentVolumeList": 1, "*v1.VolumeAttachmentList": 1},
		},
		"Bound to a volume that is gone": {
			[]client.Object{boundClaim(importName)}, map[string]int{"*v1.PersistentVolumeClaim": 1, "*v1.PersistentVolume": 1},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := map[string]int{}
			if facts := observe(t, counting(cluster(t, test.objects...), got)); facts.Err != nil {
				t.Fatal(facts.Err)
			}
			test.want["*v1alpha1.SeiNodeList"], test.want["*v1.Pod"], test.want["*v1.PodList"] = 1, 1, 1
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reads (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObserveFindsWhatBelongsToTheClaimAndNothingElse(t *testing.T) {
	self := importingNode("archive-0")
	otherClaim := rivalNode(importing("other"), uid("unrelated"))
	otherClaim.Name = "unrelated"
	elsewhere := rivalNode(uid("elsewhere"))
	elsewhere.Namespace = "other"
	strange := podOn(importName, foreign)
	farPod, unrelatedPod := podOn(importName), podOn("other")
	farPod.Namespace, unrelatedPod.Name = "other", "unrelated"
	facts := observe(t, cluster(t, boundClaim(importName), volumeOf(importName), self, rivalNode(), otherClaim, elsewhere,
		podOn(importName), strange, farPod, unrelatedPod))
	if facts.Err != nil {
		t.Fatal(facts.Err)
	}
	got := map[string]string{"claim": string(facts.Claim.UID), "volume": facts.Volume.Name, "required": facts.Required.String()}
	for _, rival := range facts.Rivals {
		got["rivals"] += rival.Namespace + "/" + rival.Name + " "
	}
	for _, pod := range facts.Pods {
		got["pods"] += pod.Namespace + "/" + pod.Name + " "
	}
	want := map[string]string{
		"claim": string(claimUID), "volume": volumeName, "required": "25000Gi",
		"rivals": "sei/rival ", "pods": "sei/archive-0-0 sei/debug ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestObserveReadsTheClassOfAPendingClaim(t *testing.T) {
	for name, claim := range map[string]*corev1.PersistentVolumeClaim{
		"by field": pendingClaim(func(*corev1.PersistentVolumeClaim) {}),
		"by the old annotation": pendingClaim(func(c *corev1.PersistentVolumeClaim) {
			c.Spec.StorageClassName, c.Annotations = nil, map[string]string{corev1.BetaStorageClassAnnotation: "gp3"}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			facts := observe(t, cluster(t, claim, waitingClass()))
			if facts.Class == nil || facts.Class.Name != "gp3" {
				t.Errorf("class is %v, wanted gp3", facts.Class)
			}
		})
	}
}

func TestAClassThatDoesNotExistIsNoError(t *testing.T) {
	facts := observe(t, cluster(t, pendingClaim(func(*corev1.PersistentVolumeClaim) {})))
	if facts.Err != nil || facts.Class != nil {
		t.Errorf("error %v and class %v, wanted none", facts.Err, facts.Class)
	}
}

// TestAnErrorOfTheAPIIsNeverTakenForAnAbsence: a claim that could not be read is none that does not exist, and after an error
// nothing else is asked.
func TestAnErrorOfTheAPIIsNeverTakenForAnAbsence(t *testing.T) {
	pending := pendingClaim(func(*corev1.PersistentVolumeClaim) {})
	preBound := pendingClaim(func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = volumeName })
	tests := map[string]struct {
		claim   *corev1.PersistentVolumeClaim
		failing string
		reads   int
	}{
		"volume of a Pending claim": {preBound, "*v1.PersistentVolume", 2},
		"claim":                     {boundClaim(importName), "*v1.PersistentVolumeClaim", 1},
		"volume":                    {boundClaim(importName), "*v1.PersistentVolume", 2},
		"class":                     {pending, "*v1.StorageClass", 2},
		"aliases":                   {boundClaim(importName), "*v1.PersistentVolumeList", 3},
		"attachments":               {boundClaim(importName), "*v1.VolumeAttachmentList", 4},
		"nodes":                     {boundClaim(importName), "*v1alpha1.SeiNodeList", 5},
		"pod":                       {boundClaim(importName), "*v1.Pod", 6},
		"pods":                      {boundClaim(importName), "*v1.PodList", 7},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			reads := map[string]int{}
			live := cluster(t, test.claim, volumeOf(importName), waitingClass())
			facts := observe(t, counting(live, reads, test.failing))
			if facts.Err == nil || !strings.HasPrefix(facts.Err.Error(), "reading ") || !strings.HasSuffix(facts.Err.Error(), "no answer for "+test.failing) {
				t.Errorf("error is %v, wanted the one of %s", facts.Err, test.failing)
			}
			total := 0
			for _, count := range reads {
				total += count
			}
			if total != test.reads {
				t.Errorf("%d reads, wanted %d: %v", total, test.reads, reads)
			}
		})
	}
}

// TestALateClaimConverges follows a node that came before its claim.
func TestALateClaimConverges(t *testing.T) {
	live := cluster(t, importingNode("archive-0"))
	verdict := func() string {
		facts := observe(t, live)
		if facts.Err != nil {
			t.Fatal(facts.Err)
		}
		got := storage.Validate(facts)
		return string(got.Class) + " " + got.Reason
	}
	steps := []struct {
		change client.Object
		want   string
	}{
		{nil, "transient PVCNotFound"},
		{pendingClaim(func(*corev1.PersistentVolumeClaim) {}), "transient PVCNotBound"},
		{boundClaim(importName), "transient UnderlyingPVMissing"},
		{volumeOf(importName), "valid PVCValidated"},
	}
	for _, step := range steps {
		if step.change != nil {
			put(t, live, step.change)
		}
		if got := verdict(); got != step.want {
			t.Errorf("after %T the verdict is %q, wanted %q", step.change, got, step.want)
		}
	}
}

// put creates the object, or replaces the one of its name, status included.
func put(t *testing.T, live client.Client, object client.Object) {
	t.Helper()
	err := live.Create(t.Context(), object.DeepCopyObject().(client.Object))
	if apierrors.IsAlreadyExists(err) {
		err = errors.Join(
			live.Update(t.Context(), object.DeepCopyObject().(client.Object)),
			live.Status().Update(t.Context(), object.DeepCopyObject().(client.Object)))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheNodeItselfIsNoRival, also when it was recreated in between: a namesake is another node.
func TestTheNodeItselfIsNoRival(t *testing.T) {
	for name, test := range map[string]struct {
		uid  types.UID
		want int
	}{"itself": {nodeUID, 0}, "a namesake": {"another", 1}} {
		t.Run(name, func(t *testing.T) {
			node := importingNode("archive-0")
			node.UID = test.uid
			if facts := observe(t, cluster(t, node)); len(facts.Rivals) != test.want {
				t.Errorf("%d rivals, wanted %d", len(facts.Rivals), test.want)
			}
		})
	}
}
