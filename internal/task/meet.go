package task

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/peers"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

// meets is who the node is to be connected to.
func meets(s *Scope) peers.Set {
	facts := s.Peers
	facts.Node, facts.Now = s.Node, s.Now
	if s.Set != nil {
		facts.Wired, facts.Rolls = workload.WiredTo(s.Set), workload.RollsAnyway(s.Node, s.Set)
	}
	set := peers.Decide(facts)
	s.Waits = s.Waits || set.Behind != ""
	return set
}

// firstStart waits a while for the IDs of the nodes that are to be dialled: a pod that knows them when it is made need not be made again. It takes no ID that
// another node has.
func (s *Scope) firstStart() verdict.Verdict {
	switch {
	case s.Meets.SameKey != "":
		s.Waits = true
		return verdict.Wait(seiv1alpha1.ReasonNodeKeyInUse, "SeiNode %q, which is older, has its node key from the same Secret %q, and peers take two nodes of one ID for one; "+
			"make another Secret, and another SeiNode that names it, or delete SeiNode %q", s.Meets.SameKey, peers.NodeKeyOf(s.Node), s.Meets.SameKey)
	case s.fewWitnesses():
		s.Waits = true
		return verdict.Wait(seiv1alpha1.ReasonAwaitingPeers, "spec.bootstrap.stateSync.witnessNodes is to select at least %d full nodes or archives of chain %q in this namespace that have blocks, to trust it by; "+
			"now it has %d: %s", peers.FewestWitnesses, s.Node.Spec.ChainID, len(s.Meets.Witnesses), cmp.Or(strings.Join(s.Meets.Witnesses, ", "), "none"))
	case s.Meets.Awaits != "" && s.Now.Before(s.Meets.Until):
		s.Waits = true
		return verdict.Wait(seiv1alpha1.ReasonAwaitingPeers, "the node is to be connected to SeiNode %q, whose ID is not known yet: it starts once that is, and in any case at %s",
			s.Meets.Awaits, s.Meets.Until.UTC().Format("15:04:05 MST"))
	}
	return verdict.Done()
}

// fewWitnesses says that nobody could vouch for the state which the node is to fetch: a pod that is made now would not know those that come later.
func (s *Scope) fewWitnesses() bool {
	from := s.Node.StateSync()
	return from != nil && from.WitnessNodes != nil && !s.Node.Bootstrapped() && len(s.Meets.Witnesses) < peers.FewestWitnesses
}

// OtherWitnesses are the SeiNodes that a pod which was made now would trust its chain by; none where the pod asks these already, or they are too few.
func (s *Scope) OtherWitnesses() []string {
	from := s.Node.StateSync()
	if from == nil || from.WitnessNodes == nil || s.Set == nil || len(s.Meets.Witnesses) < peers.FewestWitnesses || workload.Trusts(s.Set, s.Meets.Witnesses) {
		return nil
	}
	return s.Meets.Witnesses
}

// NodeIDIn is the ID that seid in the pod has among its peers, as prepare found it, "" where that has not spoken.
func NodeIDIn(pod *corev1.Pod) string {
	return wire.ParseNodeID(lastMessage(pod, workload.ContainerPrepare))
}

// WiredNow are the validators that the node's pod stands before, if it is the pod that is wanted; else those of them that were shown before.
func (s *Scope) WiredNow() []seiv1alpha1.PeerStatus {
	switch {
	case s.Set == nil:
		return nil
	case s.Pod == nil || !s.Outdated:
		return workload.WiredTo(s.Set)
	case s.Node.Status.Peers != nil:
		return s.Node.Status.Peers.Shields
	}
	return nil
}
