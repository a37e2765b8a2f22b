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
	untilThe300s = until("300")
)

// broughtPassed is an empty volume onto which data was brought that is not for the image.
func broughtPassed(pod *corev1.Pod) {
	said(`{"reason":"Inspected","layout":"Empty"}`)(pod)
	pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, corev1.ContainerStatus{Name: workload.ContainerBootstrap, State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Message: `{"reason":"UpgradePassed","message":"the agent's words","inspection":{"reason":"UpgradePassed","layout":"Root","height":500,"refused":true}}`},
	}})
}

// TestWhatTheDataHasIsReached: an upgrade that is listed at a height which a volume is beyond, as inspect says before seid ran there.
func TestWhatTheDataHasIsReached(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    []string
	}{
		"beyond the first":           {with(listing, fixture.Pod(passed)), []string{"v7"}},
		"beyond both":                {with(listing, fixture.Pod(passedBoth)), []string{"v7", "v8"}},
		"the first is known already": {with(listing, reached("v7"), fixture.Pod(passedBoth)), []string{"v8"}},
		"data that was brought is":   {with(listing, fixture.Pod(broughtPassed)), []string{"v7"}},
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
	const begun = "" // nothing is asked any more
	of := func(uid string) fixture.Change {
		return func(o *task.Observation) { fixture.Set(o).Annotations[seiv1alpha1.AnnotationClaimUID] = uid }
	}
	older := func(o *task.Observation) { delete(fixture.Set(o).Annotations, seiv1alpha1.AnnotationClaimUID) }
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"nothing was made":                       {with(listing), "300"},
		"nothing is listed":                      {with(), "0"},
		"the first was found":                    {with(listing, reached("v7")), "900"},
		"it is of the image already":             {with(listing, image("sei:v7")), "900"},
		"it was listed once seid had begun":      {with(listing, made, of("claim-uid"), running), begun},
		"it was listed before":                   {with(listing, made, of("claim-uid"), asks("0")), "300"},
		"it was listed while a pod was refused":  {with(listing, made, of("claim-uid"), asks("0"), fixture.Pod(until("0"), refusedElse)), "300"},
		"it was taken off before":                {with(made, of("claim-uid"), asks("300"), fixture.Pod(until("300"))), "0"},
		"it has not begun":                       {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(until("300"))), "300"},
		"it was refused":                         {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(until("300"), refusedElse)), "300"},
		"it has begun":                           {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(until("300"), inspected)), begun},
		"it has begun, and nothing was listed":   {with(made, of("claim-uid"), asks("0"), fixture.Pod(until("0"), inspected)), begun},
		"a pod that was not asked began":         {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(inspected)), "300"},
		"the one that began stops":               {with(listing, made, of("claim-uid"), asks("300"), fixture.Pod(until("300"), inspected, fixture.Stopping)), "300"},
		"another claim is accepted":              {with(listing, made, of("former")), "300"},
		"another claim, and nothing is listed":   {with(made, of("former")), "0"},
		"of a version that kept no note of this": {with(listing, made, older, running), begun},
	} {
		if got := setAfter(t, fixture.Scope(test.changes...)).Spec.Template.Annotations[seiv1alpha1.AnnotationImageUntil]; got != test.want {
			t.Errorf("%s: until %q, wanted %q", name, got, test.want)
		}
	}
}

// until is a pod that was asked whether the data is for its image.
func until(height string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Annotations[seiv1alpha1.AnnotationImageUntil] = height }
}

// TestAPodThatStartsIsOfTheTemplateThatIsWanted: a number of replicas alone would start one of the template before.
func TestAPodThatStartsIsOfTheTemplateThatIsWanted(t *testing.T) {
	accepted := func(o *task.Observation) { fixture.Set(o).Annotations[seiv1alpha1.AnnotationClaimUID] = "former" }
	for name, test := range map[string]struct {
		changes []fixture.Change
		scales  bool
	}{
		"nothing else is wanted":             {with(made, fixture.Replicas(0)), true},
		"another claim is accepted":          {with(listing, made, fixture.Replicas(0), accepted), false},
		"another image":                      {with(made, fixture.Replicas(0), fixture.NewImage), false},
		"another image, and it is to stop":   {with(made, fixture.NewImage, fixture.Paused), true},
		"another image, and there are three": {with(made, fixture.NewImage, fixture.Replicas(3)), true},
		"another image, and it runs":         {with(made, fixture.NewImage, running), false},
	} {
		scope := fixture.Scope(test.changes...)
		if got := task.Scale(scope) != nil; got != test.scales {
			t.Errorf("%s: scales %t", name, got)
		}
		if write := scope.Children[set.Kind].Write; !test.scales && scope.Replicas > 0 && write != nil && *write.Object.(*appsv1.StatefulSet).Spec.Replicas != 1 {
			t.Errorf("%s: the write of the whole does not start it", name)
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
		"the set asks no more":              {with(made, fixture.Pod(passed, untilThe300s)), "Deleting Pod archive-0-0"},
		"the set asks the same":             {with(listing, made, asks("300"), fixture.Pod(passed, untilThe300s)), ""},
		"the set asks for later":            {with(listing, made, asks("900"), fixture.Pod(passed, untilThe300s)), "Deleting Pod archive-0-0"},
		"it began":                          {with(made, fixture.Pod(inspected, untilThe300s)), ""},
		"something else is wrong, the same": {with(made, asks("300"), fixture.Pod(refusedElse, untilThe300s)), ""},
		"it was listed while refused":       {with(made, asks("300"), fixture.Pod(refusedElse, until("0"))), "Deleting Pod archive-0-0"},
		"it was listed before it started":   {with(made, asks("300"), fixture.Pod(until("0"))), "Deleting Pod archive-0-0"},
		"a pod that was never asked":        {with(made, asks("300"), fixture.Pod(refusedElse)), ""},
		"there is no pod":                   {with(made, asks("300")), ""},
		"it stops":                          {with(made, fixture.Pod(passed, untilThe300s, fixture.Stopping)), ""},
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
