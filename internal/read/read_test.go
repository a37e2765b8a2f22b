package read_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/read"
)

// waiting notes of each read whether it would wait for the client's own writes.
type waiting struct{ gets, lists []bool }

func (w *waiting) reader(t *testing.T, objects ...client.Object) client.Reader {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	cluster := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
	return interceptor.NewClient(cluster, interceptor.Funcs{
		Get: func(ctx context.Context, real client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			w.gets = append(w.gets, !(&client.GetOptions{}).ApplyOptions(options).DisableReadYourWritesConsistency)
			return real.Get(ctx, key, object, options...)
		},
		List: func(ctx context.Context, real client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			w.lists = append(w.lists, !(&client.ListOptions{}).ApplyOptions(options).DisableReadYourWritesConsistency)
			return real.List(ctx, list, options...)
		},
	})
}

func node(name string) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: name}}
}

// TestWhatWaitsForOwnWrites: for those to an object a Get does, but where nodes are only woken, and no List does for those of all nodes.
func TestWhatWaitsForOwnWrites(t *testing.T) {
	tests := map[string]struct {
		of   func(client.Reader) client.Reader
		gets bool
	}{"a node's own": {read.Others, true}, "whom to wake": {read.Now, false}}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			seen := &waiting{}
			reader := test.of(seen.reader(t, node("a")))
			err := errors.Join(reader.Get(t.Context(), client.ObjectKeyFromObject(node("a")), node("")), reader.List(t.Context(), &seiv1alpha1.SeiNodeList{}))
			if err != nil || !slices.Equal(seen.gets, []bool{test.gets}) || !slices.Equal(seen.lists, []bool{false}) {
				t.Errorf("gets wait: %v, lists: %v (%v)", seen.gets, seen.lists, err)
			}
		})
	}
}

// TestARivalIsReadAsItsOwnReconcileLeftIt: one read each, which waits, and without one that is gone meanwhile.
func TestARivalIsReadAsItsOwnReconcileLeftIt(t *testing.T) {
	left := node("a")
	left.Status.SigningSecret = "key"
	seen := &waiting{}
	rivals, err := read.Anew(t.Context(), read.Others(seen.reader(t, left)), []seiv1alpha1.SeiNode{*node("a"), *node("gone")})
	if err != nil || len(rivals) != 1 || rivals[0].Status.SigningSecret != "key" {
		t.Errorf("%+v (%v)", rivals, err)
	}
	if !slices.Equal(seen.gets, []bool{true, true}) {
		t.Errorf("gets wait: %v", seen.gets)
	}
}

// TestARivalThatCannotBeReadIsAnError, and not one that is gone.
func TestARivalThatCannotBeReadIsAnError(t *testing.T) {
	down := interceptor.NewClient(fake.NewClientBuilder().Build(), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errors.New("down")
		},
	})
	if _, err := read.Anew(t.Context(), down, []seiv1alpha1.SeiNode{*node("a")}); err == nil {
		t.Error("no error")
	}
}
