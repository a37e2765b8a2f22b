package v1alpha1_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestASeedFromBeforeNodeKeysWereRequired: it can still be written to, and gets a key, once.
func TestASeedFromBeforeNodeKeysWereRequired(t *testing.T) {
	old := node(t, with(t, "{archive: null, seed: {}}"))
	putBack := withoutRule(t, "required for a seed")
	eventually(t, "the older CRD", func(ctx context.Context) bool { return api.Create(ctx, old) == nil })
	putBack()
	eventually(t, "the newer CRD", func(ctx context.Context) bool {
		err := api.Create(ctx, node(t, with(t, "{archive: null, seed: {}}")))
		return err != nil && strings.Contains(err.Error(), "required for a seed")
	})
	for _, step := range []struct{ patch, refusal string }{
		{`{"metadata":{"finalizers":["sei.io/seinode"]}}`, ""},
		{`{"metadata":{"finalizers":[]}}`, ""},
		{`{"spec":{"image":"sei:v2"}}`, "required for a seed"},
		{`{"spec":{"nodeKey":{"secretName":"a"}}}`, ""},
		{`{"spec":{"nodeKey":{"secretName":"b"}}}`, "nodeKey.secretName is immutable"},
	} {
		err := api.Patch(t.Context(), old.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(step.patch)))
		if (err == nil) != (step.refusal == "") || err != nil && !strings.Contains(err.Error(), step.refusal) {
			t.Errorf("%s: error is %v, wanted %q", step.patch, err, step.refusal)
		}
	}
}

// withoutRule takes a rule of the spec out of the installed CRD, until it is put back.
func withoutRule(t *testing.T, message string) (putBack func()) {
	t.Helper()
	var rules []any
	edit := func(change func([]any) []any) {
		crd := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}}
		if err := api.Get(t.Context(), client.ObjectKey{Name: "seinodes.sei.io"}, crd); err != nil {
			t.Fatal(err)
		}
		versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
		path := []string{"schema", "openAPIV3Schema", "properties", "spec", "x-kubernetes-validations"}
		all, _, _ := unstructured.NestedSlice(versions[0].(map[string]any), path...)
		_ = unstructured.SetNestedSlice(versions[0].(map[string]any), change(all), path...)
		_ = unstructured.SetNestedSlice(crd.Object, versions, "spec", "versions")
		if err := api.Update(t.Context(), crd); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(all []any) []any {
		rules = all
		return slices.DeleteFunc(slices.Clone(all), func(rule any) bool {
			text, _ := rule.(map[string]any)["message"].(string)
			return strings.Contains(text, message)
		})
	})
	return func() { edit(func([]any) []any { return rules }) }
}

// eventually waits for what the API server does in its own time, such as taking over a CRD.
func eventually(t *testing.T, what string, is func(context.Context) bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) { return is(ctx), nil })
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
