package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/task"
)

const (
	lostWords    = `PVC "data-archive-0-0" phase is Lost: its volume "pv" no longer exists; restore the PersistentVolume under that name, and the PVC is Bound again`
	foreignWords = `StatefulSet "archive-0" already exists and is not owned by SeiNode "archive-0"; delete it, or give the SeiNode another name`
)

func TestWanted(t *testing.T) {
	const active, done = seiv1alpha1.PlanActive, seiv1alpha1.PlanComplete
	noPlan := func(o *task.Observation) { o.Node.Status.Plan = nil }
	lost := fixture.Change(fixture.Lost)
	tests := map[string]struct {
		scope *task.Scope
		want  bool
	}{
		"no plan yet":                              {fixture.Scope(made, ready, noPlan), true},
		"no plan yet, nor anything else":           {fixture.Scope(noPlan), true},
		"complete, and as the spec says":           {with(done, initTypes, made, ready), false},
		"complete, the image changed":              {with(done, initTypes, made, ready, fixture.NewImage), true},
		"complete, the Service is gone":            {with(done, initTypes, made, ready, fixture.Gone(service)), true},
		"complete, the StatefulSet is gone":        {with(done, initTypes, made, ready, fixture.Gone(set)), true},
		"complete, paused":                         {with(done, initTypes, made, ready, fixture.Paused), false},
		"complete, the pod restarts by itself":     {with(done, initTypes, made, fixture.Pod(fixture.NotReady)), false},
		"complete, the claim has trouble":          {with(done, initTypes, made, ready, lost), false},
		"complete, the claim is to be retained":    {with(done, initTypes, fixture.Creates, made, ready, fixture.Retain), false},
		"a task type that nobody knows":            {with(active, []seiv1alpha1.TaskType{"ensure-data-pvc", "dance"}, made, ready), true},
		"no task at all":                           {with(active, nil, made, ready), true},
		"active, the first task runs":              {with(active, initTypes), false},
		"active, init plan, the image changed":     {with(active, initTypes, made, ready, fixture.NewImage), true},
		"active, init plan, an outdated pod":       {with(active, initTypes, made, fixture.Pod(fixture.Outdated)), true},
		"active, init plan, the set is gone":       {with(active, initTypes, made, fixture.Gone(set)), false},
		"active, init plan, the Service is gone":   {with(active, initTypes, made, fixture.Gone(service)), false},
		"active, update plan, the image changed":   {with(active, updateTypes, made, ready, fixture.NewImage), false},
		"active, a policy is asked for":            {with(active, initTypes, made, guarded), true},
		"failed, a policy is asked for":            {failed(ensure, "PVCLost", lostWords, made, lost, guarded), true},
		"active, its task is in it":                {with(active, guardedTypes, made, guarded), false},
		"complete, a policy is asked for no more":  {with(done, guardedTypes, guarded, made, ready, unguarded), true},
		"failed, and still says the same":          {failed(ensure, "PVCLost", lostWords, lost), false},
		"failed, and a Service is foreign besides": {failed(ensure, "PVCLost", lostWords, lost, fixture.Foreign(service)), false},
		"failed, and the image changed":            {failed(ensure, "PVCLost", lostWords, made, lost, fixture.NewImage), true},
		"failed, now another reason":               {failed(ensure, "CapacityTooSmall", lostWords, lost), true},
		"failed, now another message":              {failed(ensure, "PVCLost", "it was lost", lost), true},
		"failed, now only transient":               {failed(ensure, "PVCLost", lostWords, fixture.Terminating), true},
		"failed, now valid":                        {failed(ensure, "PVCLost", lostWords), true},
		"failed, and nothing says why":             {with(seiv1alpha1.PlanFailed, initTypes, lost), true},
		"failed, in a task that nobody knows":      {failed("dance", "PVCLost", lostWords, lost), true},
		"failed on a foreign set that is there":    {failed(set.Task, "StatefulSetNotOwned", foreignWords, fixture.Foreign(set)), false},
		"failed on a foreign set that is gone":     {failed(set.Task, "StatefulSetNotOwned", foreignWords), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := plan.Wanted(test.scope); got != test.want {
				t.Errorf("Wanted is %t", got)
			}
		})
	}
}

// TestFresh: a plan says from the start what its tasks found, and none of them has acted.
func TestFresh(t *testing.T) {
	tests := map[string]struct {
		changes []fixture.Change
		types   []seiv1alpha1.TaskType
		phase   seiv1alpha1.PlanPhase
		more    bool
	}{
		"nothing is there: init":                  {nil, initTypes, seiv1alpha1.PlanActive, true},
		"the claim is lost: init, failed":         {changes(fixture.Lost), initTypes, seiv1alpha1.PlanFailed, false},
		"the claim is not there: init, waiting":   {changes(fixture.NoClaim), initTypes, seiv1alpha1.PlanActive, false},
		"a foreign StatefulSet: init, failed":     {changes(fixture.Foreign(set)), initTypes, seiv1alpha1.PlanFailed, true},
		"its own, another image: update":          {changes(made, ready, fixture.NewImage), updateTypes, seiv1alpha1.PlanActive, true},
		"its own, and a policy: update":           {changes(made, ready, guarded), guardedTypes, seiv1alpha1.PlanActive, true},
		"its own, the status was wiped: complete": {changes(made, ready), updateTypes, seiv1alpha1.PlanComplete, false},
		"its own, and a claim to be released":     {changes(fixture.Creates, made, ready, fixture.Retain), updateTypes, seiv1alpha1.PlanComplete, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := fixture.Scope(test.changes...)
			progress := plan.Fresh(s, "id", now)
			p := s.Node.Status.Plan
			if p.ID != "id" || p.Phase != test.phase || progress.More != test.more || progress.Err != nil {
				t.Errorf("plan %q is %s, more to write: %t (%v)", p.ID, p.Phase, progress.More, progress.Err)
			}
			var types []seiv1alpha1.TaskType
			for _, one := range p.Tasks {
				types = append(types, one.Type)
				if one.SubmittedAt == nil || !one.SubmittedAt.Time.Equal(now) {
					t.Errorf("%s was submitted at %v", one.Type, one.SubmittedAt)
				}
			}
			if diff := cmp.Diff(test.types, types); diff != "" {
				t.Errorf("tasks (-want +got):\n%s", diff)
			}
		})
	}
}

func changes(changes ...fixture.Change) []fixture.Change { return changes }

// TestTheInitPlanLooksAtTheClaimFirst: of several that failed, the claim is to be mended first.
func TestTheInitPlanLooksAtTheClaimFirst(t *testing.T) {
	s := fixture.Scope(fixture.Lost, fixture.Foreign(service))
	plan.Fresh(s, "id", now)
	if detail := s.Node.Status.Plan.FailedTaskDetail; detail == nil || detail.Type != ensure || *s.Node.Status.Plan.FailedTaskIndex != 0 {
		t.Errorf("failed is %+v", detail)
	}
}

func TestAPlanThatReplacesThePodIsAnUpdate(t *testing.T) {
	for name, test := range map[string]struct {
		plan *seiv1alpha1.Plan
		want bool
	}{
		"none":   {nil, false},
		"init":   {planOf(seiv1alpha1.PlanActive, initTypes...), false},
		"update": {planOf(seiv1alpha1.PlanActive, updateTypes...), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := plan.Updates(test.plan); got != test.want {
				t.Errorf("Updates is %t", got)
			}
		})
	}
}

func TestTheCurrentTaskIsTheFirstOfAnActivePlanThatIsNotComplete(t *testing.T) {
	done := func(phase seiv1alpha1.PlanPhase, count int) *seiv1alpha1.Plan {
		p := planOf(phase, initTypes...)
		for i := range count {
			p.Tasks[i].Status = complete
		}
		return p
	}
	for name, test := range map[string]struct {
		plan *seiv1alpha1.Plan
		want string
	}{
		"no plan":      {nil, ""},
		"at the start": {done(seiv1alpha1.PlanActive, 0), "plan-0"},
		"half-way":     {done(seiv1alpha1.PlanActive, 2), "plan-2"},
		"all done":     {done(seiv1alpha1.PlanActive, 4), ""},
		"complete":     {done(seiv1alpha1.PlanComplete, 2), ""},
		"failed":       {done(seiv1alpha1.PlanFailed, 2), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if current := plan.Current(test.plan); current != nil {
				got = current.ID
			}
			if got != test.want {
				t.Errorf("current task is %q, wanted %q", got, test.want)
			}
		})
	}
}

// TestOnlyAFirstPlanActsAtOnce: one that follows another is persisted, and its tasks act in the next reconcile.
func TestOnlyAFirstPlanActsAtOnce(t *testing.T) {
	was := planOf(seiv1alpha1.PlanFailed, initTypes...)
	tests := map[string]struct {
		was     *seiv1alpha1.Plan
		changes []fixture.Change
		want    bool
	}{
		"the first, with all to make":         {nil, nil, true},
		"the first, the claim is not there":   {nil, changes(fixture.NoClaim), false},
		"the first, the claim is lost":        {nil, changes(fixture.Lost), false},
		"after another":                       {was, nil, false},
		"the status was wiped, and all is up": {nil, changes(made, ready), false},
		"the status was wiped, another image": {nil, changes(made, ready, fixture.NewImage), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := fixture.Scope(append(test.changes, func(o *task.Observation) { o.Node.Status.Plan = nil })...)
			if plan.Begins(test.was, s) {
				t.Error("a node without a plan begins")
			}
			plan.Fresh(s, "plan", now)
			if got := plan.Begins(test.was, s); got != test.want {
				t.Errorf("it acts at once: %t", got)
			}
		})
	}
}
