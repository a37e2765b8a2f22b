package world

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The pods that try the images of upgrades which are still to come: what makes the operator want them, and what becomes of them.

// trialActs are what users list, and what happens to images.
var trialActs = []act{
	{"list upgrades", 4, onNode(func(node *seiv1alpha1.SeiNode, args [4]uint32) {
		node.Spec.Upgrades = nil
		for i := range args[1] % 3 {
			node.Spec.Upgrades = append(node.Spec.Upgrades, seiv1alpha1.Upgrade{Name: fmt.Sprintf("u%d", i), Image: fmt.Sprintf("sei:u%d", (args[2]+i)%4)})
		}
	})},
	{"switch pre-pulls off or on", 1, onNode(func(node *seiv1alpha1.SeiNode, args [4]uint32) {
		node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{PrePull: ptr.To(args[1]%2 == 0)}
	})},
	{"forget what ran", 1, onNode(func(node *seiv1alpha1.SeiNode, _ [4]uint32) { node.Status.Upgrades = nil })},
}

// isTrial says whether a pod tries an image, whoever made it.
func isTrial(object client.Object) bool { return object.GetLabels()[seiv1alpha1.LabelPrePull] != "" }

// isNamed says whether a pod may come to a machine, as far as it names one.
func isNamed(pod *corev1.Pod, machine string) bool {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.NodeAffinity == nil {
		return true
	}
	terms := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	return slices.Contains(terms[0].MatchFields[0].Values, machine)
}

// try is what a kubelet makes of a pod that tries an image: it ends well, or badly, or the image cannot be pulled, this time.
func (w *world) try(pod *corev1.Pod) {
	if pod.Status.Phase != corev1.PodPending {
		return
	}
	state, phase := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}, corev1.PodSucceeded
	switch image := pod.Spec.Containers[0].Image; {
	case image == "sei:u3":
		state.Terminated.ExitCode, phase = 1, corev1.PodFailed
	case image == "sei:u2" || w.now%3 == 0:
		state, phase = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull"}}, corev1.PodPending
	default:
		w.count("image ran")
	}
	change(w.api, pod, func(p *corev1.Pod) {
		p.Status.Phase = phase
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: pod.Spec.Containers[0].Name, State: state}}
	})
}

// judgeTrial judges a pod that the operator makes itself: it may be of no use to anybody who is after a volume, a key or a token.
func (w *world) judgeTrial(pod *corev1.Pod) string {
	switch {
	case controllerOf(pod) != w.reconciling.UID || !isTrial(pod):
		return broke("the operator makes no other pod than one that tries an image", "%s for %s", pod.Name, w.reconciling.Name)
	case len(pod.Spec.Volumes) > 0 || ptr.Deref(pod.Spec.AutomountServiceAccountToken, true):
		return broke("a pod that tries an image has nothing", "%s for %s", pod.Name, w.reconciling.Name)
	}
	w.count("image tried")
	return ""
}

// TestAnImageIsTriedOnceAndKeptInMind, where the node's pod is, and the pod that tried it is gone; with its pod gone the node is deleted all the same.
func TestAnImageIsTriedOnceAndKeptInMind(t *testing.T) {
	w := scene(t)
	list := func(n *seiv1alpha1.SeiNode) { n.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "u0", Image: "sei:u0"}} }
	change(w.api, w.node("a"), list)
	w.rounds(5)
	if machine := w.pod().Spec.NodeName; !w.node("a").PrePulled("sei:u0", machine) || w.trial() != nil {
		t.Errorf("proven %+v, wanted on %s; pod %v", w.node("a").Status.Upgrades, machine, w.trial())
	}
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Upgrades[0].Image = "sei:u3" })
	w.rounds(5)
	if w.trial() == nil {
		t.Fatal("the pod of an image that does not run is gone")
	}
	w.api.delete(w.node("a"), metav1.DeletePropagationBackground)
	w.look("a")
	w.look("a")
	w.stop()
	w.end()
	if w.broken != "" {
		t.Error(w.broken)
	}
}

// TestAProofIsPersistedBeforeItsPodGoes: a write that fails loses neither.
func TestAProofIsPersistedBeforeItsPodGoes(t *testing.T) {
	w := scene(t)
	change(w.api, w.node("a"), func(n *seiv1alpha1.SeiNode) { n.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "u0", Image: "sei:u0"}} })
	w.look("a")
	for range 4 { // until it has run
		w.now++
		w.kubernetes()
	}
	if w.trial() == nil || w.trial().Status.Phase != corev1.PodSucceeded {
		t.Fatalf("the trial is %+v", w.trial())
	}
	for _, fails := range []bool{true, false} {
		w.syncAll()
		w.fault = fault{write: 1}
		if !fails {
			w.fault = fault{}
		}
		w.reconcile("a")
		if w.trial() == nil || w.trial().DeletionTimestamp != nil || w.node("a").PrePulled("sei:u0", w.pod().Spec.NodeName) == fails {
			t.Fatalf("the status fails %t: %+v, pod %v", fails, w.node("a").Status.Upgrades, w.trial())
		}
	}
	w.look("a")
	if w.trial().DeletionTimestamp == nil {
		t.Error("the pod stays")
	}
}

func (w *world) trial() *corev1.Pod { return get[*corev1.Pod](w.api.stored, "a-pre-pull") }
