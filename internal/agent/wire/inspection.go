// Package wire is what the agent in a node's pod says to the operator: the verdict of an inspection, in a termination message, and what
// seid says of itself, over HTTP. Both ends use it, and it links nothing of Kubernetes.
package wire

import "encoding/json"

// Layout says where on a volume the home of seid lies.
type Layout string

// The layouts.
const (
	// LayoutRoot: the volume's root is the home: config/ and data/ lie there.
	LayoutRoot Layout = "Root"
	// LayoutNested: the home is the folder .sei of the volume, as where the volume was a user's home folder.
	LayoutNested Layout = "Nested"
	// LayoutDataOnly: data/ lies in the volume's root and there is no config/, as in many published snapshots.
	LayoutDataOnly Layout = "DataOnly"
	// LayoutEmpty: nothing is on the volume but, at most, lost+found.
	LayoutEmpty Layout = "Empty"
	// LayoutUnknown: something is there, and it is none of the above.
	LayoutUnknown Layout = "Unknown"
)

// The reasons of an inspection's verdict; those of condition DataInspected.
const (
	// ReasonInspected: nothing speaks against starting on the volume.
	ReasonInspected = "Inspected"
	// ReasonChainMismatch: the volume holds another chain.
	ReasonChainMismatch = "ChainMismatch"
	// ReasonRoleMismatch: the volume lacks what the mode needs, such as a state store.
	ReasonRoleMismatch = "RoleMismatch"
	// ReasonBackendUnsupported: a store is of a database that this node would not open.
	ReasonBackendUnsupported = "BackendUnsupported"
	// ReasonLayoutUnknown: there is something on the volume that is no home of seid.
	ReasonLayoutUnknown = "LayoutUnknown"
	// ReasonSignStateMissing: a validator's volume is not empty and has no sign state: it would sign from zero.
	ReasonSignStateMissing = "SignStateMissing"
	// ReasonConsensusKeyMissing: a validator's volume has data and no key, and no Secret names one: seid would make a new key
	// and reset the sign state.
	ReasonConsensusKeyMissing = "ConsensusKeyMissing"
	// ReasonKeyUnreachable: config.toml lacks the settings that point seid at its keys, so that it would sign with what lies on
	// the volume.
	ReasonKeyUnreachable = "KeyUnreachable"
	// ReasonWasmMissing: the data names contracts whose code, in wasm/, is not there.
	ReasonWasmMissing = "WasmMissing"
	// ReasonUnreadable: the volume could not be read, for example because its files belong to another user.
	ReasonUnreadable = "Unreadable"
)

// Inspection is what lies on a volume, and the verdict on it. The agent writes it as JSON to its termination message, which
// Kubernetes bounds to 4096 bytes; the operator reads it there.
type Inspection struct {
	// Reason is one of the reasons above.
	Reason string `json:"reason"`
	// Message is for people: it names the file, what was found, what was wanted and the remedy. At most 1024 bytes.
	Message string `json:"message"`
	// Refused says whether the pod stops here. A defect that is only warned of is not refused.
	Refused bool `json:"refused,omitempty"`
	// Layout says where the home lies.
	Layout Layout `json:"layout"`
	// ChainID is what genesis.json says, else client.toml; "" where neither does.
	ChainID string `json:"chainId,omitempty"`
	// Height is a lower bound of the last block on the volume; 0 if nothing tells.
	Height int64 `json:"height,omitempty"`
	// StateCommit says whether there is a state commitment store (memiavl).
	StateCommit bool `json:"stateCommit,omitempty"`
	// StateStore is the backend of the state store: pebbledb, rocksdb, "" for none.
	StateStore string `json:"stateStore,omitempty"`
	// Legacy names the stores that lie where versions before 6.6 put them.
	Legacy []string `json:"legacy,omitempty"`
	// Wasm says whether the folder of contracts' code is there.
	Wasm bool `json:"wasm,omitempty"`
	// ConsensusKey and SignState say whether config/priv_validator_key.json and data/priv_validator_state.json are there.
	ConsensusKey bool `json:"consensusKey,omitempty"`
	SignState    bool `json:"signState,omitempty"`
	// NodeKey says whether config/node_key.json is there.
	NodeKey bool `json:"nodeKey,omitempty"`
	// OwnerUID is the user that the home's folder belongs to.
	OwnerUID int64 `json:"ownerUid"`
	// FreeBytes is what the file system has left for seid.
	FreeBytes int64 `json:"freeBytes,omitempty"`
	// Unreachable are the settings that were asked for and that the environment cannot reach: the file on the volume lacks the
	// key, and seid binds no flag to it.
	Unreachable []string `json:"unreachable,omitempty"`
}

// ParseInspection reads a termination message; false if it is none of an inspection's.
func ParseInspection(message string) (Inspection, bool) {
	var found Inspection
	err := json.Unmarshal([]byte(message), &found)
	return found, err == nil && found.Reason != "" && found.Layout != ""
}
