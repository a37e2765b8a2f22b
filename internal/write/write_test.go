package write_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/write"
)

func service() *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "a", UID: "uid", ResourceVersion: "7"}}
}

// TestADeletionNamesTheObjectThatWasSeen: in between somebody may have put another one there.
func TestADeletionNamesTheObjectThatWasSeen(t *testing.T) {
	for name, test := range map[string]struct {
		deletion *write.Write
		want     client.DeleteOptions
	}{
		"by UID": {write.Delete("Service", service()), client.DeleteOptions{Preconditions: &metav1.Preconditions{UID: ptr.To(service().UID)}}},
		"by UID and version": {write.DeleteUnchanged("Service", service()), client.DeleteOptions{
			Preconditions: &metav1.Preconditions{UID: ptr.To(service().UID), ResourceVersion: ptr.To("7")},
		}},
		"in the foreground": {write.Delete("Service", service(), write.Foreground), client.DeleteOptions{
			Preconditions: &metav1.Preconditions{UID: ptr.To(service().UID)}, PropagationPolicy: ptr.To(metav1.DeletePropagationForeground),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var got client.DeleteOptions
			writer := interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
				Delete: func(_ context.Context, _ client.WithWatch, _ client.Object, options ...client.DeleteOption) error {
					got.ApplyOptions(options)
					return nil
				},
			})
			if _, err := test.deletion.Do(t.Context(), writer); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWhatAnAnswerMeans: a race is no error and no end, a deletion of what is gone is done.
func TestWhatAnAnswerMeans(t *testing.T) {
	refused, resource := errors.New("refused"), schema.GroupResource{Resource: "services"}
	for name, test := range map[string]struct {
		write    *write.Write
		answer   error
		finished bool
		err      error
	}{
		"created":                  {write.Create("Service", service()).Then(), nil, true, nil},
		"created, and looks again": {write.Create("Service", service()), nil, false, nil},
		"somebody was faster":      {write.Create("Service", service()).Then(), apierrors.NewAlreadyExists(resource, "a"), false, nil},
		"creation refused":         {write.Create("Service", service()).Then(), refused, false, refused},
		"updated":                  {write.Update("Service", service()).Then(), nil, true, nil},
		"update refused":           {write.Update("Service", service()).Then(), refused, false, refused},
		"deleted":                  {write.Delete("Service", service()).Then(), nil, true, nil},
		"deleted by somebody else": {write.Delete("Service", service()).Then(), apierrors.NewNotFound(resource, "a"), true, nil},
		"deletion refused":         {write.Delete("Service", service()).Then(), refused, false, refused},
	} {
		t.Run(name, func(t *testing.T) {
			writer := interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
				Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
					return test.answer
				},
				Update: func(context.Context, client.WithWatch, client.Object, ...client.UpdateOption) error {
					return test.answer
				},
				Delete: func(context.Context, client.WithWatch, client.Object, ...client.DeleteOption) error {
					return test.answer
				},
			})
			finished, err := test.write.Do(t.Context(), writer)
			if finished != test.finished || !errors.Is(err, test.err) || (err != nil) != (test.err != nil) {
				t.Errorf("finished %t, error %v", finished, err)
			}
		})
	}
}

// TestWhatIsRefused, and stays so: what passes by itself is none of it.
func TestWhatIsRefused(t *testing.T) {
	resource := schema.GroupResource{Resource: "services"}
	denied := &apierrors.StatusError{ErrStatus: metav1.Status{Code: 400, Message: "admission webhook denied the request"}} // as one does that names no code
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":             {nil, false},
		"no answer":           {errors.New("connection refused"), false},
		"a policy":            {denied, true},
		"a policy, wrapped":   {fmt.Errorf("making it: %w", denied), true},
		"no right":            {apierrors.NewForbidden(resource, "a", errors.New("no right")), true},
		"a wrong field":       {apierrors.NewInvalid(schema.GroupKind{Kind: "Service"}, "a", nil), true},
		"it is too large":     {apierrors.NewRequestEntityTooLargeError("limit"), true},
		"somebody was faster": {apierrors.NewConflict(resource, "a", errors.New("changed")), false},
		"it is there":         {apierrors.NewAlreadyExists(resource, "a"), false},
		"it is gone":          {apierrors.NewNotFound(resource, "a"), false},
		"too often":           {apierrors.NewTooManyRequests("later", 1), false},
		"too slow":            {apierrors.NewTimeoutError("slow", 1), false},
		"a webhook is down":   {apierrors.NewInternalError(errors.New("failed calling webhook")), false},
	} {
		if got := write.Refused(test.err); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
