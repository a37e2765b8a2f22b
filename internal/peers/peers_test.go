package peers_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/peers"
)

var (
	mesh    = map[string]string{"mesh": "a"}
	byMesh  = &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"mesh": "a"}}
	created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

type change func(*seiv1alpha1.SeiNode)

// node is a full node that is selected and selects.
func node(name string, changes ...change) seiv1alpha1.SeiNode {
	n := seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "sei", UID: types.UID(name), Labels: mesh, CreationTimestamp: metav1.NewTime(created)},
		Spec: seiv1alpha1.SeiNodeSpec{
			ChainID: "pacific-1", FullNode: &seiv1alpha1.FullNodeSpec{}, Peers: &seiv1alpha1.PeersSpec{Nodes: byMesh},
		},
	}
	for _, apply := range changes {
		apply(&n)
	}
	return n
}

// id is a node ID that tells whose it is.
func id(name string) string {
	digits := hex.EncodeToString([]byte(name))
	return strings.Repeat("0", 40-len(digits)) + digits
}

func known(n *seiv1alpha1.SeiNode) { n.Status.Node = &seiv1alpha1.NodeStatus{NodeID: id(n.Name)} }

func isReady(n *seiv1alpha1.SeiNode) {
	n.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionReady, Status: metav1.ConditionTrue}}
}

func validator(n *seiv1alpha1.SeiNode) {
	n.Spec.FullNode, n.Spec.Validator = nil, &seiv1alpha1.ValidatorSpec{}
}

// guarded is a validator behind the mesh.
func guarded(n *seiv1alpha1.SeiNode) {
	validator(n)
	n.Spec.Peers, n.Spec.Sentries, n.Labels = nil, byMesh, nil
}

func before(by time.Duration) change {
	return func(n *seiv1alpha1.SeiNode) { n.CreationTimestamp = metav1.NewTime(created.Add(-by)) }
}

// standsBefore has the pod wired to validators.
func standsBefore(validators ...string) change {
	return func(n *seiv1alpha1.SeiNode) {
		n.Status.Peers = &seiv1alpha1.PeersStatus{Shields: statuses(validators...)}
	}
}

func statuses(names ...string) (all []seiv1alpha1.PeerStatus) {
	for _, name := range names {
		all = append(all, seiv1alpha1.PeerStatus{Name: name, NodeID: id(name)})
	}
	return all
}

func names(all []seiv1alpha1.PeerStatus) string {
	var found []string
	for _, peer := range all {
		if peer.NodeID != id(peer.Name) {
			found = append(found, "wrong ID: ")
		}
		found = append(found, peer.Name)
	}
	return strings.Join(found, " ")
}

// TestWhoIsSelected: of namespace and chain, never the node itself, a seed, or a validator that has sentries.
func TestWhoIsSelected(t *testing.T) {
	for name, test := range map[string]struct {
		from, to change
		want     bool
	}{
		"its like":                         {nil, nil, true},
		"a validator without sentries":     {nil, validator, true},
		"a validator selects":              {validator, nil, true},
		"a validator behind sentries":      {nil, func(n *seiv1alpha1.SeiNode) { guarded(n); n.Labels = mesh }, false},
		"a sentry":                         {guarded, nil, true},
		"an archive for a sentry":          {guarded, func(n *seiv1alpha1.SeiNode) { n.Spec.FullNode, n.Spec.Archive = nil, &seiv1alpha1.ArchiveSpec{} }, true},
		"a validator is no sentry":         {guarded, validator, false},
		"a seed":                           {nil, func(n *seiv1alpha1.SeiNode) { n.Spec.FullNode, n.Spec.Seed = nil, &seiv1alpha1.SeedSpec{} }, false},
		"another chain":                    {nil, func(n *seiv1alpha1.SeiNode) { n.Spec.ChainID = "atlantic-2" }, false},
		"itself":                           {nil, func(n *seiv1alpha1.SeiNode) { n.UID = "from" }, false},
		"one that is being deleted":        {nil, func(n *seiv1alpha1.SeiNode) { n.DeletionTimestamp = ptr.To(metav1.Now()) }, false},
		"another label":                    {nil, func(n *seiv1alpha1.SeiNode) { n.Labels = map[string]string{"mesh": "b"} }, false},
		"a node that selects nobody":       {func(n *seiv1alpha1.SeiNode) { n.Spec.Peers = nil }, nil, false},
		"a node that has static ones only": {func(n *seiv1alpha1.SeiNode) { n.Spec.Peers.Nodes = nil }, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := node("from"), node("to")
			for changed, apply := range map[*seiv1alpha1.SeiNode]change{&from: test.from, &to: test.to} {
				if apply != nil {
					apply(changed)
				}
			}
			if got := peers.Selects(&from, &to); got != test.want {
				t.Errorf("selected: %t", got)
			}
		})
	}
}

// TestWhoIsDialled: those whose ID is known; of sentries only those that do not tell of the validator.
func TestWhoIsDialled(t *testing.T) {
	half := func(n *seiv1alpha1.SeiNode) { n.Status.Node = &seiv1alpha1.NodeStatus{NodeID: "abc"} }
	evil := func(n *seiv1alpha1.SeiNode) {
		n.Status.Node = &seiv1alpha1.NodeStatus{NodeID: strings.Repeat("a", 20) + "," + strings.Repeat("b", 19)}
	}
	mesher, behind := node("me"), node("v", guarded, known)
	for name, test := range map[string]struct {
		of                *seiv1alpha1.SeiNode
		others            []seiv1alpha1.SeiNode
		resolved, waiting string
	}{
		"known, unknown and half known": {&mesher, []seiv1alpha1.SeiNode{node("c"), node("b", known), node("a", known), node("d", half)}, "a b", "c d"},
		"one that names others":         {&mesher, []seiv1alpha1.SeiNode{node("a", evil)}, "", "a"},
		"nobody":                        {&mesher, []seiv1alpha1.SeiNode{mesher}, "", ""},
		"a sentry that is not wired":    {&behind, []seiv1alpha1.SeiNode{node("s", known)}, "", "s"},
		"a sentry that is wired":        {&behind, []seiv1alpha1.SeiNode{node("s", known, standsBefore("v"))}, "s", ""},
		"a sentry of another validator": {&behind, []seiv1alpha1.SeiNode{node("s", known, standsBefore("w"))}, "", "s"},
		"a sentry wired to another ID": {&behind, []seiv1alpha1.SeiNode{node("s", known, func(n *seiv1alpha1.SeiNode) {
			n.Status.Peers = &seiv1alpha1.PeersStatus{Shields: []seiv1alpha1.PeerStatus{{Name: "v", NodeID: id("old")}}}
		})}, "", "s"},
		"a wired sentry whose own ID is no more": {&behind, []seiv1alpha1.SeiNode{node("s", standsBefore("v"))}, "", "s"},
	} {
		t.Run(name, func(t *testing.T) {
			got := peers.Decide(peers.Facts{Node: test.of, Selected: test.others})
			if names(got.Resolved) != test.resolved || strings.Join(got.Waiting, " ") != test.waiting {
				t.Errorf("resolved %q, waiting %q", names(got.Resolved), got.Waiting)
			}
		})
	}
}

// TestOfTenThousandEachTakesItsOwn: bounded, always the same, and no few of them have all the connections. One more changes few.
func TestOfTenThousandEachTakesItsOwn(t *testing.T) {
	const count = 10_000
	all := make([]seiv1alpha1.SeiNode, count)
	for i := range all {
		all[i] = node(fmt.Sprintf("node-%d", i), known)
	}
	dialled, changed := map[string]int{}, 0
	for i := 0; i < count; i += count / 20 {
		one := peers.Decide(peers.Facts{Node: &all[i], Selected: all}).Resolved
		if len(one) != peers.Most || !slices.IsSortedFunc(one, func(a, b seiv1alpha1.PeerStatus) int { return strings.Compare(a.Name, b.Name) }) {
			t.Fatalf("node %d takes %d", i, len(one))
		}
		for _, peer := range one {
			dialled[peer.Name]++
		}
		if more := peers.Decide(peers.Facts{Node: &all[i], Selected: append([]seiv1alpha1.SeiNode{node("new", known)}, all...)}).Resolved; !slices.Equal(one, more) {
			changed++
		}
	}
	for name, times := range dialled {
		if times > 3 { // 20 nodes, 32 each, of 10,000
			t.Errorf("%d of 20 dial %s", times, name)
		}
	}
	if changed > 2 {
		t.Errorf("a node that joins changes the peers of %d of 20", changed)
	}
}

// TestWhatTheFirstStartWaitsFor: the older ones that are to be dialled, until enough of them are known, and the validator that the node stands before.
func TestWhatTheFirstStartWaitsFor(t *testing.T) {
	older, paused := before(time.Minute), func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true) }
	for name, test := range map[string]struct {
		of     seiv1alpha1.SeiNode
		others []seiv1alpha1.SeiNode
		want   string
	}{
		"the first":                           {node("me"), nil, ""},
		"younger ones":                        {node("me"), []seiv1alpha1.SeiNode{node("b", before(-time.Minute))}, ""},
		"one of the same second":              {node("me"), []seiv1alpha1.SeiNode{node("z"), node("a")}, "a"},
		"an older one":                        {node("me"), []seiv1alpha1.SeiNode{node("z", older)}, "z"},
		"an older one that is known":          {node("me"), []seiv1alpha1.SeiNode{node("z", older, known)}, ""},
		"one that is paused":                  {node("me"), []seiv1alpha1.SeiNode{node("z", older, paused)}, ""},
		"three are known":                     {node("me"), []seiv1alpha1.SeiNode{node("a", known), node("b", known), node("c", known), node("d", older)}, "d"},
		"four are":                            {node("me"), []seiv1alpha1.SeiNode{node("a", known), node("b", known), node("c", known), node("d", known), node("e", older)}, ""},
		"a validator that is not known":       {node("me"), []seiv1alpha1.SeiNode{node("v", guarded)}, "v"},
		"a validator that is":                 {node("me"), []seiv1alpha1.SeiNode{node("v", guarded, known)}, ""},
		"a validator that is paused":          {node("me"), []seiv1alpha1.SeiNode{node("v", guarded, paused)}, ""},
		"a validator behind unknown sentries": {node("v", guarded), []seiv1alpha1.SeiNode{node("s", older)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := peers.Decide(factsOf(test.of, test.others))
			if got.Awaits != test.want || !got.Until.Equal(created.Add(2*time.Minute)) {
				t.Errorf("waits for %q until %s", got.Awaits, got.Until)
			}
		})
	}
}

// factsOf are what Observe would read, of a namespace of these.
func factsOf(of seiv1alpha1.SeiNode, others []seiv1alpha1.SeiNode, wired ...string) peers.Facts {
	facts := peers.Facts{Node: &of, Selected: others, Wired: statuses(wired...), Now: created}
	for _, other := range others {
		if other.Spec.Sentries != nil && peers.Selects(&other, &of) {
			facts.Shielded = append(facts.Shielded, other)
		}
	}
	for _, other := range others {
		if slices.ContainsFunc(facts.Shielded, func(v seiv1alpha1.SeiNode) bool { return peers.Selects(&v, &other) }) {
			facts.Fellows = append(facts.Fellows, other)
		}
	}
	return facts
}

// TestAStaticPeerIsNamedByItsID: seid refuses the connection else.
func TestAStaticPeerIsNamedByItsID(t *testing.T) {
	other, unknown := node("a", known), node("a")
	for address, test := range map[string]struct {
		named seiv1alpha1.SeiNode
		wrong bool
	}{
		id("a") + "@a.sei.svc:26656":               {other, false},
		id("b") + "@a.sei.svc:26656":               {other, true},
		id("b") + "@a:26656":                       {other, true},
		id("b") + "@a.sei:26656":                   {other, true},
		id("b") + "@a.sei.svc.cluster.local:26656": {other, true},
		id("b") + "@a.elsewhere.svc:26656":         {other, false},
		id("b") + "@a.example.com:26656":           {other, false},
		id("b") + "@b.sei.svc:26656":               {other, false},
		id("b") + "@a.sei.svc:26657":               {unknown, false},
	} {
		me := node("me", func(n *seiv1alpha1.SeiNode) { n.Spec.Peers = &seiv1alpha1.PeersSpec{Static: []string{address}} })
		got := peers.Decide(peers.Facts{Node: &me, Named: []seiv1alpha1.SeiNode{test.named}}).Mismatch
		if (got != "") != test.wrong || test.wrong && (!strings.Contains(got, address) || !strings.Contains(got, id("a"))) {
			t.Errorf("%s: %q", address, got)
		}
	}
}

// TestOfTwoNodesWithOneKeyTheYoungerWaits, but for one that runs already.
func TestOfTwoNodesWithOneKeyTheYoungerWaits(t *testing.T) {
	runs := func(n *seiv1alpha1.SeiNode) {
		n.Status.Children = []seiv1alpha1.ChildStatus{{Kind: "StatefulSet", Digest: "x"}}
	}
	for name, test := range map[string]struct {
		of, other seiv1alpha1.SeiNode
		want      string
	}{
		"the older":                       {node("a", before(time.Minute)), node("b"), ""},
		"the younger":                     {node("a"), node("b", before(time.Minute)), "b"},
		"the younger, which runs":         {node("a", runs), node("b", before(time.Minute)), ""},
		"the older, beside one that runs": {node("a", before(time.Minute)), node("b", runs), "b"},
	} {
		if got := peers.Decide(peers.Facts{Node: &test.of, SameKey: []seiv1alpha1.SeiNode{test.other}}).SameKey; got != test.want {
			t.Errorf("%s: leaves it to %q", name, got)
		}
	}
	if got := peers.Decide(peers.Facts{Node: ptr.To(node("a"))}); !cmp.Equal(got, peers.Set{Until: created.Add(2 * time.Minute)}) {
		t.Errorf("a node alone: %+v", got)
	}
}

// TestWhoVouchesForAChain: full nodes and archives that have a block, at most eight, always the same.
func TestWhoVouchesForAChain(t *testing.T) {
	at := func(height int64) change {
		return func(n *seiv1alpha1.SeiNode) { n.Status.Node = &seiv1alpha1.NodeStatus{Height: height} }
	}
	mode := func(set func(*seiv1alpha1.SeiNodeSpec)) change {
		return func(n *seiv1alpha1.SeiNode) { n.Spec.FullNode = nil; set(&n.Spec) }
	}
	me := node("me", at(5))
	all := []seiv1alpha1.SeiNode{
		node("z", at(5)), node("a", at(5)), node("none"), node("zero", at(0)), me,
		node("archive", at(5), mode(func(s *seiv1alpha1.SeiNodeSpec) { s.Archive = &seiv1alpha1.ArchiveSpec{} })),
		node("validator", at(5), mode(func(s *seiv1alpha1.SeiNodeSpec) { s.Validator = &seiv1alpha1.ValidatorSpec{} })),
		node("seed", at(5), mode(func(s *seiv1alpha1.SeiNodeSpec) { s.Seed = &seiv1alpha1.SeedSpec{} })),
		node("gone", at(5), func(n *seiv1alpha1.SeiNode) { n.DeletionTimestamp = ptr.To(metav1.Now()) }),
	}
	if diff := cmp.Diff([]string{"a", "archive", "z"}, peers.Decide(peers.Facts{Node: &me, Vouching: all}).Witnesses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i := range 20 {
		all = append(all, node(fmt.Sprintf("n%02d", i), at(5)))
	}
	slices.Reverse(all)
	if got := peers.Decide(peers.Facts{Node: &me, Vouching: all}).Witnesses; len(got) != peers.MostWitnesses || got[0] != "a" || got[7] != "n05" {
		t.Errorf("of many: %v", got)
	}
}
