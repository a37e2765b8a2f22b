package controller

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// noting is a client that writes nothing, and notes what it was to write.
func noting(reads client.Client, writes *[]string) client.Client {
	note := func(verb string, object client.Object) error {
		*writes = append(*writes, fmt.Sprintf("%s %T", verb, object))
		return nil
	}
	return interceptor.NewClient(reads.(client.WithWatch), interceptor.Funcs{
		Create: func(_ context.Context, _ client.WithWatch, object client.Object, _ ...client.CreateOption) error {
			return note("create", object)
		},
		Update: func(_ context.Context, _ client.WithWatch, object client.Object, _ ...client.UpdateOption) error {
			return note("update", object)
		},
		Patch: func(_ context.Context, _ client.WithWatch, object client.Object, _ client.Patch, _ ...client.PatchOption) error {
			return note("patch", object)
		},
		Delete: func(_ context.Context, _ client.WithWatch, object client.Object, _ ...client.DeleteOption) error {
			return note("delete", object)
		},
		SubResourcePatch: func(_ context.Context, _ client.Client, part string, object client.Object, _ client.Patch, _ ...client.SubResourcePatchOption) error {
			return note("patch "+part+" of", object)
		},
	})
}

// TestASeiNodeThatAnotherOperatorHasIsLeftAlone: that is told, and not even a finalizer of ours is added.
func TestASeiNodeThatAnotherOperatorHasIsLeftAlone(t *testing.T) {
	node := recordedNode("node-uid")
	node.Finalizers = []string{seiv1alpha1.FinalizerElsewhere}
	r, live := seeing(t, node, claimOf(node))
	r.Prepare()
	var writes []string
	r.Client = noting(live, &writes)
	result, err := r.Reconcile(t.Context(), requestFor(node.Name))
	if want := []string{"patch status of *v1alpha1.SeiNode"}; err != nil || result.RequeueAfter != 0 || !slices.Equal(writes, want) {
		t.Errorf("writes %q, wanted %q; looks again in %s (%v)", writes, want, result.RequeueAfter, err)
	}
}

// TestAnotherOperatorThatTakesANodeOrLetsGoOfItWakesIt: a finalizer is no change of the spec.
func TestAnotherOperatorThatTakesANodeOrLetsGoOfItWakesIt(t *testing.T) {
	with := func(finalizers ...string) *seiv1alpha1.SeiNode {
		node := recordedNode("node-uid")
		node.Finalizers, node.Status.Plan = finalizers, &seiv1alpha1.Plan{}
		return node
	}
	ours, both := with(seiv1alpha1.Finalizer), with(seiv1alpha1.Finalizer, seiv1alpha1.FinalizerElsewhere)
	for name, test := range map[string]struct {
		was, is *seiv1alpha1.SeiNode
		want    bool
	}{
		"it takes it":          {ours, both, true},
		"it lets go of it":     {both, ours, true},
		"it has it as before":  {both, both, false},
		"ours alone was added": {with(), ours, false},
	} {
		if got := specChanged().Update(event.UpdateEvent{ObjectOld: test.was, ObjectNew: test.is}); got != test.want {
			t.Errorf("%s: it wakes the node: %t", name, got)
		}
	}
}
