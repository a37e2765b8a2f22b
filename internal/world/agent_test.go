package world

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What the agent says in a pod that starts: whether seid may sign with the key that it would.

// addressOf is a key's address: what anybody can tell of it who sees it.
func addressOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("%X", sum[:20])
}

// inSecret says which key is in a Secret, in whatever namespace, when a world begins.
var inSecret = map[string]string{"key-0": "K0", "key-1": "K1", "copy-of-key-0": "K0", "copy-of-key-1": "K1"}

// keysIn are the keys that a pod finds in its Secrets now. It signs with what it found when it started, whatever is in them later.
func (w *world) keysIn(pod *corev1.Pod) (found []string) {
	for _, volume := range pod.Spec.Volumes {
		if volume.Secret != nil {
			found = append(found, w.inSecret[volume.Secret.SecretName])
		}
	}
	return found
}

// secretsInUse are the Secrets that the pods which run name, or, where there is none, all of them.
func (w *world) secretsInUse() []string {
	every := slices.Sorted(maps.Keys(w.inSecret))
	named := slices.DeleteFunc(slices.Clone(every), func(secret string) bool {
		return !slices.ContainsFunc(all[*corev1.Pod](w.api.stored), func(pod *corev1.Pod) bool { return runs(pod) && uses(pod, "", secret) })
	})
	if len(named) > 0 {
		return named
	}
	return every
}

// copyOfAKey puts the key that somebody signs with into a Secret, and names it; "" where nobody signs.
func (w *world) copyOfAKey(which uint32) (secret string) {
	for _, pod := range all[*corev1.Pod](w.api.stored) {
		if signer := w.processes[pod.UID]; signer.node != "" && len(signer.keys) > 0 {
			secret = pick(slices.Sorted(maps.Keys(w.inSecret)), which)
			w.putKey(secret, signer.keys[0])
		}
	}
	return secret
}

// putKey changes what is in a Secret.
func (w *world) putKey(secret, key string) {
	w.inSecret[secret] = key
	for _, p := range w.processes {
		if p.node != "" && uses(p.pod, "", secret) && !slices.Contains(p.keys, key) {
			w.count("key changed under a pod")
		}
	}
}

// signsFromDisk says whether a pod's seid signs with the key that lies on its volume: that of a validator which names no Secret.
func (w *world) signsFromDisk(pod *corev1.Pod) bool {
	node, is := w.byUID(w.nodeOf(pod)).(*seiv1alpha1.SeiNode)
	return is && node.Spec.Validator != nil && node.Spec.Validator.SigningKey == nil
}

func (w *world) isSignedWith(key string) bool {
	for _, p := range w.processes {
		if p.node != "" && slices.Contains(p.keys, key) {
			return true
		}
	}
	return false
}

// inspect has the agent look at the key of a node's pod, and returns the pod with what it says, and whether it refuses the key: it knows of no reservation but that which the pod
// was made with.
func (w *world) inspect(pod *corev1.Pod, started process) (said *corev1.Pod, refused bool) {
	if pod.Labels[seiv1alpha1.LabelNodeUID] == "" {
		return pod, false
	}
	message := map[string]any{"layout": "Root", "reason": "Inspected"}
	if len(started.keys) > 0 {
		var told struct{ KeyAddress string }
		_ = json.Unmarshal([]byte(pod.Annotations["sei.io/reservation"]), &told)
		message["keyAddress"] = addressOf(started.keys[0])
		refused = told.KeyAddress != message["keyAddress"]
	}
	if refused {
		w.count("key refused")
		if w.isSignedWith(started.keys[0]) {
			w.count("key left to another")
		}
		message["refused"], message["reason"] = true, "KeyNotReserved"
	}
	text, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	return change(w.api, pod, func(p *corev1.Pod) {
		p.Status.Phase, p.Status.Conditions = corev1.PodPending, w.scheduled(corev1.PodReadyToStartContainers)
		p.Status.InitContainerStatuses = []corev1.ContainerStatus{{
			Name: "inspect", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: string(text)}},
		}}
	}), refused
}
