package why

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/reference"
)

// warnings are the conditions that may warn of a node which is ready, the most urgent first.
var warnings = []string{
	seiv1alpha1.ConditionUpgradeReady, seiv1alpha1.ConditionPeered, seiv1alpha1.ConditionSynced, seiv1alpha1.ConditionImportPVCReady, seiv1alpha1.ConditionDataInspected,
	seiv1alpha1.ConditionBootstrapped, seiv1alpha1.ConditionExposed, seiv1alpha1.ConditionNodeUpdateInProgress,
}

// passedOn are whose reasons the message of Ready may begin with: that reason decides then.
var passedOn = []string{seiv1alpha1.ConditionImportPVCReady, seiv1alpha1.ConditionDataInspected, seiv1alpha1.ConditionBootstrapped, reference.Task, seiv1alpha1.ConditionReady}

// readOn is the address of what is written of the reason that decides how the node is; "" for a node that is fine, and where nothing is written.
func readOn(f Facts) string {
	ready := condition(f, seiv1alpha1.ConditionReady)
	switch {
	case unseen(f):
		return ""
	case isReady(f):
		return section(f, first(f, warnings...))
	case ready.Reason == seiv1alpha1.ReasonPodNotReady:
		return cmp.Or(section(f, first(f, seiv1alpha1.ConditionPeered, seiv1alpha1.ConditionSynced)), section(f, ready.Type))
	}
	passed, _, _ := strings.Cut(ready.Message, ": ")
	return cmp.Or(reference.Section(passed, passedOn...), section(f, ready.Type))
}

// first is the first of those conditions that warns, "" for none.
func first(f Facts, among ...string) string {
	for _, kind := range among {
		if warns(f, kind) {
			return kind
		}
	}
	return ""
}

// warns says whether a condition tells of something that is not as it should be. An update does while it is under way, or cannot be.
func warns(f Facts, kind string) bool {
	if kind == seiv1alpha1.ConditionNodeUpdateInProgress {
		return update(f) != nil
	}
	return meta.IsStatusConditionFalse(f.Node.Status.Conditions, kind)
}

// section is the address of what is written of the reason of a condition, which may be one of an inspection.
func section(f Facts, kind string) string {
	c := condition(f, kind)
	if c == nil {
		return ""
	}
	return reference.Section(c.Reason, kind, seiv1alpha1.ConditionDataInspected)
}
