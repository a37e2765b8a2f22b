package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Mode is the role of a node, the one of the spec's four mode objects that is set.
type Mode string

// The modes.
const (
	ModeFullNode  Mode = "fullNode"
	ModeArchive   Mode = "archive"
	ModeValidator Mode = "validator"
	ModeSeed      Mode = "seed"
)

// Phase is where a node is in its life, in one word. Conditions say more.
//
// +kubebuilder:validation:Enum=Pending;Initializing;Running;Failed;Terminating
type Phase string

// The phases.
const (
	// PhasePending: nothing has been done for the node yet.
	PhasePending Phase = "Pending"
	// PhaseInitializing: the init plan is under way.
	PhaseInitializing Phase = "Initializing"
	// PhaseRunning: the node came up once. It stays Running while its pod restarts or its volume has trouble; see Ready.
	PhaseRunning Phase = "Running"
	// PhaseFailed: waiting alone will not mend it; see status.plan.failedTaskDetail. It goes on once the cause is mended.
	PhaseFailed Phase = "Failed"
	// PhaseTerminating: the SeiNode is being deleted, and its pod stops.
	PhaseTerminating Phase = "Terminating"
)

// SeiNodeStatus is a node as it was last seen.
type SeiNodeStatus struct {
	// observedGeneration is the metadata.generation that this status speaks of.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Observed Generation"
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// phase is where the node is in its life, in one word.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Phase",xDescriptors={"urn:alm:descriptor:io.kubernetes:phase"}
	Phase Phase `json:"phase,omitempty"`

	// mode is the role that the spec sets: fullNode, archive, validator or seed.
	//
	// +optional
	// +kubebuilder:validation:Enum=fullNode;archive;validator;seed
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Mode"
	Mode Mode `json:"mode,omitempty"`

	// conditions are Ready, ImportPVCReady (on nodes that import a claim), DataInspected, Synced, NodeUpdateInProgress, UpgradeReady,
	// Bootstrapped (on nodes with spec.bootstrap) and Exposed (on nodes with spec.expose).
	//
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Conditions",xDescriptors={"urn:alm:descriptor:io.kubernetes.conditions"}
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// plan is what the operator is doing, or last did, to bring the node to its spec.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Plan"
	Plan *Plan `json:"plan,omitempty"`

	// dataVolume is the claim that the node uses and the volume behind it.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Data Volume"
	DataVolume *DataVolumeStatus `json:"dataVolume,omitempty"`

	// signingSecret is the Secret whose key this node signs with, from the moment that it was found to be nobody else's.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Signing Secret",xDescriptors={"urn:alm:descriptor:io.kubernetes:Secret"}
	SigningSecret string `json:"signingSecret,omitempty"`

	// signing is the key that a validator's node signs with, from the moment that it was found to be nobody else's.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Signing"
	Signing *SigningStatus `json:"signing,omitempty"`

	// leases are the Leases, as <namespace>/<name>, by which this node holds what only one may use: the bytes of its volume, and its
	// signing key.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=512
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Leases"
	Leases []string `json:"leases,omitempty"`

	// children are the objects that the operator made for the node, each with a digest of how it looked after the operator's last
	// write. One that looks different was edited by somebody else, and is put right.
	//
	// +optional
	// +listType=map
	// +listMapKey=kind
	// +kubebuilder:validation:MaxItems=16
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Children"
	Children []ChildStatus `json:"children,omitempty"`

	// bootstrap is how far the data of an empty volume has come; absent where none is brought.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Bootstrap"
	Bootstrap *BootstrapStatus `json:"bootstrap,omitempty"`

	// externalAddress is the <host>:<port> that peers are told to reach a node with spec.expose at; absent while none is known.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=320
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="External Address"
	ExternalAddress string `json:"externalAddress,omitempty"`

	// node is what seid says of itself, through the agent beside it. It is written on transitions and in coarse steps, never
	// per block: ask the agent's /status or /metrics for the moment.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Node"
	Node *NodeStatus `json:"node,omitempty"`

	// peers are the SeiNodes that the node is to be connected to; absent where the spec selects none.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Peers"
	Peers *PeersStatus `json:"peers,omitempty"`

	// upgrades is what the node has seen of the chain's upgrades.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Upgrades"
	Upgrades *UpgradesStatus `json:"upgrades,omitempty"`

	// currentImage is the image that seid last ran with.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Image"
	CurrentImage string `json:"currentImage,omitempty"`
}

// DataVolumeStatus is the claim that a node uses and the volume behind it.
type DataVolumeStatus struct {
	// claimName is the name of the claim, in the node's namespace.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Claim",xDescriptors={"urn:alm:descriptor:io.kubernetes:PersistentVolumeClaim"}
	ClaimName string `json:"claimName,omitempty"`

	// claimUID is the UID of the claim that was adopted or created. A claim of the same name with another UID holds
	// other data, and the node does not start on it.
	//
	// +optional
	ClaimUID types.UID `json:"claimUID,omitempty"`

	// volumeName is the PersistentVolume that the claim is bound to.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Volume",xDescriptors={"urn:alm:descriptor:io.kubernetes:PersistentVolume"}
	VolumeName string `json:"volumeName,omitempty"`

	// volumeIdentity names the disk or the folder behind the volume, such as csi:ebs.csi.aws.com/vol-0a1b2c. Two volumes of one identity
	// hold the same bytes, whatever they are called.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Volume Identity"
	VolumeIdentity string `json:"volumeIdentity,omitempty"`

	// capacity is what the claim's status reports.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Capacity"
	Capacity *resource.Quantity `json:"capacity,omitempty"`

	// imported is true if the claim existed before the node and was adopted.
	//
	// +optional
	Imported bool `json:"imported,omitempty"`

	// inspection is what the agent found on the volume before seid last started.
	//
	// +optional
	Inspection *InspectionStatus `json:"inspection,omitempty"`
}

// InspectionStatus is what the agent found on the volume before seid started.
type InspectionStatus struct {
	// layout says where the home of seid lies: Root, Nested (in .sei or where spec.dataVolume.homePath says), DataOnly, Empty or Unknown.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Layout string `json:"layout,omitempty"`

	// chainId is what the volume's genesis file or client configuration names.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=128
	ChainID string `json:"chainId,omitempty"`

	// height is a lower bound of the last block on the volume.
	//
	// +optional
	Height int64 `json:"height,omitempty"`

	// stateStore is the backend of the state store, such as pebbledb; absent without one.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=32
	StateStore string `json:"stateStore,omitempty"`

	// keyAddress is the address of the consensus key that a validator signs with, 40 upper-case hexadecimal digits; absent where there was
	// none yet, or a remote signer has it.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=64
	KeyAddress string `json:"keyAddress,omitempty"`

	// signed is what the sign state on a validator's volume said before seid last started: the last thing that its key signed.
	//
	// +optional
	Signed *SignedStatus `json:"signed,omitempty"`

	// unreachableSettings are those of spec.overrides that the environment cannot reach, because the file on the volume lacks
	// the key: add the key to the file to make them count.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=128
	UnreachableSettings []string `json:"unreachableSettings,omitempty"`
}

// SigningStatus is the key that a validator's node signs with.
type SigningStatus struct {
	// keyAddress is the address of its public key, 40 upper-case hexadecimal digits. No other node of the cluster signs with it on this chain.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Key Address"
	KeyAddress string `json:"keyAddress,omitempty"`

	// signed is the most that the key is known to have signed, in coarse steps: when it was reserved, at each stop, and every 10,000 blocks. A volume with an
	// older sign state, such as one that was restored, is refused.
	//
	// +optional
	Signed *SignedStatus `json:"signed,omitempty"`
}

// SignedStatus is a place in the order in which a validator signs.
type SignedStatus struct {
	// height is the block's.
	//
	// +optional
	Height int64 `json:"height,omitempty"`

	// round is the consensus' round for that block, from 0.
	//
	// +optional
	Round int32 `json:"round,omitempty"`

	// step is 1 for a proposal, 2 for a prevote, 3 for a precommit.
	//
	// +optional
	Step int32 `json:"step,omitempty"`
}

// NodeStatus is what seid says of itself.
type NodeStatus struct {
	// nodeId is the node's ID among its peers, 40 hexadecimal digits.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Node ID"
	NodeID string `json:"nodeId,omitempty"`

	// height is the last block when something else changed last; heightTime is when that was. Ask metric sei_node_height for the moment.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Height"
	Height int64 `json:"height,omitempty"`

	// heightTime is when the node was first seen at that height. A later one alone is shown only where the operator has a --height-interval.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Height Time"
	HeightTime *metav1.Time `json:"heightTime,omitempty"`

	// earliestHeight is the first block that the node still has.
	//
	// +optional
	EarliestHeight int64 `json:"earliestHeight,omitempty"`

	// catchingUp is true while the node is behind its peers.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Catching Up"
	CatchingUp bool `json:"catchingUp,omitempty"`

	// upgradeHalt names the upgrade that the node stopped for; absent if it did not.
	//
	// +optional
	UpgradeHalt *UpgradeHalt `json:"upgradeHalt,omitempty"`
}

// UpgradeHalt is an upgrade of the chain that this image does not know.
type UpgradeHalt struct {
	// name is the upgrade's.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// height is the block at which the chain goes on with the new image.
	//
	// +optional
	Height int64 `json:"height,omitempty"`
}

// ChildStatus is an object that the operator made for the node.
type ChildStatus struct {
	// kind is the object's kind, such as StatefulSet. Its name is the node's. A second one of a kind has behind it what its name ends in: Service/p2p.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Kind string `json:"kind,omitempty"`

	// digest is a hash of what the operator decides of the object, as the API server stored it at the operator's last write.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest,omitempty"`
}
