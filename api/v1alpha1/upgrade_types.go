package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Upgrade is an upgrade of the chain, and the image that has it.
type Upgrade struct {
	// name is the plan's name on chain, for example v6.6. It is not the image's tag.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._-]*$`
	Name string `json:"name,omitempty"`

	// image is the container image that seid runs from once the node has reached the upgrade.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[^\s]+$`
	Image string `json:"image,omitempty"`

	// height is the block of the upgrade. Absent, any. A node that stops for an upgrade of that name at another height is left as it is.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	Height *int64 `json:"height,omitempty"`

	// early has the node run from the image before the upgrade's height, as soon as the chain has it planned and calls it minor: one SeiNode of a
	// namespace at a time. An upgrade that is not minor is never taken early: its image does not run before its height.
	//
	// +optional
	Early *bool `json:"early,omitempty"`
}

// UpgradePolicy is how the node gets ready for the chain's upgrades, and what is done beside one. A change of it replaces no pod.
type UpgradePolicy struct {
	// prePull has the image of each listed upgrade that is still to come pulled and started once, by "seid version", on the machine of the
	// node's pod, long before it is needed; condition UpgradeReady tells what came of it. Absent, true. The pod that does it mounts nothing
	// and has no token. With false none is made.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Pre-pull the Images of Upgrades",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	PrePull *bool `json:"prePull,omitempty"`

	// snapshot asks for a VolumeSnapshot of the node's claim when seid has stopped for an upgrade, before it goes on from the next image: the data as it
	// was before the upgrade, written to by nothing. Absent, none is taken. It concerns upgrades that are reached while it is set.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Snapshot At The Halt",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Snapshot *UpgradeSnapshotPolicy `json:"snapshot,omitempty"`
}

// UpgradeSnapshotPolicy is which snapshot is taken, and whether the node waits for it.
type UpgradeSnapshotPolicy struct {
	// volumeSnapshotClassName is the snapshot's class. Absent, the cluster's default for the volume's CSI driver.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Volume Snapshot Class Name"
	VolumeSnapshotClassName *string `json:"volumeSnapshotClassName,omitempty"`

	// required keeps the node down until the snapshot is taken, if true. Absent or false, a snapshot that fails, or takes more than ten minutes, keeps
	// nobody: an event says so, and the node goes on.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Required",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:booleanSwitch"}
	Required *bool `json:"required,omitempty"`
}

// UpgradesStatus is what the node has seen of the chain's upgrades.
type UpgradesStatus struct {
	// planned is the upgrade that the chain has decided on; absent while there is none, or the chain was not heard.
	//
	// +optional
	Planned *PlannedUpgrade `json:"planned,omitempty"`

	// reached are the upgrades of spec.upgrades that the node has reached, the last one last: seid wrote each down and ended with its name, the node
	// began with data that has it, or it was taken early.
	//
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Reached []ReachedUpgrade `json:"reached,omitempty"`

	// prePulled are the images of spec.upgrades that were pulled and ran, each on the machine where it last did.
	//
	// +optional
	// +listType=map
	// +listMapKey=image
	// +kubebuilder:validation:MaxItems=16
	PrePulled []PrePulledImage `json:"prePulled,omitempty"`
}

// PrePulledImage is the image of a listed upgrade that was pulled and ran, by "seid version".
type PrePulledImage struct {
	// image is as spec.upgrades has it.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Image string `json:"image,omitempty"`

	// machine is the name of the Kubernetes node.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Machine string `json:"machine,omitempty"`

	// time is when the operator saw it.
	//
	// +optional
	Time *metav1.Time `json:"time,omitempty"`
}

// PlannedUpgrade is an upgrade that the chain has decided on.
type PlannedUpgrade struct {
	// name is the plan's name on chain.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// height is the block at which every node has to have it.
	//
	// +required
	// +kubebuilder:validation:Minimum=1
	Height int64 `json:"height,omitempty"`

	// minor is true for one that may be installed before its height, as the chain says.
	//
	// +optional
	Minor *bool `json:"minor,omitempty"`
}

// ReachedUpgrade is an upgrade that the node has, and runs from the image of.
type ReachedUpgrade struct {
	// name is the plan's name on chain.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Name string `json:"name,omitempty"`

	// height is the block of the upgrade.
	//
	// +required
	// +kubebuilder:validation:Minimum=1
	Height int64 `json:"height,omitempty"`

	// found is true for one that the data had before the node began with it, by its height.
	//
	// +optional
	Found *bool `json:"found,omitempty"`

	// early is true for one that was taken before its height.
	//
	// +optional
	Early *bool `json:"early,omitempty"`

	// from is the image that stopped for it: no data that has the upgrade is for that one any more. Absent for one that was found or taken early.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	From *string `json:"from,omitempty"`

	// time is when the operator saw it.
	//
	// +optional
	Time *metav1.Time `json:"time,omitempty"`

	// snapshot is what became of the snapshot at the halt; absent where none was asked for.
	//
	// +optional
	Snapshot *UpgradeSnapshot `json:"snapshot,omitempty"`
}
