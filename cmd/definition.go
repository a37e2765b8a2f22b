package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/reference"
)

// definition is the name of the CRD of SeiNodes. sei-k8s-controller has one of the same name, group, version and kind, and a cluster has room for one.
const definition = "seinodes.sei.io"

// moving says how to come from the other operator to this one.
const moving = reference.Files + "docs/how-to/coming-from-sei-k8s-controller.md"

// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,resourceNames=seinodes.sei.io,verbs=get

// checkDefinition refuses to work on another operator's SeiNodes. Of a CRD that is not there, or may not be read, nothing is known that speaks against it.
func checkDefinition(ctx context.Context, reader client.Reader) error {
	crd := &unstructured.Unstructured{}
	crd.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	err := reader.Get(ctx, client.ObjectKey{Name: definition}, crd)
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case apierrors.IsForbidden(err):
		ctrl.Log.Info("Not looking whether the CRD is this operator's, for want of the right to get it", "crd", definition)
		return nil
	case err != nil:
		return fmt.Errorf("looking whether CRD %s is this operator's: %w", definition, err)
	}
	return foreign(crd.Object)
}

// remembered is what our CRD lets the status remember, in every version that there was, and the other's does not: the UID of the claim that a node adopted.
// A CRD without it would have the API server drop that from each status, so that a claim which was deleted and made anew would be taken for the node's own.
var remembered = []string{"schema", "openAPIV3Schema", "properties", "status", "properties", "dataVolume", "properties", "claimUID"}

// foreign says why a CRD is not ours, nil where it is.
func foreign(crd map[string]any) error {
	const wanted = "wanted the one that this operator is installed with. Nothing was written. Two operators cannot share the kind SeiNode: uninstall this one, or see " + moving
	var found []string
	versions, _, _ := unstructured.NestedSlice(crd, "spec", "versions")
	for _, each := range versions {
		version, _ := each.(map[string]any)
		name, _, _ := unstructured.NestedString(version, "name")
		if name != seiv1alpha1.GroupVersion.Version {
			found = append(found, name)
			continue
		}
		if _, remembers, _ := unstructured.NestedMap(version, remembered...); !remembers {
			return fmt.Errorf("CRD %s is another operator's: its version %s has no status.dataVolume.claimUID, as sei-k8s-controller's has none; %s", definition, name, wanted)
		}
		return nil
	}
	return fmt.Errorf("CRD %s is another operator's: it has no version %s, but %q; %s", definition, seiv1alpha1.GroupVersion.Version, found, wanted)
}
