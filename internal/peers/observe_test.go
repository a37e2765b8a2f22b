package peers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/peers"
)

func cluster(t *testing.T, nodes ...seiv1alpha1.SeiNode) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := seiv1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(scheme)
	peers.Indexes(func(of client.Object, key string, values client.IndexerFunc) { builder.WithIndex(of, key, values) })
	for i := range nodes {
		builder.WithObjects(&nodes[i])
	}
	return builder.Build()
}

func all(nodes []seiv1alpha1.SeiNode) string {
	var found []string
	for i := range nodes {
		found = append(found, nodes[i].Name)
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

func keyed(n *seiv1alpha1.SeiNode) { n.Spec.NodeKey = &seiv1alpha1.SecretReference{SecretName: "key"} }

func elsewhere(n *seiv1alpha1.SeiNode) { n.Namespace, n.UID = "elsewhere", "elsewhere" }

// population is a namespace of everything.
func population(t *testing.T) client.WithWatch {
	t.Helper()
	alone := func(n *seiv1alpha1.SeiNode) { n.Labels, n.Spec.Peers = nil, nil }
	return cluster(t, node("a", keyed), node("b"), node("namer", alone, func(n *seiv1alpha1.SeiNode) {
		n.Spec.Peers = &seiv1alpha1.PeersSpec{Static: []string{id("x") + "@b.sei.svc:1"}}
	}), node("v", guarded), node("w", guarded), node("alone", alone), node("twin", alone, keyed), node("far", elsewhere, keyed))
}

func TestObserve(t *testing.T) {
	reader := population(t)
	for name, test := range map[string]struct {
		of                                          seiv1alpha1.SeiNode
		selected, shielded, fellows, named, sameKey string
		left                                        string
	}{
		"a node of a mesh, before validators": {node("a", keyed), "a b", "v w", "b", "", "twin", ""},
		"a validator behind them":             {node("v", guarded), "a b", "", "", "", "", ""},
		"one that selects nobody":             {node("alone", func(n *seiv1alpha1.SeiNode) { n.Labels, n.Spec.Peers = nil, nil }), "", "", "", "", "", ""},
		"one that validators left":            {node("a", func(n *seiv1alpha1.SeiNode) { n.Labels = nil }, standsBefore("v", "gone")), "a b", "", "", "", "", "v"},
		"one whose validators stay":           {node("a", standsBefore("v")), "a b", "v w", "b", "", "", ""},
		"one that names others": {node("b", func(n *seiv1alpha1.SeiNode) {
			n.Labels, n.Spec.Peers = nil, &seiv1alpha1.PeersSpec{Static: []string{id("a") + "@a.sei.svc:1", id("x") + "@x.sei.svc:1", id("e") + "@example.com:1"}}
		}), "", "", "", "a", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := peers.Observe(t.Context(), reader, &test.of)
			for what, got := range map[string][2]string{
				"selected": {all(f.Selected), test.selected}, "shielded": {all(f.Shielded), test.shielded}, "fellows": {all(f.Fellows), test.fellows},
				"named": {all(f.Named), test.named}, "left": {all(f.Left), test.left}, "same key": {all(f.SameKey), test.sameKey},
			} {
				if got[0] != got[1] {
					t.Errorf("%s: %q, wanted %q", what, got[0], got[1])
				}
			}
			if f.Err != nil {
				t.Error(f.Err)
			}
		})
	}
	down := interceptor.NewClient(reader, interceptor.Funcs{
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			return errors.New("down")
		},
	})
	of := node("a")
	if f := peers.Observe(t.Context(), down, &of); f.Err == nil || !strings.Contains(f.Err.Error(), `namespace "sei"`) {
		t.Errorf("an error: %v", f.Err)
	}
}

// TestConcerned: whoever selects the node, whoever it selects as its sentry, whoever has its key, and whoever names it; nobody of another namespace.
func TestConcerned(t *testing.T) {
	reader := population(t)
	for name, test := range map[string]struct {
		of   seiv1alpha1.SeiNode
		want string
	}{
		"a node of a mesh":  {node("a", keyed), "a b twin v w"},
		"a validator":       {node("v", guarded), "a b"},
		"one of no label":   {node("alone", func(n *seiv1alpha1.SeiNode) { n.Labels, n.Spec.Peers = nil, nil }), ""},
		"one elsewhere":     {node("far", elsewhere), ""},
		"of another chain":  {node("b", func(n *seiv1alpha1.SeiNode) { n.Spec.ChainID = "atlantic-2" }), "namer"},
		"one that is named": {node("b"), "a namer v w"},
	} {
		concerned, err := peers.Concerned(t.Context(), reader, &test.of)
		if got := all(concerned); got != test.want || err != nil {
			t.Errorf("%s: %q, error %v", name, got, err)
		}
	}
}

// TestANodeThatJoinsWakesThoseThatTakeIt, of many that have as many as they take.
func TestANodeThatJoinsWakesThoseThatTakeIt(t *testing.T) {
	const count = 1000
	nodes := make([]seiv1alpha1.SeiNode, count)
	for i := range nodes {
		nodes[i] = node(fmt.Sprintf("node-%d", i), known)
	}
	for i := range nodes {
		set := peers.Decide(peers.Facts{Node: &nodes[i], Selected: nodes})
		nodes[i].Status.Peers = &seiv1alpha1.PeersStatus{Resolved: set.Resolved, Waiting: set.Waiting}
	}
	joins, woken := node("new", known), 0
	concerned, err := peers.Concerned(t.Context(), cluster(t, nodes...), &joins)
	for i := range concerned {
		takes := peers.Decide(peers.Facts{Node: &concerned[i], Selected: append([]seiv1alpha1.SeiNode{joins}, nodes...)})
		if slices.ContainsFunc(takes.Resolved, func(p seiv1alpha1.PeerStatus) bool { return p.Name == "new" }) {
			woken++
		}
	}
	if err != nil || len(concerned) < 10 || len(concerned) > 70 || woken != len(concerned) { // 32 of 1,000 take it, more or less
		t.Errorf("%d of %d are woken, and %d of them take it (%v)", len(concerned), count, woken, err)
	}
}

// TestWhoGoesFirstIsReadAsItsOwnReconcileLeftIt: a list that waits for nobody's writes does not say who has the node key, nor which sentry is wired.
func TestWhoGoesFirstIsReadAsItsOwnReconcileLeftIt(t *testing.T) {
	asked := map[string]bool{}
	reader := interceptor.NewClient(population(t), interceptor.Funcs{
		Get: func(ctx context.Context, real client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			asked[key.Name] = true
			return real.Get(ctx, key, object, options...)
		},
	})
	of := node("a", keyed)
	facts := peers.Observe(t.Context(), reader, &of)
	for _, other := range append(facts.SameKey, facts.Fellows...) {
		if !asked[other.Name] {
			t.Errorf("SeiNode %q is taken as it was listed", other.Name)
		}
	}
	if len(facts.SameKey) == 0 || len(facts.Fellows) == 0 {
		t.Errorf("nobody to look at: %+v", facts)
	}
}
