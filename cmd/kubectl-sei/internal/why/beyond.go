package why

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/internal/workload"
)

// The links from seid on.

func seid(f Facts) *finding.Finding {
	switch {
	case unread(f, "Pod"):
		return found("seid", finding.Unknown, "you may not read the pod")
	case f.Pod == nil:
		return found("seid", finding.Skipped, "there is no pod")
	}
	at := slices.IndexFunc(f.Pod.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool { return c.Name == workload.ContainerSeid })
	if at < 0 {
		return found("seid", finding.Skipped, "it has not been started yet")
	}
	return running(f.Pod.Status.ContainerStatuses[at])
}

// running is the state of seid's container, with how it ended before.
func running(c corev1.ContainerStatus) *finding.Finding {
	switch {
	case c.State.Running != nil && c.RestartCount > 0:
		return found("seid", finding.Met, "it runs since %s from image %q%s", at(c.State.Running.StartedAt), c.Image, restarts(c))
	case c.State.Running != nil:
		return found("seid", finding.Met, "it runs since %s from image %q", at(c.State.Running.StartedAt), c.Image)
	case c.State.Terminated != nil:
		return found("seid", finding.Refused, "it ended with exit code %d (%s) at %s", c.State.Terminated.ExitCode, c.State.Terminated.Reason, at(c.State.Terminated.FinishedAt))
	case c.State.Waiting != nil && c.RestartCount > 0:
		return found("seid", finding.Refused, "%s%s", c.State.Waiting.Reason, restarts(c))
	case c.State.Waiting != nil && c.State.Waiting.Reason == "PodInitializing":
		return found("seid", finding.Skipped, "the containers before it come first")
	case c.State.Waiting != nil:
		return found("seid", finding.Waits, "%s %s", c.State.Waiting.Reason, c.State.Waiting.Message)
	}
	return found("seid", finding.Skipped, "it has not been started yet")
}

func restarts(c corev1.ContainerStatus) string {
	text := fmt.Sprintf("; restarts: %d", c.RestartCount)
	if last := c.LastTerminationState.Terminated; last != nil {
		text += fmt.Sprintf(", the last after exit code %d (%s) at %s", last.ExitCode, last.Reason, at(last.FinishedAt))
	}
	return text
}

func peers(f Facts) *finding.Finding {
	return told("peers", condition(f, seiv1alpha1.ConditionPeered), finding.Waits, "nothing was heard of them yet")
}

// chain is how near the node is to the tip.
func chain(f Facts) *finding.Finding {
	said := told("chain", condition(f, seiv1alpha1.ConditionSynced), finding.Waits, "seid has not answered yet")
	if seen := f.Node.Status.Node; seen != nil && seen.Height > 0 {
		height := fmt.Sprintf("height %d", seen.Height)
		if seen.HeightTime != nil {
			height += " at " + at(*seen.HeightTime)
		}
		said.Message = height + "; " + said.Message
	}
	return said
}

func address(f Facts) *finding.Finding {
	return ifThere("address", condition(f, seiv1alpha1.ConditionExposed))
}

func upgrade(f Facts) *finding.Finding {
	return ifThere("upgrade", condition(f, seiv1alpha1.ConditionUpgradeReady))
}

// ifThere is a link that not every node has, and that keeps none from running now.
func ifThere(of string, c *metav1.Condition) *finding.Finding {
	if c == nil {
		return nil
	}
	return told(of, c, finding.Warns, "")
}

// update is told of while one is under way, or is kept from going on: then the condition is False.
func update(f Facts) *finding.Finding {
	c := condition(f, seiv1alpha1.ConditionNodeUpdateInProgress)
	switch {
	case c != nil && c.Reason == seiv1alpha1.ReasonBlocked:
		return &finding.Finding{Of: "update", State: finding.Refused, Reason: c.Reason, Message: c.Message}
	case c != nil && c.Status == metav1.ConditionTrue:
		return &finding.Finding{Of: "update", State: finding.Waits, Reason: c.Reason, Message: c.Message}
	}
	return nil
}
