package task_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
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
	ran := proven("sei:v7", fixture.Machine)
	taken := func(o *task.Observation) {
		o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 450, Early: ptr.To(true)})
	}
	notReady := func(o *task.Observation) { o.Node.Status.Conditions[0].Status = metav1.ConditionFalse }
	newer := func(o *task.Observation) { o.Node.Generation++ }
	for name, test := range map[string]struct {
		changes []fixture.Change
		said    wire.NodeStatus
		want    bool
	}{
		"minor":                    {with(takesEarly, made, placed), as, true},
		"at its height":            {with(takesEarly, made, placed, entry(func(u *seiv1alpha1.Upgrade) { u.Height = ptr.To[int64](500) })), as, true},
		"at another height":        {with(takesEarly, made, placed, entry(func(u *seiv1alpha1.Upgrade) { u.Height = ptr.To[int64](501) })), as, false},
		"nobody asks for it":       {with(takesEarly, made, placed, entry(func(u *seiv1alpha1.Upgrade) { u.Early = nil })), as, false},
		"not listed":               {with(takesEarly, made, placed, entry(func(u *seiv1alpha1.Upgrade) { u.Name = "v8" })), as, false},
		"paused":                   {with(takesEarly, made, placed, fixture.Paused), as, false},
		"reached":                  {with(takesEarly, made, placed, reached("v7")), as, false},
		"planned anew, and taken":  {with(takesEarly, made, placed, taken), as, false},
		"major":                    {with(takesEarly, made, placed), minor(func(s *wire.NodeStatus) { s.Plan.Minor = false }), false},
		"nothing is planned":       {with(takesEarly, made, placed), minor(func(s *wire.NodeStatus) { s.Plan = &wire.Plan{} }), false},
		"the chain was not heard":  {with(takesEarly, made, placed), minor(func(s *wire.NodeStatus) { s.Plan = nil }), false},
		"it does not answer":       {with(takesEarly, made, placed), minor(func(s *wire.NodeStatus) { s.Answers = false }), false},
		"it is catching up":        {with(takesEarly, made, placed), minor(func(s *wire.NodeStatus) { s.CatchingUp = true }), false},
		"the height has come":      {with(takesEarly, made, placed), minor(func(s *wire.NodeStatus) { s.Height = 500 }), false},
		"the pod is not ready":     {with(takesEarly, made, fixture.Pod(onMachine, fixture.NotReady)), as, false},
		"there is no pod":          {with(takesEarly, made), as, false},
		"the node is not ready":    {with(takesEarly, notReady, made, placed), as, false},
		"its spec was changed now": {with(takesEarly, newer, made, placed), as, false},
	} {
		o := fixture.Observation(append(with(ran), test.changes...)...)
		got := task.Early(o, test.said)
		if (got != nil) != test.want || got != nil && (got.Name != "v7" || got.Height != 500 || !*got.Early || got.From != nil) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestAnUpgradeIsTakenEarlyOnceItsImageRan where the node's pod is, or once nobody can try that: a healthy node is not stopped for an image that does not run.
func TestAnUpgradeIsTakenEarlyOnceItsImageRan(t *testing.T) {
	refused := func(o *task.Observation) { o.PrePullRefused = "no right" }
	said := wire.NodeStatus{Answers: true, Height: 400, Plan: &wire.Plan{Name: "v7", Height: 500, Minor: true}}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    bool
	}{
		"nobody has tried it":            {with(), false},
		"it ran":                         {with(proven("sei:v7", fixture.Machine)), true},
		"it ran a moment ago":            {with(tries(ends(0, "Completed"))), false}, // the proof is persisted first
		"it ran on another machine":      {with(proven("sei:v7", "m-2")), false},
		"another one ran":                {with(proven("sei:v8", fixture.Machine)), false},
		"it is being tried":              {with(tries()), false},
		"it cannot be pulled":            {with(tries(waits("ImagePullBackOff"))), false},
		"it cannot be pulled, a refusal": {with(tries(waits("ImagePullBackOff")), refused), false},
		"it does not run":                {with(tries(ends(1, "Error"))), false},
		"its machine is full":            {with(tries(unscheduled)), false},
		"its pod was evicted":            {with(tries(inPhase(corev1.PodFailed, "Evicted"))), false},
		"its pod is refused":             {with(refused), true},
		"its pod's name is taken":        {with(tries(orphaned)), true},
		"the policy says no":             {with(off), true},
		"the node runs from it":          {with(runsFrom("sei:v7")), true},
	} {
		o := fixture.Observation(append(with(takesEarly, plans("v7")), append(test.changes, made, placed)...)...)
		if got := task.Early(o, said); (got != nil) != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestOneNodeOfANamespaceTakesAnUpgradeEarlyAtATime: the next one waits until the one before is ready with it.
func TestOneNodeOfANamespaceTakesAnUpgradeEarlyAtATime(t *testing.T) {
	node := &seiv1alpha1.SeiNode{}
	node.UID, node.Spec.ChainID = "this", "pacific-1"
	other := func(uid types.UID, ready metav1.ConditionStatus, changes ...func(*seiv1alpha1.SeiNode)) seiv1alpha1.SeiNode {
		other := seiv1alpha1.SeiNode{}
		other.UID, other.Name, other.Spec.ChainID = uid, "other", "pacific-1"
		other.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionReady, Status: ready}}
		other.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Early: ptr.To(true)})
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
		"it came to it at a height": {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.Status.Upgrades.Reached[0].Early = nil }), false},
		"it is of another chain":    {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.Spec.ChainID = "atlantic-2" }), false},
		"it is paused":              {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.Spec.Paused = ptr.To(true) }), false},
		"it goes":                   {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.DeletionTimestamp = &metav1.Time{} }), false},
		"it is this very node":      {other("this", "False"), false},
		"another upgrade of before": {other("other", "False", func(n *seiv1alpha1.SeiNode) { n.Status.Upgrades.Reached[0].Name = "v6" }), false},
	} {
		if got := task.Ahead(node, "v7", []seiv1alpha1.SeiNode{test.other}); (got == "other") != test.waits {
			t.Errorf("%s: %q", name, got)
		}
	}
	first := other("first", "False", func(n *seiv1alpha1.SeiNode) { n.Name = "first" })
	for _, both := range [][]seiv1alpha1.SeiNode{{first, other("other", "False")}, {other("other", "False"), first}} {
		if got := task.Ahead(node, "v7", both); got != "first" { // a cache has no order, and what is told must not alternate
			t.Errorf("of two: %q", got)
		}
	}
}
