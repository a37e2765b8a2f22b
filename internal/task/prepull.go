package task

import (
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// PrePullState is how far a node is with trying an image.
type PrePullState string

const (
	// PrePullUntried is one that a pod is about to try.
	PrePullUntried PrePullState = "Untried"
	// PrePullTaken is one that cannot be tried: somebody else's pod has the name.
	PrePullTaken PrePullState = "Taken"
	// PrePullUnscheduled is a pod that its machine does not take now.
	PrePullUnscheduled PrePullState = "Unscheduled"
	// PrePullUnderway is a pod that pulls the image, or runs it.
	PrePullUnderway PrePullState = "Underway"
	// PrePullStuck is an image that the kubelet cannot pull or start. It goes on trying.
	PrePullStuck PrePullState = "Stuck"
	// PrePullFailed is an image that was started, and in which seid does not run.
	PrePullFailed PrePullState = "Failed"
	// PrePullUnrun is a pod that was ended from outside, evicted for example: it says nothing of its image.
	PrePullUnrun PrePullState = "Unrun"
	// PrePullProven is an image that was pulled and ran.
	PrePullProven PrePullState = "Proven"
)

// PrePull is what becomes of the image of an upgrade that is still to come. It is no task, so that no plan stands in its way, and it stands in
// nobody's.
type PrePull struct {
	// Upgrade is the one whose image is tried, nil for none.
	Upgrade *seiv1alpha1.Upgrade
	// Machine is the one that the node's pod is on, or, while that has none, the one that an image was last tried on; "" for none.
	Machine string
	// State is how far it is, "" without an upgrade.
	State PrePullState
	// Pod has the name of the node's pre-pull pod, whoever's it is; nil for none.
	Pod *corev1.Pod
	// Write makes the pod, or deletes it; nil for nothing.
	Write *write.Write
	// Refused is why the API server does not take that, "" where it was not asked, or does.
	Refused string
}

// Proves says whether an image is known to run only now. Its pod goes once that is persisted.
func (p PrePull) Proves() bool { return p.State == PrePullProven }

// decidePrePull has the images of what is listed tried one after the other, each by one pod, where the node's pod is. While that has no machine nothing
// is made, and nothing is taken away: it may come to be where it was, and what was found there is still so.
func decidePrePull(s *Scope) PrePull {
	p := trial(s.Observation, s.Pod)
	if triesImages(s.Node) && machineOf(s.Pod) == "" {
		return p
	}
	if p.Write = p.write(s); p.Write != nil {
		p.Refused = s.PrePullRefused
	}
	return p
}

// trial is which image is to be tried for a node with that pod, and how far that is.
func trial(o Observation, pod *corev1.Pod) PrePull {
	p := PrePull{Pod: o.PrePullPod, Machine: machineOf(pod)}
	if p.Machine == "" && p.Pod != nil && owner.PrePull(p.Pod, o.Node) {
		p.Machine = workload.PrePullMachine(p.Pod)
	}
	if triesImages(o.Node) && p.Machine != "" {
		p.Upgrade = nextUntried(o, p.Machine)
	}
	if p.Upgrade != nil {
		p.State = p.progress(o.Node)
	}
	return p
}

// machineOf is the machine that a pod is on, "" for one that has none, or leaves it.
func machineOf(pod *corev1.Pod) string {
	if !placed(pod) {
		return ""
	}
	return pod.Spec.NodeName
}

// triesImages says whether images are to be tried for the node at all. A seed takes no upgrade.
func triesImages(node *seiv1alpha1.SeiNode) bool {
	return node.PrePulls() && !node.Paused() && node.Mode() != seiv1alpha1.ModeSeed
}

// nextUntried is the upgrade whose image is to be tried next: that of the chain's plan, else the first that is listed; nil for none.
func nextUntried(o Observation, machine string) *seiv1alpha1.Upgrade {
	var first *seiv1alpha1.Upgrade
	for i := range o.Node.Spec.Upgrades {
		switch listed := &o.Node.Spec.Upgrades[i]; {
		case !isToCome(o.Node, listed) || o.Node.PrePulled(listed.Image, machine):
		case listed.Name == o.Planned:
			return listed
		case first == nil:
			first = listed
		}
	}
	return first
}

// isToCome says whether an upgrade may still bring the node to another image.
func isToCome(node *seiv1alpha1.SeiNode, listed *seiv1alpha1.Upgrade) bool {
	past := listed.Height != nil && node.Status.Node != nil && *listed.Height <= node.Status.Node.Height
	return !past && !node.HasReached(listed.Name) && listed.Image != node.Image()
}

// progress is how far the pod is that is to try the image.
func (p PrePull) progress(node *seiv1alpha1.SeiNode) PrePullState {
	switch {
	case p.Pod == nil:
		return PrePullUntried
	case !owner.PrePull(p.Pod, node):
		return PrePullTaken
	case p.Pod.DeletionTimestamp != nil || !workload.PrePulls(p.Pod, p.Upgrade.Image, p.Machine):
		return PrePullUntried
	}
	return p.outcome()
}

// outcome is what the kubelet says of the pod.
func (p PrePull) outcome() PrePullState {
	container := p.Container()
	switch ended := container.State.Terminated; {
	case endedFromOutside(p.Pod, ended):
		return PrePullUnrun
	case ended != nil && ended.ExitCode != 0:
		return PrePullFailed
	case ended != nil && p.Pod.Spec.NodeName == p.Machine:
		return PrePullProven
	case workload.Stuck(container) != nil:
		return PrePullStuck
	case p.Pod.Spec.NodeName == "" && isUnscheduled(p.Pod):
		return PrePullUnscheduled
	}
	return PrePullUnderway
}

// endedFromOutside says whether a pod was evicted, or ended with its machine: that is no fault of the image.
func endedFromOutside(pod *corev1.Pod, ended *corev1.ContainerStateTerminated) bool {
	failed := pod.Status.Phase == corev1.PodFailed
	return failed && (pod.Status.Reason != "" || ended == nil) || ended != nil && (ended.Reason == "ContainerStatusUnknown" || ended.Reason == "Unknown")
}

func isUnscheduled(pod *corev1.Pod) bool {
	_, is := workload.Unscheduled(pod)
	return is
}

// Container is what the kubelet says of the container that tries the image.
func (p PrePull) Container() corev1.ContainerStatus {
	for _, container := range p.Pod.Status.ContainerStatuses {
		if container.Name == workload.ContainerPrePull {
			return container
		}
	}
	return corev1.ContainerStatus{}
}

// write makes the pod, or deletes the node's own, by UID, once nothing is to be tried any more, or something else. One that says why an image does
// not run stays for as long as that is wanted.
func (p PrePull) write(s *Scope) *write.Write {
	switch stale := p.Upgrade == nil || p.State == PrePullUntried; {
	case p.Pod == nil && p.Upgrade != nil:
		return write.Create("Pod", workload.PrePull(s.Node, p.Upgrade.Image, p.Machine, s.Platform))
	case p.Pod == nil || !stale || p.Pod.DeletionTimestamp != nil || !owner.PrePull(p.Pod, s.Node):
		return nil
	}
	return write.Delete("Pod", p.Pod)
}
