// Package fleet shows many nodes side by side: how they are, who they are connected to, and which upgrades of the chain they are ready for.
package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/page"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Status is how nodes are.
type Status struct {
	metav1.TypeMeta `json:",inline"`
	// State is the worst of the nodes.
	State finding.State `json:"state"`
	Nodes []NodeStatus  `json:"nodes"`
}

// NodeStatus is how one node is, as the operator last wrote it down.
type NodeStatus struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Mode      seiv1alpha1.Mode  `json:"mode"`
	Chain     string            `json:"chain"`
	Phase     seiv1alpha1.Phase `json:"phase,omitempty"`
	// Ready is the status of condition Ready, Reason its reason.
	Ready  metav1.ConditionStatus `json:"ready"`
	Reason string                 `json:"reason,omitempty"`
	// Height is the last block that was written down, HeightTime when it was first seen.
	Height     int64        `json:"height,omitempty"`
	HeightTime *metav1.Time `json:"heightTime,omitempty"`
	// Lag is how many blocks the node is behind the best of its chain, absent where that is not known. It is 0 for one that is at the tip as seid says.
	Lag *int64 `json:"lag,omitempty"`
	// Peers is how many SeiNodes it is to be connected to, absent where the spec selects none; Peered is the status of that condition.
	Peers  *int                   `json:"peers,omitempty"`
	Peered metav1.ConditionStatus `json:"peered,omitempty"`
	Synced metav1.ConditionStatus `json:"synced,omitempty"`
	// Upgrade is the one that the chain has planned, UpgradeReady whether the node can take it.
	Upgrade      *seiv1alpha1.PlannedUpgrade `json:"upgrade,omitempty"`
	UpgradeReady metav1.ConditionStatus      `json:"upgradeReady,omitempty"`
	Claim        string                      `json:"claim"`
	Image        string                      `json:"image,omitempty"`
	Created      metav1.Time                 `json:"created"`
	// State is Met for a node that is ready, Refused for one that failed, Warns or Waits for others.
	State finding.State `json:"state"`
}

// StatusOf is pure. siblings are all the nodes that were read, shown picks those that are told of.
func StatusOf(siblings []seiv1alpha1.SeiNode, shown func(*seiv1alpha1.SeiNode) bool) Status {
	status := Status{TypeMeta: finding.Report("Status"), State: finding.Met, Nodes: []NodeStatus{}}
	best := tips(siblings)
	for i := range siblings {
		if shown(&siblings[i]) {
			status.Nodes = append(status.Nodes, statusOf(&siblings[i], best))
		}
	}
	slices.SortFunc(status.Nodes, func(a, b NodeStatus) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	states := []finding.Finding{}
	for _, node := range status.Nodes {
		states = append(states, finding.Finding{State: node.State})
	}
	status.State = finding.Worst(states)
	return status
}

// tips are the highest blocks that are known of each chain.
func tips(nodes []seiv1alpha1.SeiNode) map[string]int64 {
	best := map[string]int64{}
	for i := range nodes {
		if seen := nodes[i].Status.Node; seen != nil {
			best[nodes[i].Spec.ChainID] = max(best[nodes[i].Spec.ChainID], seen.Height)
		}
	}
	return best
}

func statusOf(node *seiv1alpha1.SeiNode, best map[string]int64) NodeStatus {
	status := NodeStatus{
		Name: node.Name, Namespace: node.Namespace, Mode: node.Mode(), Chain: node.Spec.ChainID, Phase: node.Status.Phase,
		Ready: is(node, seiv1alpha1.ConditionReady), Reason: reason(node), Lag: lag(node, best[node.Spec.ChainID]), Peers: peersOf(node),
		Peered: is(node, seiv1alpha1.ConditionPeered), Synced: is(node, seiv1alpha1.ConditionSynced), UpgradeReady: is(node, seiv1alpha1.ConditionUpgradeReady),
		Claim: storage.ClaimName(node), Image: node.Status.CurrentImage, Created: inUTC(node.CreationTimestamp), State: stateOf(node),
	}
	if seen := node.Status.Node; seen != nil {
		status.Height = seen.Height
		if seen.HeightTime != nil {
			status.HeightTime = new(inUTC(*seen.HeightTime))
		}
	}
	if node.Status.Upgrades != nil {
		status.Upgrade = node.Status.Upgrades.Planned
	}
	return status
}

func inUTC(t metav1.Time) metav1.Time { return metav1.NewTime(t.UTC()) }

// is is the status of a condition, "" where there is none.
func is(node *seiv1alpha1.SeiNode, kind string) metav1.ConditionStatus {
	if c := meta.FindStatusCondition(node.Status.Conditions, kind); c != nil {
		return c.Status
	}
	return ""
}

func reason(node *seiv1alpha1.SeiNode) string {
	if c := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

// lag is how far a node is behind the best of its chain. Heights are written down at different times, so that those of two nodes at the tip differ, too: what seid
// says counts first.
func lag(node *seiv1alpha1.SeiNode, best int64) *int64 {
	switch seen := node.Status.Node; {
	case is(node, seiv1alpha1.ConditionSynced) == metav1.ConditionTrue:
		return new(int64)
	case seen == nil || seen.Height == 0 || best == 0:
		return nil
	default:
		return new(best - seen.Height)
	}
}

func peersOf(node *seiv1alpha1.SeiNode) *int {
	if node.Status.Peers == nil {
		return nil
	}
	return new(len(node.Status.Peers.Resolved))
}

func stateOf(node *seiv1alpha1.SeiNode) finding.State {
	switch {
	case node.Status.Phase == seiv1alpha1.PhaseFailed:
		return finding.Refused
	case is(node, seiv1alpha1.ConditionReady) != metav1.ConditionTrue || node.Status.ObservedGeneration < node.Generation:
		return finding.Waits
	case is(node, seiv1alpha1.ConditionUpgradeReady) == metav1.ConditionFalse, is(node, seiv1alpha1.ConditionSynced) == metav1.ConditionFalse,
		is(node, seiv1alpha1.ConditionPeered) == metav1.ConditionFalse, is(node, seiv1alpha1.ConditionImportPVCReady) == metav1.ConditionFalse:
		return finding.Warns
	}
	return finding.Met
}

// Table is the status for people; namespaces says that there are several.
func (s Status) Table(namespaces bool, now time.Time) page.Table {
	table := page.Table{Columns: []page.Column{
		{Name: "NAME"}, {Name: "MODE", Drop: 3}, {Name: "CHAIN", Drop: 2}, {Name: "PHASE"}, {Name: "REASON", Wide: true}, {Name: "HEIGHT"}, {Name: "SEEN", Wide: true},
		{Name: "LAG"}, {Name: "PEERS", Drop: 4}, {Name: "SYNCED"}, {Name: "UPGRADE", Drop: 1}, {Name: "CLAIM", Drop: 6}, {Name: "IMAGE", Wide: true}, {Name: "AGE", Drop: 5},
	}}
	for i := range s.Nodes {
		table.Rows = append(table.Rows, s.Nodes[i].row(now))
	}
	if namespaces {
		table.Columns = append([]page.Column{{Name: "NAMESPACE"}}, table.Columns...)
		for i := range table.Rows {
			table.Rows[i] = append([]string{s.Nodes[i].Namespace}, table.Rows[i]...)
		}
	}
	return table
}

func (n *NodeStatus) row(now time.Time) []string {
	seen := "-"
	if n.HeightTime != nil {
		seen = duration.HumanDuration(now.Sub(n.HeightTime.Time))
	}
	return []string{
		n.Name, dash(string(n.Mode)), n.Chain, dash(string(n.Phase)), dash(n.Reason), number(n.Height), seen, optional(n.Lag), optional(n.Peers), dash(string(n.Synced)),
		n.upgrade(), n.Claim, dash(n.Image), duration.HumanDuration(now.Sub(n.Created.Time)),
	}
}

// upgrade is what the chain has planned, marked where the node cannot take it.
func (n *NodeStatus) upgrade() string {
	text := "-"
	if n.Upgrade != nil {
		text = fmt.Sprintf("%s@%d", n.Upgrade.Name, n.Upgrade.Height)
	}
	if n.UpgradeReady == metav1.ConditionFalse {
		text += "!"
	}
	return text
}

func dash(text string) string { return cmp.Or(text, "-") }

func number(n int64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

func optional[N int | int64](n *N) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(int64(*n), 10)
}
