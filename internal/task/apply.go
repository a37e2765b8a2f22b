package task

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// FieldOwner is the name under which the operator owns fields, by server-side apply.
const FieldOwner = "seinode-operator"

// apply brings one object to what is wanted. An object that was not seen is created, never applied: a foreign one of the
// same name that the cache has not shown yet would be merged into. One that was seen is applied under its UID, so that
// a recreated one is refused; one of another owner is never written to. It says whether the object is now what is wanted.
func apply(ctx context.Context, writer client.Writer, live, wanted client.Object) (bool, error) {
	if live == nil {
		return create(ctx, writer, wanted)
	}
	if !sameController(live, wanted) {
		return false, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(wanted)
	if err != nil {
		return false, fmt.Errorf("converting %s %s: %w", wanted.GetObjectKind().GroupVersionKind().Kind, wanted.GetName(), err)
	}
	delete(content, "status")
	object := &unstructured.Unstructured{Object: content}
	object.SetUID(live.GetUID())
	err = writer.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(FieldOwner), client.ForceOwnership)
	return err == nil, err
}

// create takes "somebody was faster" for no error: the next read decides whose object it is.
func create(ctx context.Context, writer client.Writer, wanted client.Object) (bool, error) {
	err := writer.Create(ctx, wanted, client.FieldOwner(FieldOwner))
	if apierrors.IsAlreadyExists(err) {
		return false, nil
	}
	return err == nil, err
}

func sameController(live, wanted metav1.Object) bool {
	theirs, ours := metav1.GetControllerOf(live), metav1.GetControllerOf(wanted)
	return theirs != nil && ours != nil && theirs.UID == ours.UID
}

// foreign says whether the object exists and is not this node's, by UID.
func foreign(object, node metav1.Object) bool { return !metav1.IsControlledBy(object, node) }
