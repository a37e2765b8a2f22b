// Package logs picks the container of a node's pod whose words matter now, and which of its lives. It is pure.
package logs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/workload"
)

// Auto has the container picked.
const Auto = "auto"

// Asked is what the user asked for.
type Asked struct {
	// Container is its name, or Auto.
	Container string
	// Previous says whether the life before is meant, nil where the user leaves that open.
	Previous *bool
	// Follow says that what is said from now on is wanted, too: nobody who ended says more.
	Follow bool
}

// Choice is a container, and one of its lives.
type Choice struct {
	Container string
	// Previous: the life that ended before the one that runs, or waits.
	Previous bool
	// Silent: it has said nothing yet.
	Silent bool
	// Why says in words what is shown, and why.
	Why string
}

// Pick is what to show of a pod. An error is a container that the pod does not have.
func Pick(pod *corev1.Pod, asked Asked, now time.Time) (Choice, error) {
	chosen, err := container(pod, asked.Container)
	if err != nil {
		return Choice{}, err
	}
	choice := life(chosen, asked.Follow || isReady(pod), now)
	if asked.Previous != nil && *asked.Previous != choice.Previous {
		choice = Choice{Container: chosen.Name, Previous: *asked.Previous, Why: "as it was asked for"}
	}
	return choice, nil
}

// container is the state of the one of that name, or of the one that matters.
func container(pod *corev1.Pod, name string) (corev1.ContainerStatus, error) {
	if name == Auto {
		return matters(pod), nil
	}
	for _, known := range statuses(pod) {
		if known.Name == name {
			return known, nil
		}
	}
	names := declared(pod)
	if slices.Contains(names, name) {
		return corev1.ContainerStatus{Name: name}, nil
	}
	return corev1.ContainerStatus{}, fmt.Errorf("pod %q has no container %q; wanted %s or one of %s", pod.Name, name, Auto, strings.Join(names, ", "))
}

// matters is the first container, in the order in which they start, that crashed, waits, or is at work before seid; else seid.
func matters(pod *corev1.Pod) corev1.ContainerStatus {
	for _, c := range statuses(pod) {
		if isAtIt(pod, c) {
			return c
		}
	}
	for _, c := range statuses(pod) {
		if c.Name == workload.ContainerSeid {
			return c
		}
	}
	return corev1.ContainerStatus{Name: workload.ContainerSeid}
}

// statuses are those of the containers in the order in which they start: what somebody else put into the pod comes before seid, which it may keep.
func statuses(pod *corev1.Pod) []corev1.ContainerStatus {
	rest := slices.Clone(pod.Status.ContainerStatuses)
	slices.SortStableFunc(rest, func(a, b corev1.ContainerStatus) int { return cmp.Compare(isSeid(a), isSeid(b)) })
	return slices.Concat(pod.Status.InitContainerStatuses, rest)
}

func isSeid(c corev1.ContainerStatus) int {
	if c.Name == workload.ContainerSeid {
		return 1
	}
	return 0
}

// isAtIt says whether the pod goes no further than this container now.
func isAtIt(pod *corev1.Pod, c corev1.ContainerStatus) bool {
	switch {
	case c.State.Terminated != nil:
		return c.State.Terminated.ExitCode != 0
	case c.State.Running != nil:
		return runsBefore(pod, c.Name)
	}
	return true
}

// runsBefore says whether the others wait until this container has ended.
func runsBefore(pod *corev1.Pod, name string) bool {
	return slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool {
		return c.Name == name && (c.RestartPolicy == nil || *c.RestartPolicy != corev1.ContainerRestartPolicyAlways)
	})
}

func declared(pod *corev1.Pod) (names []string) {
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		names = append(names, c.Name)
	}
	return names
}

// again is how long a container that was started again is taken for one that may end as it did before.
const again = 10 * time.Minute

// life is what to show of one container: of one that crashed, what it said until then. well says that nobody asks for a crash.
func life(c corev1.ContainerStatus, well bool, now time.Time) Choice {
	last := c.LastTerminationState.Terminated
	switch {
	case c.State.Terminated != nil:
		return Choice{Container: c.Name, Why: "it " + ended(c.State.Terminated)}
	case c.State.Running == nil && last != nil:
		return Choice{Container: c.Name, Previous: true, Why: fmt.Sprintf("it %s, and waits to be started again: this is what it said before (--previous)", ended(last))}
	case c.State.Running != nil && last != nil && !well && now.Sub(c.State.Running.StartedAt.Time) < again:
		return Choice{Container: c.Name, Previous: true, Why: fmt.Sprintf("it %s, and runs again since %s: this is what it said before (--previous); for what it says now: --previous=false",
			ended(last), at(c.State.Running.StartedAt.Time))}
	case c.State.Running != nil:
		return Choice{Container: c.Name, Why: "it runs since " + at(c.State.Running.StartedAt.Time)}
	}
	return Choice{Container: c.Name, Silent: true, Why: "it has not started yet" + waits(c.State.Waiting)}
}

func ended(how *corev1.ContainerStateTerminated) string {
	return fmt.Sprintf("ended with exit code %d (%s) at %s", how.ExitCode, cmp.Or(how.Reason, "no reason"), at(how.FinishedAt.Time))
}

func waits(why *corev1.ContainerStateWaiting) string {
	switch {
	case why == nil || why.Reason == "":
		return ""
	case why.Message == "":
		return " (" + why.Reason + ")"
	}
	return " (" + why.Reason + ": " + why.Message + ")"
}

func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func isReady(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}
