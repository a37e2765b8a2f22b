package status_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// TestWhatSeidSaysOfItself is shown as it was last heard, and what a node that fell silent said last stays.
func TestWhatSeidSaysOfItself(t *testing.T) {
	shown := &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 1000, EarliestHeight: 1, HeightTime: &metav1.Time{Time: now.Truncate(time.Second)}}
	earlier := &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 999, EarliestHeight: 1, HeightTime: &metav1.Time{Time: now.Add(-time.Hour)}}
	halted := shown.DeepCopy()
	halted.UpgradeHalt = &seiv1alpha1.UpgradeHalt{Name: "v7", Height: 1001}
	upgrade := &wire.UpgradeHalt{Name: "v7", Height: 1001}
	for name, test := range map[string]struct {
		shown *seiv1alpha1.NodeStatus
		said  *wire.NodeStatus
		want  *seiv1alpha1.NodeStatus
	}{
		"nobody has asked":        {shown, nil, shown},
		"it has a block more":     {earlier, &wire.NodeStatus{Answers: true, NodeID: "abc", Height: 1000, EarliestHeight: 1}, shown},
		"it has the same block":   {earlier, &wire.NodeStatus{Answers: true, NodeID: "abc", Height: 999, EarliestHeight: 1}, earlier},
		"the first answer":        {nil, &wire.NodeStatus{Answers: true, NodeID: "abc", Height: 1000, EarliestHeight: 1}, shown},
		"a later one":             {shown, &wire.NodeStatus{Answers: true, NodeID: "abc", Height: 7, CatchingUp: true}, &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 7, CatchingUp: true, HeightTime: shown.HeightTime}},
		"silence":                 {shown, &wire.NodeStatus{}, shown},
		"silence, from the start": {nil, &wire.NodeStatus{}, nil},
		"it halted":               {shown, &wire.NodeStatus{UpgradeHalt: upgrade}, halted},
		"it halted, seen never":   {nil, &wire.NodeStatus{UpgradeHalt: upgrade}, &seiv1alpha1.NodeStatus{UpgradeHalt: halted.UpgradeHalt}},
		"it is back after a halt": {halted, &wire.NodeStatus{Answers: true, NodeID: "abc", Height: 1000, EarliestHeight: 1}, shown},
	} {
		got := of(test.said, made, unready, func(o *task.Observation) { o.Node.Status.Node = test.shown }).Node
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSynced(t *testing.T) {
	for want, said := range map[string]wire.NodeStatus{
		"True/CaughtUp":     {Answers: true},
		"False/CatchingUp":  {Answers: true, CatchingUp: true},
		"Unknown/NoAnswer":  {},
		"False/UpgradeHalt": {UpgradeHalt: &wire.UpgradeHalt{Name: "v7", Height: 9}},
	} {
		c := find(t, of(&said, made, unready), seiv1alpha1.ConditionSynced)
		if got := string(c.Status) + "/" + c.Reason; got != want || c.Message == "" {
			t.Errorf("%s %q, wanted %s", got, c.Message, want)
		}
	}

	seed := func(o *task.Observation) { o.Node.Spec.Archive, o.Node.Spec.Seed = nil, &seiv1alpha1.SeedSpec{} }
	for name, said := range map[string]*wire.NodeStatus{"nobody asked": nil, "ready": {Ready: true}, "not ready": {Reason: "no port"}} {
		for pods, change := range map[string]fixture.Change{"a pod": unready, "no pod": func(*task.Observation) {}} {
			if c := find(t, of(said, made, change, seed), seiv1alpha1.ConditionSynced); c.Reason != "NotApplicable" || c.Status != metav1.ConditionUnknown {
				t.Errorf("a seed, %s, %s: %+v", name, pods, c)
			}
		}
	}

	first := of(&wire.NodeStatus{Answers: true, CatchingUp: true}, made, unready)
	if c := find(t, first, seiv1alpha1.ConditionSynced); c.Reason != "CatchingUp" {
		t.Errorf("%+v", c)
	}
	gone := of(nil, made, func(o *task.Observation) { o.Node.Status = first })
	if c := find(t, gone, seiv1alpha1.ConditionSynced); c.Reason != "NoAnswer" || c.Status != metav1.ConditionUnknown {
		t.Errorf("without a pod: %+v", c)
	}
	if c := meta.FindStatusCondition(of(nil, made, unready).Conditions, seiv1alpha1.ConditionSynced); c != nil {
		t.Errorf("before anybody asked: %+v", c)
	}
}
