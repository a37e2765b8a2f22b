package workload

import (
	"encoding/json"
	"slices"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// ReachedUpgrades are those that a StatefulSet notes; what is not understood notes none.
func ReachedUpgrades(set Object) []seiv1alpha1.ReachedUpgrade {
	var reached []seiv1alpha1.ReachedUpgrade
	if json.Unmarshal([]byte(set.GetAnnotations()[seiv1alpha1.AnnotationReached]), &reached) != nil {
		return nil
	}
	return slices.DeleteFunc(reached, func(upgrade seiv1alpha1.ReachedUpgrade) bool {
		return upgrade.Name == "" || len(upgrade.Name) > 64 || upgrade.Height < 1 // what the status would be refused for
	})
}

// reachedBy is what a StatefulSet notes of the upgrades that its node has reached, "" for none.
func reachedBy(node *seiv1alpha1.SeiNode) string {
	if len(node.Reached()) == 0 {
		return ""
	}
	text, err := json.Marshal(node.Reached())
	if err != nil {
		panic(err) // names, numbers and times always marshal
	}
	return string(text)
}

// asRun is the node with the image that its pod is to run, and without the upgrades that say so: what is listed for later asks for no other pod now.
func asRun(node *seiv1alpha1.SeiNode) *seiv1alpha1.SeiNode {
	run := node.DeepCopy()
	run.Spec.Image, run.Spec.Upgrades = node.Image(), nil
	return run
}
