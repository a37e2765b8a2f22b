package task_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// takesEarly is a node that is ready, and lists an upgrade to be taken early.
func takesEarly(o *task.Observation) {
	o.Node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v7", Early: ptr.To(true)}}
	o.Node.Status.ObservedGeneration = o.Node.Generation
	o.Node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionReady, Status: metav1.ConditionTrue}}
}

func entry(change func(*seiv1alpha1.Upgrade)) fixture.Change {
	return func(o *task.Observation) { change(&o.Node.Spec.Upgrades[0]) }
}

// TestAMinorUpgradeMayBeTakenEarly, by a node that is ready and asks for it, and no other upgrade ever.
func TestAMinorUpgradeMayBeTakenEarly(t *testing.T) {
	minor := func(change func(*wire.NodeStatus)) wire.NodeStatus {
		said := wire.NodeStatus{Answers: true, Height: 400, Plan: &wire.Plan{Name: "v7", Height: 500, Minor: true}}
		change(&said)
		return said
	}
	as := minor(func(*wire.NodeStatus) {})
	notReady := func(o *task.Observation) { o.Node.Status.Conditions[0].Status = metav1.ConditionFalse }
	newer := func(o *task.Observation) { o.Node.Generation++ }
	for name, test := range map[string]struct {
		changes []fixture.Change
		said    wire.NodeStatus
		want    bool
	}{
		"minor":                    {with(takesEarly, made, running), as, true},
		"at its height":            {with(takesEarly, made, running, entry(func(u *seiv1alpha1.Upgrade) { u.Height = ptr.To[int64](500) })), as, true},
		"at another height":        {with(takesEarly, made, running, entry(func(u *seiv1alpha1.Upgrade) { u.Height = ptr.To[int64](501) })), as, false},
		"nobody asks for it":       {with(takesEarly, made, running, entry(func(u *seiv1alpha1.Upgrade) { u.Early = nil })), as, false},
		"not listed":               {with(takesEarly, made, running, entry(func(u *seiv1alpha1.Upgrade) { u.Name = "v8" })), as, false},
		"paused":                   {with(takesEarly, made, running, fixture.Paused), as, false},
		"reached":                  {with(takesEarly, made, running, reached("v7")), as, false},
		"major":                    {with(takesEarly, made, running), minor(func(s *wire.NodeStatus) { s.Plan.Minor = false }), false},
		"nothing is planned":       {with(takesEarly, made, running), minor(func(s *wire.NodeStatus) { s.Plan = &wire.Plan{} }), false},
		"the chain was not heard":  {with(takesEarly, made, running), minor(func(s *wire.NodeStatus) { s.Plan = nil }), false},
		"it does not answer":       {with(takesEarly, made, running), minor(func(s *wire.NodeStatus) { s.Answers = false }), false},
		"it is catching up":        {with(takesEarly, made, running), minor(func(s *wire.NodeStatus) { s.CatchingUp = true }), false},
		"the height has come":      {with(takesEarly, made, running), minor(func(s *wire.NodeStatus) { s.Height = 500 }), false},
		"the pod is not ready":     {with(takesEarly, made, fixture.Pod(fixture.NotReady)), as, false},
		"there is no pod":          {with(takesEarly, made), as, false},
		"the node is not ready":    {with(takesEarly, notReady, made, running), as, false},
		"its spec was changed now": {with(takesEarly, newer, made, running), as, false},
	} {
		o := fixture.Observation(test.changes...)
		got := task.Early(o.Node, task.PodOf(o), test.said)
		if (got != nil) != test.want || got != nil && (got.Name != "v7" || got.Height != 500 || !*got.Early) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestOneNodeOfANamespaceTakesAnUpgradeEarlyAtATime: the next one waits until the one before is ready with it.
func TestOneNodeOfANamespaceTakesAnUpgradeEarlyAtATime(t *testing.T) {
	node := &seiv1alpha1.SeiNode{}
	node.UID = "this"
	other := func(uid types.UID, ready metav1.ConditionStatus, changes ...func(*seiv1alpha1.SeiNode)) seiv1alpha1.SeiNode {
		other := seiv1alpha1.SeiNode{}
		other.UID, other.Name = uid, "other"
		other.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionReady, Status: ready}}
		other.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500})
		for _, change := range changes {
			change(&other)
		}
		return other
	}
	for name, test := range map[string]struct {
		other seiv1alpha1.SeiNode
		waits bool
	}{
		"it is ready":               {other("other", "True"), false},
		"it is not ready":           {other("other", "False"), true},
		"nobody knows":              {other("other", "Unknown"), true},
		"its spec was changed now":  {other("other", "True", func(n *seiv1alpha1.SeiNode) { n.Generation++ }), true},
		"it has not taken it":       {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.Forget() }), false},
		"it is paused":              {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true) }), false},
		"it goes":                   {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.DeletionTimestamp = &metav1.Time{} }), false},
		"it is this very node":      {other("this", "False"), false},
		"another upgrade of before": {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.Status.Upgrades.Reached[0].Name = "v6" }), false},
	} {
		if got := task.Ahead(node, "v7", []seiv1alpha1.SeiNode{test.other}); (got == "other") != test.waits {
			t.Errorf("%s: %q", name, got)
		}
	}
}
