// Package peers decides which SeiNodes a node is connected to, and which validators it shields from everybody else. Nobody is asked: what is
// known of a SeiNode is in its status.
//
// Decisions are pure functions of Facts; only observe.go holds a client.
package peers

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
)

const (
	// Most is how many SeiNodes a node is connected to by a selector. Of more each node takes others, always the same, so that no few have all the connections.
	Most = 32
	// enough is how many of the older SeiNodes that are selected have to be known before a node starts for the first time: it dials them, and nobody has to be
	// started again to dial it.
	enough = 4
	// patience is for how long after a node was made it is kept from its first start for that.
	patience = 2 * time.Minute
)

// Facts is all that a decision about a node's peers rests on.
type Facts struct {
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Selected are the SeiNodes of namespace and chain that its selector matches, and Shielded the validators whose sentry it is. All belong to the cache.
	Selected, Shielded []seiv1alpha1.SeiNode
	// Fellows are the other sentries of those validators.
	Fellows []seiv1alpha1.SeiNode
	// Named are the SeiNodes that static peers name by their Service.
	Named []seiv1alpha1.SeiNode
	// SameKey are other SeiNodes with the same node key.
	SameKey []seiv1alpha1.SeiNode
	// Vouching are the SeiNodes of namespace and chain that the node's state sync selects to trust its chain by.
	Vouching []seiv1alpha1.SeiNode
	// Wired are the validators that the node's StatefulSet has it wired to, and Left those of them that are there and do not select it any more.
	Wired []seiv1alpha1.PeerStatus
	Left  []seiv1alpha1.SeiNode
	// Rolls says that the node's pod is replaced for something that the user asks for.
	Rolls bool
	// Now is when the facts were read.
	Now time.Time
	// Err is the error of the first read that failed; nothing may be decided then.
	Err error
}

// Set is who a node is to be connected to.
type Set struct {
	// Resolved are to be dialled, Waiting are not known yet, or may not be.
	Resolved []seiv1alpha1.PeerStatus
	Waiting  []string
	// Shields are the validators that the node is to be wired to as their sentry.
	Shields []seiv1alpha1.PeerStatus
	// Behind is why Shields are not yet those that select the node, "" where they are.
	Behind string
	// Awaits names a SeiNode whose ID the node's first start waits for, until Until; "" for none.
	Awaits string
	Until  time.Time
	// Witnesses are the SeiNodes that the node trusts its chain by, by name.
	Witnesses []string
	// Mismatch says which static peer has another ID than it is named by, "" for none.
	Mismatch string
	// SameKey names the SeiNode to which the node leaves the node key that both name, "" for none.
	SameKey string
}

// Decide is pure.
func Decide(f Facts) Set {
	var set Set
	peers := taken(f)
	for _, peer := range peers {
		switch id := idOf(peer); {
		case id == "", f.Node.Spec.Sentries != nil && !shields(peer, f.Node):
			set.Waiting = append(set.Waiting, peer.Name)
		default:
			set.Resolved = append(set.Resolved, seiv1alpha1.PeerStatus{Name: peer.Name, NodeID: id})
		}
	}
	set.Shields, set.Behind = shielded(f)
	set.Witnesses = witnesses(f)
	set.Mismatch = mismatch(f)
	set.Awaits, set.Until = awaits(f, peers), f.Node.CreationTimestamp.Add(patience)
	for i := range f.SameKey {
		if owner.Yields(f.Node, &f.SameKey[i], hasRun) {
			set.SameKey = f.SameKey[i].Name
		}
	}
	return set
}

// wanted are the labels of the SeiNodes that a node is to be connected to; nil where it selects none.
func wanted(node *seiv1alpha1.SeiNode) map[string]seiv1alpha1.LabelValue {
	switch peers := node.Spec.Peers; {
	case node.Spec.Sentries != nil:
		return node.Spec.Sentries.MatchLabels
	case peers != nil && peers.Nodes != nil:
		return peers.Nodes.MatchLabels
	}
	return nil
}

// Selecting says whether a node selects others at all.
func Selecting(node *seiv1alpha1.SeiNode) bool { return len(wanted(node)) > 0 }

// Selects says whether a node is to be connected to another of its namespace. A validator behind sentries is shown to nobody, and nothing but a node that serves
// stands before one. A seed keeps no connection.
func Selects(node, other *seiv1alpha1.SeiNode) bool {
	if !Selecting(node) || node.UID == other.UID || node.Spec.ChainID != other.Spec.ChainID || other.DeletionTimestamp != nil {
		return false
	}
	for key, value := range wanted(node) {
		if found, is := other.Labels[key]; !is || found != string(value) {
			return false
		}
	}
	switch other.Mode() {
	case seiv1alpha1.ModeSeed:
		return false
	case seiv1alpha1.ModeValidator:
		return node.Spec.Sentries == nil && other.Spec.Sentries == nil
	}
	return true
}

// taken are those of the selected that the node is connected to, by name.
func taken(f Facts) []*seiv1alpha1.SeiNode {
	var chosen []*seiv1alpha1.SeiNode
	for i := range f.Selected {
		if Selects(f.Node, &f.Selected[i]) {
			chosen = append(chosen, &f.Selected[i])
		}
	}
	if len(chosen) > Most {
		chosen = nearest(f.Node.Name, chosen)
	}
	slices.SortFunc(chosen, func(a, b *seiv1alpha1.SeiNode) int { return strings.Compare(a.Name, b.Name) })
	return chosen
}

func nearest(from string, nodes []*seiv1alpha1.SeiNode) []*seiv1alpha1.SeiNode {
	type placed struct {
		node *seiv1alpha1.SeiNode
		away uint64
	}
	all := make([]placed, 0, len(nodes))
	for _, node := range nodes {
		all = append(all, placed{node, distance(from, node.Name)})
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.away, b.away) })
	for i := range Most {
		nodes[i] = all[i].node
	}
	return nodes[:Most]
}

// distance orders the others as one node sees them, and every node in another way. One that comes or goes changes nobody's order of the rest.
func distance(from, to string) uint64 {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(from + "/" + to))
	mixed := sum.Sum64() * 0x9e3779b97f4a7c15 // the last letters alone move few of its bits
	return mixed ^ mixed>>32
}

// awaits is a SeiNode that the node's first start waits for: a validator that it shields, else an older one, while fewer of those are known than it may dial.
func awaits(f Facts, peers []*seiv1alpha1.SeiNode) string {
	for i := range f.Shielded {
		if idOf(&f.Shielded[i]) == "" && Selects(&f.Shielded[i], f.Node) && !f.Shielded[i].Paused() {
			return f.Shielded[i].Name
		}
	}
	if f.Node.Spec.Sentries != nil {
		return "" // they dial it
	}
	known, unknown := 0, ""
	for _, peer := range peers {
		switch {
		case idOf(peer) != "":
			known++
		case unknown == "" && isOlder(peer, f.Node) && !peer.Paused():
			unknown = peer.Name
		}
	}
	if known >= enough {
		return ""
	}
	return unknown
}

// ServiceOf is the SeiNode of the namespace whose Service a peer's address names, and the ID that the address has; "" for any other host.
func ServiceOf(namespace, address string) (name, id string) {
	id, host, _ := strings.Cut(address, "@")
	host, _, _ = strings.Cut(host, ":")
	name, domain, _ := strings.Cut(host, ".")
	if domain == "" || slices.Contains([]string{namespace, namespace + ".svc", namespace + ".svc.cluster.local"}, domain) {
		return name, id
	}
	return "", id
}

// mismatch finds a static peer that answers with another ID, so that seid refuses its connection.
func mismatch(f Facts) string {
	for _, address := range f.Node.StaticPeers() {
		name, id := ServiceOf(f.Node.Namespace, address)
		for i := range f.Named {
			if has := idOf(&f.Named[i]); f.Named[i].Name == name && has != "" && has != id {
				return fmt.Sprintf("spec.peers.static has %q, and the ID of SeiNode %q is %s: correct it, or select the SeiNode by a label in spec.peers.nodes", address, name, has)
			}
		}
	}
	return ""
}

// isOlder puts all nodes of a namespace into one order, so that no two wait for each other.
func isOlder(a, b *seiv1alpha1.SeiNode) bool {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name)) < 0
}

// isID is what an ID looks like: whatever else a pod says of itself comes into nobody's list.
var isID = regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString

func idOf(node *seiv1alpha1.SeiNode) string {
	if node.Status.Node == nil || !isID(node.Status.Node.NodeID) {
		return ""
	}
	return node.Status.Node.NodeID
}

func isReady(node *seiv1alpha1.SeiNode) bool {
	return meta.IsStatusConditionTrue(node.Status.Conditions, seiv1alpha1.ConditionReady)
}

// hasRun says whether something was made of the node already: it keeps its key, also beside an older one.
func hasRun(node *seiv1alpha1.SeiNode) bool { return node.Written("StatefulSet") != "" }
