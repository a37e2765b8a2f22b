package task

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/workload"
)

// MayTakeEarly says whether the node lists an upgrade to be taken early, and has not reached it.
func MayTakeEarly(node *seiv1alpha1.SeiNode) bool {
	for _, listed := range node.Spec.Upgrades {
		if ptr.Deref(listed.Early, false) && !node.HasReached(listed.Name) {
			return true
		}
	}
	return false
}

// Early is the upgrade that the node may take before its height, nil for none: the chain has it planned and calls it minor, as seid in this very pod
// says, and the node, which is ready, lists it to be taken early. The image of any other upgrade panics before its height. What a ready node takes is in its
// status before anything is done for it, so that no other takes it meanwhile.
func Early(node *seiv1alpha1.SeiNode, pod *corev1.Pod, said wire.NodeStatus) *seiv1alpha1.ReachedUpgrade {
	plan := said.Plan
	if plan == nil || !plan.Minor || !said.Answers || said.CatchingUp || said.Height >= plan.Height || !workload.PodReady(pod) || !settled(node) {
		return nil
	}
	listed := node.Upgrade(plan.Name)
	if listed == nil || !ptr.Deref(listed.Early, false) {
		return nil
	}
	reached := Reached(node, &wire.UpgradeHalt{Name: plan.Name, Height: plan.Height})
	if reached != nil {
		reached.Early = ptr.To(true)
	}
	return reached
}

// Ahead is the name of a SeiNode of the namespace that has the upgrade and is not ready with it yet, "" for none: until it is, no other takes it early.
// One that is paused, or goes, is waited for by nobody.
func Ahead(node *seiv1alpha1.SeiNode, upgrade string, all []seiv1alpha1.SeiNode) string {
	for i := range all {
		other := &all[i]
		if other.UID != node.UID && other.HasReached(upgrade) && !settled(other) && !other.Paused() && other.DeletionTimestamp == nil {
			return other.Name
		}
	}
	return ""
}

// settled says whether a node is ready, and of what its spec says.
func settled(node *seiv1alpha1.SeiNode) bool {
	return node.Status.ObservedGeneration == node.Generation && meta.IsStatusConditionTrue(node.Status.Conditions, seiv1alpha1.ConditionReady)
}
