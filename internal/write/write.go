// Package write is how the operator writes: one call a Write, on the object that was seen and no other. A Write is a value, so that
// what a task wants to do can be looked at without doing it.
package write

import (
	"context"
	"errors"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// FieldOwner is the name that the API server notes beside the fields that the operator sets.
const FieldOwner = "seinode-operator"

// Write is one call to the API server that is to be made.
type Write struct {
	// Doing is the verb for the log, such as "Creating".
	Doing string
	// Kind is the object's kind, as Kubernetes spells it.
	Kind string
	// Object is what is written. After a call that went through it is what the API server made of it.
	Object client.Object
	// Finishes says whether the step that asked for the write is done with it. A step that is not looks again.
	Finishes bool
	// Removes says whether the call takes the object away.
	Removes bool

	call func(context.Context, client.Writer, client.Object) error
}

// Do makes the call, and says whether the step is done with it. That somebody was faster is no error: the next look decides.
func (w *Write) Do(ctx context.Context, writer client.Writer) (bool, error) {
	ctrl.LoggerFrom(ctx).Info(w.Doing+" "+w.Kind, "object", klog.KObj(w.Object))
	err := w.call(ctx, writer, w.Object)
	if apierrors.IsAlreadyExists(err) {
		return false, nil
	}
	return w.Finishes && err == nil, err
}

// Create makes an object that was not there. A foreign one of the same name, which the cache has not shown yet, is left as it is.
func Create(kind string, object client.Object, options ...client.CreateOption) *Write {
	return &Write{Doing: "Creating", Kind: kind, Object: object,
		call: func(ctx context.Context, writer client.Writer, object client.Object) error {
			return writer.Create(ctx, object, append(options, client.FieldOwner(FieldOwner))...)
		}}
}

// Update replaces the object that was seen, by UID and version: one that somebody recreated or changed since is refused.
func Update(kind string, object client.Object, options ...client.UpdateOption) *Write {
	return &Write{Doing: "Updating", Kind: kind, Object: object,
		call: func(ctx context.Context, writer client.Writer, object client.Object) error {
			return writer.Update(ctx, object, append(options, client.FieldOwner(FieldOwner))...)
		}}
}

// Patch changes the object that was seen as far as patch says. The patch has to name its version.
func Patch(kind string, object client.Object, patch client.Patch) *Write {
	return &Write{Doing: "Patching", Kind: kind, Object: object,
		call: func(ctx context.Context, writer client.Writer, object client.Object) error {
			return writer.Patch(ctx, object, patch, client.FieldOwner(FieldOwner))
		}}
}

// Delete deletes the object of that UID, with its own grace period. One that is gone is what was wanted.
func Delete(kind string, object client.Object, options ...client.DeleteOption) *Write {
	uid := object.GetUID()
	return deleting(kind, object, append(options, client.Preconditions{UID: &uid}))
}

// DeleteUnchanged is Delete, refused if the object has changed since it was read.
func DeleteUnchanged(kind string, object client.Object, options ...client.DeleteOption) *Write {
	uid, version := object.GetUID(), object.GetResourceVersion()
	return deleting(kind, object, append(options, client.Preconditions{UID: &uid, ResourceVersion: &version}))
}

func deleting(kind string, object client.Object, options []client.DeleteOption) *Write {
	return &Write{Doing: "Deleting", Kind: kind, Object: object, Removes: true,
		call: func(ctx context.Context, writer client.Writer, object client.Object) error {
			return client.IgnoreNotFound(writer.Delete(ctx, object, options...))
		}}
}

// Refused says whether an error is the API server's answer that it does not take a write, and would not a moment later either: a right is missing, a quota
// is full, or something is against it, a policy for example, whose webhook need not name a code. That somebody was faster, that the object is gone, and that
// the API server is busy, passes.
func Refused(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return false
	}
	switch code := status.Status().Code; code {
	case http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return false
	default:
		return code >= http.StatusBadRequest && code < http.StatusInternalServerError
	}
}

// Foreground has garbage collection delete an object's dependents first.
const Foreground = client.PropagationPolicy(metav1.DeletePropagationForeground)

// Then makes the write finish the step that asks for it.
func (w *Write) Then() *Write {
	w.Finishes = true
	return w
}
