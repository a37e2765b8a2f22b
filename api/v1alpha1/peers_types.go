package v1alpha1

// PeersSpec says which nodes a node connects to.
type PeersSpec struct {
	// static are peers to keep a connection to, each <node ID>@<host>:<port>. Without its ID no peer is dialled. A change replaces the pod.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=320
	// +kubebuilder:validation:items:Pattern=`^[0-9a-f]{40}@[^\s,@]+:[0-9]{1,5}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Static",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Static []string `json:"static,omitempty"`

	// seeds are nodes that are asked for the addresses of others, each <node ID>@<host>:<port>. Absent, those of the volume's configuration: `seid init`
	// writes the ones of a public chain. A change replaces the pod.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=320
	// +kubebuilder:validation:items:Pattern=`^[0-9a-f]{40}@[^\s,@]+:[0-9]{1,5}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Seeds",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Seeds []string `json:"seeds,omitempty"`
}
