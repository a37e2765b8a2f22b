package status

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

// lastWords bounds what is shown of a container's last output, in bytes; the kubelet keeps 2,048 of them.
const lastWords = 600

// podTrouble says why the pod is not ready, as far as the scheduler, the kubelet and the agent say: the first that speaks is nearest to
// the cause.
func podTrouble(in Input) *condition {
	for _, rule := range []func(Input) *condition{missing, stopping, unscheduled, unmounted, halted, keptStopped, brings, crashed, stuck, fetches, unhealthy} {
		if c := rule(in); c != nil {
			return c.steady(before(in.Scope, seiv1alpha1.ConditionReady))
		}
	}
	return starting(in)
}

// starting has the same words for a pod that is not there yet and for one that comes up: a start is one state, not five.
func starting(in Input) *condition {
	return notReady(seiv1alpha1.ReasonPodNotReady, "pod %q"+isStarting, in.Scope.Node.PodName())
}

const isStarting = " is starting"

// missing passes on why nobody can make the pod, such as a quota.
func missing(in Input) *condition {
	s := in.Scope
	switch {
	case s.Pod != nil:
		return nil
	case s.Warning != "":
		return notReady(seiv1alpha1.ReasonPodNotCreated, "StatefulSet %q cannot make pod %q: %s", s.Node.Name, s.Node.PodName(), s.Warning)
	}
	return starting(in)
}

func stopping(in Input) *condition {
	if in.Scope.Pod.DeletionTimestamp == nil {
		return nil
	}
	return notReady(seiv1alpha1.ReasonPodNotReady, "pod %q is terminating; its successor starts when it is gone", in.Scope.Pod.Name)
}

func unscheduled(in Input) *condition {
	if why, is := workload.Unscheduled(in.Scope.Pod); is {
		return notReady(seiv1alpha1.ReasonPodNotScheduled, "pod %q is not scheduled: %s", in.Scope.Pod.Name, why)
	}
	return nil
}

// unmounted passes on what the kubelet says of a volume, a Secret or a ConfigMap that it cannot mount.
func unmounted(in Input) *condition {
	if in.Scope.Warning == "" {
		return nil
	}
	return notReady(seiv1alpha1.ReasonMountFailed, "pod %q waits for its volumes: %s", in.Scope.Pod.Name, in.Scope.Warning)
}

// crashed shows the exit code and the last words of a container that ended and does not run again.
func crashed(in Input) *condition {
	pod := in.Scope.Pod
	for _, c := range containers(pod) {
		ended := endOf(c)
		if ended == nil && runsInVain(in, c) {
			ended = c.LastTerminationState.Terminated
		}
		switch {
		case ended == nil || ended.ExitCode == 0 && c.Name != workload.ContainerSeid:
		case c.Name == workload.ContainerPrepare && ended.Message != "":
			return notReady(seiv1alpha1.ReasonPrepareRefused, "prepare does not touch the volume: %s", words(ended.Message))
		default:
			return endedAs(pod, c, ended)
		}
	}
	return nil
}

// endOf is how the container ended, nil if it runs, has not run, or is about to.
func endOf(c corev1.ContainerStatus) *corev1.ContainerStateTerminated {
	switch {
	case c.State.Terminated != nil:
		return c.State.Terminated
	case c.State.Waiting != nil && c.LastTerminationState.Terminated != nil:
		return c.LastTerminationState.Terminated
	}
	return nil
}

// again is how long a container that was started again is taken for one that may end as it did before.
const again = 10 * time.Minute

// runsInVain says whether seid was started again a moment ago and does not answer: a node that ends again and again says why all the time, and not
// only between two starts.
func runsInVain(in Input, c corev1.ContainerStatus) bool {
	answers := in.Said != nil && in.Said.Answers
	return c.Name == workload.ContainerSeid && !answers && c.LastTerminationState.Terminated != nil &&
		c.State.Running != nil && in.Now.Sub(c.State.Running.StartedAt.Time) < again
}

// usage is in the text that seid prints after an error of its start (v6.6.2), some 6 kB: the cause is not among the last words.
const usage = "Global Flags:"

func quoted(message string) string {
	switch {
	case message == "":
		return ""
	case strings.Contains(message, usage):
		return ", and printed its usage text after the cause"
	}
	return ", last words: " + words(message)
}

// words are the last ones of an output, on one line.
func words(message string) string {
	text := strings.Join(strings.Fields(message), " ")
	if len(text) > lastWords {
		text = "… " + strings.ToValidUTF8(text[len(text)-lastWords:], "")
	}
	return text
}

// stuck is a container that the kubelet cannot start, such as one whose image it cannot pull.
func stuck(in Input) *condition {
	pod := in.Scope.Pod
	for _, c := range containers(pod) {
		if waiting := workload.Stuck(c); waiting != nil {
			return notReady(seiv1alpha1.ReasonContainerFailed, "container %q of pod %q does not start: %s%s", c.Name, pod.Name, waiting.Reason, detail(waiting.Message))
		}
	}
	return nil
}

func detail(message string) string {
	if message == "" {
		return ""
	}
	return ": " + verdict.Bound(message, lastWords)
}

// unhealthy says what the agent says of seid.
func unhealthy(in Input) *condition {
	if in.Said == nil || in.Said.Reason == "" || in.Scope.Pod.Status.Phase != corev1.PodRunning {
		return nil
	}
	reason := seiv1alpha1.ReasonPodNotReady
	if in.Said.DiskFull {
		reason = seiv1alpha1.ReasonDiskFull
	}
	return notReady(reason, "pod %q: %s", in.Scope.Pod.Name, verdict.Bound(in.Said.Reason, verdict.MaxMessage))
}

func containers(pod *corev1.Pod) []corev1.ContainerStatus {
	return slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
}
