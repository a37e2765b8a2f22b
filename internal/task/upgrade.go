package task

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Panicked is the exit code of a seid that panicked. It alone means many things.
const Panicked = 2

// HaltOf is the upgrade that a pod stopped for, nil without evidence: seid wrote it into a file since the agent of this very pod began, and seid in this
// pod ended with its name and height. Neither alone is believed: a file stays from a past upgrade, and words may be anybody's. A height, or
// the time, is no evidence at all. Where the text of a proposal is so long that it
// pushes the name out of the last words, seid has to write the file again, at a later start. A pod that is stopping is not heard any more: its data may be what another claim took the place of.
func HaltOf(pod *corev1.Pod, written *wire.UpgradeHalt) *wire.UpgradeHalt {
	end := EndOfSeid(pod)
	if written == nil || end == nil || end.ExitCode != Panicked || pod.DeletionTimestamp != nil {
		return nil
	}
	switch name, height, is := seid.Needed(end.Message); {
	case is && name == written.Name && height == written.Height:
		return written
	case !is && written.Again:
		return written
	}
	return nil
}

// Unheard says whether seid in the pod panicked and does not run, and nobody has heard what it wrote down: the agent beside it is to be asked.
func Unheard(pod *corev1.Pod, written *wire.UpgradeHalt) bool {
	end := EndOfSeid(pod)
	return written == nil && end != nil && end.ExitCode == Panicked && pod.DeletionTimestamp == nil && !workload.PodReady(pod)
}

// Reached is the upgrade of spec.upgrades that the node has just reached, nil for none. A paused node reaches nothing.
func Reached(node *seiv1alpha1.SeiNode, halt *wire.UpgradeHalt) *seiv1alpha1.ReachedUpgrade {
	if halt == nil || node.Paused() || node.HasStoppedFor(halt.Name, halt.Height) {
		return nil
	}
	listed := node.Upgrade(halt.Name)
	if listed == nil || halt.Height < 1 || listed.Height != nil && *listed.Height != halt.Height {
		return nil
	}
	return &seiv1alpha1.ReachedUpgrade{Name: halt.Name, Height: halt.Height, From: ptr.To(node.Image())}
}

// Passed are the upgrades of spec.upgrades that the data has, as inspect says of a volume that the node begins with: those listed at a height up to the
// volume's. seid has not run on it yet, and is to run from the last one's image.
func Passed(node *seiv1alpha1.SeiNode, pod *corev1.Pod) []seiv1alpha1.ReachedUpgrade {
	found := InspectionIn(pod)
	if found == nil || pod.DeletionTimestamp != nil || node.Paused() || found.Reason != wire.ReasonUpgradePassed {
		return nil
	}
	var passed []seiv1alpha1.ReachedUpgrade
	for _, listed := range node.Spec.Upgrades {
		if listed.Height != nil && *listed.Height <= found.Height && !node.HasReached(listed.Name) {
			passed = append(passed, seiv1alpha1.ReachedUpgrade{Name: listed.Name, Height: *listed.Height, Found: ptr.To(true)})
		}
	}
	return passed
}

// imageUntil is the height from which on the data is not for the node's image, 0 for any, and nil once seid has begun on its claim. Only the first start asks: a
// node that has begun learns of an upgrade from seid itself, also while there is no operator.
func (s *Scope) imageUntil() *int64 {
	if s.Set != nil && !s.getsAnother() && (!workload.AsksForImage(&s.Set.Spec.Template) || s.begun()) {
		return nil
	}
	return ptr.To(s.Node.ImageUntil())
}

// getsAnother says whether the StatefulSet is of another claim than the node is to use: one took its place, and was accepted.
func (s *Scope) getsAnother() bool {
	of := s.Set.Annotations[seiv1alpha1.AnnotationClaimUID]
	return of != "" && of != string(usedClaim(s))
}

// begun says whether a pod that was asked whether the data is for its image began on it.
func (s *Scope) begun() bool {
	return s.Pod != nil && s.Pod.DeletionTimestamp == nil && workload.AsksForImage(s.Pod) && s.Inspection != nil && !s.Inspection.Refused
}
