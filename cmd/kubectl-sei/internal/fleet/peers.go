package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/page"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Peers is where a node is reached by its peers, and who they are.
type Peers struct {
	metav1.TypeMeta `json:",inline"`
	Name            string `json:"name"`
	Namespace       string `json:"namespace"`
	// Peered is the status of that condition, Message what it says.
	Peered  metav1.ConditionStatus `json:"peered,omitempty"`
	Message string                 `json:"message,omitempty"`
	// Node is the node itself, Peers those that it is to be connected to.
	Node  Peer   `json:"node"`
	Peers []Peer `json:"peers"`
}

// The kinds of peers.
const (
	peerNode     = "Node"     // a SeiNode that the spec selects
	peerWaiting  = "Waiting"  // one whose ID is not known yet
	peerShielded = "Shielded" // a validator that the node stands before
	peerStatic   = "Static"   // one that the spec names
	peerSeed     = "Seed"     // one that is asked for others
)

// Peer is a peer, each address <node ID>@<host>:<port>.
type Peer struct {
	// Kind is Self, Node, Waiting, Shielded, Static or Seed.
	Kind string `json:"kind"`
	// Name is the SeiNode's, "" for a peer that is none.
	Name string `json:"name,omitempty"`
	// Inside is the address inside of the cluster, Outside the one that peers outside of it are told.
	Inside  string `json:"inside,omitempty"`
	Outside string `json:"outside,omitempty"`
}

// PeersOf is pure. siblings are the nodes of the namespace, none where they could not be read.
func PeersOf(node *seiv1alpha1.SeiNode, siblings []seiv1alpha1.SeiNode) Peers {
	found := Peers{
		TypeMeta: finding.Report("Peers"), Name: node.Name, Namespace: node.Namespace,
		Peered: is(node, seiv1alpha1.ConditionPeered), Node: self(node), Peers: []Peer{},
	}
	if peered := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionPeered); peered != nil {
		found.Message = peered.Message
	}
	if known := node.Status.Peers; known != nil {
		found.Peers = append(found.Peers, dialled(known.Resolved, peerNode, node.Namespace, siblings)...)
		found.Peers = append(found.Peers, dialled(known.Shields, peerShielded, node.Namespace, siblings)...)
		for _, name := range known.Waiting {
			found.Peers = append(found.Peers, Peer{Kind: peerWaiting, Name: name})
		}
	}
	for _, address := range node.StaticPeers() {
		found.Peers = append(found.Peers, named(peerStatic, address))
	}
	for _, address := range node.SeedPeers() {
		found.Peers = append(found.Peers, named(peerSeed, address))
	}
	return found
}

// self is how a node is reached.
func self(node *seiv1alpha1.SeiNode) Peer {
	one := Peer{Kind: "Self", Name: node.Name}
	if node.Status.Node == nil || node.Status.Node.NodeID == "" {
		return one
	}
	id := node.Status.Node.NodeID
	one.Inside = workload.PeerAddress(node.Namespace, seiv1alpha1.PeerStatus{Name: node.Name, NodeID: id})
	if address := node.ExternalAddress(); address != "" {
		one.Outside = id + "@" + address
	}
	return one
}

// dialled are SeiNodes whose IDs are known.
func dialled(statuses []seiv1alpha1.PeerStatus, kind, namespace string, siblings []seiv1alpha1.SeiNode) (found []Peer) {
	for _, status := range statuses {
		one := Peer{Kind: kind, Name: status.Name, Inside: workload.PeerAddress(namespace, status)}
		at := slices.IndexFunc(siblings, func(node seiv1alpha1.SeiNode) bool { return node.Name == status.Name })
		if at >= 0 {
			one.Outside = self(&siblings[at]).Outside
		}
		found = append(found, one)
	}
	return found
}

// named is a peer that the spec names by its address: inside of the cluster where that is a Service's.
func named(kind, address string) Peer {
	host, _, _ := strings.Cut(address[strings.Index(address, "@")+1:], ":")
	if strings.HasSuffix(host, ".svc") || strings.Contains(host, ".svc.") {
		return Peer{Kind: kind, Inside: address}
	}
	return Peer{Kind: kind, Outside: address}
}

// Table is the peers for people, a row for each address.
func (p Peers) Table() page.Table {
	table := page.Table{Columns: []page.Column{{Name: "PEER"}, {Name: "KIND", Drop: 2}, {Name: "SIDE", Drop: 1}, {Name: "ADDRESS"}}}
	for _, peer := range append([]Peer{p.Node}, p.Peers...) {
		table.Rows = append(table.Rows, peer.rows()...)
	}
	return table
}

func (p Peer) rows() (rows [][]string) {
	if p.Inside != "" {
		rows = append(rows, []string{dash(p.Name), p.Kind, "inside", p.Inside})
	}
	if p.Outside != "" {
		rows = append(rows, []string{dash(p.Name), p.Kind, "outside", p.Outside})
	}
	if len(rows) == 0 {
		rows = append(rows, []string{dash(p.Name), p.Kind, "-", "-"})
	}
	return rows
}

// Sentence says how the node is connected.
func (p Peers) Sentence() string {
	return fmt.Sprintf("Peered=%s: %s", cmp.Or(string(p.Peered), "Unknown"), cmp.Or(p.Message, "nothing was heard yet"))
}
