package world

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Worlds that are told step by step: what a reconcile stops, and what it leaves alone.

// scene is a world in which SeiNode a is up on its own claim.
func scene(t *testing.T, changes ...func(*seiv1alpha1.SeiNode)) *world {
	t.Helper()
	w := run(nil, nil, nature{}, true)
	t.Cleanup(func() {
		if w.broken != "" {
			t.Error(w.broken)
		}
	})
	node := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: namespace}, Spec: seiv1alpha1.SeiNodeSpec{
		ChainID: "pacific-1", Image: "sei:v0", FullNode: &seiv1alpha1.FullNodeSpec{}, DataVolume: &seiv1alpha1.DataVolumeSpec{Size: ptr.To(size()[corev1.ResourceStorage])},
	}}
	for _, change := range changes {
		change(node)
	}
	w.create(node)
	w.rounds(5)
	if len(w.processes) != 1 {
		t.Fatalf("%d pods run, wanted that of a", len(w.processes))
	}
	return w
}

// outdated is a scene in which the pod is about to be made again, for another image.
func outdated(t *testing.T) *world {
	t.Helper()
	w := scene(t)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Image = "sei:v1" })
	for range 4 { // the plan, and the StatefulSet
		w.clock.SetTime(w.clock.Now().Add(between))
		w.look("a")
	}
	w.stepSet(w.set())
	w.syncAll()
	return w
}

func (w *world) rounds(count int) {
	for range count {
		w.now++
		w.clock.SetTime(w.clock.Now().Add(between))
		w.everybody()
	}
}

func (w *world) node(name string) *seiv1alpha1.SeiNode {
	return get[*seiv1alpha1.SeiNode](w.api.stored, name)
}

func (w *world) claim() *corev1.PersistentVolumeClaim {
	return get[*corev1.PersistentVolumeClaim](w.api.stored, "data-a")
}

func (w *world) pod() *corev1.Pod { return get[*corev1.Pod](w.api.stored, "a-0") }

func (w *world) set() *appsv1.StatefulSet { return get[*appsv1.StatefulSet](w.api.stored, "a") }

// importIt has SeiNode b name the claim of a.
func (w *world) importIt() {
	w.create(&seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "b", Namespace: namespace}, Spec: seiv1alpha1.SeiNodeSpec{
		ChainID: "pacific-1", Image: "sei:v0", FullNode: &seiv1alpha1.FullNodeSpec{}, DataVolume: &seiv1alpha1.DataVolumeSpec{
			Size: ptr.To(size()[corev1.ResourceStorage]), Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-a"},
		},
	}})
}

func retain(node *seiv1alpha1.SeiNode) {
	node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
}

// TestAReconcileStopsWhatMustNotRun: replicas that a hand set, a pause, a claim that was replaced, while the plan is whatever it is.
func TestAReconcileStopsWhatMustNotRun(t *testing.T) {
	for name, test := range map[string]struct {
		happens func(*world)
		want    int32
	}{
		"two by hand": {func(w *world) {
			change(w.api, w.set(), func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr.To[int32](2) })
		}, 1},
		"two by hand, and the claim has trouble": {func(w *world) {
			change(w.api, w.set(), func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr.To[int32](2) })
			w.api.delete(w.claim(), metav1.DeletePropagationBackground)
		}, 1},
		"paused": {func(w *world) {
			change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true) })
		}, 0},
		"another claim of the name": {func(w *world) {
			w.api.remove(w.claim())
			w.bindClaim(w.create(newClaim("data-a")).(*corev1.PersistentVolumeClaim))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := scene(t)
			test.happens(w)
			w.look("a")
			w.look("a")
			if got := *w.set().Spec.Replicas; got != test.want {
				t.Errorf("%d replicas, wanted %d", got, test.want)
			}
		})
	}
}

// TestAnOldReadWritesNoStatus: what somebody wrote since the read would be lost, such as a newer plan.
func TestAnOldReadWritesNoStatus(t *testing.T) {
	w := scene(t)
	w.syncAll()
	newer := change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Status.CurrentImage = "sei:newer" })
	w.deletePod(w.pod())
	w.sync("Pod")
	w.reconcile("a")
	if w.node("a") != newer {
		t.Error("the status was written, from a read that is older than what is there")
	}
	w.look("a")
	if w.node("a") == newer {
		t.Error("the pod is terminating, and with a fresh read nothing is reported")
	}
}

// TestADeletionThatTheCacheDoesNotShowStopsNoPod: with --cascade=orphan it is to run on.
func TestADeletionThatTheCacheDoesNotShowStopsNoPod(t *testing.T) {
	w := outdated(t)
	w.api.delete(w.node("a"), metav1.DeletePropagationOrphan)
	for range 3 {
		w.reconcile("a")
	}
	if w.pod() == nil || w.pod().DeletionTimestamp != nil {
		t.Error("the pod that was to be left is stopped")
	}
}
