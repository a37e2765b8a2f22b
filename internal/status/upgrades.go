package status

import (
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// upgrades shows what the node has seen of the chain's upgrades: those that it reached, and what the chain has planned, as far as it was heard.
func upgrades(in Input) *seiv1alpha1.UpgradesStatus {
	shown := in.Scope.Node.Status.Upgrades
	if in.Said == nil || in.Said.Plan == nil {
		return shown
	}
	now := seiv1alpha1.UpgradesStatus{Reached: in.Scope.Node.Reached(), Planned: planned(in.Said.Plan)}
	if now.Planned == nil && len(now.Reached) == 0 {
		return nil
	}
	return &now
}

// planned is nil for a plan that is none.
func planned(plan *wire.Plan) *seiv1alpha1.PlannedUpgrade {
	if plan.Name == "" || plan.Height <= 0 {
		return nil
	}
	shown := &seiv1alpha1.PlannedUpgrade{Name: plan.Name, Height: plan.Height}
	if plan.Minor {
		shown.Minor = ptr.To(true)
	}
	return shown
}

// upgradeReady says, days before the height, whether the node can take what the chain has planned. It is absent while the chain was not heard.
func upgradeReady(in Input) *condition {
	const kind = seiv1alpha1.ConditionUpgradeReady
	heard := in.Said != nil && in.Said.Plan != nil
	if !heard && before(in.Scope, kind) == nil {
		return nil
	}
	known := upgrades(in)
	if known == nil || known.Planned == nil {
		return yes(kind, seiv1alpha1.ReasonNotPlanned, "the chain has no upgrade planned")
	}
	plan, listed := known.Planned, in.Scope.Node.Upgrade(known.Planned.Name)
	switch {
	case listed == nil:
		return no(kind, seiv1alpha1.ReasonImageMissing, "the chain upgrades to %q at height %d, and spec.upgrades does not list it: the node stops there, unless its image has it; "+
			"list it, with an image that does", plan.Name, plan.Height)
	case listed.Height != nil && *listed.Height != plan.Height:
		return no(kind, seiv1alpha1.ReasonHeightMismatch, "the chain upgrades to %q at height %d, and spec.upgrades has it at height %d: the node stops there; "+
			"correct the height", plan.Name, plan.Height, *listed.Height)
	case in.Scope.Node.HasReached(plan.Name):
		return yes(kind, seiv1alpha1.ReasonImageListed, "the chain upgrades to %q at height %d, and the node runs from image %q already", plan.Name, plan.Height, listed.Image)
	case ptr.Deref(listed.Early, false) && !ptr.Deref(plan.Minor, false):
		return no(kind, seiv1alpha1.ReasonUpgradeNotMinor, "spec.upgrades lists %q to be taken early, and the chain does not call it minor: its image does not run before height %d; "+
			"the node goes on from it there, and early has no effect: take it off the entry", plan.Name, plan.Height)
	case in.Scope.Ahead != "":
		return yes(kind, seiv1alpha1.ReasonImageListed, "the chain upgrades to %q at height %d, and the node takes image %q early, once SeiNode %q is ready with it: one of a namespace at a time",
			plan.Name, plan.Height, listed.Image, in.Scope.Ahead)
	}
	return yes(kind, seiv1alpha1.ReasonImageListed, "the chain upgrades to %q at height %d, and the node goes on from image %q; whether that can be pulled was not tried",
		plan.Name, plan.Height, listed.Image)
}
