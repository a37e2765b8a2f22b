package v1alpha1

// RunAs is a user and a group, by number.
type RunAs struct {
	// user is the number of the user, for example 1000. Never 0: seid does not run as root.
	//
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	// +kubebuilder:validation:XValidation:rule="self != 0",message="spec.runAs.user must not be 0: seid does not run as root; give the files on the volume to another user, and name that one"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="User",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:number"}
	User int64 `json:"user,omitempty"`

	// group is the number of the group. Absent, the same as user.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Group",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:number"}
	Group *int64 `json:"group,omitempty"`
}
