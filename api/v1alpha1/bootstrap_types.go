package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// BootstrapSpec says where the data of an empty volume comes from. It is used only while the volume holds no chain data, and is inert afterwards.
//
// +kubebuilder:validation:XValidation:rule="!has(self.witnesses) || has(self.archive)",message="spec.bootstrap.witnesses is for spec.bootstrap.archive: a state sync has its own, and a copy is of a volume that you know"
// +kubebuilder:validation:XValidation:rule="[has(self.archive), has(self.stateSync), has(self.volumeSnapshot), has(self.claim)].filter(s, s).size() == 1",message="spec.bootstrap wants exactly one source: archive, stateSync, volumeSnapshot or claim"
type BootstrapSpec struct {
	// archive is a published archive of a node's data: a tar, plain or compressed with gzip, zstd or lz4.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Archive"
	Archive *ArchiveSource `json:"archive,omitempty"`

	// stateSync has seid fetch a recent state from its peers. For full nodes: it brings no history.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="State Sync"
	StateSync *StateSyncSource `json:"stateSync,omitempty"`

	// volumeSnapshot is a snapshot of another node's volume, in the SeiNode's namespace: the claim that is made begins as a copy of it. Immutable: it can be
	// neither changed, nor added, nor removed, as the claim that is made of it.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Volume Snapshot"
	VolumeSnapshot *VolumeSnapshotSource `json:"volumeSnapshot,omitempty"`

	// claim is another node's claim, in the SeiNode's namespace: the claim that is made begins as a copy of its volume, which is only read. Its class has to be
	// of the same CSI driver, one that clones. Immutable, as volumeSnapshot is.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Claim"
	Claim *ClaimSource `json:"claim,omitempty"`

	// witnesses are the RPCs of nodes that know the chain, each http(s)://host:port. Once seid runs on an archive's data, a block of it is compared with theirs,
	// once: where two of them that are not one machine have another, and none the same, it is of another fork, and Bootstrapped says so (WrongFork). Absent, nobody
	// is asked.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.all(s, s.matches('^https?://([a-z0-9]([-a-z0-9.]*[a-z0-9])?|[[][0-9a-f:.]+[]]):[0-9]{1,5}$'))",message="spec.bootstrap.witnesses are addresses with http or https, a host in lower case, a port and no path, such as https://rpc.example.com:443"
	// +kubebuilder:validation:XValidation:rule="!self.all(s, s.lastIndexOf(':') > s.indexOf('/') + 1) || self.all(s, self.exists_one(t, t.substring(t.indexOf('/') + 2, t.lastIndexOf(':')) == s.substring(s.indexOf('/') + 2, s.lastIndexOf(':'))))",message="spec.bootstrap.witnesses names one host twice: one machine is one voice, and two have to agree"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Witnesses"
	Witnesses []string `json:"witnesses,omitempty"`

	// resources are those of the container that brings the data. Absent, the platform's default. An archive that was made with zstd --long=31 takes
	// more than 2 GiB of memory.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Resources",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:resourceRequirements"}
	Resources *corev1.ResourceRequirements `json:"resources,omitempty"`
}

// ArchiveSource is an archive that is fetched over HTTP. Sign states, keys, configuration and address books in it are never extracted.
type ArchiveSource struct {
	// url is where the archive is, http or https; redirects are followed.
	//
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[^\s/]+(/[^\s]*)?$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="URL",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	URL string `json:"url,omitempty"`

	// sha256 is the archive's checksum, 64 hexadecimal digits. Absent, what comes is not verified.
	//
	// +optional
	// +kubebuilder:validation:Pattern=`^[0-9a-fA-F]{64}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="SHA-256",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	SHA256 *string `json:"sha256,omitempty"`

	// compression is Auto (the default: by the content), None, Gzip, Zstd or Lz4.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Compression"
	Compression *ArchiveCompression `json:"compression,omitempty"`

	// wasmURL is where a second archive is, with wasm/ alone, for providers that publish it apart.
	//
	// +optional
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[^\s/]+(/[^\s]*)?$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Wasm URL",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	WasmURL *string `json:"wasmURL,omitempty"`

	// authSecret names a Secret with username and password, or token, to fetch the archive with.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Auth Secret"
	AuthSecret *SecretReference `json:"authSecret,omitempty"`

	// spool is Auto (the default), Always or Never: whether the archive is kept on the volume while it is fetched, so that a pod that is made again goes on
	// where it was. Auto does where there is room for both: 2.5 times the archive's size.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Spool"
	Spool *ArchiveSpool `json:"spool,omitempty"`

	// acceptFullHistory says, on an archive node, that the archive has all of the chain's history. What lies there cannot prove that.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Accept Full History",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:booleanSwitch"}
	AcceptFullHistory *bool `json:"acceptFullHistory,omitempty"`
}

// StateSyncSource is a snapshot of the state, which seid fetches from its peers, and proves by a block that servers agree on. Which block that is, is found out
// in the pod at each start while the volume has no state, and is never older than that.
//
// +kubebuilder:validation:XValidation:rule="has(self.rpcServers) != has(self.witnessNodes)",message="spec.bootstrap.stateSync wants exactly one of rpcServers and witnessNodes"
type StateSyncSource struct {
	// rpcServers are the RPCs of nodes that the chain is trusted by, each http(s)://host:port. At least two that are not one machine have to have the same
	// block, and none may have another. seid verifies by them what its peers send.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.all(s, s.matches('^https?://([a-z0-9]([-a-z0-9.]*[a-z0-9])?|[[][0-9a-f:.]+[]]):[0-9]{1,5}$'))",message="spec.bootstrap.stateSync.rpcServers are addresses with http or https, a host in lower case, a port and no path, such as https://rpc.example.com:443"
	// +kubebuilder:validation:XValidation:rule="!self.all(s, s.lastIndexOf(':') > s.indexOf('/') + 1) || self.all(s, self.exists_one(t, t.substring(t.indexOf('/') + 2, t.lastIndexOf(':')) == s.substring(s.indexOf('/') + 2, s.lastIndexOf(':'))))",message="spec.bootstrap.stateSync.rpcServers names one host twice: one machine is one voice, and two have to agree"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="RPC Servers"
	RPCServers []string `json:"rpcServers,omitempty"`

	// witnessNodes selects SeiNodes of the namespace and the chain to trust it by, full nodes and archives that have blocks, in place of rpcServers. The node starts for the first
	// time once two are known, and at most eight are taken. That others are replaces no pod.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Witness Nodes"
	WitnessNodes *SeiNodeSelector `json:"witnessNodes,omitempty"`

	// trustHeightOffset is how many blocks below the tip the trusted block is. Absent, 10000. It has to be below the snapshots that peers have, and above the
	// lowest block that the servers keep. A chain that is shorter is trusted from its first block.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1000
	// +kubebuilder:validation:Maximum=90000
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Trust Height Offset",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:number"}
	TrustHeightOffset *int64 `json:"trustHeightOffset,omitempty"`

	// trustPeriod is how long a block is trusted, in hours, such as 168h, which it is where it is absent: shorter than the chain takes to give a stake back.
	//
	// +optional
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{0,3}h$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Trust Period",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	TrustPeriod *string `json:"trustPeriod,omitempty"`

	// snapshot is a published snapshot that seid takes its state from, in place of one of its peers: the chunks alone, which the servers' blocks prove all the
	// same. The trusted block is the snapshot's own then, unless trust names one.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Snapshot"
	Snapshot *SnapshotSource `json:"snapshot,omitempty"`

	// trust is a block that you know to be the chain's. Absent, one is found out. The servers have to have the same.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Trust"
	Trust *TrustedBlock `json:"trust,omitempty"`
}

// SnapshotSource is an archive of a snapshot for state sync, which is fetched over HTTP: folders <height>/<format>/ of chunks, and metadata.db/ beside them, as they lie in
// data/snapshots/ of the node that made it.
type SnapshotSource struct {
	// url is where the archive is, http or https; redirects are followed.
	//
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[^\s/]+(/[^\s]*)?$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="URL",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	URL string `json:"url,omitempty"`

	// sha256 is the archive's checksum, 64 hexadecimal digits. Absent, none is compared; what comes of it is proven by the chain.
	//
	// +optional
	// +kubebuilder:validation:Pattern=`^[0-9a-fA-F]{64}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="SHA-256",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	SHA256 *string `json:"sha256,omitempty"`

	// compression is Auto (the default: by the content), None, Gzip, Zstd or Lz4.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Compression"
	Compression *ArchiveCompression `json:"compression,omitempty"`

	// authSecret names a Secret with username and password, or token, to fetch the archive with.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Auth Secret"
	AuthSecret *SecretReference `json:"authSecret,omitempty"`

	// spool is Auto (the default), Always or Never: whether the archive is kept on the volume while it is fetched, so that a pod that is made again goes on
	// where it was.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Spool"
	Spool *ArchiveSpool `json:"spool,omitempty"`
}

// TrustedBlock is a block of the chain.
type TrustedBlock struct {
	// height is the block's.
	//
	// +required
	// +kubebuilder:validation:Minimum=1
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Height",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:number"}
	Height int64 `json:"height,omitempty"`

	// hash is the block's, 64 hexadecimal digits.
	//
	// +required
	// +kubebuilder:validation:MinLength=64
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9a-fA-F]{64}$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Hash",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	Hash string `json:"hash,omitempty"`
}

// VolumeSnapshotSource names the snapshot to begin with.
type VolumeSnapshotSource struct {
	// name is that of a VolumeSnapshot in the SeiNode's namespace. It has to be ready, and not larger than the claim that is made.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Name",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	Name string `json:"name,omitempty"`
}

// ClaimSource names the claim to begin with.
type ClaimSource struct {
	// name is that of a PersistentVolumeClaim in the SeiNode's namespace. It has to be Bound, and not larger than the claim that is made.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Name",xDescriptors={"urn:alm:descriptor:io.kubernetes:PersistentVolumeClaim"}
	Name string `json:"name,omitempty"`
}

// ArchiveCompression is how an archive is compressed.
//
// +kubebuilder:validation:Enum=Auto;None;Gzip;Zstd;Lz4
type ArchiveCompression string

// ArchiveSpool says whether an archive is kept on the volume while it is fetched.
//
// +kubebuilder:validation:Enum=Auto;Always;Never
type ArchiveSpool string

// BootstrapStatus is how far the data of an empty volume has come.
type BootstrapStatus struct {
	// source is Archive, StateSync, VolumeSnapshot or Claim.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Source string `json:"source,omitempty"`

	// percent is how much has come, in steps of 5; absent where the size is not known.
	//
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Percent *int32 `json:"percent,omitempty"`

	// snapshotHeight is the block of the snapshot that state sync takes; absent where there is none.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	SnapshotHeight *int64 `json:"snapshotHeight,omitempty"`

	// attempts is how often a state sync was begun; absent for another source.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	Attempts *int32 `json:"attempts,omitempty"`

	// size is what there is to fetch; absent where it is not known.
	//
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
}
