package v1alpha1

// SnapshotState is how far a snapshot at the halt is.
//
// +kubebuilder:validation:Enum=Pending;Taken;Failed;Skipped
type SnapshotState string

// The states of a snapshot at the halt. One that is not Pending is never left.
const (
	// SnapshotPending: the node is kept down for it.
	SnapshotPending SnapshotState = "Pending"
	// SnapshotTaken: it is of the data as it was at the halt.
	SnapshotTaken SnapshotState = "Taken"
	// SnapshotFailed: there is none that can be relied on, and the node went on without.
	SnapshotFailed SnapshotState = "Failed"
	// SnapshotSkipped: the policy was taken away while it was Pending, and no VolumeSnapshot is left.
	SnapshotSkipped SnapshotState = "Skipped"
)

// UpgradeSnapshot is the snapshot of a node's data at the halt of an upgrade.
type UpgradeSnapshot struct {
	// name is the VolumeSnapshot's, in the node's namespace.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// state is how far it is.
	//
	// +required
	State SnapshotState `json:"state,omitempty"`

	// message says why it failed or was skipped, and what is left of it. While it is Pending: why it was given up, and is being deleted.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`
}
