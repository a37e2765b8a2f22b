package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/task"
)

// inspected follows what the agent found on the volume. It stays as it was while no pod says anything new.
func inspected(in Input) *condition {
	found, shown := in.Scope.Inspection, before(in.Scope, seiv1alpha1.ConditionDataInspected)
	if found != nil {
		return is(found.Reason == wire.ReasonInspected, seiv1alpha1.ConditionDataInspected, found.Reason, "%s", found.Message)
	}
	return asShown(shown)
}

// inspection shows what was found, as far as the agent spoke, else what was shown so far.
func inspection(s *task.Scope) *seiv1alpha1.InspectionStatus {
	found := s.Inspection
	switch {
	case found != nil:
		return &seiv1alpha1.InspectionStatus{
			Layout: string(found.Layout), ChainID: found.ChainID, Height: found.Height, StateStore: found.StateStore,
			UnreachableSettings: found.Unreachable, KeyAddress: found.KeyAddress, Signed: signed(found.Signed),
		}
	case s.Node.Status.DataVolume != nil:
		return s.Node.Status.DataVolume.Inspection
	}
	return nil
}

func signed(last *wire.Signed) *seiv1alpha1.SignedStatus {
	if last == nil {
		return nil
	}
	return &seiv1alpha1.SignedStatus{Height: last.Height, Round: last.Round, Step: int32(last.Step)}
}

// node shows what seid says of itself. It stays as it was while nobody has asked; what a node that fell silent said last stays, too, and
// what it stopped for is added.
func node(in Input) *seiv1alpha1.NodeStatus {
	shown := knownByKey(in.Scope)
	switch {
	case in.Said == nil || !in.Said.Answers && in.Said.UpgradeHalt == nil:
		return shown
	case !in.Said.Answers:
		halted := &seiv1alpha1.NodeStatus{}
		if shown != nil {
			halted = shown.DeepCopy()
		}
		halted.UpgradeHalt = halt(in.Said.UpgradeHalt)
		return halted
	}
	return &seiv1alpha1.NodeStatus{
		NodeID: in.Said.NodeID, Height: in.Said.Height, HeightTime: heightTime(in, shown), EarliestHeight: in.Said.EarliestHeight,
		CatchingUp: in.Said.CatchingUp,
	}
}

// knownByKey is what was shown, with the ID that seid is to have, once its pod's key is known: peers need it before seid answers.
func knownByKey(s *task.Scope) *seiv1alpha1.NodeStatus {
	shown, id := s.Node.Status.Node, task.NodeIDIn(s.Pod)
	if id == "" || shown != nil && shown.NodeID == id {
		return shown
	}
	known := &seiv1alpha1.NodeStatus{}
	if shown != nil {
		known = shown.DeepCopy()
	}
	known.NodeID = id
	return known
}

// heightTime is when the height that is shown was the node's: now for another one than before.
func heightTime(in Input, shown *seiv1alpha1.NodeStatus) *metav1.Time {
	if shown != nil && shown.Height == in.Said.Height && shown.HeightTime != nil {
		return shown.HeightTime
	}
	return &metav1.Time{Time: in.Now.Truncate(time.Second)} // as the API keeps it
}

func halt(upgrade *wire.UpgradeHalt) *seiv1alpha1.UpgradeHalt {
	return &seiv1alpha1.UpgradeHalt{Name: upgrade.Name, Height: upgrade.Height}
}

// synced follows whether seid catches up. A node without a pod says nothing. A seed never does: the condition is Unknown with a reason of
// its own, rather than missing, so that whoever waits for it learns why it does not come.
func synced(in Input) *condition {
	const kind = seiv1alpha1.ConditionSynced
	s, shown, said := in.Scope, before(in.Scope, kind), in.Said
	switch {
	case s.Err != nil:
		return nil
	case s.Node.Mode() == seiv1alpha1.ModeSeed:
		return unknown(kind, seiv1alpha1.ReasonNotApplicable, "a seed follows no chain and answers no questions; wait for condition %s", seiv1alpha1.ConditionReady)
	case s.Pod == nil && shown != nil:
		return unknown(kind, seiv1alpha1.ReasonNoAnswer, "there is no pod %q to ask", s.Node.PodName())
	case said == nil:
		return asShown(shown)
	case said.UpgradeHalt != nil:
		return no(kind, seiv1alpha1.ReasonUpgradeHalt, "seid does not answer, and wrote upgrade %q at height %d to data/upgrade-info.json", said.UpgradeHalt.Name, said.UpgradeHalt.Height)
	case heightHalt(in) != nil:
		return no(kind, seiv1alpha1.ReasonHaltHeight, "%s", heightHalt(in).String())
	case !said.Answers:
		return unknown(kind, seiv1alpha1.ReasonNoAnswer, "seid or the agent beside it does not answer; its RPC opens after replay and state sync")
	case said.CatchingUp:
		return no(kind, seiv1alpha1.ReasonCatchingUp, "seid is behind its peers, or has fewer than the two that it needs to find that it is not")
	}
	return yes(kind, seiv1alpha1.ReasonCaughtUp, "seid is at the tip of the chain, as far as its peers tell")
}
