// Package olm tells the Operator Lifecycle Manager when not to upgrade the operator: while a SeiNode adopts a volume, or goes through an upgrade of its chain. No node
// needs the operator for either to go well; but somebody may be watching, and wants to see one thing change at a time.
package olm

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The condition of an OperatorCondition by which OLM goes, and its reasons.
const (
	ConditionUpgradeable = "Upgradeable"
	ReasonUnderWay       = "UnderWay"
	ReasonAtRest         = "NothingUnderWay"
)

// named is how many nodes a message names.
const named = 3

// Upgradeable is the condition while the SeiNodes are so. It changes only when one of them begins or ends something.
func Upgradeable(nodes []seiv1alpha1.SeiNode) metav1.Condition {
	var busy []string
	for i := range nodes {
		if what := underWay(&nodes[i]); what != "" {
			busy = append(busy, fmt.Sprintf("SeiNode %s/%s %s", nodes[i].Namespace, nodes[i].Name, what))
		}
	}
	if len(busy) == 0 {
		return metav1.Condition{Type: ConditionUpgradeable, Status: metav1.ConditionTrue, Reason: ReasonAtRest,
			Message: "no SeiNode adopts a volume or goes through an upgrade of its chain"}
	}
	slices.Sort(busy) // the cache has them in no order
	return metav1.Condition{Type: ConditionUpgradeable, Status: metav1.ConditionFalse, Reason: ReasonUnderWay, Message: fmt.Sprintf(
		"%d under way: %s; wanted none: OLM upgrades the operator then, or once spec.overrides of this OperatorCondition has %s with status True", len(busy), some(busy), ConditionUpgradeable)}
}

// some are the first of them, and how many more there are.
func some(busy []string) string {
	if len(busy) <= named {
		return strings.Join(busy, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(busy[:named], ", "), len(busy)-named)
}

// underWay is what a node is in the middle of, "" for nothing.
func underWay(node *seiv1alpha1.SeiNode) string {
	if node.DeletionTimestamp != nil || node.Paused() {
		return ""
	}
	if what := adopts(node); what != "" {
		return what
	}
	return upgrades(node)
}

// starting are the reasons for which a node is not ready that pass by themselves.
var starting = []string{seiv1alpha1.ReasonInitializing, seiv1alpha1.ReasonPodNotReady, seiv1alpha1.ReasonAwaitingPeers}

// adopts says that a node takes up the claim that it imports: from when the claim is found usable until seid runs on it. One that waits for a person does not: it
// may wait for ever, and what it waits for may be the next version of the operator.
func adopts(node *seiv1alpha1.SeiNode) string {
	source := node.Volume().Import
	if source == nil || node.Status.CurrentImage != "" || !meta.IsStatusConditionTrue(node.Status.Conditions, seiv1alpha1.ConditionImportPVCReady) ||
		meta.IsStatusConditionFalse(node.Status.Conditions, seiv1alpha1.ConditionDataInspected) || !slices.Contains(starting, unready(node)) {
		return ""
	}
	return fmt.Sprintf("adopts PVC %q", source.PVCName)
}

// upgrades says that a node goes through an upgrade of its chain: from when seid has stopped for it until it runs from the image that is listed for it.
func upgrades(node *seiv1alpha1.SeiNode) string {
	reason, reached := unready(node), node.Reached()
	if reason == seiv1alpha1.ReasonUpgradeHalt {
		return "stands still for an upgrade of its chain"
	}
	if reason == "" || node.Status.CurrentImage == "" || len(reached) == 0 {
		return ""
	}
	last := reached[len(reached)-1].Name
	if listed := node.Upgrade(last); listed == nil || listed.Image == node.Status.CurrentImage {
		return ""
	}
	return fmt.Sprintf("goes through upgrade %q of its chain", last)
}

// unready is the reason for which a node is not ready, "" for one that is.
func unready(node *seiv1alpha1.SeiNode) string {
	ready := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionReady)
	if ready == nil || ready.Status == metav1.ConditionTrue {
		return ""
	}
	return ready.Reason
}
