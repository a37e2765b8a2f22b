package world

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Worlds that are told step by step: what a deletion takes with it, what it waits for, and what it leaves.

// TestTheFinalizerWaitsForTheLastPod, also where its StatefulSet is gone before it: a namesake would start while the process still writes.
func TestTheFinalizerWaitsForTheLastPod(t *testing.T) {
	w := scene(t)
	w.api.delete(w.set(), metav1.DeletePropagationBackground)
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.collect()
	if w.set() != nil || w.pod().DeletionTimestamp == nil {
		t.Fatal("wanted no StatefulSet, and a pod that is terminating")
	}
	w.look("a")
	w.look("a")
	if w.node("a") == nil || w.claim() == nil || w.claim().DeletionTimestamp != nil {
		t.Fatal("the pod still runs, and the SeiNode or its claim was let go")
	}
	w.stepPod(w.pod())
	w.look("a")
	w.protect()
	if w.node("a") != nil || w.claim() != nil {
		t.Error("the pod is gone, and the SeiNode or its claim is still there")
	}
}

// TestTheStatefulSetGoesFirst, in the foreground: while it is there, a new pod might come, and one that it left would be nobody's.
func TestTheStatefulSetGoesFirst(t *testing.T) {
	w := scene(t)
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.look("a")
	if w.set() == nil || w.set().DeletionTimestamp == nil || w.set().Finalizers[0] != foreground {
		t.Fatal("wanted a StatefulSet that is terminating, and waits for its pod")
	}
	w.look("a")
	w.deletePod(w.pod())
	w.stepPod(w.pod())
	w.look("a")
	if w.node("a") == nil {
		t.Fatal("the StatefulSet is there, and the SeiNode was let go")
	}
	w.collect()
	w.look("a")
	if w.node("a") != nil {
		t.Error("nothing is left, and the SeiNode is still there")
	}
}

// TestTheStatefulSetGoesFirstAlsoWhereTheCacheIsBehind, and shows it as one that nobody deleted yet.
func TestTheStatefulSetGoesFirstAlsoWhereTheCacheIsBehind(t *testing.T) {
	w := scene(t)
	w.stale = true
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.look("a")
	w.deletePod(w.pod())
	w.stepPod(w.pod())
	w.sync("SeiNode")
	w.reconcile("a")
	if w.set() == nil || w.pod() != nil || w.node("a") == nil {
		t.Fatal("wanted a StatefulSet without a pod, and the SeiNode that waits for it")
	}
	w.collect()
	w.look("a")
	if w.node("a") != nil {
		t.Error("nothing is left, and the SeiNode is still there")
	}
}

// TestAnOrphanedPodIsStopped: garbage collection does not see it, and the SeiNode would wait for ever.
func TestAnOrphanedPodIsStopped(t *testing.T) {
	w := scene(t)
	w.api.delete(w.set(), metav1.DeletePropagationOrphan)
	w.collect()
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.look("a")
	if w.node("a") == nil || w.pod() == nil || w.pod().DeletionTimestamp == nil {
		t.Fatal("wanted the SeiNode, and its pod terminating")
	}
	w.stepPod(w.pod())
	w.look("a")
	if w.node("a") != nil {
		t.Error("nothing is left, and the SeiNode is still there")
	}
}

// TestCascadeOrphanLeavesEverything, whether garbage collection is there before the operator or after it.
func TestCascadeOrphanLeavesEverything(t *testing.T) {
	for name, first := range map[string]func(*world){
		"the operator first":       func(w *world) { w.look("a"); w.collect() },
		"garbage collection first": func(w *world) { w.collect(); w.look("a") },
		"garbage collection, and the StatefulSet is made again": func(w *world) {
			w.collect()
			set := w.set()
			w.api.delete(set, metav1.DeletePropagationOrphan)
			w.collect()
			w.look("a")
			set.UID, set.ResourceVersion, set.OwnerReferences = "", "", nil
			w.create(set)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := scene(t)
			w.api.delete(w.node("a"), metav1.DeletePropagationOrphan)
			first(w)
			w.look("a")
			w.collect()
			if w.node("a") != nil {
				t.Error("the SeiNode is still there")
			}
			if w.set() == nil || w.set().DeletionTimestamp != nil || w.pod() == nil || w.pod().DeletionTimestamp != nil ||
				w.claim() == nil || w.claim().DeletionTimestamp != nil {
				t.Error("the StatefulSet, the pod or the claim went with it")
			}
		})
	}
}

// TestAWishOfTheLastMomentCounts: another SeiNode names the claim, or the policy changes, right before it would be deleted, and the cache
// shows it, or does not yet.
func TestAWishOfTheLastMomentCounts(t *testing.T) {
	for name, wish := range map[string]func(*world){
		"another imports": func(w *world) { w.importIt() },
		"policy Retain":   func(w *world) { change(w.api, w.node("a"), retain) },
	} {
		for _, seen := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, seen %t", name, seen), func(t *testing.T) {
				w := scene(t)
				w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
				w.stop()
				w.syncAll()
				wish(w)
				if seen {
					w.syncAll()
				}
				w.reconcile("a")
				w.end()
				if w.node("a") != nil || w.claim() == nil || w.claim().DeletionTimestamp != nil {
					t.Error("wanted no SeiNode, and the claim as it was")
				}
			})
		}
	}
}

// stop plays the deletion of a until nothing of it runs any more.
func (w *world) stop() {
	w.look("a")
	for w.set() != nil {
		w.collect()
		if pod := w.pod(); pod != nil {
			w.stepPod(pod)
		}
	}
}

// end plays the deletion of a to its end.
func (w *world) end() {
	w.look("a")
	w.look("a")
	w.collect()
	w.protect()
}

// TestAClaimThatIsToStayIsReleasedAtOnce, whatever its node waits for: garbage collection in the foreground asks nobody.
func TestAClaimThatIsToStayIsReleasedAtOnce(t *testing.T) {
	for name, wish := range map[string]func(*world){
		"policy Retain":   func(w *world) { change(w.api, w.node("a"), retain) },
		"another imports": func(w *world) { w.importIt() },
		"paused, and policy Retain": func(w *world) {
			change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true); retain(n) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := scene(t)
			wish(w)
			w.look("a")
			w.api.delete(w.node("a"), metav1.DeletePropagationForeground)
			w.collect()
			if claim := w.claim(); claim == nil || claim.DeletionTimestamp != nil {
				t.Error("garbage collection took the claim")
			}
		})
	}
}

// TestWhatWasLeftBelongsToNobody: a SeiNode of the same name takes none of it.
func TestWhatWasLeftBelongsToNobody(t *testing.T) {
	w := scene(t)
	w.api.delete(w.node("a"), metav1.DeletePropagationOrphan)
	w.collect()
	w.end()
	before := w.set()
	w.create(&seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: namespace}, Spec: seiv1alpha1.SeiNodeSpec{
		ChainID: "pacific-1", Image: "sei:v1", FullNode: &seiv1alpha1.FullNodeSpec{}, DataVolume: &seiv1alpha1.DataVolumeSpec{Size: ptr.To(size()[corev1.ResourceStorage])},
	}})
	w.rounds(4)
	if before == nil || w.set() != before {
		t.Error("the StatefulSet that was left was written to")
	}
}

// TestAnOwnClaimGoesWithItsNode: only what is to stay stays.
func TestAnOwnClaimGoesWithItsNode(t *testing.T) {
	w := scene(t)
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.stop()
	w.end()
	if w.claim() != nil {
		t.Error("the claim is still there")
	}
}

// TestAClaimWithoutOurReferenceStays: somebody took it off to save the data.
func TestAClaimWithoutOurReferenceStays(t *testing.T) {
	w := scene(t)
	change(w.api, w.claim(), func(c *corev1.PersistentVolumeClaim) { c.OwnerReferences = nil })
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.stop()
	w.end()
	if w.node("a") != nil || w.claim() == nil || w.claim().DeletionTimestamp != nil {
		t.Error("wanted no SeiNode, and the claim as it was")
	}
}
