package controller

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/telemetry"
)

// recordedNode is an archive that recorded the UID of its claim.
func recordedNode(uid types.UID) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: "archive", Namespace: "sei", UID: uid},
		Spec:       seiv1alpha1.SeiNodeSpec{Archive: &seiv1alpha1.ArchiveSpec{}},
		Status:     seiv1alpha1.SeiNodeStatus{DataVolume: &seiv1alpha1.DataVolumeStatus{ClaimUID: "claim-uid"}},
	}
}

func claimOf(node *seiv1alpha1.SeiNode) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
		Name: "data-archive", Namespace: "sei", UID: "claim-uid",
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))},
	}}
}

func ownPodNamed(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "sei", Labels: map[string]string{"sei.io/node": "archive", "sei.io/node-uid": "node-uid"}},
		Spec: corev1.PodSpec{Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-archive"},
		}}}},
	}
}

// seeing is a reconciler that can read nothing but past its cache.
func seeing(t *testing.T, objects ...client.Object) (*Reconciler, client.Client) {
	t.Helper()
	kinds := runtime.NewScheme()
	if err := firstOf(scheme.AddToScheme(kinds), seiv1alpha1.AddToScheme(kinds)); err != nil {
		t.Fatal(err)
	}
	live := fake.NewClientBuilder().WithScheme(kinds).WithObjects(objects...).Build()
	blind := errors.New("the cache knows nothing of this")
	cached := interceptor.NewClient(live, interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return blind
		},
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error { return blind },
	})
	return &Reconciler{Client: cached, Live: live, Events: telemetry.Events{Recorder: events.NewFakeRecorder(10)}, Clock: clock.RealClock{}}, live
}

// TestWhatBecomesOfACreatedClaim: what decides is what is there now, past the cache.
func TestWhatBecomesOfACreatedClaim(t *testing.T) {
	retaining := recordedNode("node-uid")
	retain := seiv1alpha1.DeletionPolicyRetain
	retaining.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{DeletionPolicy: &retain}
	importer := recordedNode("importer-uid")
	importer.Name, importer.Spec.DataVolume = "importer", &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-archive"}}
	wiped := recordedNode("node-uid")
	wiped.Status = seiv1alpha1.SeiNodeStatus{}
	for name, test := range map[string]struct {
		live            []client.Object
		destroyed, told bool
	}{
		"nobody else names it":            {[]client.Object{recordedNode("node-uid")}, true, false},
		"the policy was changed just now": {[]client.Object{retaining}, false, true},
		"the status was wiped just now":   {[]client.Object{wiped}, false, true},
		"another imports it":              {[]client.Object{recordedNode("node-uid"), importer}, false, true},
		"a copy of its pod mounts it":     {[]client.Object{recordedNode("node-uid"), ownPodNamed("copy")}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r, live := seeing(t, append(test.live, claimOf(recordedNode("node-uid")))...)
			if err := r.settleClaim(t.Context(), recordedNode("node-uid")); err != nil {
				t.Fatal(err)
			}
			claim := &corev1.PersistentVolumeClaim{}
			err := live.Get(t.Context(), client.ObjectKey{Namespace: "sei", Name: "data-archive"}, claim)
			if client.IgnoreNotFound(err) != nil || (err != nil) != test.destroyed {
				t.Errorf("destroyed: %v, wanted %t", err, test.destroyed)
			}
			if len(claim.OwnerReferences) != 0 {
				t.Error("it is left to garbage collection")
			}
			if told := len(r.Events.Recorder.(*events.FakeRecorder).Events) == 1; told != test.told {
				t.Errorf("told: %t, wanted %t", told, test.told)
			}
		})
	}
}

// TestANamesakesClaimIsNotSettledForOneThatIsGone: between a stale look and the deletion, a SeiNode of the same name may have come.
func TestANamesakesClaimIsNotSettledForOneThatIsGone(t *testing.T) {
	namesake := recordedNode("namesake-uid")
	r, live := seeing(t, namesake, claimOf(namesake))
	if err := r.settleClaim(t.Context(), recordedNode("node-uid")); err != nil {
		t.Fatal(err)
	}
	claim := &corev1.PersistentVolumeClaim{}
	if err := live.Get(t.Context(), client.ObjectKey{Namespace: "sei", Name: "data-archive"}, claim); err != nil || len(claim.OwnerReferences) != 1 {
		t.Errorf("the namesake's claim: %v, references %v", err, claim.OwnerReferences)
	}
}

// TestACopyOfThePodIsItsMakers: `kubectl debug --copy-to --keep-labels` makes one. An orphan of the node's own is still waited for, and stopped.
func TestACopyOfThePodIsItsMakers(t *testing.T) {
	r, live := seeing(t, ownPodNamed("archive-0"), ownPodNamed("archive-0-copy"))
	waits, err := r.takeDown(t.Context(), recordedNode("node-uid"))
	if err != nil || waits == "" {
		t.Fatalf("waits for %q (%v), wanted the orphan", waits, err)
	}
	if err := live.Get(t.Context(), client.ObjectKey{Namespace: "sei", Name: "archive-0"}, &corev1.Pod{}); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("the orphan was not stopped: %v", err)
	}
	waits, err = r.takeDown(t.Context(), recordedNode("node-uid"))
	if err != nil || waits != "" {
		t.Errorf("waits for %q (%v)", waits, err)
	}
	if err := live.Get(t.Context(), client.ObjectKey{Namespace: "sei", Name: "archive-0-copy"}, &corev1.Pod{}); err != nil {
		t.Errorf("the copy: %v", err)
	}
}

// TestADeletionNeverAdvisesForce: a process on a machine that does not answer may run on, and sign.
func TestADeletionNeverAdvisesForce(t *testing.T) {
	pod := ownPodNamed("archive-0")
	pod.Spec.NodeName, pod.DeletionTimestamp = "m1", &metav1.Time{Time: time.Unix(1e9, 0)}
	for seconds, want := range map[int64]string{0: "grace period", 59: "grace period", 60: "kubectl taint nodes m1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"} {
		if said := waitsFor([]corev1.Pod{*pod}, time.Unix(1e9+seconds, 0)); !strings.Contains(said, want) || strings.Contains(said, "--force") {
			t.Errorf("%d s after it should have stopped: %q, wanted %q", seconds, said, want)
		}
	}
}

// TestAnOrphanedStatefulSetIsKept, and so is its pod; one that somebody deleted on top of it is not, and its pod is waited for.
func TestAnOrphanedStatefulSetIsKept(t *testing.T) {
	orphaned := func(change func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
		set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Name: "archive", Namespace: "sei", Labels: map[string]string{seiv1alpha1.LabelNodeUID: "node-uid"}}}
		change(set)
		return set
	}
	for name, test := range map[string]struct {
		set  *appsv1.StatefulSet
		kept bool
	}{
		"orphaned": {orphaned(func(*appsv1.StatefulSet) {}), true},
		"orphaned, and deleted": {orphaned(func(set *appsv1.StatefulSet) {
			set.DeletionTimestamp, set.Finalizers = &metav1.Time{Time: time.Unix(1e9, 0)}, []string{metav1.FinalizerDeleteDependents}
		}), false},
		"controlled": {orphaned(func(set *appsv1.StatefulSet) {
			set.OwnerReferences = claimOf(recordedNode("node-uid")).OwnerReferences
		}), false},
		"somebody's": {orphaned(func(set *appsv1.StatefulSet) { set.Labels = nil }), false},
	} {
		r, _ := seeing(t, test.set)
		if kept, err := r.isToBeKept(t.Context(), recordedNode("node-uid")); err != nil || kept != test.kept {
			t.Errorf("%s: kept %t (%v)", name, kept, err)
		}
	}
}
