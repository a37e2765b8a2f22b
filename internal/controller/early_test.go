package controller

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	testingclock "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
)

// nodesOf is a client that has those SeiNodes, or does not answer.
type nodesOf struct {
	client.Client // what is not overridden is not called
	nodes         []seiv1alpha1.SeiNode
	err           error
}

func (n nodesOf) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	list.(*seiv1alpha1.SeiNodeList).Items = n.nodes
	return n.err
}

// named is a SeiNode of that name.
func named(name string) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: name, UID: types.UID(name)}, Spec: seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1"}}
}

// TestWhoTakesAnUpgradeEarlyIsReadPastTheCache, which may not show yet what another node has just taken.
func TestWhoTakesAnUpgradeEarlyIsReadPastTheCache(t *testing.T) {
	node, other := named("this"), named("other")
	free := nodesOf{nodes: []seiv1alpha1.SeiNode{*other.DeepCopy()}}
	other.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Early: ptr.To(true)})
	taken, silent := nodesOf{nodes: []seiv1alpha1.SeiNode{*other}}, nodesOf{err: errors.New("no answer")}
	for name, test := range map[string]struct {
		cache, live nodesOf
		want        string
		fails       bool
		turn        bool
	}{
		"nobody takes it":             {free, free, "", false, true},
		"another does":                {taken, silent, "other", false, false}, // and nobody has to ask the API server
		"another does since a moment": {free, taken, "other", false, true},
		"nobody knows":                {free, silent, "", true, true},
		"the cache does not answer":   {silent, free, "", true, false},
	} {
		r := &Reconciler{Client: test.cache, Live: test.live}
		if got, err := r.ahead(t.Context(), node, "v7"); got != test.want || (err != nil) != test.fails || (len(r.turns.taken) > 0) != test.turn {
			t.Errorf("%s: %q, %v; turns %v", name, got, err, r.turns.taken)
		}
	}
}

// TestOfTwoThatLookAtOnceOneHasTheTurn, and nobody waits for the end of that: the other comes later.
func TestOfTwoThatLookAtOnceOneHasTheTurn(t *testing.T) {
	r := &Reconciler{Client: nodesOf{}, Live: nodesOf{}}
	looks := func(node *seiv1alpha1.SeiNode, want string) {
		t.Helper()
		if got, err := r.ahead(t.Context(), node, "v7"); got != want || err != nil {
			t.Errorf("%s waits for %q, wanted %q (%v)", node.Name, got, want, err)
		}
	}
	elsewhere, otherChain := named("elsewhere"), named("other-chain")
	elsewhere.Namespace, otherChain.Spec.ChainID = "sei-2", "atlantic-2"
	looks(named("first"), "")
	looks(named("first"), "")
	looks(named("second"), "first")
	looks(elsewhere, "")
	looks(otherChain, "")
	r.turns.giveBack(named("second")) // which has none
	looks(named("second"), "first")
	r.turns.giveBack(named("first"))
	looks(named("second"), "")
}

// TestWhoWaitsForItsTurnComesLater, and not all at once.
func TestWhoWaitsForItsTurnComesLater(t *testing.T) {
	r := &Reconciler{Clock: testingclock.NewFakePassiveClock(time.Unix(1e9, 0))}
	scope := &task.Scope{Observation: task.Observation{Node: named("this"), Ahead: "other"}}
	seen := map[time.Duration]bool{}
	for range 100 {
		again := r.wait(scope)
		if seen[again] = true; again < turnInterval || again > 2*turnInterval {
			t.Errorf("it comes again after %s", again)
		}
	}
	if len(seen) < 50 {
		t.Errorf("of 100 nodes many come at once: %v", seen)
	}
}
