package v1alpha1_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// TestTheListOfPeersOfFormerVersionsIsRead: one object that has it must not keep the operator from reading the others.
func TestTheListOfPeersOfFormerVersionsIsRead(t *testing.T) {
	for text, want := range map[string]*seiv1alpha1.PeersSpec{
		`{"peers": ["a", "b"]}`:                        {Static: []string{"a", "b"}},
		`{"peers": [ ]}`:                               {Static: []string{}},
		`{"peers": {"static": ["a"], "seeds": ["c"]}}`: {Static: []string{"a"}, Seeds: []string{"c"}},
		`{"peers": {}}`:                                {},
		`{"peers": null}`:                              nil,
		`{}`:                                           nil,
	} {
		var spec seiv1alpha1.SeiNodeSpec
		if err := json.Unmarshal([]byte(text), &spec); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, spec.Peers); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
