package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// prePulled are the listed images that are known to run, each on the machine where that was seen last.
func prePulled(in Input) (proofs []seiv1alpha1.PrePulledImage) {
	s := in.Scope
	if shown := s.Node.Status.Upgrades; shown != nil {
		proofs = slices.Clone(shown.PrePulled)
	}
	proofs = slices.DeleteFunc(proofs, func(proof seiv1alpha1.PrePulledImage) bool {
		listed := slices.ContainsFunc(s.Node.Spec.Upgrades, func(u seiv1alpha1.Upgrade) bool { return u.Image == proof.Image })
		return !listed || s.PrePull.Proves() && proof.Image == s.PrePull.Upgrade.Image
	})
	if s.PrePull.Proves() {
		now := metav1.NewTime(in.Now.Truncate(time.Second)) // as the API keeps it
		proofs = append(proofs, seiv1alpha1.PrePulledImage{Image: s.PrePull.Upgrade.Image, Machine: s.PrePull.Machine, Time: &now})
	}
	return proofs
}

// proofOf is what shows that an image runs on the machine of the node's pod, or, while that has none, on the last one where it did; nil for nothing.
func proofOf(in Input, image string) *seiv1alpha1.PrePulledImage {
	for _, proof := range prePulled(in) {
		if machine := in.Scope.PrePull.Machine; proof.Image == image && (machine == "" || proof.Machine == machine) {
			return &proof
		}
	}
	return nil
}

// doesNotRun is an image that was tried, and cannot be pulled or does not run; nil while none is known. Its words stay while only numbers in the
// kubelet's differ: it tries again and again.
func doesNotRun(in Input) *condition {
	const kind, reason = seiv1alpha1.ConditionUpgradeReady, seiv1alpha1.ReasonImagePullFailed
	p := in.Scope.PrePull
	switch p.State {
	case task.PrePullFailed:
		ended := p.Container().State.Terminated
		return no(kind, reason, "image %q of upgrade %q does not run on machine %q%s: \"seid version\" ended with exit code %d (%s)%s; name another one in spec.upgrades, or %s",
			p.Upgrade.Image, p.Upgrade.Name, p.Machine, notEarly(in), ended.ExitCode, ended.Reason, quoted(ended.Message), tryAgain(p.Pod))
	case task.PrePullStuck:
		return stuckImage(in).likeBefore(before(in.Scope, kind))
	}
	return nil
}

// stuckImage is an image that the kubelet cannot pull, or start.
func stuckImage(in Input) *condition {
	p := in.Scope.PrePull
	return no(seiv1alpha1.ConditionUpgradeReady, seiv1alpha1.ReasonImagePullFailed, "image %q of upgrade %q cannot be used on machine %q%s: %s; name another one in spec.upgrades, "+
		"or mend what is in the way, such as spec.imagePullSecrets: pod %q goes on trying", p.Upgrade.Image, p.Upgrade.Name, p.Machine, notEarly(in), kubeletSays(p.Container()), p.Pod.Name)
}

// notEarly says what an image that does not run keeps the node from, "" for nothing before the height.
func notEarly(in Input) string {
	if known := upgrades(in); known == nil || !isEarly(known.Planned, in.Scope.PrePull.Upgrade) {
		return ""
	}
	return ", so that the upgrade is not taken early"
}

// pullFailed begins what the kubelet says right after it could not pull an image. While it waits before the next time it says the same and more, or, an
// older one, nothing of why.
const pullFailed, backsOff = "ErrImagePull", "ImagePullBackOff"

func kubeletSays(container corev1.ContainerStatus) string {
	waiting := workload.Stuck(container)
	reason, words := waiting.Reason, waiting.Message
	if _, cause, told := strings.Cut(words, pullFailed+": "); reason == backsOff && told {
		reason, words = pullFailed, cause
	}
	return reason + detail(words)
}

// likeBefore keeps the message that was shown where the new one tells nothing else: some words of the kubelet's have numbers, such as ports, and an older
// one does not repeat the cause while it waits.
func (c *condition) likeBefore(shown *metav1.Condition) *condition {
	if shown == nil || shown.Reason != c.reason {
		return c
	}
	of, _, _ := strings.Cut(c.message, ": ")
	if withoutNumbers(shown.Message) == withoutNumbers(c.message) || strings.HasPrefix(shown.Message, of) && strings.Contains(c.message, ": "+backsOff) {
		c.message = shown.Message
	}
	return c
}

// withoutNumbers leaves out every word that has a digit, but for what is quoted first: the image, the upgrade and the machine.
func withoutNumbers(message string) string {
	of, words, _ := strings.Cut(message, ": ")
	kept := slices.DeleteFunc(strings.Fields(words), func(word string) bool { return strings.ContainsAny(word, "0123456789") })
	return of + ": " + strings.Join(kept, " ")
}

func tryAgain(pod *corev1.Pod) string {
	return fmt.Sprintf("have it tried again: kubectl delete pod %s -n %s", pod.Name, pod.Namespace)
}

// untried says of an image that is not known to run, and not known not to, what becomes of it.
func untried(in Input, listed *seiv1alpha1.Upgrade) string {
	s, p := in.Scope, in.Scope.PrePull
	switch {
	case listed.Image == s.Node.Image():
		return "which it runs from"
	case !s.Node.PrePulls():
		return "and whether that can be pulled is not tried: spec.upgradePolicy.prePull is false"
	case s.Node.Paused():
		return "and whether that can be pulled is not tried while the node is paused"
	case p.Machine == "":
		return "and whether that can be pulled is tried once the node's pod has a machine"
	case p.Upgrade == nil || p.Upgrade.Image != listed.Image:
		return "and whether that can be pulled is not tried"
	}
	return "and " + howFar(p, workload.PrePullName(s.Node))
}

// howFar says how far the trial of an image is that has no outcome yet.
func howFar(p task.PrePull, pod string) string {
	switch {
	case p.Refused != "":
		return fmt.Sprintf("whether that can be pulled is not tried: the API server refuses pod %q: %s", pod, p.Refused)
	case p.State == task.PrePullTaken:
		return fmt.Sprintf("whether that can be pulled is not tried: pod %q is somebody else's; delete it", pod)
	case p.State == task.PrePullUnscheduled:
		return fmt.Sprintf("whether that can be pulled is not tried yet: machine %q does not take pod %q now, see its events", p.Machine, pod)
	case p.State == task.PrePullUnrun:
		return fmt.Sprintf("whether that can be pulled is not known: pod %q was ended from outside (%s)%s; %s", pod, whyEnded(p), detail(p.Pod.Status.Message), tryAgain(p.Pod))
	}
	return fmt.Sprintf("pod %q tries on machine %q whether that can be pulled", pod, p.Machine)
}

// whyEnded is why a pod ended that was ended from outside, in a word.
func whyEnded(p task.PrePull) string {
	if ended := p.Container().State.Terminated; p.Pod.Status.Reason == "" && ended != nil {
		return ended.Reason
	}
	return cmp.Or(p.Pod.Status.Reason, "nobody says why")
}

// triedSoFar says which images are known to run, and how far the next one is, "" where nothing is listed.
func triedSoFar(in Input) string {
	told := ""
	for _, proof := range prePulled(in) {
		told += fmt.Sprintf("; image %q was pulled and ran on machine %q", proof.Image, proof.Machine)
	}
	if p := in.Scope.PrePull; p.Upgrade != nil && !p.Proves() {
		told += fmt.Sprintf("; image %q is listed, %s", p.Upgrade.Image, untried(in, p.Upgrade))
	}
	return told
}
