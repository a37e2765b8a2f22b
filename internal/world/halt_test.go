package world

import (
	"encoding/json"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What becomes of a node whose data is snapshotted at the halt of an upgrade.

// stopFor has a SeiNode stop for an upgrade, as the agent and seid in its pod prove, with a policy that asks for a snapshot.
func (w *world) stopFor(node *seiv1alpha1.SeiNode, upgrade string, height int64, required bool) {
	now := metav1.NewTime(w.clock.Now())
	change(w.api, node, func(n *seiv1alpha1.SeiNode) {
		n.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{Snapshot: &seiv1alpha1.UpgradeSnapshotPolicy{Required: &required}}
		if n.Upgrade(upgrade) == nil {
			n.Spec.Upgrades = append(n.Spec.Upgrades, seiv1alpha1.Upgrade{Name: upgrade, Image: "sei:" + upgrade})
		}
		n.Reach(seiv1alpha1.ReachedUpgrade{
			Name: upgrade, Height: height, Time: &now,
			Snapshot: &seiv1alpha1.UpgradeSnapshot{Name: n.Name + "-" + upgrade, State: seiv1alpha1.SnapshotPending},
		})
	})
}

func (w *world) snapshots() []*unstructured.Unstructured {
	return all[*unstructured.Unstructured](w.api.stored)
}

func isCut(snapshot *unstructured.Unstructured) bool {
	_, cut, _ := unstructured.NestedString(snapshot.Object, "status", "creationTime")
	return cut
}

// takeSnapshots is the snapshot controller.
func (w *world) takeSnapshots() {
	for _, snapshot := range w.snapshots() {
		if !isCut(snapshot) && snapshot.GetDeletionTimestamp() == nil {
			w.count("snapshot taken")
			change(w.api, snapshot, func(s *unstructured.Unstructured) {
				s.Object["status"] = map[string]any{"creationTime": w.clock.Now().UTC().Format("2006-01-02T15:04:05Z"), "readyToUse": false}
			})
		}
	}
}

// judgeSnapshot judges a VolumeSnapshot that is made: nothing may write to the volume, and no pod of the node is there that might. One that is deleted is the
// node's, and was not cut.
func (w *world) judgeSnapshot(verb string, snapshot *unstructured.Unstructured, stored client.Object) string {
	if there, is := stored.(*unstructured.Unstructured); is && verb == "delete" && snapshot.GetResourceVersion() == there.GetResourceVersion() &&
		(isCut(there) || there.GetLabels()[seiv1alpha1.LabelNodeUID] != string(w.reconciling.UID)) {
		return broke("no snapshot is deleted but the node's own that was not cut", "%s", snapshot.GetName())
	}
	if verb == "delete" {
		return ""
	}
	node, claim := w.reconciling, snapshot.GetAnnotations()[seiv1alpha1.AnnotationClaimUID]
	if set := get[*appsv1.StatefulSet](w.api.stored, node.Name); set != nil && *set.Spec.Replicas > 0 {
		return broke("no snapshot is made while a pod may come", "%s", snapshot.GetName())
	}
	for _, p := range w.processes {
		for _, uid := range p.claims {
			if uid == claim {
				return broke("no snapshot is made while a pod runs", "%s, pod %s", snapshot.GetName(), p.pod.Name)
			}
		}
	}
	return ""
}

// judgeNext judges a pod that began to run: not from the image of an upgrade while the snapshot before it is noted as not taken.
func (w *world) judgeNext(started process) string {
	node, is := w.byUID(started.node).(*seiv1alpha1.SeiNode)
	if !is {
		return ""
	}
	set := get[*appsv1.StatefulSet](w.api.stored, node.Name)
	if set == nil || set.UID != controllerOf(started.pod) {
		return ""
	}
	var noted []seiv1alpha1.ReachedUpgrade
	_ = json.Unmarshal([]byte(set.Annotations[seiv1alpha1.AnnotationReached]), &noted)
	for _, reached := range noted {
		waits := reached.Snapshot != nil && reached.Snapshot.State == seiv1alpha1.SnapshotPending
		if waits && started.pod.Spec.Containers[0].Image == "sei:"+reached.Name {
			return broke("no pod runs from the next image before the snapshot is taken", "%s, %s", started.pod.Name, reached.Snapshot.Name)
		}
	}
	return ""
}

func (w *world) snapshotOf(name string) seiv1alpha1.SnapshotState {
	reached := w.node(name).Reached()
	if len(reached) == 0 || reached[len(reached)-1].Snapshot == nil {
		return ""
	}
	return reached[len(reached)-1].Snapshot.State
}

// expectUpgraded says that the node is on the next image, and how its snapshot went.
func (w *world) expectUpgraded(t *testing.T, state seiv1alpha1.SnapshotState, snapshots int) {
	t.Helper()
	if w.broken != "" {
		t.Fatal(w.broken)
	}
	if pod := w.pod(); pod == nil || pod.Spec.Containers[0].Image != "sei:v1" || len(w.processes) != 1 {
		t.Fatalf("pod %v, %d processes; wanted the one of sei:v1; snapshot %s", pod, len(w.processes), w.snapshotOf("a"))
	}
	if got := w.snapshotOf("a"); got != state || len(w.snapshots()) != snapshots {
		t.Fatalf("snapshot %s, %d of them; wanted %s, %d", got, len(w.snapshots()), state, snapshots)
	}
}

// TestASnapshotAtTheHaltOutlivesAnyCrash: the operator is killed at each of its writes, before it is done and after it, and goes on from what it finds. The
// one snapshot is made while nothing runs, and no pod of the next image before it is taken.
func TestASnapshotAtTheHaltOutlivesAnyCrash(t *testing.T) {
	for at := 1; at <= 14; at++ {
		for _, applied := range []bool{true, false} {
			for _, wiped := range []bool{true, false} {
				t.Run(fmt.Sprintf("write %d, applied %t, status wiped %t", at, applied, wiped), func(t *testing.T) {
					w := scene(t)
					w.stopFor(w.node("a"), "v1", 500, true)
					w.killAt(at, applied, wiped, func() {
						for _, p := range w.processes {
							if len(w.snapshots()) == 0 && p.pod.Spec.Containers[0].Image == "sei:v1" {
								t.Error("a pod of the next image runs before the snapshot")
							}
						}
					})
					w.expectUpgraded(t, seiv1alpha1.SnapshotTaken, 1)
				})
			}
		}
	}
}

// killAt plays 16 rounds, and kills the operator at its write of that number.
func (w *world) killAt(at int, applied, wiped bool, check func()) {
	done := 0
	for range 16 {
		w.now++
		w.clock.SetTime(w.clock.Now().Add(between))
		if done < at {
			w.refresh("a")
			w.fault = fault{write: at - done, applied: applied}
			w.reconcile("a")
			done += w.writes
			if done >= at {
				w.restart()
				w.wipe(wiped && w.set().Annotations[seiv1alpha1.AnnotationReached] != "")
			}
		} else {
			w.look("a")
		}
		w.kubernetes()
		check()
		w.takeSnapshots()
		w.kubernetes()
		check()
	}
}

func (w *world) wipe(really bool) {
	if really {
		change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Status = seiv1alpha1.SeiNodeStatus{} })
	}
}

// TestNoSnapshotIsMadeOfAVolumeThatAMachineHolds: what seid wrote last may be in the machine's memory alone.
func TestNoSnapshotIsMadeOfAVolumeThatAMachineHolds(t *testing.T) {
	w := scene(t)
	w.stopFor(w.node("a"), "v1", 500, true)
	held := all[*storagev1.VolumeAttachment](w.api.stored)
	if len(held) != 1 {
		t.Fatalf("%d attachments, wanted that of the node's volume", len(held))
	}
	for range 4 {
		w.clock.SetTime(w.clock.Now().Add(between))
		w.look("a")
		if set := w.set(); set.Generation != set.Status.ObservedGeneration {
			w.stepSet(set)
		}
		if pod := w.pod(); pod != nil {
			w.stepPod(pod)
		}
	}
	if len(w.snapshots()) != 0 || w.pod() != nil {
		t.Fatalf("%d snapshots, pod %v; wanted none of either", len(w.snapshots()), w.pod())
	}
	w.detach()
	w.look("a")
	if len(w.snapshots()) != 1 {
		t.Errorf("%d snapshots of a volume that is attached nowhere", len(w.snapshots()))
	}
}

// TestAClaimThatGoesKeepsItsPodAlsoAtAHalt: the pod is what keeps a claim that is being deleted, whether the cache shows that or not.
func TestAClaimThatGoesKeepsItsPodAlsoAtAHalt(t *testing.T) {
	for _, seen := range []bool{true, false} {
		w := scene(t)
		w.stopFor(w.node("a"), "v1", 500, true)
		w.syncAll()
		w.api.delete(w.claim(), metav1.DeletePropagationBackground)
		if seen {
			w.syncAll()
		}
		for range 4 {
			w.clock.SetTime(w.clock.Now().Add(between))
			w.reconcile("a")
		}
		if *w.set().Spec.Replicas != 1 || w.pod() == nil || w.pod().DeletionTimestamp != nil {
			t.Errorf("seen %t: the pod is stopped, and the data goes with it", seen)
		}
	}
}

// downForSnapshot is a scene in which the next look makes the snapshot.
func downForSnapshot(t *testing.T) (w *world, pod *corev1.Pod) {
	t.Helper()
	w = scene(t)
	w.stopFor(w.node("a"), "v1", 500, true)
	pod = w.pod()
	for range 3 {
		w.clock.SetTime(w.clock.Now().Add(between))
		w.look("a")
		w.stepSet(w.set())
	}
	w.stepPod(w.pod())
	w.detach()
	w.syncAll()
	w.clock.SetTime(w.clock.Now().Add(between))
	return w, pod
}

// TestNoSnapshotIsMadeBesideAPodThatTheCacheDoesNotShow, such as one that somebody scaled up by hand a moment ago.
func TestNoSnapshotIsMadeBesideAPodThatTheCacheDoesNotShow(t *testing.T) {
	w, pod := downForSnapshot(t)
	again := pod.DeepCopy()
	again.UID, again.DeletionTimestamp, again.ResourceVersion = "", nil, ""
	again = w.create(again).(*corev1.Pod)
	w.reconcile("a")
	if len(w.snapshots()) != 0 {
		t.Error("a snapshot is made beside a pod")
	}
	w.api.remove(again)
	w.look("a")
	if len(w.snapshots()) != 1 {
		t.Errorf("%d snapshots once it is gone", len(w.snapshots()))
	}
}

// TestNoSnapshotIsMadeOfAClaimThatTheCacheDoesNotShow: it has the name of the one that was judged, and other data.
func TestNoSnapshotIsMadeOfAClaimThatTheCacheDoesNotShow(t *testing.T) {
	w, _ := downForSnapshot(t)
	w.api.remove(w.claim())
	w.bindClaim(w.create(newClaim("data-a")).(*corev1.PersistentVolumeClaim))
	w.reconcile("a")
	if len(w.snapshots()) != 0 {
		t.Error("a snapshot is made of another claim")
	}
}

// TestASnapshotThatIsNotRequiredKeepsNobodyForEver, and one that is does.
func TestASnapshotThatIsNotRequiredKeepsNobodyForEver(t *testing.T) {
	w := scene(t)
	w.stopFor(w.node("a"), "v1", 500, false)
	w.rounds(40) // twenty minutes, and nobody takes it
	w.expectUpgraded(t, seiv1alpha1.SnapshotFailed, 0)

	w = scene(t)
	w.stopFor(w.node("a"), "v1", 500, true)
	w.rounds(40)
	if w.pod() != nil || w.snapshotOf("a") != seiv1alpha1.SnapshotPending {
		t.Fatalf("pod %v, snapshot %s; wanted none before it is taken", w.pod(), w.snapshotOf("a"))
	}
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.UpgradePolicy.Snapshot.Required = ptr.To(false) })
	w.rounds(4)
	w.expectUpgraded(t, seiv1alpha1.SnapshotFailed, 0)
}

// TestAPausedNodeTakesNoSnapshot, and takes it when it goes on, however long that was: its data is what it was.
func TestAPausedNodeTakesNoSnapshot(t *testing.T) {
	w := scene(t)
	w.stopFor(w.node("a"), "v1", 500, false)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true) })
	w.rounds(40)
	if len(w.snapshots()) != 0 || w.snapshotOf("a") != seiv1alpha1.SnapshotPending {
		t.Fatalf("%d snapshots, %s", len(w.snapshots()), w.snapshotOf("a"))
	}
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = nil })
	for range 4 {
		w.rounds(1)
		w.takeSnapshots()
	}
	w.rounds(2)
	w.expectUpgraded(t, seiv1alpha1.SnapshotTaken, 1)
}

// TestAPolicyThatIsTakenAwayKeepsNobody, not even where the snapshot was required.
func TestAPolicyThatIsTakenAwayKeepsNobody(t *testing.T) {
	w := scene(t)
	w.stopFor(w.node("a"), "v1", 500, true)
	w.rounds(3)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.UpgradePolicy = nil })
	w.rounds(4)
	w.expectUpgraded(t, seiv1alpha1.SnapshotSkipped, 0)
}
