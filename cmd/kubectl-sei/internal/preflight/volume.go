package preflight

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/page"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// Volume is what the agent found on the volume.
type Volume struct {
	// Layout says where on it the home of seid lies: Root, Nested, DataOnly, Empty or Unknown.
	Layout wire.Layout `json:"layout"`
	// Chain is what its files name, Height a lower bound of its last block.
	Chain  string `json:"chain,omitempty"`
	Height int64  `json:"height,omitempty"`
	// StateCommit says whether there is committed state, StateStore which database answers queries from it, "" for none.
	StateCommit bool   `json:"stateCommit"`
	StateStore  string `json:"stateStore,omitempty"`
	Wasm        bool   `json:"wasm"`
	// ConsensusKey, NodeKey and SignState say whether these files are there; Signed is what the sign state says, where a validator is asked for.
	ConsensusKey bool         `json:"consensusKey"`
	NodeKey      bool         `json:"nodeKey"`
	SignState    bool         `json:"signState"`
	Signed       *wire.Signed `json:"signed,omitempty"`
	// KeyAddress is that of the key on the volume, where a validator that signs with it is asked for.
	KeyAddress string `json:"keyAddress,omitempty"`
	// Capacity is the claim's, FreeBytes what is left for seid, OwnerUID whose the home is.
	Capacity  string `json:"capacity"`
	FreeBytes int64  `json:"freeBytes,omitempty"`
	OwnerUID  int64  `json:"ownerUid"`
}

// Inspected adds what the agent found on the volume, and its verdict.
func (r *Report) Inspected(found wire.Inspection, capacity string) {
	r.Volume = &Volume{
		Layout: found.Layout, Chain: found.ChainID, Height: found.Height, StateCommit: found.StateCommit, StateStore: found.StateStore, Wasm: found.Wasm,
		ConsensusKey: found.ConsensusKey, NodeKey: found.NodeKey, SignState: found.SignState, Signed: found.Signed, KeyAddress: found.KeyAddress,
		Capacity: capacity, FreeBytes: found.FreeBytes, OwnerUID: found.OwnerUID,
	}
	one := finding.Finding{Of: "volume: what is on it fits", State: finding.Warns, Reason: found.Reason, Message: found.Message}
	switch {
	case found.Reason == wire.ReasonInspected:
		one.State = finding.Met
	case found.Refused:
		one.State = finding.Refused
	}
	r.Checks = append(r.Checks, one)
	r.State = finding.Worst(r.Checks)
	r.Sentence = sentence(r.State, true)
}

// Text writes it for people.
func (v *Volume) Text(out io.Writer, width int) {
	fmt.Fprintln(out, "\non the volume:")
	for _, row := range [][2]string{
		{"layout", string(v.Layout)}, {"chain", cmp.Or(v.Chain, "its files name none")}, {"height", v.height()}, {"role", v.role()},
		{"sign state", v.signed()}, {"keys", v.keys()}, {"wasm", yes(v.Wasm)}, {"size", fmt.Sprintf("%s, with %s free on its file system", v.Capacity, gibibytes(v.FreeBytes))},
		{"owner", fmt.Sprintf("user %d", v.OwnerUID)},
	} {
		fmt.Fprintf(out, "  %s%s\n", page.Pad(row[0], 12), page.Wrap(row[1], width, 14))
	}
}

func (v *Volume) height() string {
	if v.Height == 0 {
		return "nothing tells"
	}
	return fmt.Sprintf("%d or above", v.Height)
}

// role is whose volume it looks like: a validator's has no state store.
func (v *Volume) role() string {
	switch {
	case v.Layout == wire.LayoutEmpty:
		return "nobody's: it is empty"
	case v.Layout == wire.LayoutUnknown:
		return "not seid's, as far as can be proven"
	case v.StateStore != "":
		return fmt.Sprintf("a full node's or an archive's: it has a state store (%s)", v.StateStore)
	case v.StateCommit:
		return "a validator's: it has committed state and no state store"
	}
	return "nobody's yet: there is no committed state"
}

func (v *Volume) signed() string {
	switch {
	case v.Signed != nil:
		return fmt.Sprintf("height %d, round %d, step %d", v.Signed.Height, v.Signed.Round, v.Signed.Step)
	case v.SignState:
		return "there is one"
	}
	return "none"
}

func (v *Volume) keys() string {
	var there []string
	if v.ConsensusKey {
		there = append(there, strings.TrimSpace("a consensus key "+v.KeyAddress))
	}
	if v.NodeKey {
		there = append(there, "a node key")
	}
	return cmp.Or(strings.Join(there, ", "), "none")
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func gibibytes(bytes int64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }
