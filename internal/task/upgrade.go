package task

import (
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Panicked is the exit code of a seid that panicked. It alone means many things.
const Panicked = 2

// HaltOf is the upgrade that a pod stopped for, nil without evidence: seid wrote it into a file since the agent of this very pod began, and seid in this
// pod ended with its name and height. Neither alone is believed: a file stays from a past upgrade, and words may be anybody's. A height, or
// the time, is no evidence at all.
func HaltOf(pod *corev1.Pod, written *wire.UpgradeHalt) *wire.UpgradeHalt {
	end := EndOfSeid(pod)
	if written == nil || end == nil || end.ExitCode != Panicked {
		return nil
	}
	if name, height, is := seid.Needed(end.Message); is && name == written.Name && height == written.Height {
		return written
	}
	return nil
}

// EndOfSeid is how seid in the pod last ended, nil if it never did.
func EndOfSeid(pod *corev1.Pod) *corev1.ContainerStateTerminated {
	if pod == nil {
		return nil
	}
	for _, container := range pod.Status.ContainerStatuses {
		switch {
		case container.Name != workload.ContainerSeid:
		case container.State.Terminated != nil:
			return container.State.Terminated
		default:
			return container.LastTerminationState.Terminated
		}
	}
	return nil
}

// Reached is the upgrade of spec.upgrades that the node has just reached, nil for none. A paused node reaches nothing.
func Reached(node *seiv1alpha1.SeiNode, halt *wire.UpgradeHalt) *seiv1alpha1.ReachedUpgrade {
	if halt == nil || node.Paused() || node.HasReached(halt.Name) {
		return nil
	}
	listed := node.Upgrade(halt.Name)
	if listed == nil || halt.Height < 1 || listed.Height != nil && *listed.Height != halt.Height {
		return nil
	}
	return &seiv1alpha1.ReachedUpgrade{Name: halt.Name, Height: halt.Height}
}
