package status_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/status"
	"github.com/seinode/seinode-operator/internal/task"
)

// begun is the status of a node whose first plan was persisted, and has made nothing yet.
func begun() seiv1alpha1.SeiNodeStatus { return of(nil) }

// after is the status of a node whose plan was persisted, and that is looked at after the changes.
func after(shown seiv1alpha1.SeiNodeStatus, changes ...fixture.Change) seiv1alpha1.SeiNodeStatus {
	persisted := func(o *task.Observation) { o.Node.Status = *shown.DeepCopy() }
	s := fixture.Scope(append([]fixture.Change{persisted}, changes...)...)
	plan.Look(s, now)
	return status.Of(status.Input{Scope: s, Now: now})
}

// TestThatAPodStartsWaitsForTheNextNews, and nothing else does: neither what keeps it, nor that it is ready, nor what is told beside it.
func TestThatAPodStartsWaitsForTheNextNews(t *testing.T) {
	noPod := func(o *task.Observation) { o.Data.Pods = nil }
	tests := map[string]struct {
		is   seiv1alpha1.SeiNodeStatus
		want bool
	}{
		"nothing is made yet":            {after(begun()), false},
		"all is made, and no pod":        {after(begun(), made, noPod), true},
		"and the pod comes up":           {after(begun(), made, unready), true},
		"and the pod is ready":           {after(begun(), made, ready), false},
		"and the Service is not":         {after(begun(), made, noPod, fixture.Gone(service)), false},
		"and a container does not start": {after(begun(), made, inContainer("seid", waiting("ImagePullBackOff", "no such image"), ended(0, "", ""))), false},
		"and nobody can make the pod":    {after(begun(), made, noPod, warned("exceeded quota")), false},
		"and it is paused":               {after(begun(), made, noPod, fixture.Paused), false},
		"and the claim is lost":          {after(begun(), made, noPod, fixture.Lost), false},
		"it was told before":             {after(after(begun(), made, noPod), made, noPod), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := status.OnlyStarts(begun(), test.is); got != test.want {
				t.Errorf("it waits: %t, with %+v; news: %s", got, test.is.Conditions, cmp.Diff(begun(), test.is))
			}
		})
	}
	s := fixture.Scope()
	plan.Fresh(s, "id", now)
	left := status.Of(status.Input{Scope: s, Now: now.Add(123 * time.Millisecond)}) // a fraction of which the API server keeps nothing
	kept := *left.DeepCopy()
	for i := range kept.Conditions {
		kept.Conditions[i].LastTransitionTime.Time = kept.Conditions[i].LastTransitionTime.Truncate(time.Second)
	}
	if !status.OnlyStarts(kept, after(left, made, noPod)) {
		t.Error("a time is news")
	}
	another := after(begun(), made, noPod)
	another.Plan.ID = "another"
	if status.OnlyStarts(begun(), another) || status.OnlyStarts(seiv1alpha1.SeiNodeStatus{}, another) {
		t.Error("another plan waits to be told")
	}
}
