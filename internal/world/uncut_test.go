package world

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What becomes of a VolumeSnapshot that nobody cuts while the node is down for it.

// TestASnapshotThatWasGivenUpIsNotCutLater: the operator is killed at each of its writes, and goes on from what it finds. No pod runs from the next image while
// a VolumeSnapshot is there that a controller, mended at last, would cut from what that pod writes.
func TestASnapshotThatWasGivenUpIsNotCutLater(t *testing.T) {
	for at := 1; at <= 6; at++ {
		for _, applied := range []bool{true, false} {
			for _, wiped := range []bool{true, false} {
				t.Run(fmt.Sprintf("write %d, applied %t, status wiped %t", at, applied, wiped), func(t *testing.T) {
					w, _ := downForSnapshot(t)
					change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.UpgradePolicy.Snapshot.Required = nil })
					w.look("a")
					if len(w.snapshots()) != 1 {
						t.Fatalf("%d snapshots, wanted the one that nobody cuts", len(w.snapshots()))
					}
					w.clock.SetTime(w.clock.Now().Add(11 * time.Minute))
					w.killUncut(t, at, applied, wiped)
					w.expectUpgraded(t, seiv1alpha1.SnapshotFailed, 0)
				})
			}
		}
	}
}

// killUncut plays rounds in which nobody cuts a snapshot, and kills the operator at its write of that number.
func (w *world) killUncut(t *testing.T, at int, applied, wiped bool) {
	t.Helper()
	done := 0
	for range 60 {
		w.now++
		w.clock.SetTime(w.clock.Now().Add(between))
		w.refresh("a")
		if done < at {
			w.fault = fault{write: at - done, applied: applied}
		}
		w.reconcile("a")
		if done < at {
			done += w.writes
			if done >= at {
				w.restart()
				w.wipe(wiped)
			}
		}
		w.kubernetes()
		for _, p := range w.processes {
			if len(w.snapshots()) > 0 && p.pod.Spec.Containers[0].Image == "sei:v1" {
				t.Fatal("a pod of the next image runs, and a snapshot of its data may still be cut")
			}
		}
	}
}

// TestASnapshotThatIsCutAtLastIsKept: cut after it was given up, and before it was deleted, which the operator has not seen.
func TestASnapshotThatIsCutAtLastIsKept(t *testing.T) {
	w, _ := downForSnapshot(t)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.UpgradePolicy.Snapshot.Required = nil })
	w.look("a")
	w.clock.SetTime(w.clock.Now().Add(11 * time.Minute))
	w.look("a")
	if got := w.node("a").Reached()[0].Snapshot; len(w.snapshots()) != 1 || got.Message == "" || got.State != seiv1alpha1.SnapshotPending {
		t.Fatalf("%d snapshots, %+v; wanted one that is given up", len(w.snapshots()), got)
	}
	w.takeSnapshots()
	for range 6 {
		w.rounds(1)
	}
	w.expectUpgraded(t, seiv1alpha1.SnapshotTaken, 1)
}

// TestASnapshotOfAClassThatWasCorrectedIsMadeAnew, by deleting the one that nobody could cut.
func TestASnapshotOfAClassThatWasCorrectedIsMadeAnew(t *testing.T) {
	w, _ := downForSnapshot(t)
	asks := func(class string) {
		change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.UpgradePolicy.Snapshot.VolumeSnapshotClassName = &class })
	}
	asks("typo")
	w.look("a")
	asks("csi")
	w.look("a")
	w.look("a")
	if made := w.snapshots(); len(made) != 1 {
		t.Fatalf("%d snapshots, wanted the new one", len(made))
	} else if class, _, _ := unstructured.NestedString(made[0].Object, "spec", "volumeSnapshotClassName"); class != "csi" {
		t.Fatalf("it is of class %q", class)
	}
	w.takeSnapshots()
	w.rounds(4)
	w.expectUpgraded(t, seiv1alpha1.SnapshotTaken, 1)
}
