// Package wire is what the agent in a node's pod says to the operator: the verdict of an inspection, in a termination message, and what
// seid says of itself, over HTTP. Both ends use it, and it links nothing of Kubernetes.
package wire

import (
	"cmp"
	"encoding/json"
)

// Layout says where on a volume the home of seid lies.
type Layout string

// The layouts.
const (
	// LayoutRoot: the volume's root is the home: config/ and data/ lie there.
	LayoutRoot Layout = "Root"
	// LayoutNested: the home is the folder that the SeiNode names, or .sei of the volume, as where the volume was a user's home folder.
	LayoutNested Layout = "Nested"
	// LayoutDataOnly: data/ lies in the volume's root and there is no config/, as in many published snapshots.
	LayoutDataOnly Layout = "DataOnly"
	// LayoutEmpty: nothing is on the volume but what file and storage systems put there, such as lost+found, and what the SeiNode ignores.
	LayoutEmpty Layout = "Empty"
	// LayoutUnknown: something is there, and it is not proven to be a home of seid.
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
	// ReasonLayoutUnknown: there is something on the volume that is not proven to be a home of seid. It is never written to.
	ReasonLayoutUnknown = "LayoutUnknown"
	// ReasonNotUnderstood: something lies at a path of seid's and is not what seid has there: a link that leads nowhere, a pipe, a file that is
	// cut off. It is not taken for missing.
	ReasonNotUnderstood = "NotUnderstood"
	// ReasonDataIncomplete: what lies there is part of a home: blocks without state, state without blocks, a copy that broke off.
	ReasonDataIncomplete = "DataIncomplete"
	// ReasonSettingUnsupported: a file on the volume has a setting that this node cannot run with, such as a database somewhere else.
	ReasonSettingUnsupported = "SettingUnsupported"
	// ReasonSignStateMissing: there is a validator's key and no sign state of it: it would sign from zero.
	ReasonSignStateMissing = "SignStateMissing"
	// ReasonSignStateOutdated: the sign state says less than what lies beside it: the validator would sign again what it has signed.
	ReasonSignStateOutdated = "SignStateOutdated"
	// ReasonSignStateRegressed: the sign state says less than what the operator knows that the key has signed.
	ReasonSignStateRegressed = "SignStateRegressed"
	// ReasonBootstrapRequired: the volume is empty, and the chain cannot be followed from its genesis.
	ReasonBootstrapRequired = "BootstrapRequired"
	// ReasonUpgradePassed: the data has an upgrade of the chain that the pod's image is from before. Another image is to open it.
	ReasonUpgradePassed = "UpgradePassed"
	// ReasonKeyNotReserved: the operator has not reserved the key for this node yet, or has reserved another. Nothing is signed before.
	ReasonKeyNotReserved = "KeyNotReserved"
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
	// KeyAddress is the address of the consensus key that a validator would sign with: 40 upper-case hexadecimal digits, the first 20 bytes
	// of the SHA-256 of its public key; "" where no key is there yet, or a remote signer has it.
	KeyAddress string `json:"keyAddress,omitempty"`
	// Asks says that a reservation is asked for before the node may sign: from the next start on, where no key is there yet.
	Asks bool `json:"asks,omitempty"`
	// Signed is what the sign state on a validator's volume says; nil where there is none.
	Signed *Signed `json:"signed,omitempty"`
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

// Signed is the last thing that a validator signed, as its sign state has it.
type Signed struct {
	Height int64 `json:"height"`
	Round  int32 `json:"round"`
	// Step is 1 for a proposal, 2 for a prevote, 3 for a precommit.
	Step int8 `json:"step"`
}

// SignedStep is after how many blocks what a validator signed is noted anew. A node at rest writes seldom: 10,000 blocks of Sei's 0.4 s are 67 minutes.
const SignedStep = 10000

// Before says whether s comes before another in the order in which a validator signs.
func (s Signed) Before(other Signed) bool {
	return cmp.Or(cmp.Compare(s.Height, other.Height), cmp.Compare(s.Round, other.Round), cmp.Compare(s.Step, other.Step)) < 0
}

// Reservation is what the operator knows of a validator's key before it signs: whose address it reserved for the node, and the most that it
// knows the key to have signed.
type Reservation struct {
	KeyAddress string `json:"keyAddress"`
	Signed     Signed `json:"signed"`
}

// ParseInspection reads a termination message; false if it is none of an inspection's.
func ParseInspection(message string) (Inspection, bool) {
	var found Inspection
	err := json.Unmarshal([]byte(message), &found)
	return found, err == nil && found.Reason != "" && found.Layout != ""
}
