package status

import (
	"fmt"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// peersStatus shows who the node is to be connected to, and before whom its pod stands; nil for nobody.
func peersStatus(s *task.Scope) *seiv1alpha1.PeersStatus {
	shown := seiv1alpha1.PeersStatus{Resolved: s.Meets.Resolved, Waiting: s.Meets.Waiting, Shields: s.WiredNow()}
	if len(shown.Resolved)+len(shown.Waiting)+len(shown.Shields) == 0 {
		return nil
	}
	return &shown
}

// peered follows whether seid has the connections that it needs, as far as the agent hears. It says nothing while an older agent says nothing.
func peered(in Input) *condition {
	const kind = seiv1alpha1.ConditionPeered
	s, shown, said := in.Scope, before(in.Scope, seiv1alpha1.ConditionPeered), in.Said
	switch {
	case s.Err != nil:
		return nil
	case s.Node.Mode() == seiv1alpha1.ModeSeed || workload.MinPeers(s.Node) == 0:
		return unknown(kind, seiv1alpha1.ReasonNotApplicable, "a seed answers no questions, and a node with p2p.max-connections 0 is to have no peers; wait for condition %s", seiv1alpha1.ConditionReady)
	case s.Meets.Mismatch != "":
		return no(kind, seiv1alpha1.ReasonIDMismatch, "%s", s.Meets.Mismatch)
	case s.Pod == nil && shown != nil:
		return unknown(kind, seiv1alpha1.ReasonNoAnswer, "there is no pod %q to ask", s.Node.PodName())
	case said == nil || said.Answers && said.Connected == "":
		return asShown(shown)
	case !said.Answers:
		return unknown(kind, seiv1alpha1.ReasonNoAnswer, "seid or the agent beside it does not answer; its RPC opens after replay and state sync")
	}
	return connected(s, said.Connected)
}

func connected(s *task.Scope, to wire.Connected) *condition {
	const kind = seiv1alpha1.ConditionPeered
	switch to {
	case wire.ConnectedToNone:
		return no(kind, seiv1alpha1.ReasonNoPeers, "seid has no connection to a peer; %s", moreBy(s))
	case wire.ConnectedToOne:
		return no(kind, seiv1alpha1.ReasonTooFew, "seid has a connection to one peer: it needs two to find that it has caught up, and to state sync; %s", moreBy(s))
	}
	return yes(kind, seiv1alpha1.ReasonConnected, "seid is connected to two peers at least")
}

// moreBy is how the node comes to more peers.
func moreBy(s *task.Scope) string {
	switch waiting := s.Meets.Waiting; {
	case s.Set != nil && len(s.Meets.Resolved) > 0 && !workload.Dials(s.Set, s.Meets.Resolved):
		return fmt.Sprintf("its pod was made before all of status.peers.resolved were known, and dials those that were: annotation %s: %s has it made again", seiv1alpha1.AnnotationRollout, seiv1alpha1.RolloutNow)
	case len(waiting) > 0 && s.Node.Spec.Sentries != nil:
		return fmt.Sprintf("SeiNode %q is its sentry, and does not shield it yet: look at its Ready", waiting[0])
	case len(waiting) > 0:
		return fmt.Sprintf("the ID of SeiNode %q is not known yet: look at its Ready", waiting[0])
	case s.Node.Spec.Sentries != nil:
		return "give more full nodes the labels of spec.sentries"
	}
	return "name more in spec.peers, and look whether those that are named can be reached"
}

// firstStart is why a node that may run is not started for the first time.
func firstStart(in Input) *condition {
	if s := in.Scope; s.Set == nil && s.Claim.OK() && s.Signing.OK() && !s.Start.OK() {
		return notReady(s.Start.Reason, "%s", s.Start.Message)
	}
	return nil
}
