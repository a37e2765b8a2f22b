package controller

import (
	"context"
	"errors"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
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

// TestWhoTakesAnUpgradeEarlyIsReadPastTheCache, which may not show yet what another node has just taken.
func TestWhoTakesAnUpgradeEarlyIsReadPastTheCache(t *testing.T) {
	node, other := &seiv1alpha1.SeiNode{}, seiv1alpha1.SeiNode{}
	node.UID, other.UID, other.Name = "this", "other", "other"
	free := nodesOf{nodes: []seiv1alpha1.SeiNode{*other.DeepCopy()}}
	other.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500})
	other.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionReady, Status: metav1.ConditionFalse}}
	taken, silent := nodesOf{nodes: []seiv1alpha1.SeiNode{other}}, nodesOf{err: errors.New("no answer")}
	for name, test := range map[string]struct {
		cache, live nodesOf
		want        string
		fails       bool
	}{
		"nobody takes it":             {free, free, "", false},
		"another does":                {taken, taken, "other", false},
		"another does since a moment": {free, taken, "other", false},
		"nobody knows":                {free, silent, "", true},
	} {
		r := &Reconciler{Client: test.cache, Live: test.live}
		if got, err := r.ahead(t.Context(), node, "v7"); got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
