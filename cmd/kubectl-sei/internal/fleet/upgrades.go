package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/page"
)

// Upgrades is what nodes have and want of the chains' upgrades.
type Upgrades struct {
	metav1.TypeMeta `json:",inline"`
	// State is Warns where a node cannot take what its chain has planned.
	State    finding.State `json:"state"`
	Upgrades []NodeUpgrade `json:"upgrades"`
}

// NodeUpgrade is one upgrade of one node.
type NodeUpgrade struct {
	Node      string `json:"node"`
	Namespace string `json:"namespace"`
	Chain     string `json:"chain"`
	// Upgrade is its name on chain, Height its block, 0 where nobody says.
	Upgrade string `json:"upgrade"`
	Height  int64  `json:"height,omitempty"`
	// Planned says that the chain has decided on it, Listed that spec.upgrades has it, Reached that the node has it.
	Planned bool `json:"planned"`
	Listed  bool `json:"listed"`
	Reached bool `json:"reached"`
	// ReachedTime is when the operator saw that.
	ReachedTime *metav1.Time `json:"reachedTime,omitempty"`
	// Image is the one that spec.upgrades names for it, PrePulledOn the machine where that was pulled and ran.
	Image       string `json:"image,omitempty"`
	PrePulledOn string `json:"prePulledOn,omitempty"`
	// Reason is that of condition UpgradeReady where it is about this upgrade.
	Reason string `json:"reason,omitempty"`
	// State is Warns where the node cannot take it.
	State finding.State `json:"state"`
}

// UpgradesOf is pure.
func UpgradesOf(nodes []seiv1alpha1.SeiNode) Upgrades {
	all := Upgrades{TypeMeta: finding.Report("Upgrades"), State: finding.Met, Upgrades: []NodeUpgrade{}}
	for i := range nodes {
		all.Upgrades = append(all.Upgrades, upgradesOf(&nodes[i])...)
	}
	slices.SortStableFunc(all.Upgrades, func(a, b NodeUpgrade) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Height, b.Height), cmp.Compare(a.Upgrade, b.Upgrade))
	})
	if slices.ContainsFunc(all.Upgrades, func(one NodeUpgrade) bool { return one.State == finding.Warns }) {
		all.State = finding.Warns
	}
	return all
}

// upgradesOf are those that a node's chain has planned, that its spec lists, and that it has reached, each once.
func upgradesOf(node *seiv1alpha1.SeiNode) (all []NodeUpgrade) {
	names, known := []string{}, node.Status.Upgrades
	for _, listed := range node.Spec.Upgrades {
		names = append(names, listed.Name)
	}
	for _, reached := range node.Reached() {
		names = append(names, reached.Name)
	}
	if known != nil && known.Planned != nil {
		names = append(names, known.Planned.Name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		all = append(all, upgradeOf(node, name))
	}
	return all
}

func upgradeOf(node *seiv1alpha1.SeiNode, name string) NodeUpgrade {
	one := NodeUpgrade{Node: node.Name, Namespace: node.Namespace, Chain: node.Spec.ChainID, Upgrade: name, Reached: node.HasReached(name), State: finding.Met}
	if listed := node.Upgrade(name); listed != nil {
		one.Listed, one.Image = true, listed.Image
		if listed.Height != nil {
			one.Height = *listed.Height
		}
	}
	if known := node.Status.Upgrades; known != nil {
		one.see(known)
	}
	one.judge(node)
	return one
}

// see takes what the status knows of it.
func (u *NodeUpgrade) see(known *seiv1alpha1.UpgradesStatus) {
	if known.Planned != nil && known.Planned.Name == u.Upgrade {
		u.Planned, u.Height = true, known.Planned.Height
	}
	for _, reached := range known.Reached {
		if reached.Name == u.Upgrade {
			u.Height, u.ReachedTime = reached.Height, reached.Time
		}
	}
	for _, pulled := range known.PrePulled {
		if pulled.Image == u.Image {
			u.PrePulledOn = pulled.Machine
		}
	}
}

// judge takes what condition UpgradeReady says of it: of the one that is planned, or of an image that was tried in vain.
func (u *NodeUpgrade) judge(node *seiv1alpha1.SeiNode) {
	for _, c := range node.Status.Conditions {
		about := u.Planned || c.Reason == seiv1alpha1.ReasonImagePullFailed && u.Image != "" && strings.Contains(c.Message, fmt.Sprintf("%q", u.Image))
		if c.Type != seiv1alpha1.ConditionUpgradeReady || u.Reached || !about {
			continue
		}
		u.Reason = c.Reason
		if c.Status == metav1.ConditionFalse {
			u.State = finding.Warns
		}
	}
}

// Table is the upgrades for people; namespaces says that there are several.
func (u Upgrades) Table(namespaces bool) page.Table {
	table := page.Table{Columns: []page.Column{
		{Name: "NODE"}, {Name: "CHAIN", Drop: 3}, {Name: "UPGRADE"}, {Name: "HEIGHT"}, {Name: "PLANNED"}, {Name: "REACHED"}, {Name: "TRIED-ON", Drop: 2}, {Name: "IMAGE", Drop: 4}, {Name: "REASON", Drop: 1},
	}}
	for i := range u.Upgrades {
		one := &u.Upgrades[i]
		row := []string{one.Node, one.Chain, one.Upgrade, number(one.Height), yes(one.Planned), one.reached(), dash(one.PrePulledOn), dash(one.Image), dash(one.Reason)}
		if namespaces {
			row = append([]string{one.Namespace}, row...)
		}
		table.Rows = append(table.Rows, row)
	}
	if namespaces {
		table.Columns = append([]page.Column{{Name: "NAMESPACE"}}, table.Columns...)
	}
	return table
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "-"
}

func (u *NodeUpgrade) reached() string {
	if u.Reached && u.ReachedTime != nil {
		return u.ReachedTime.UTC().Format("2006-01-02T15:04:05Z")
	}
	return yes(u.Reached)
}
