package status_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// selecting has the node select another, whose ID is known or not.
func selecting(id string) fixture.Change {
	return func(o *task.Observation) {
		o.Node.Spec.Peers = &seiv1alpha1.PeersSpec{Nodes: &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"mesh": "a"}}}
		other := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "other", UID: "other", Labels: map[string]string{"mesh": "a"}}}
		other.Spec.ChainID, other.Spec.FullNode = o.Node.Spec.ChainID, &seiv1alpha1.FullNodeSpec{}
		other.Status.Node = &seiv1alpha1.NodeStatus{NodeID: id}
		o.Peers.Selected = append(o.Peers.Selected, other)
	}
}

// TestPeered says what is missing, and how it comes.
func TestPeered(t *testing.T) {
	id := strings.Repeat("a", 40)
	said := func(connected wire.Connected) *wire.NodeStatus {
		return &wire.NodeStatus{Answers: true, Connected: connected}
	}
	wrong := func(o *task.Observation) {
		o.Node.Spec.Peers = &seiv1alpha1.PeersSpec{Static: []string{strings.Repeat("b", 40) + "@other." + o.Node.Namespace + ".svc:26656"}}
		other := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "other"}}
		other.Status.Node = &seiv1alpha1.NodeStatus{NodeID: id}
		o.Peers.Named = append(o.Peers.Named, other)
	}
	alone := func(o *task.Observation) { o.Node.Spec.Overrides = map[string]string{"p2p.max-connections": "0"} }
	seed := func(o *task.Observation) { o.Node.Spec.Archive, o.Node.Spec.Seed = nil, &seiv1alpha1.SeedSpec{} }
	for name, test := range map[string]struct {
		said       *wire.NodeStatus
		change     fixture.Change
		want, says string
	}{
		"enough":                     {said(wire.ConnectedToMany), unready, "True/Connected", "two peers"},
		"one":                        {said(wire.ConnectedToOne), unready, "False/TooFew", "name more in spec.peers"},
		"none":                       {said(wire.ConnectedToNone), unready, "False/NoPeers", "name more in spec.peers"},
		"none, and one is not known": {said(wire.ConnectedToNone), selecting("abc"), "False/NoPeers", `the ID of SeiNode "other" is not known yet`},
		"none, and one came later":   {said(wire.ConnectedToNone), selecting(id), "False/NoPeers", "annotation sei.io/rollout: now"},
		"another ID":                 {said(wire.ConnectedToMany), wrong, "False/IDMismatch", `the ID of SeiNode "other" is ` + id},
		"silence":                    {&wire.NodeStatus{}, unready, "Unknown/NoAnswer", "does not answer"},
		"an older agent":             {said(""), unready, "", ""},
		"nobody has asked":           {nil, unready, "", ""},
		"no connections are wanted":  {said(wire.ConnectedToNone), alone, "Unknown/NotApplicable", "max-connections"},
		"a seed":                     {&wire.NodeStatus{Ready: true}, seed, "Unknown/NotApplicable", "seed"},
	} {
		t.Run(name, func(t *testing.T) {
			c, got, message := meta.FindStatusCondition(of(test.said, made, unready, test.change).Conditions, seiv1alpha1.ConditionPeered), "", ""
			if c != nil {
				got, message = string(c.Status)+"/"+c.Reason, c.Message
			}
			if got != test.want || !strings.Contains(message, test.says) {
				t.Errorf("%s: %s", got, message)
			}
		})
	}
}

// TestTheNodeIDIsKnownBeforeSeidAnswers, from the pod's own key, and then as seid says.
func TestTheNodeIDIsKnownBeforeSeidAnswers(t *testing.T) {
	id := strings.Repeat("a", 40)
	prepared := inContainer("prepare", ended(0, "Completed", `{"created":null,"nodeId":"`+id+`"}`), none)
	if got := of(nil, made, prepared).Node; got == nil || got.NodeID != id || got.HeightTime != nil {
		t.Errorf("nobody asked: %+v", got)
	}
	before := func(o *task.Observation) { o.Node.Status.Node = &seiv1alpha1.NodeStatus{NodeID: "former", Height: 7} }
	if got := of(&wire.NodeStatus{}, made, prepared, before).Node; got.NodeID != id || got.Height != 7 {
		t.Errorf("silence: %+v", got)
	}
	if got := of(&wire.NodeStatus{Answers: true, NodeID: "said"}, made, prepared).Node; got.NodeID != "said" {
		t.Errorf("seid answers: %+v", got)
	}
}

// TestWhoIsShown of the peers, and why a first start waits.
func TestWhoIsShown(t *testing.T) {
	id := strings.Repeat("a", 40)
	if got := of(nil, made, unready).Peers; got != nil {
		t.Errorf("nobody is selected: %+v", got)
	}
	if got := of(nil, made, unready, selecting(id)).Peers; got == nil || len(got.Resolved) != 1 || got.Resolved[0].NodeID != id || len(got.Waiting) > 0 {
		t.Errorf("one is known: %+v", got)
	}
	waits := of(nil, selecting(""))
	if got := waits.Peers; got == nil || len(got.Resolved) > 0 || len(got.Waiting) != 1 {
		t.Errorf("one is not known: %+v", got)
	}
}
