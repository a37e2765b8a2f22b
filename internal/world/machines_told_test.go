package world

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Worlds that are told step by step: a machine that nobody hears from, two machines, and who has a disk attached.

// TestNoSecondPodWhileTheFirstMayRunOn, whatever the user asks for: its machine is not heard of, and all that there is of it is a mark.
func TestNoSecondPodWhileTheFirstMayRunOn(t *testing.T) {
	for name, happens := range map[string]func(*world){
		"evicted":   func(w *world) { w.evict(w.pod().Spec.NodeName) },
		"a restart": func(w *world) { change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Image = "sei:v1" }) },
		"deleted, and made anew": func(w *world) {
			spec := w.node("a").Spec
			w.tearOff(w.node("a"))
			w.create(&seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: namespace}, Spec: spec})
		},
		"deleted, and the claim imported": func(w *world) { w.importIt(); w.api.delete(w.node("a"), metav1.DeletePropagationBackground) },
	} {
		t.Run(name, func(t *testing.T) {
			w := scene(t)
			first := w.pod()
			w.shared = true // no attachment keeps a second one from the volume
			w.silence(first.Spec.NodeName)
			happens(w)
			for range 3 {
				w.rounds(2)
				w.collect()
			}
			if len(w.processes) != 1 || w.processes[first.UID].pod == nil {
				t.Fatalf("%d pods run, wanted the first alone", len(w.processes))
			}
			w.hear(first.Spec.NodeName)
			w.rounds(1)
			if len(w.processes) > 1 {
				t.Errorf("%d pods run", len(w.processes))
			}
		})
	}
}

// TestWhatIsSaidOfASilentMachineIsSafeToDo, to the letter, and the node comes up on the other machine.
func TestWhatIsSaidOfASilentMachineIsSafeToDo(t *testing.T) {
	w := scene(t)
	first := w.pod().Spec.NodeName
	w.shared = true // as above
	w.silence(first)
	w.rounds(4)
	w.obey()
	w.rounds(3)
	if len(w.processes) != 1 || w.pod() == nil || w.pod().Spec.NodeName == first {
		t.Errorf("%d pods run, pod %v; wanted one, on the other machine", len(w.processes), w.pod())
	}
}

// TestTwoReplicasByHandAreOnePod on whichever of the machines, also while no operator runs.
func TestTwoReplicasByHandAreOnePod(t *testing.T) {
	w := scene(t)
	w.shared = true // no attachment keeps the second one from the volume
	change(w.api, w.set(), func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr.To[int32](2) })
	for range 4 {
		w.kubernetes()
	}
	if second := get[*corev1.Pod](w.api.stored, "a-1"); second == nil || second.Spec.NodeName != "" {
		t.Errorf("second pod %v, wanted one without a machine", second)
	}
}

// TestAKeyThatWasChangedUnderAPodIsInspectedWhenItStartsAgain: it signs with the old one for its life, and another node has the new one.
func TestAKeyThatWasChangedUnderAPodIsInspectedWhenItStartsAgain(t *testing.T) {
	w := run(nil, nil, nature{}, true)
	for i, secret := range secrets {
		w.create(newNode([4]uint32{uint32(i), 2, 0, 0}, &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: secret}}))
	}
	w.rounds(10)
	w.putKey("key-0", "K1")
	if !w.isSignedWith("K0") || !w.isSignedWith("K1") {
		t.Fatal("wanted both to sign, each with the key that it started with")
	}
	for _, name := range machines {
		w.turnOff(name)
		w.hear(name)
	}
	w.rounds(8)
	if w.isSignedWith("K0") || !w.isSignedWith("K1") || len(w.processes) != 2 || w.broken != "" {
		t.Errorf("wanted b to sign again, and a to be refused its new key; %s", w.broken)
	}
}

// importerOf is a world in which SeiNode a runs on claim "disk", which it imports.
func importerOf() *world {
	w := run(nil, nil, nature{}, true)
	w.bindClaim(w.create(newClaim("disk")).(*corev1.PersistentVolumeClaim))
	w.create(newNode([4]uint32{0, 1, 3, 2}, nil))
	w.rounds(5)
	return w
}

// replaceClaim gives SeiNode a, which is paused for it, another claim of the name, bound so, and accepts it.
func (w *world) replaceClaim(bind func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true) })
	w.rounds(3)
	w.api.remove(get[*corev1.PersistentVolumeClaim](w.api.stored, "disk"))
	next := w.create(newClaim("disk")).(*corev1.PersistentVolumeClaim)
	bind(next)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) {
		n.Spec.Paused, n.Annotations = nil, map[string]string{seiv1alpha1.AnnotationAcceptClaimUID: string(next.UID)}
	})
	return next
}

// TestAClaimThatIsAcceptedIsNobodyElses: what the node had before says nothing of who has its next disk attached.
func TestAClaimThatIsAcceptedIsNobodyElses(t *testing.T) {
	w := importerOf()
	next := w.replaceClaim(func(claim *corev1.PersistentVolumeClaim) { w.attachForeign(w.bindTo(claim, w.newDisk("")), "m-1") })
	w.rounds(3)
	if w.broken != "" || recorded(w.node("a")) == next.UID {
		t.Errorf("%s; recorded %s", w.broken, recorded(w.node("a")))
	}
}

// TestAClaimThatIsAcceptedHasNoUpgrades: which upgrades the data before it had says nothing of it, also after the status was wiped.
func TestAClaimThatIsAcceptedHasNoUpgrades(t *testing.T) {
	w := importerOf()
	w.upgrade(t)
	next := w.replaceClaim(w.bindClaim)
	w.rounds(5)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Status = seiv1alpha1.SeiNodeStatus{} })
	w.rounds(5)
	if got := w.pod().Spec.Containers[0].Image; got != "sei:v0" || w.node("a").HasReached("v1") || recorded(w.node("a")) != next.UID {
		t.Errorf("the pod runs %s on %s, reached: %+v", got, recorded(w.node("a")), w.node("a").Reached())
	}
}
