package wire

import "fmt"

// NodeStatus is what the agent knows of the seid beside it: the document of its /status. A seed answers no questions: of one only Ready and
// Reason are known.
type NodeStatus struct {
	// Ready says whether the node serves what it should; Reason says why not, "" if it does.
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitempty"`
	// Answers says whether the RPC answers. The rest is of the last answer, which was HeardSeconds ago.
	Answers      bool    `json:"answers"`
	HeardSeconds float64 `json:"heardSeconds,omitempty"`
	// NodeID is 40 hexadecimal digits; Network is the chain ID.
	NodeID  string `json:"nodeId,omitempty"`
	Network string `json:"network,omitempty"`
	// Height is the last block's, EarliestHeight that of the first block that the node still has.
	Height         int64 `json:"height"`
	EarliestHeight int64 `json:"earliestHeight"`
	// CatchingUp says that the node is behind its peers, as it says itself.
	CatchingUp bool `json:"catchingUp"`
	// BlockAgeSeconds is how old the last block is by its own time.
	BlockAgeSeconds float64 `json:"blockAgeSeconds"`
	// Peers is how many connections to peers there are, whoever dialled. It is not seid's n_peers, which counts known addresses.
	Peers int `json:"peers"`
	// Connected is whether those are enough, as far as that lasts; "" while it is not known, and for a seed.
	Connected Connected `json:"connected,omitempty"`
	// KeyAddress is the address of the key that a validator signs with, as seid says: 40 upper-case hexadecimal digits; "" for any other node.
	KeyAddress string `json:"keyAddress,omitempty"`
	// Signed is what a validator's sign state says; nil where there is none, and for any other node.
	Signed *Signed `json:"signed,omitempty"`
	// DiskFull says that seid stands still, and its volume has no room left. It does not end then (v6.6.2).
	DiskFull bool `json:"diskFull,omitempty"`
	// Plan is the upgrade that the chain has planned, without a name if there is none; nil while the chain was not heard.
	Plan *Plan `json:"plan,omitempty"`
	// UpgradeHalt is the upgrade that the node stopped for; nil if it did not.
	UpgradeHalt *UpgradeHalt `json:"upgradeHalt,omitempty"`
	// HeightHalt is why seid is kept stopped at its halt height; nil if it is not, or has none.
	HeightHalt *HeightHalt `json:"heightHalt,omitempty"`
	// Restore is how far the node's data is on its way to the volume, before seid starts; nil else.
	Restore *Restore `json:"restore,omitempty"`
}

// Connected says whether a node has the connections that it needs.
type Connected string

// The answers. Block sync is over, and state sync begins, with two peers (seid v6.6.2).
const (
	ConnectedToNone Connected = "None"
	ConnectedToOne  Connected = "One"
	ConnectedToMany Connected = "Many"
)

// HeightHalt is what is noted on the volume of a seid that is to stop at a block, and stay stopped.
type HeightHalt struct {
	// Height is the halt height for which seid stopped.
	Height int64 `json:"height,omitempty"`
	// Doubt says what was found in place of such a note, and what to do: seid is not started then. "" for none.
	Doubt string `json:"doubt,omitempty"`
}

// Plan is an upgrade that the chain has decided on.
type Plan struct {
	Name string `json:"name,omitempty"`
	// Height is the block at which every node has to have it.
	Height int64 `json:"height,omitempty"`
	// Minor says that it may be installed before.
	Minor bool `json:"minor,omitempty"`
}

// UpgradeHalt is an upgrade that the running version does not know.
type UpgradeHalt struct {
	Name   string `json:"name"`
	Height int64  `json:"height"`
	// Again says that it was started again, 30 s or more after it first stopped, and stopped for the same.
	Again bool `json:"again,omitempty"`
}

// String is for people.
func (h HeightHalt) String() string {
	if h.Doubt != "" {
		return "seid is not started: " + h.Doubt
	}
	return fmt.Sprintf("seid stopped for halt height %d, and is not started again until spec.haltHeight is removed, or raised above it", h.Height)
}
