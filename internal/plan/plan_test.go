package plan_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

func TestWanted(t *testing.T) {
	lost := verdict(storage.Terminal, "PVCLost", "it is lost")
	tests := map[string]struct {
		options []option
		want    bool
	}{
		"no plan yet":                              {opts(noPlan), true},
		"no plan yet, nor anything else":           {opts(noPlan, noSet), true},
		"complete, and as the spec says":           {nil, false},
		"complete, the image changed":              {opts(image), true},
		"complete, the Service is gone":            {opts(func(s *task.Scope) { s.Service = nil }), true},
		"complete, the StatefulSet is gone":        {opts(noSet), true},
		"complete, paused":                         {opts(func(s *task.Scope) { s.Node.Spec.Paused = new(true) }), false},
		"complete, the claim has trouble":          {opts(lost), false},
		"complete, the claim is to be retained":    {opts(retainCreated), true},
		"a task type that nobody knows":            {opts(active(0, "ensure-data-pvc", "dance")), true},
		"a task type that nobody knows, failed":    {opts(failed("dance", "Tired", "x"), func(s *task.Scope) { s.Node.Status.Plan.Tasks[0].Type = "dance" }), true},
		"no task at all":                           {opts(active(0)), true},
		"active, the first task runs":              {opts(active(0, initTypes...), noSet), false},
		"active, the image changed before it acts": {opts(active(1, updateTypes...), image), false},
		"active, overtaken while it waits":         {opts(active(3, updateTypes...), image), true},
		"active, overtaken, init plan":             {opts(active(3, initTypes...), image), true},
		"active, init plan, the set is gone":       {opts(active(3, initTypes...), noSet), true},
		"active, update plan, the set is gone":     {opts(active(3, updateTypes...), noSet), true},
		"active, as the spec says":                 {opts(active(3, updateTypes...)), false},
		"active, the set became foreign":           {opts(active(2, initTypes...), image, foreignSet), false},
		"failed, and still says the same":          {opts(failed("ensure-data-pvc", "PVCLost", "it is lost"), lost, noSet), false},
		"failed, and drifted besides":              {opts(failed("ensure-data-pvc", "PVCLost", "it is lost"), lost, image), false},
		"failed, now another reason":               {opts(failed("ensure-data-pvc", "CapacityTooSmall", "it is lost"), lost, noSet), true},
		"failed, now another message":              {opts(failed("ensure-data-pvc", "PVCLost", "it was lost"), lost, noSet), true},
		"failed, now only transient":               {opts(failed("ensure-data-pvc", "PVCLost", "it is lost"), verdict(storage.Transient, "PVCLost", "it is lost")), true},
		"failed, now valid":                        {opts(failed("ensure-data-pvc", "PVCLost", "it is lost")), true},
		"failed, and nothing says why":             {opts(failed("ensure-data-pvc", "", ""), func(s *task.Scope) { s.Node.Status.Plan.FailedTaskDetail = nil }), true},
		"failed, in a task that nobody knows":      {opts(failed("dance", "PVCLost", "it is lost"), lost), true},
		"failed on a foreign set that is there": {
			opts(failed("apply-statefulset", "StatefulSetNotOwned", foreignWords), foreignSet), false,
		},
		"failed on a foreign set that is gone": {opts(failed("apply-statefulset", "StatefulSetNotOwned", foreignWords), noSet), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := plan.Wanted(scopeOf(test.options...)); got != test.want {
				t.Errorf("Wanted is %t", got)
			}
		})
	}
}

const foreignWords = `StatefulSet "archive-0" already exists and is not owned by SeiNode "archive-0"; delete it, or give the SeiNode another name`

func TestFresh(t *testing.T) {
	tests := map[string]struct {
		options []option
		want    []seiv1alpha1.TaskType
	}{
		"without a StatefulSet: init":            {opts(noSet), initTypes},
		"with a foreign StatefulSet: init":       {opts(foreignSet), initTypes},
		"with its own: update":                   {opts(image), updateTypes},
		"with its own, and a claim to be let go": {opts(retainCreated), append([]seiv1alpha1.TaskType{"ensure-data-pvc"}, updateTypes...)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fresh := plan.Fresh(scopeOf(test.options...), "id", now)
			want := &seiv1alpha1.Plan{ID: "id", Phase: seiv1alpha1.PlanActive}
			for i, kind := range test.want {
				want.Tasks = append(want.Tasks, seiv1alpha1.PlannedTask{Type: kind, ID: "id-" + string(rune('0'+i)), Status: seiv1alpha1.TaskPending})
			}
			want.Tasks[0].Status, want.Tasks[0].SubmittedAt = seiv1alpha1.TaskRunning, &metav1.Time{Time: now}
			if diff := cmp.Diff(want, fresh); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTheInitPlanLooksAtTheClaimFirst: nothing that could mount it is made before.
func TestTheInitPlanLooksAtTheClaimFirst(t *testing.T) {
	if first := plan.Fresh(scopeOf(noSet), "id", now).Tasks[0].Type; first != seiv1alpha1.TaskEnsureDataPVC {
		t.Errorf("the first task is %s", first)
	}
}

func TestAPlanThatReplacesThePodIsAnUpdate(t *testing.T) {
	for name, test := range map[string]struct {
		plan *seiv1alpha1.Plan
		want bool
	}{
		"none":   {nil, false},
		"init":   {planOf(seiv1alpha1.PlanActive, 0, initTypes...), false},
		"update": {planOf(seiv1alpha1.PlanActive, 0, updateTypes...), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := plan.Updates(test.plan); got != test.want {
				t.Errorf("Updates is %t", got)
			}
		})
	}
}

func TestTheCurrentTaskIsTheFirstOfAnActivePlanThatIsNotComplete(t *testing.T) {
	for name, test := range map[string]struct {
		plan *seiv1alpha1.Plan
		want string
	}{
		"no plan":      {nil, ""},
		"at the start": {planOf(seiv1alpha1.PlanActive, 0, initTypes...), "plan-0"},
		"half-way":     {planOf(seiv1alpha1.PlanActive, 2, initTypes...), "plan-2"},
		"all done":     {planOf(seiv1alpha1.PlanActive, 5, initTypes...), ""},
		"complete":     {planOf(seiv1alpha1.PlanComplete, 2, initTypes...), ""},
		"failed":       {planOf(seiv1alpha1.PlanFailed, 2, initTypes...), ""},
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
