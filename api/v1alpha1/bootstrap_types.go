package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// BootstrapSpec says where the data of an empty volume comes from. It is used only while the volume holds no chain data, and is inert afterwards.
//
// +kubebuilder:validation:XValidation:rule="[has(self.archive)].filter(s, s).size() == 1",message="spec.bootstrap wants exactly one source: archive"
type BootstrapSpec struct {
	// archive is a published archive of a node's data: a tar, plain or compressed with gzip, zstd or lz4.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Archive"
	Archive *ArchiveSource `json:"archive,omitempty"`

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
	// source is Archive.
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

	// size is what there is to fetch; absent where it is not known.
	//
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
}
