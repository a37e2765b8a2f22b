package task

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Context is the reconcile's context.
type Context = context.Context

// FieldOwner is the name under which the operator owns fields, by server-side apply.
const FieldOwner = "seinode-operator"

// apply brings one object to what is wanted. An object that was not seen is created, never applied: a foreign one of the
// same name that the cache has not shown yet would be merged into. One that was seen is applied under its UID, so that
// a recreated one is refused.
func apply(ctx context.Context, writer client.Writer, live, wanted client.Object) error {
	if live == nil {
		return ignoreExists(writer.Create(ctx, wanted, client.FieldOwner(FieldOwner)))
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(wanted)
	if err != nil {
		return fmt.Errorf("converting %s %s: %w", wanted.GetObjectKind().GroupVersionKind().Kind, wanted.GetName(), err)
	}
	delete(content, "status")
	object := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(object.Object, "metadata", "creationTimestamp")
	object.SetUID(live.GetUID())
	return writer.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(FieldOwner), client.ForceOwnership)
}

// ignoreExists takes "somebody was faster" for no error: the next read decides whose object it is.
func ignoreExists(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// foreign says whether the object exists and is not this node's, by UID.
func foreign(object, node metav1.Object) bool { return !metav1.IsControlledBy(object, node) }
