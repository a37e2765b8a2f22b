package v1alpha1

// SnapshotsSpec is how a node serves state sync: by snapshots of its state, which other nodes take from it as their peer.
type SnapshotsSpec struct {
	// interval is after how many blocks a snapshot is made. A node of a public chain makes one in minutes, and none while it makes one: 2000 is usual there.
	//
	// +required
	// +kubebuilder:validation:Minimum=5
	// +kubebuilder:validation:Maximum=1000000
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Interval",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:number"}
	Interval int64 `json:"interval,omitempty"`

	// keepRecent is how many of them stay; each takes about as much of the volume as the state does. Absent, 2: a peer that takes the older one loses it,
	// and begins anew, only when the second after it is made.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Keep Recent",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:number"}
	KeepRecent *int32 `json:"keepRecent,omitempty"`
}
