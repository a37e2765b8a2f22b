package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// DeletionPolicy says what becomes of a created claim when its SeiNode is deleted.
//
// +kubebuilder:validation:Enum=Delete;Retain
type DeletionPolicy string

const (
	// DeletionPolicyDelete deletes the created claim after the pod is gone.
	DeletionPolicyDelete DeletionPolicy = "Delete"
	// DeletionPolicyRetain leaves the created claim, and no owner reference on it.
	DeletionPolicyRetain DeletionPolicy = "Retain"
)

// DataVolumeSpec says where the chain's data lives.
//
// +kubebuilder:validation:XValidation:rule="!has(self.__import__) || !has(self.storageClassName)",message="spec.dataVolume.storageClassName is for created claims: an imported claim keeps its own class"
// +kubebuilder:validation:XValidation:rule="!has(self.__import__) || !has(self.deletionPolicy) || self.deletionPolicy == 'Retain'",message="spec.dataVolume.deletionPolicy Delete is for created claims: an imported claim is never deleted"
type DataVolumeSpec struct {
	// import adopts a claim that exists already, instead of creating one. Immutable: it can be neither changed, nor
	// added, nor removed. The claim and its volume are only ever read, and they stay when the SeiNode goes.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Import"
	Import *DataVolumeImport `json:"import,omitempty"`

	// storageClassName is the class of the created claim. Absent, the platform's default for the mode, and without one
	// the cluster's default class. Immutable. Not allowed with import.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Storage Class",xDescriptors={"urn:alm:descriptor:io.kubernetes:StorageClass"}
	StorageClassName *string `json:"storageClassName,omitempty"`

	// size of the created claim, immutable; with import, the capacity that the claim must have at least. Absent, the
	// platform's default for the mode (2000Gi for fullNode and validator, 25000Gi for archive, 20Gi for seed).
	//
	// +optional
	// +kubebuilder:validation:XValidation:rule="string(self).matches('^[0-9]{1,18}([.][0-9]{1,9})?([KMGTPE]i|[kMGTPE])?$') && quantity(string(self)).isGreaterThan(quantity('0'))",message="spec.dataVolume.size must be a quantity above zero and without an exponent, such as 2000Gi"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Size",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	Size *resource.Quantity `json:"size,omitempty"`

	// deletionPolicy says what becomes of a created claim when the SeiNode is deleted: Delete or Retain. Absent, Retain for a
	// validator and Delete for every other mode. Whatever it says, the operator deletes no claim that another SeiNode names or a
	// foreign pod mounts at that moment, and never an imported one.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Deletion Policy",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:select:Delete","urn:alm:descriptor:com.tectonic.ui:select:Retain"}
	DeletionPolicy *DeletionPolicy `json:"deletionPolicy,omitempty"`

	// inspection says what becomes of a volume whose content does not fit the node: Enforce (the default) keeps the pod from
	// starting and leaves the volume as it is; Warn reports the defect and starts, but never on a volume that is no home of seid, or where a
	// validator would sign twice or with a new key.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Inspection",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:select:Enforce","urn:alm:descriptor:com.tectonic.ui:select:Warn"}
	Inspection *InspectionPolicy `json:"inspection,omitempty"`

	// homePath is where the home of seid (config/, data/, wasm/) lies on the volume, relative to its root, for example chains/sei. Absent, the
	// root itself, or the folder .sei in it. On an empty volume it is made. Immutable: it can be neither changed, nor added, nor removed.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,7}$`
	// +kubebuilder:validation:XValidation:rule="!self.split('/').exists(p, p.matches('^[.]{1,2}$'))",message="spec.dataVolume.homePath must be a relative path without . and .., such as chains/sei"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Home Path",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced","urn:alm:descriptor:com.tectonic.ui:text"}
	HomePath *string `json:"homePath,omitempty"`

	// ignore are names in the volume's root that are nobody's content, so that a volume with nothing else counts as empty. What file and storage
	// systems put there, such as lost+found and .snapshot, is ignored by itself. A change replaces the pod.
	//
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=255
	// +kubebuilder:validation:items:Pattern=`^[^/]+$`
	// +kubebuilder:validation:XValidation:rule="self.all(n, !n.matches('^([.]|[.][.]|[.]sei|config|data|wasm)$'))",message="spec.dataVolume.ignore must not have what a home of seid has: config, data, wasm and .sei"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Ignore",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:advanced"}
	Ignore []string `json:"ignore,omitempty"`
}

// DataVolumeImport names the claim to adopt.
type DataVolumeImport struct {
	// pvcName is the name of a PersistentVolumeClaim in the SeiNode's namespace. It has to be Bound, allow one writer
	// and be large enough for the mode; condition ImportPVCReady says what is missing.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Claim",xDescriptors={"urn:alm:descriptor:io.kubernetes:PersistentVolumeClaim"}
	PVCName string `json:"pvcName,omitempty"`
}

// InspectionPolicy says what becomes of a volume whose content does not fit the node.
//
// +kubebuilder:validation:Enum=Enforce;Warn
type InspectionPolicy string

const (
	// InspectionEnforce keeps the pod from starting.
	InspectionEnforce InspectionPolicy = "Enforce"
	// InspectionWarn reports the defect, and lets the pod start.
	InspectionWarn InspectionPolicy = "Warn"
)
