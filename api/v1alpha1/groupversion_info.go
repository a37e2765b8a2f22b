// Package v1alpha1 is the public contract of the operator: the SeiNode kind, its validation rules (CEL, in the markers),
// and the condition types and reasons that users alert on. It imports Kubernetes' API modules and nothing of ours.
//
// +kubebuilder:object:generate=true
// +groupName=sei.io
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "sei.io", Version: "v1alpha1"}

var schemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

// AddToScheme registers this package's kinds.
var AddToScheme = schemeBuilder.AddToScheme

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &SeiNode{}, &SeiNodeList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
