package task_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

func TestScale(t *testing.T) {
	const up = `{"metadata":{"uid":"made","resourceVersion":"42"},"spec":{"replicas":1}}`
	const down = `{"metadata":{"uid":"made","resourceVersion":"42"},"spec":{"replicas":0}}`
	tests := map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"nothing to change":      {with(made), ""},
		"pause":                  {with(made, fixture.Paused), down},
		"paused, and down":       {with(made, fixture.Replicas(0), fixture.Paused), ""},
		"unpause":                {with(made, fixture.Replicas(0)), up},
		"scaled up by hand":      {with(made, running, fixture.Replicas(2), fixture.Terminating), up},
		"replaced claim":         {with(made, fixture.Replaced), down},
		"there is no set":        {nil, ""},
		"the set is foreign":     {with(made, fixture.Foreign(set), fixture.Paused), ""},
		"the set is terminating": {with(made, terminatingSet, fixture.Paused), ""},
		"something was not read": {with(made, fixture.Paused, unreadable), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, body(t, task.Scale(fixture.Scope(test.changes...)))); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAPauseNeedsNoOtherRead: whatever cannot be read, a pause stops the pod, and nothing else does.
func TestAPauseNeedsNoOtherRead(t *testing.T) {
	const down = `{"metadata":{"uid":"made","resourceVersion":"42"},"spec":{"replicas":0}}`
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"paused":             {with(made, fixture.Paused, unreadable), down},
		"paused, and down":   {with(made, fixture.Replicas(0), fixture.Paused, unreadable), ""},
		"the set is foreign": {with(made, fixture.Foreign(set), fixture.Paused, unreadable), ""},
		"there is no set":    {with(fixture.Paused, unreadable), ""},
		"it is not paused":   {with(made, unreadable), ""},
	} {
		if got := body(t, task.Pause(fixture.Scope(test.changes...))); got != test.want {
			t.Errorf("%s: patch %q, wanted %q", name, got, test.want)
		}
	}
}

// TestNudge asks the StatefulSet's controller once a change of the quotas.
// TestReleaseWaitsForNothing: garbage collection asks nobody, and a plan may be under way, or have failed, for a long time.
func TestReleaseWaitsForNothing(t *testing.T) {
	imported := func(o *task.Observation) {
		rival := o.Node.DeepCopy()
		rival.UID, rival.Spec.DataVolume = "another", &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-archive-0"}}
		o.Data.Rivals = append(o.Data.Rivals, *rival)
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    bool
	}{
		"Retain":                           {with(fixture.Creates, made, running, fixture.Retain), true},
		"Retain, the pod is outdated":      {with(fixture.Creates, made, outdated, fixture.Retain), true},
		"Retain, paused":                   {with(fixture.Creates, made, fixture.Retain, fixture.Paused), true},
		"Retain, the Service is foreign":   {with(fixture.Creates, made, running, fixture.Retain, fixture.Foreign(service)), true},
		"Retain, nothing was made yet":     {with(fixture.Creates, fixture.Retain), true},
		"another node imports it":          {with(fixture.Creates, made, running, imported), true},
		"nobody else has to do with it":    {with(fixture.Creates, made, running), false},
		"an import":                        {with(made, running, retainImport), false},
		"something could not be read":      {with(fixture.Creates, made, fixture.Retain, unreadable), false},
		"Retain, it is another claim":      {with(fixture.Creates, made, fixture.Retain, fixture.Replaced), false},
		"Retain, and the claim is not yet": {with(fixture.Creates, fixture.Retain, fixture.NoClaim), false},
	} {
		t.Run(name, func(t *testing.T) {
			scope := fixture.Scope(test.changes...)
			if got := task.Release(scope); (got != nil) != test.want {
				t.Errorf("%s, wanted a release: %t", told(got), test.want)
			}
			if test.want && !scope.Start.OK() {
				t.Errorf("what is released keeps the pod from starting: %s", scope.Start)
			}
		})
	}
}

func TestNudge(t *testing.T) {
	quotas := func(mark string) fixture.Change { return func(o *task.Observation) { o.Quotas = mark } }
	asked := func(o *task.Observation) { fixture.Set(o).Annotations[seiv1alpha1.AnnotationQuotas] = "one" }
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"no quota is in the way":  {with(made), ""},
		"one is":                  {with(made, quotas("one")), `{"metadata":{"uid":"made","resourceVersion":"42","annotations":{"sei.io/quotas":"one"}}}`},
		"it was asked":            {with(made, asked, quotas("one")), ""},
		"the quotas have changed": {with(made, asked, quotas("two")), `{"metadata":{"uid":"made","resourceVersion":"42","annotations":{"sei.io/quotas":"two"}}}`},
		"there is no StatefulSet": {with(quotas("one")), ""},
		"it is somebody else's":   {with(made, fixture.Foreign(set), quotas("one")), ""},
		"it is terminating":       {with(made, terminatingSet, quotas("one")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := body(t, task.Nudge(fixture.Scope(test.changes...))); got != test.want {
				t.Errorf("%s, wanted %s", got, test.want)
			}
		})
	}
}
