package task_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

// TestApplyNamesTheUIDThatWasSeen, so that an object which somebody recreated in between is refused, not merged into.
func TestApplyNamesTheUIDThatWasSeen(t *testing.T) {
	tests := map[string]struct {
		task    seiv1alpha1.TaskType
		options []option
		uid     string
	}{
		"Service":     {seiv1alpha1.TaskApplyService, opts(withService(func(s *corev1.Service) { s.Annotations = nil })), "service-uid"},
		"StatefulSet": {seiv1alpha1.TaskApplyStatefulSet, opts(withSet(), newImage), "set-uid"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope, recorded := scopeOf(test.options...)
			if outcome := run(t, test.task, scope); outcome.Err != nil || len(recorded.objects) != 1 {
				t.Fatalf("outcome %+v, writes %v", outcome, recorded.made)
			}
			object := recorded.objects[0].(*unstructured.Unstructured)
			if got := string(object.GetUID()); got != test.uid {
				t.Errorf("UID is %q, wanted %q", got, test.uid)
			}
			// A status or a creation time that is applied is a field that we own and fight for.
			if _, has := object.Object["status"]; has {
				t.Errorf("applied what is not ours: %s", recorded.bodies[0])
			}
			if _, has, _ := unstructured.NestedFieldNoCopy(object.Object, "metadata", "creationTimestamp"); has {
				t.Error("applied a creation time")
			}
		})
	}
}

// TestTheStatefulSetThatIsMadeMountsTheClaimThatWasValidated, imported or created.
func TestTheStatefulSetThatIsMadeMountsTheClaimThatWasValidated(t *testing.T) {
	tests := map[string]struct {
		options  []option
		claim    string
		replicas int32
	}{
		"imported":         {nil, "data-archive-0-0", 1},
		"created":          {opts(creates), "data-archive-0", 1},
		"imported, paused": {opts(paused), "data-archive-0-0", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope, recorded := scopeOf(test.options...)
			if outcome := run(t, seiv1alpha1.TaskApplyStatefulSet, scope); outcome.Class != storage.Valid || len(recorded.objects) != 1 {
				t.Fatalf("outcome %+v, writes %v", outcome, recorded.made)
			}
			set := recorded.objects[0].(*appsv1.StatefulSet)
			if got := set.Spec.Template.Spec.Volumes[0].PersistentVolumeClaim.ClaimName; got != test.claim || scope.Data.Claim.Name != got {
				t.Errorf("the pod mounts %q, wanted %q, which was validated", got, test.claim)
			}
			if *set.Spec.Replicas != test.replicas {
				t.Errorf("replicas are %d, wanted %d", *set.Spec.Replicas, test.replicas)
			}
		})
	}
}

// TestAnUpdateStartsNoPodThatWasDown: a new template is applied while the claim has trouble, the replicas stay.
func TestAnUpdateStartsNoPodThatWasDown(t *testing.T) {
	for name, test := range map[string]struct {
		options  []option
		replicas int64
	}{
		"trouble, the pod is down": {opts(withSet(replicas(0)), trouble, newImage), 0},
		"trouble, the pod runs":    {opts(withSet(), trouble, newImage), 1},
		"valid, the pod is down":   {opts(withSet(replicas(0)), newImage), 1},
		"replaced, the pod runs":   {opts(withSet(), replaced, newImage), 0},
		"paused, the pod runs":     {opts(withSet(), paused, newImage), 0},
	} {
		t.Run(name, func(t *testing.T) {
			scope, recorded := scopeOf(test.options...)
			if outcome := run(t, seiv1alpha1.TaskApplyStatefulSet, scope); outcome.Err != nil || len(recorded.objects) != 1 {
				t.Fatalf("outcome %+v, writes %v", outcome, recorded.made)
			}
			object := recorded.objects[0].(*unstructured.Unstructured)
			if got, _, _ := unstructured.NestedInt64(object.Object, "spec", "replicas"); got != test.replicas {
				t.Errorf("replicas are %d, wanted %d", got, test.replicas)
			}
		})
	}
}

// TestTheClaimThatIsMadeIsOfTheModesSize, and known as the node's.
func TestTheClaimThatIsMadeIsOfTheModesSize(t *testing.T) {
	scope, recorded := scopeOf(creates, noClaim)
	if outcome := run(t, seiv1alpha1.TaskEnsureDataPVC, scope); outcome.Err != nil || len(recorded.objects) != 1 {
		t.Fatalf("outcome %+v, writes %v", outcome, recorded.made)
	}
	claim := recorded.objects[0].(*corev1.PersistentVolumeClaim)
	if got := claim.Spec.Resources.Requests.Storage().String(); got != "25000Gi" {
		t.Errorf("size is %s", got)
	}
	if !storage.Owned(claim, scope.Node) || claim.Labels[seiv1alpha1.LabelChain] != "pacific-1" {
		t.Errorf("the claim is not known as the node's: %v %v", claim.OwnerReferences, claim.Labels)
	}
}
