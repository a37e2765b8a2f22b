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

	// nodes selects SeiNodes of the namespace and the chain to keep a connection to, as their IDs become known, this one left out, seeds, and validators that have
	// sentries. At most 32 are taken. That more of them are known replaces no pod: the newer one dials the older, and the rest comes with the next change of the spec.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Nodes",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Nodes *SeiNodeSelector `json:"nodes,omitempty"`

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

// SeiNodeSelector selects SeiNodes by their labels.
type SeiNodeSelector struct {
	// matchLabels are labels that a SeiNode has to have, all of them.
	//
	// +required
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 317 && k.matches('^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'))",message="a key of matchLabels must be that of a label, such as chain or example.com/chain"
	MatchLabels map[string]LabelValue `json:"matchLabels,omitempty"`
}

// LabelValue is the value of a label.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`
type LabelValue string

// PeersStatus says which SeiNodes the node is to be connected to, as far as they are known.
type PeersStatus struct {
	// resolved are the SeiNodes that spec.peers.nodes or spec.sentries selects and whose ID is known. A pod that was made before may not have them yet.
	//
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Resolved []PeerStatus `json:"resolved,omitempty"`

	// waiting are those that are selected, and not connected to yet: their ID is not known, or, of a validator's sentries, they do not shield it yet.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=63
	Waiting []string `json:"waiting,omitempty"`

	// shields are the validators that the pod is wired to as their sentry: it dials them, and tells nobody of them.
	//
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=32
	Shields []PeerStatus `json:"shields,omitempty"`
}

// PeerStatus is a SeiNode of the namespace, as its peers know it.
type PeerStatus struct {
	// name is the SeiNode's.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`

	// nodeId is its ID among its peers.
	//
	// +required
	// +kubebuilder:validation:MinLength=40
	// +kubebuilder:validation:MaxLength=40
	NodeID string `json:"nodeId,omitempty"`
}
