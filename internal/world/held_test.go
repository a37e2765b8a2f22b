package world

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Worlds that are told step by step: who holds a disk, and what a node remembers of its claim.

func (w *world) leases() []*coordinationv1.Lease { return all[*coordinationv1.Lease](w.api.stored) }

// TestADiskIsItsHoldersAlsoWhereNoVolumeShowsIt: the volume of the first is gone from the API server, and its pod still writes to the disk.
func TestADiskIsItsHoldersAlsoWhereNoVolumeShowsIt(t *testing.T) {
	w := scene(t)
	volume := get[*corev1.PersistentVolume](w.api.stored, w.claim().Spec.VolumeName)
	w.api.remove(volume)
	w.bindTo(w.create(newClaim("disk-x")).(*corev1.PersistentVolumeClaim), w.diskOf[volume.Name])
	w.create(&seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: otherNamespace}, Spec: seiv1alpha1.SeiNodeSpec{
		ChainID: "pacific-1", Image: "sei:v0", FullNode: &seiv1alpha1.FullNodeSpec{}, DataVolume: &seiv1alpha1.DataVolumeSpec{
			Size: ptr.To(size()[corev1.ResourceStorage]), Import: &seiv1alpha1.DataVolumeImport{PVCName: "disk-x"},
		},
	}})
	w.rounds(5)
	if len(w.processes) != 1 || get[*corev1.Pod](w.api.stored, "x-0") != nil {
		t.Errorf("%d pods run, wanted that of a alone", len(w.processes))
	}
}

// TestADiskIsItsHoldersUntilItsPodIsGone, and no longer.
func TestADiskIsItsHoldersUntilItsPodIsGone(t *testing.T) {
	w := scene(t)
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.look("a")
	w.look("a")
	if len(w.leases()) != 1 || w.pod() == nil {
		t.Fatalf("%d Leases, pod %v: wanted the one of the disk, and the pod", len(w.leases()), w.pod())
	}
	w.stop()
	w.end()
	if len(w.leases()) != 0 {
		t.Errorf("%d Leases are left", len(w.leases()))
	}
}

// TestNoClaimIsAdoptedThatTheCacheDoesNotShow: the node would wait for ever for one that is gone.
func TestNoClaimIsAdoptedThatTheCacheDoesNotShow(t *testing.T) {
	w := run(nil, nil, nature{}, true)
	w.bindClaim(w.create(newClaim("disk")).(*corev1.PersistentVolumeClaim))
	w.create(newNode([4]uint32{0, 1, 3, 2}, nil))
	w.syncAll()
	w.api.remove(get[*corev1.PersistentVolumeClaim](w.api.stored, "disk"))
	next := w.create(newClaim("disk")).(*corev1.PersistentVolumeClaim)
	w.bindClaim(next)
	for range 4 {
		w.clock.SetTime(w.clock.Now().Add(between))
		w.reconcile("a")
	}
	if got := recorded(w.node("a")); got != "" {
		t.Errorf("%s is adopted, and is gone", got)
	}
	w.rounds(5)
	if got := recorded(w.node("a")); got != next.UID || len(w.processes) != 1 {
		t.Errorf("%s is adopted, wanted %s; %d pods run", got, next.UID, len(w.processes))
	}
}

// TestNoPodIsStoppedOnAClaimThatTheCacheDoesNotShow: a claim that is being deleted is kept by its pod alone.
func TestNoPodIsStoppedOnAClaimThatTheCacheDoesNotShow(t *testing.T) {
	w := outdated(t)
	w.api.delete(w.claim(), metav1.DeletePropagationBackground)
	for range 3 {
		w.reconcile("a")
	}
	if w.pod() == nil || w.pod().DeletionTimestamp != nil {
		t.Error("the pod is stopped, and the data goes with it")
	}
}

// TestAStatusThatWasWipedIsNoWayToOtherData: what is recorded is recorded with the StatefulSet, too.
func TestAStatusThatWasWipedIsNoWayToOtherData(t *testing.T) {
	w := scene(t)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Status = seiv1alpha1.SeiNodeStatus{} })
	was := w.claim().UID
	w.api.remove(w.claim())
	w.bindClaim(w.create(newClaim("data-a")).(*corev1.PersistentVolumeClaim))
	change(w.api, w.claim(), func(c *corev1.PersistentVolumeClaim) {
		c.Labels = map[string]string{seiv1alpha1.LabelNodeUID: string(w.node("a").UID)}
	})
	w.look("a")
	w.look("a")
	if got := *w.set().Spec.Replicas; got != 0 || recorded(w.node("a")) != was {
		t.Errorf("%d replicas, claim %q recorded; wanted 0 and %q", got, recorded(w.node("a")), was)
	}
}

// upgrade has SeiNode a reach an upgrade of the chain, and run from its image.
func (w *world) upgrade(t *testing.T) {
	t.Helper()
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) {
		n.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v1", Image: "sei:v1"}}
		n.Reach(seiv1alpha1.ReachedUpgrade{Name: "v1", Height: 500})
	})
	w.rounds(5)
	if got := w.pod().Spec.Containers[0].Image; got != "sei:v1" {
		t.Fatalf("the pod runs %s", got)
	}
}

// TestAStatusThatWasWipedIsNoWayToAnotherImage: the data has the upgrade, and the image before it would be its end.
func TestAStatusThatWasWipedIsNoWayToAnotherImage(t *testing.T) {
	w := scene(t)
	w.upgrade(t)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Status = seiv1alpha1.SeiNodeStatus{} })
	w.rounds(5)
	if got := w.pod().Spec.Containers[0].Image; got != "sei:v1" || !w.node("a").HasReached("v1") {
		t.Errorf("the pod runs %s, reached: %+v", got, w.node("a").Reached())
	}
}

// TestOnlyTheNodesOwnStatefulSetIsRecalled: the one that a namesake left says nothing of this node's claim.
func TestOnlyTheNodesOwnStatefulSetIsRecalled(t *testing.T) {
	w := run(nil, nil, nature{}, true)
	namesake := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: namespace, UID: "namesake"}}
	w.create(&appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: "a", Namespace: namespace, Annotations: map[string]string{seiv1alpha1.AnnotationClaimUID: "of-the-namesake"},
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(namesake, seiv1alpha1.GroupVersion.WithKind("SeiNode"))},
		},
		Spec: appsv1.StatefulSetSpec{Replicas: ptr.To[int32](0)},
	})
	w.create(newNode([4]uint32{0, 1, 0, 0}, nil))
	w.rounds(3)
	if w.claim() == nil || recorded(w.node("a")) == "of-the-namesake" || w.broken != "" {
		t.Errorf("claim %v, recorded %q, %s", w.claim(), recorded(w.node("a")), w.broken)
	}
}

// TestAClaimThatIsToStayIsReleasedAlsoWhereTheVolumeCannotBeRead, or whatever else is the one thing that a reconcile cannot read.
func TestAClaimThatIsToStayIsReleasedAlsoWhereTheVolumeCannotBeRead(t *testing.T) {
	const reads = 12
	for read := 2; read <= reads; read++ { // the first one reads the SeiNode
		t.Run(fmt.Sprintf("read %d fails", read), func(t *testing.T) {
			w := scene(t)
			change(w.api, w.node("a"), retain)
			w.syncAll()
			w.fault = fault{read: read}
			w.reconcile("a")
			if controllerOf(w.claim()) != "" {
				t.Error("the claim still carries the reference by which garbage collection takes it")
			}
		})
	}
}

// TestNoPodStartsOnAClaimThatTheCacheDoesNotShow: what was judged is gone, and whatever has its name would be mounted.
func TestNoPodStartsOnAClaimThatTheCacheDoesNotShow(t *testing.T) {
	for name, unseen := range map[string]func(*world){
		"another of the name": func(w *world) {
			w.api.remove(w.claim())
			w.bindClaim(w.create(newClaim("data-a")).(*corev1.PersistentVolumeClaim))
		},
		"it is gone":  func(w *world) { w.api.remove(w.claim()) },
		"it is going": func(w *world) { w.api.delete(w.claim(), metav1.DeletePropagationBackground) },
	} {
		t.Run(name, func(t *testing.T) {
			w := scene(t)
			change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true) })
			w.rounds(3)
			change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = nil })
			w.syncAll()
			unseen(w)
			for range 3 {
				w.reconcile("a")
			}
			if got := *w.set().Spec.Replicas; got != 0 {
				t.Errorf("%d replicas", got)
			}
		})
	}
}
