package world

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The machines: which pods they are given, and what becomes of these where nobody hears from a machine.

// machine is one of the cluster's, as it is now.
type machine struct {
	// cordoned says that it takes no more pods.
	cordoned bool
	// silent says that nobody hears from it, nor it from anybody: what runs on it runs on, and what is asked of it is not done.
	silent bool
	// off says that it is silent because nothing runs on it any more.
	off bool
}

var machines = []string{"m-1", "m-2"}

// labelsOf are what Kubernetes says of a machine.
func labelsOf(name string) map[string]string {
	return map[string]string{corev1.LabelOSStable: "linux", corev1.LabelHostname: name}
}

// onMachine does something to one of the machines that are so.
func onMachine(is func(*world, string) bool, do func(*world, string)) func(*world, [4]uint32) {
	return func(w *world, args [4]uint32) {
		found := slices.DeleteFunc(slices.Clone(machines), func(name string) bool { return !is(w, name) })
		if len(found) > 0 {
			do(w, pick(found, args[0]))
		}
	}
}

func isAny(*world, string) bool           { return true }
func isSilent(w *world, name string) bool { return w.machines[name].silent }
func isOff(w *world, name string) bool    { return w.machines[name].off }
func (w *world) takesPods(name string) bool {
	return !w.machines[name].silent && !w.machines[name].cordoned
}

// isBusy says whether a machine that is heard of runs a SeiNode's pod.
func isBusy(w *world, name string) bool {
	return !isSilent(w, name) && slices.ContainsFunc(w.podsOn(name), func(pod *corev1.Pod) bool { return w.processes[pod.UID].node != "" })
}

// machineActs are what happens to machines. Nobody forces the deletion of a pod: it is what the documentation says never to do.
var machineActs = []act{
	{"cordon or uncordon a machine", 2, onMachine(isAny, func(w *world, name string) { w.machines[name].cordoned = !w.machines[name].cordoned })},
	{"a machine is not heard of", 2, onMachine(isBusy, (*world).silence)},
	{"a machine is not heard of, for long", 2, onMachine(isBusy, func(w *world, name string) { w.silence(name); w.evict(name) })},
	{"a machine is heard of again", 4, onMachine(isSilent, (*world).hear)},
	{"evict what is on a machine that is not heard of", 4, onMachine(isSilent, (*world).evict)},
	{"turn a machine off", 2, onMachine(isAny, (*world).turnOff)},
	{"turn a machine off and on again", 2, onMachine(isBusy, func(w *world, name string) { w.turnOff(name); w.hear(name) })},
	{"take a machine that is off out of service", 2, onMachine(isOff, (*world).takeOut)},
	{"do what is said of a machine", 3, func(w *world, _ [4]uint32) { w.obey() }},
}

// podsOn are the pods that a machine was given.
func (w *world) podsOn(name string) []*corev1.Pod {
	return slices.DeleteFunc(all[*corev1.Pod](w.api.stored), func(pod *corev1.Pod) bool { return pod.Spec.NodeName != name })
}

// silence has a machine heard of no more: its pods are marked, as nobody knows better.
func (w *world) silence(name string) {
	w.machines[name].silent = true
	w.mark(name, corev1.ConditionFalse)
}

// hear has a machine heard of again. Its kubelet ends what has no pod any more; to the rest it comes in time.
func (w *world) hear(name string) {
	w.machines[name].silent, w.machines[name].off = false, false
	for uid, p := range w.processes {
		if p.pod.Spec.NodeName == name && w.byUID(uid) == nil {
			delete(w.processes, uid)
		}
	}
	w.mark(name, corev1.ConditionTrue)
}

// mark says of the pods that run on a machine whether they are ready.
func (w *world) mark(name string, is corev1.ConditionStatus) {
	for _, pod := range w.podsOn(name) {
		if w.processes[pod.UID].pod != nil && runs(pod) {
			change(w.api, pod, func(p *corev1.Pod) { p.Status.Conditions = w.conditions(is) })
		}
	}
}

// evict deletes the pods of a machine. Where it is silent they stay, terminating.
func (w *world) evict(name string) {
	for _, pod := range w.podsOn(name) {
		w.deletePod(pod)
		if p := w.processes[pod.UID]; p.node != "" {
			w.count("pod runs on, unheard of")
		}
	}
}

// turnOff ends all that runs on a machine. Its pods are started again when it is back, if they are there then.
func (w *world) turnOff(name string) {
	w.silence(name)
	w.machines[name].off = true
	for uid, p := range w.processes {
		if p.pod.Spec.NodeName == name {
			delete(w.processes, uid)
		}
	}
}

// takeOut is what Kubernetes does about the taint node.kubernetes.io/out-of-service, whatever runs: it evicts the pods, removes those that are of
// a machine which it does not hear from, and detaches that machine's disks.
func (w *world) takeOut(name string) {
	w.evict(name)
	if !w.machines[name].silent {
		return
	}
	for _, pod := range w.podsOn(name) {
		w.api.remove(pod)
		w.count("pod removed out of service")
	}
	for _, attachment := range all[*storagev1.VolumeAttachment](w.api.stored) {
		if attachment.Spec.NodeName == name {
			w.api.remove(attachment)
		}
	}
}

// said are the messages of all SeiNodes.
func (w *world) said() (messages []string) {
	for _, node := range all[*seiv1alpha1.SeiNode](w.api.stored) {
		for _, condition := range node.Status.Conditions {
			messages = append(messages, condition.Message)
		}
	}
	return messages
}

// obey does what the SeiNodes say about machines, to the letter, and as late as a user may.
func (w *world) obey() {
	for _, said := range w.said() {
		for _, name := range machines {
			if !strings.Contains(said, "kubectl taint nodes "+name+" node.kubernetes.io/out-of-service=") {
				continue
			}
			if strings.Contains(said, "make sure that it is off") {
				w.turnOff(name)
			}
			w.takeOut(name)
			w.count("message obeyed")
		}
		for _, pod := range all[*corev1.Pod](w.api.stored) {
			if strings.Contains(said, "kubectl delete pod "+pod.Name+" --force") {
				w.api.remove(pod)
			}
		}
	}
}

// schedule gives a pod a machine, if there is one for it.
func (w *world) schedule(pod *corev1.Pod) {
	if pod.Spec.NodeName != "" {
		return
	}
	if _, there := w.finds(pod); !there {
		return
	}
	for i := range machines {
		name := pick(machines, uint32(w.now+i))
		if w.takesPods(name) && isNamed(pod, name) && !w.repelled(pod, name) {
			change(w.api, pod, func(p *corev1.Pod) { p.Spec.NodeName, p.Status.Conditions = name, w.scheduled() })
			return
		}
	}
}

// repelled says whether a pod must not come to a machine, for another one that was given to a machine of the same place.
func (w *world) repelled(pod *corev1.Pod, name string) bool {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.PodAntiAffinity == nil {
		return false
	}
	for _, term := range pod.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
		place := labelsOf(name)[term.TopologyKey]
		for _, other := range all[*corev1.Pod](w.api.stored) {
			if err == nil && other.Spec.NodeName != "" && other.UID != pod.UID && other.Namespace == pod.Namespace &&
				labelsOf(other.Spec.NodeName)[term.TopologyKey] == place && selector.Matches(labels.Set(other.Labels)) {
				return true
			}
		}
	}
	return false
}
