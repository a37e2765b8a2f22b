package task_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// listing is a node that lists an upgrade at 300 and one at 900, and one at no height.
func listing(o *task.Observation) {
	o.Node.Spec.Upgrades = []seiv1alpha1.Upgrade{
		{Name: "v7", Image: "sei:v7", Height: ptr.To[int64](300)}, {Name: "v8", Image: "sei:v8", Height: ptr.To[int64](900)}, {Name: "v9", Image: "sei:v9"},
	}
}

// passed is what inspect says of data of height 500, or 950, that is not for the image.
var (
	passed       = said(`{"reason":"UpgradePassed","layout":"Root","height":500,"refused":true}`)
	passedBoth   = said(`{"reason":"UpgradePassed","layout":"Root","height":950,"refused":true}`)
	inspected    = said(`{"reason":"Inspected","layout":"Root","height":200}`)
	refusedElse  = said(`{"reason":"ChainMismatch","layout":"Root","height":500,"refused":true}`)
	untilThe300s = func(pod *corev1.Pod) { pod.Annotations[seiv1alpha1.AnnotationImageUntil] = "300" }
)

// TestWhatTheDataHasIsReached: an upgrade that is listed at a height which a volume is beyond, as inspect says before seid ran there.
func TestWhatTheDataHasIsReached(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    []string
	}{
		"beyond the first":           {with(listing, fixture.Pod(passed)), []string{"v7"}},
		"beyond both":                {with(listing, fixture.Pod(passedBoth)), []string{"v7", "v8"}},
		"the first is known already": {with(listing, reached("v7"), fixture.Pod(passedBoth)), []string{"v8"}},
		"nothing is listed":          {with(fixture.Pod(passed)), nil},
		"it fits":                    {with(listing, fixture.Pod(inspected)), nil},
		"something else is wrong":    {with(listing, fixture.Pod(refusedElse)), nil},
		"it is paused":               {with(listing, fixture.Paused, fixture.Pod(passed)), nil},
		"the pod stops":              {with(listing, fixture.Pod(passed, fixture.Stopping)), nil},
		"there is no pod":            {with(listing), nil},
	} {
		o := fixture.Observation(test.changes...)
		got := task.Passed(o.Node, task.PodOf(o))
		if len(got) != len(test.want) {
			t.Errorf("%s: %+v, wanted %v", name, got, test.want)
			continue
		}
		for i, upgrade := range got {
			if upgrade.Name != test.want[i] || upgrade.Height != *o.Node.Upgrade(upgrade.Name).Height {
				t.Errorf("%s: %+v, wanted %v", name, got, test.want)
			}
		}
	}
}

func reached(name string) fixture.Change {
	return func(o *task.Observation) { o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: name, Height: 300}) }
}

// TestOnlyTheFirstStartAsksWhetherTheImageIsForTheData: a node that has begun passes an upgrade that its image has, and starts again without an operator.
func TestOnlyTheFirstStartAsksWhetherTheImageIsForTheData(t *testing.T) {
	of := func(uid string) fixture.Change {
		return func(o *task.Observation) { fixture.Set(o).Annotations[seiv1alpha1.AnnotationClaimUID] = uid }
	}
	older := func(o *task.Observation) { delete(fixture.Set(o).Annotations, seiv1alpha1.AnnotationClaimUID) }
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    int64
	}{
		"nothing was made":               {with(listing), 300},
		"nothing is listed":              {with(), 0},
		"no height is beyond the image":  {with(listing, reached("v7")), 900},
		"it is of the image already":     {with(listing, image("sei:v7")), 900},
		"it was listed later":            {with(listing, made, of("claim-uid"), running), 0},
		"it has not begun":               {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(untilThe300s)), 300},
		"it was refused":                 {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(untilThe300s, refusedElse)), 300},
		"it has begun":                   {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(untilThe300s, inspected)), 0},
		"a pod that was not asked began": {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(inspected)), 300},
		"the one that began stops":       {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(untilThe300s, inspected, fixture.Stopping)), 300},
		"another claim is accepted":      {with(listing, made, of("former")), 300},
		"of a version that kept no note": {with(listing, made, older, running), 0},
	} {
		if got := workload.ImageUntil(&setAfter(t, fixture.Scope(test.changes...)).Spec.Template); got != test.want {
			t.Errorf("%s: until %d, wanted %d", name, got, test.want)
		}
	}
}

// setAfter is the StatefulSet as it is after the reconcile.
func setAfter(t *testing.T, scope *task.Scope) *appsv1.StatefulSet {
	t.Helper()
	child := scope.Children[set.Kind]
	switch {
	case child.Write != nil && scope.Rolls():
		t.Error("it replaces the pod")
	case child.Write == nil:
		return scope.Set
	}
	return child.Write.Object.(*appsv1.StatefulSet)
}

// TestAPodWhoseImageWasNotForTheDataIsMadeAgain: where the image that is turns out to be the same, no other template replaces it.
func TestAPodWhoseImageWasNotForTheDataIsMadeAgain(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"the set asks no more":    {with(made, fixture.Pod(passed, untilThe300s)), "Deleting Pod archive-0-0"},
		"the set asks the same":   {with(listing, made, asks("300"), fixture.Pod(passed, untilThe300s)), ""},
		"the set asks for later":  {with(listing, made, asks("900"), fixture.Pod(passed, untilThe300s)), "Deleting Pod archive-0-0"},
		"it began":                {with(made, fixture.Pod(inspected, untilThe300s)), ""},
		"something else is wrong": {with(made, fixture.Pod(refusedElse, untilThe300s)), ""},
		"it stops":                {with(made, fixture.Pod(passed, untilThe300s, fixture.Stopping)), ""},
	} {
		if got := told(task.Retry(fixture.Scope(test.changes...))); got != test.want {
			t.Errorf("%s: %q, wanted %q", name, got, test.want)
		}
	}
}

// asks is a StatefulSet whose pods are asked whether the data is for their image.
func asks(until string) fixture.Change {
	return func(o *task.Observation) {
		fixture.Set(o).Spec.Template.Annotations[seiv1alpha1.AnnotationImageUntil] = until
	}
}

func image(name string) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.Image = name }
}
