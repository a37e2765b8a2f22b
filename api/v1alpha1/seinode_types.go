package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// SeiNode is one seid process with its data volume, its configuration and its Services.
//
// +operator-sdk:csv:customresourcedefinitions:displayName="Sei Node",resources={{StatefulSet,v1,""},{Pod,v1,""},{Service,v1,""},{PersistentVolumeClaim,v1,""},{PodDisruptionBudget,v1,""},{NetworkPolicy,v1,""},{Event,v1,""}}
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=seinodes,singular=seinode,shortName=snode,categories=sei
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.status.mode`
// +kubebuilder:printcolumn:name="Chain",type=string,JSONPath=`.spec.chainId`
// +kubebuilder:printcolumn:name="Height",type=integer,JSONPath=`.status.node.height`,priority=1
// +kubebuilder:printcolumn:name="Seen",type=date,JSONPath=`.status.node.heightTime`,priority=1
// +kubebuilder:printcolumn:name="Synced",type=string,JSONPath=`.status.conditions[?(@.type=="Synced")].status`
// +kubebuilder:printcolumn:name="Claim",type=string,JSONPath=`.status.dataVolume.claimName`
// +kubebuilder:printcolumn:name="Image",type=string,JSONPath=`.status.currentImage`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="!has(self.spec.bootstrap) || !has(self.spec.bootstrap.claim) || self.spec.bootstrap.claim.name != 'data-' + self.metadata.name",message="spec.bootstrap.claim must name another claim than the one that is made for this SeiNode; to adopt one that is there, name it in spec.dataVolume.import"
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 52 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="metadata.name must be a DNS label of at most 52 characters that begins with a letter: the StatefulSet, the Service and the pod are named after it"
// +kubebuilder:validation:XValidation:rule="!has(self.status) || !has(self.status.upgrades) || !has(self.status.upgrades.reached) || !has(oldSelf.spec.upgrades) || !self.status.upgrades.reached.exists(r, has(r.from) && r.from == self.spec.image) || !self.status.upgrades.reached.exists(r, self.status.upgrades.reached.all(o, o.height <= r.height) && oldSelf.spec.upgrades.exists(u, u.name == r.name && u.image != self.spec.image) && !(has(self.spec.upgrades) && self.spec.upgrades.exists(u, u.name == r.name)))",message="spec.upgrades must keep the last upgrade that was reached while spec.image is an image from before it: set spec.image to that upgrade's image in the same edit (status.upgrades.reached has what was reached, and from which image)"
type SeiNode struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata. The name is at most 52 characters, a DNS label that begins with a letter.
	//
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the node that you want.
	//
	// +required
	Spec SeiNodeSpec `json:"spec,omitzero"`

	// status is the node as it was last seen.
	//
	// +optional
	Status SeiNodeStatus `json:"status,omitzero"`
}

// SeiNodeList is a list of SeiNodes.
//
// +kubebuilder:object:root=true
type SeiNodeList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []SeiNode `json:"items"`
}
