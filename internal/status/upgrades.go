package status

import (
	"cmp"

	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/task"
)

// upgrades shows what the node has seen of the chain's upgrades: those that it reached, what the chain has planned, as far as it was heard, and the
// images that are known to run.
func upgrades(in Input) *seiv1alpha1.UpgradesStatus {
	now := seiv1alpha1.UpgradesStatus{Reached: in.Scope.Node.Reached(), PrePulled: prePulled(in)}
	if shown := in.Scope.Node.Status.Upgrades; shown != nil {
		now.Planned = shown.Planned
	}
	if in.Said != nil && in.Said.Plan != nil {
		now.Planned = planned(in.Said.Plan)
	}
	if now.Planned == nil && len(now.Reached) == 0 && len(now.PrePulled) == 0 {
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

// upgradeReady says, days before the height, whether the node can take what the chain has planned, and whether an image that is listed was found not to
// run. It is absent while the chain was not heard, and no image was tried in vain.
func upgradeReady(in Input) *condition {
	const kind = seiv1alpha1.ConditionUpgradeReady
	heard, failed := in.Said != nil && in.Said.Plan != nil, doesNotRun(in)
	if !heard && before(in.Scope, kind) == nil {
		return failed
	}
	known := upgrades(in)
	if known == nil || known.Planned == nil {
		return cmp.Or(failed, yes(kind, seiv1alpha1.ReasonNotPlanned, "the chain has no upgrade planned, as far as it was heard%s", triedSoFar(in)))
	}
	plan, listed := known.Planned, in.Scope.Node.Upgrade(known.Planned.Name)
	switch {
	case listed == nil:
		return no(kind, seiv1alpha1.ReasonImageMissing, "the chain upgrades to %q at height %d, and spec.upgrades does not list it: the node stops there, unless its image has it; "+
			"list it, with an image that does", plan.Name, plan.Height)
	case listed.Height != nil && *listed.Height != plan.Height:
		return no(kind, seiv1alpha1.ReasonHeightMismatch, "the chain upgrades to %q at height %d, and spec.upgrades has it at height %d: the node stops there; "+
			"correct the height", plan.Name, plan.Height, *listed.Height)
	case failed != nil:
		return failed
	case in.Scope.Node.HasReached(plan.Name):
		return yes(kind, seiv1alpha1.ReasonImageListed, "the chain upgrades to %q at height %d, and the node runs from image %q already", plan.Name, plan.Height, listed.Image)
	case ptr.Deref(listed.Early, false) && !ptr.Deref(plan.Minor, false):
		return no(kind, seiv1alpha1.ReasonUpgradeNotMinor, "spec.upgrades lists %q to be taken early, and the chain does not call it minor: its image does not run before height %d; "+
			"the node goes on from it there, and early has no effect: take it off the entry", plan.Name, plan.Height)
	case in.Scope.Ahead != "":
		return yes(kind, seiv1alpha1.ReasonImageListed, "the chain upgrades to %q at height %d, and the node takes image %q early, once SeiNode %q is ready with it: one of a namespace at a time",
			plan.Name, plan.Height, listed.Image, in.Scope.Ahead)
	}
	return isListed(in, plan, listed)
}

// isListed says how far the image is known of an upgrade that is planned and listed.
func isListed(in Input, plan *seiv1alpha1.PlannedUpgrade, listed *seiv1alpha1.Upgrade) *condition {
	const kind, goesOn = seiv1alpha1.ConditionUpgradeReady, "the chain upgrades to %q at height %d, and the node goes on from image %q"
	if proof := proofOf(in, listed.Image); proof != nil {
		return yes(kind, seiv1alpha1.ReasonPrePulled, goesOn+", which was pulled and ran on machine %q", plan.Name, plan.Height, listed.Image, proof.Machine)
	}
	return yes(kind, seiv1alpha1.ReasonImageListed, goesOn+"%s, %s", plan.Name, plan.Height, listed.Image, awaited(in, plan, listed), untried(in, listed))
}

// isEarly says whether the node lists what is planned to be taken early, and the chain lets it.
func isEarly(plan *seiv1alpha1.PlannedUpgrade, listed *seiv1alpha1.Upgrade) bool {
	return plan != nil && plan.Name == listed.Name && ptr.Deref(plan.Minor, false) && ptr.Deref(listed.Early, false)
}

// awaited says that an upgrade is not taken early before its image was seen to run, "" where nobody waits for that.
func awaited(in Input, plan *seiv1alpha1.PlannedUpgrade, listed *seiv1alpha1.Upgrade) string {
	if !isEarly(plan, listed) || !task.AwaitsTrial(in.Scope.Observation, listed.Image) {
		return ""
	}
	return ", early once that is known to run where its pod is"
}
