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

	// early is true for one that was taken before its height.
	//
	// +optional
	Early *bool `json:"early,omitempty"`

	// time is when the operator saw it.
	//
	// +optional
	Time *metav1.Time `json:"time,omitempty"`
}
