package world

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// What the kubelet of each machine does.

// process is a pod whose containers run, on the data and with the key that it found when it started.
type process struct {
	pod *corev1.Pod
	// node is the UID of the SeiNode that the pod was started for, "" for a foreign pod.
	node types.UID
	// disks are the identities of the volumes that it mounts, claims their claims' UIDs, keys the public keys that it signs with.
	disks, claims, keys []string
	// unseen says that the claim is none that an operator found fit for the node.
	unseen bool
}

// mountedClaims are the claims that a pod names, as Kubernetes calls them.
func mountedClaims(pod *corev1.Pod) (names []string) {
	for _, volume := range pod.Spec.Volumes {
		switch {
		case volume.PersistentVolumeClaim != nil:
			names = append(names, volume.PersistentVolumeClaim.ClaimName)
		case volume.Ephemeral != nil:
			names = append(names, pod.Name+"-"+volume.Name)
		}
	}
	return names
}

// stepPod is a kubelet's look at one pod of its machine: it starts, also where the machine was off, or it stops.
func (w *world) stepPod(pod *corev1.Pod) {
	switch on := w.machines[pod.Spec.NodeName]; {
	case on == nil || on.silent:
	case pod.DeletionTimestamp != nil:
		delete(w.processes, pod.UID)
		w.api.remove(pod)
	case isTrial(pod):
		w.try(pod)
	case w.processes[pod.UID].pod == nil: // else seid runs, or inspect refuses the volume again and again
		w.start(pod)
	}
}

// finds is what a pod would run on if it started now, and whether all that it names is there for it.
func (w *world) finds(pod *corev1.Pod) (found process, there bool) {
	found = process{pod: pod, node: w.nodeOf(pod), keys: w.keysIn(pod)}
	for _, name := range mountedClaims(pod) {
		claim := get[*corev1.PersistentVolumeClaim](w.api.stored, name)
		if claim == nil || claim.DeletionTimestamp != nil || claim.Status.Phase != corev1.ClaimBound {
			return found, false
		}
		volume := get[*corev1.PersistentVolume](w.api.stored, claim.Spec.VolumeName)
		if volume == nil {
			return found, false
		}
		found.claims, found.disks = append(found.claims, string(claim.UID)), append(found.disks, w.diskOf[volume.Name])
	}
	if w.signsFromDisk(pod) {
		found.keys = append(found.keys, w.keyOn[found.disks[0]])
	}
	return found, true
}

// start has a pod run, if all is there for it and inspect does not refuse the key.
func (w *world) start(pod *corev1.Pod) {
	started, there := w.finds(pod)
	if !there || !w.areAttached(started.disks, pod.Spec.NodeName) {
		return
	}
	started.unseen = w.isUnseen(started)
	if runs(pod) {
		w.count("pod runs again")
	}
	pod, refused := w.inspect(pod, started)
	if refused {
		started.keys = nil
	} else {
		w.comesUp(pod, started)
	}
	w.processes[pod.UID] = started
	w.judgeStart(started)
}

func (w *world) comesUp(pod *corev1.Pod, started process) {
	change(w.api, pod, func(p *corev1.Pod) {
		p.Status.Phase, p.Status.Conditions = corev1.PodRunning, w.conditions(corev1.ConditionTrue)
	})
	w.count("pod runs")
	if len(started.keys) > 0 && started.node != "" {
		w.count("pod signs")
	}
}

// conditions are those of a pod that runs, and is or is not said to be ready.
func (w *world) conditions(ready corev1.ConditionStatus) []corev1.PodCondition {
	return append(w.scheduled(corev1.PodReadyToStartContainers, corev1.ContainersReady),
		corev1.PodCondition{Type: corev1.PodReady, Status: ready, LastTransitionTime: metav1.NewTime(w.clock.Now())})
}

// scheduled are the conditions of a pod that has a machine, and is as far as that.
func (w *world) scheduled(further ...corev1.PodConditionType) []corev1.PodCondition {
	conditions := []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}}
	for _, kind := range further {
		conditions = append(conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue})
	}
	return conditions
}
