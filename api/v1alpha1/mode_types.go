package v1alpha1

// FullNodeSpec are the settings of a full node. There are none yet.
type FullNodeSpec struct{}

// ArchiveSpec are the settings of an archive. There are none yet.
type ArchiveSpec struct{}

// ValidatorSpec are the settings of a validator.
type ValidatorSpec struct {
	// signingKey names the key that signs blocks. Absent, the one on the volume. Immutable. No two SeiNodes of one
	// operator sign with one key, in whichever Secret or namespace it is; nothing can see the same key in another cluster.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Signing Key"
	SigningKey *SecretReference `json:"signingKey,omitempty"`

	// signState of Fresh says that the key has never signed anything, anywhere, so that the node may begin with a sign state of zero: with a key
	// from a Secret and no sign state on the volume, on an empty volume too, or with a sign state of zero beside data or a key. Absent, such a node does
	// not start. If it is not true, the validator signs a height twice, which is slashed and cannot be undone. A sign state that says more is
	// never reset. Remove the field once the validator has signed: from then on it only takes a guard away. A change
	// replaces the pod.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Sign State",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:select:Fresh"}
	SignState *SignStatePolicy `json:"signState,omitempty"`

	// rpcAccess says who may reach the validator's RPC, REST and gRPC. Pod, the default: only the containers of its own pod, so that seid listens on loopback
	// and the Service has no such ports. Cluster: whoever reaches the pod. The EVM's ports, which are off in a validator's files, know no address: where
	// they are on, they listen on every one. A change replaces the pod.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="RPC Access",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:select:Pod","urn:alm:descriptor:com.tectonic.ui:select:Cluster"}
	RPCAccess *RPCAccess `json:"rpcAccess,omitempty"`
}

// RPCAccess says who may reach a validator's RPC.
//
// +kubebuilder:validation:Enum=Pod;Cluster
type RPCAccess string

// Who may reach a validator's RPC.
const (
	// RPCAccessPod: the containers of its own pod.
	RPCAccessPod RPCAccess = "Pod"
	// RPCAccessCluster: whoever reaches the pod.
	RPCAccessCluster RPCAccess = "Cluster"
)

// SignStatePolicy says what is known of a validator's key beyond what its sign state says.
//
// +kubebuilder:validation:Enum=Fresh
type SignStatePolicy string

// SignStateFresh says that the key has never signed anything, anywhere.
const SignStateFresh SignStatePolicy = "Fresh"

// SecretReference names a Secret in the SeiNode's namespace. It is mounted read-only. A node key is read in place; of a
// signing key seid gets a copy in the pod's memory, made when the pod starts: a change of the Secret reaches the next pod, once that key is reserved.
type SecretReference struct {
	// secretName is the Secret's name. A signing key is its data key priv_validator_key.json, a node key its data key
	// node_key.json.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Secret",xDescriptors={"urn:alm:descriptor:io.kubernetes:Secret"}
	SecretName string `json:"secretName,omitempty"`
}

// GenesisSpec names where the chain's genesis file comes from.
type GenesisSpec struct {
	// configMapName is the name of a ConfigMap in the SeiNode's namespace whose data key genesis.json is the file.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="ConfigMap",xDescriptors={"urn:alm:descriptor:io.kubernetes:ConfigMap"}
	ConfigMapName string `json:"configMapName,omitempty"`
}

// SeedSpec are the settings of a seed. There are none yet.
type SeedSpec struct{}
