package task

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/workload"
)

// IndexTaking finds the SeiNodes that take an upgrade early now, by what Taking says.
const IndexTaking = "status.upgrades.taking"

// Early is the upgrade that the node may take before its height, nil for none: the chain has it planned and calls it minor, as seid in this very pod
// says, and the node, which is ready, lists it to be taken early. The image of any other upgrade panics before its height, and one that was not seen to
// run stops a node that is healthy. What a ready node takes is in its status before anything is done for it, so that no other takes it meanwhile.
func Early(o Observation, said wire.NodeStatus) *seiv1alpha1.ReachedUpgrade {
	node, pod, plan := o.Node, PodOf(o), said.Plan
	if plan == nil || !plan.Minor || !said.Answers || said.CatchingUp || said.Height >= plan.Height || !workload.PodReady(pod) || !settled(node) {
		return nil
	}
	listed := node.Upgrade(plan.Name)
	if listed == nil || !ptr.Deref(listed.Early, false) || node.HasReached(plan.Name) || AwaitsTrial(o, listed.Image) {
		return nil
	}
	reached := Reached(node, &wire.UpgradeHalt{Name: plan.Name, Height: plan.Height})
	if reached != nil {
		reached.Early, reached.From = ptr.To(true), nil // until its height, the data is for both images
	}
	return reached
}

// AwaitsTrial says whether a healthy node is not to be stopped for an image yet: it is to be tried where the node's pod is, and was not seen to run there. One
// that cannot be tried at all, since its pod is refused, or somebody else's has the name, is waited for by nobody.
func AwaitsTrial(o Observation, image string) bool {
	if !triesImages(o.Node) || image == o.Node.Image() {
		return false
	}
	p := trial(o, PodOf(o))
	cannot := p.State == PrePullTaken || p.State == PrePullUntried && o.PrePullRefused != ""
	return !cannot && !o.Node.PrePulled(image, p.Machine)
}

// Turn is what a SeiNode takes early, alone in its namespace: an upgrade of its chain. Another chain may have one of the same name.
func Turn(node *seiv1alpha1.SeiNode, upgrade string) string {
	return node.Spec.ChainID + "/" + upgrade
}

// Taking are the turns of a SeiNode that has taken upgrades early, and is not ready with them yet. One that is paused, or goes, is waited for by nobody,
// and neither is one that came to its upgrade at the height.
func Taking(node *seiv1alpha1.SeiNode) (turns []string) {
	if settled(node) || node.Paused() || node.DeletionTimestamp != nil {
		return nil
	}
	for _, reached := range node.Reached() {
		if ptr.Deref(reached.Early, false) {
			turns = append(turns, Turn(node, reached.Name))
		}
	}
	return turns
}

// Ahead is the name of a SeiNode of the namespace that takes the upgrade, "" for none: until it is ready with it, no other takes it early. Of several it is
// always the same one.
func Ahead(node *seiv1alpha1.SeiNode, upgrade string, all []seiv1alpha1.SeiNode) (first string) {
	turn := Turn(node, upgrade)
	for i := range all {
		other := &all[i]
		if other.UID != node.UID && slices.Contains(Taking(other), turn) && (first == "" || other.Name < first) {
			first = other.Name
		}
	}
	return first
}

// settled says whether a node is ready, and of what its spec says.
func settled(node *seiv1alpha1.SeiNode) bool {
	return node.Status.ObservedGeneration == node.Generation && meta.IsStatusConditionTrue(node.Status.Conditions, seiv1alpha1.ConditionReady)
}
