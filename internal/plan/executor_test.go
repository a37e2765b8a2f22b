package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

func TestAValidTaskIsCompleteAndTheNextOneSubmitted(t *testing.T) {
	scope := scopeOf(active(0, initTypes...), noSet)
	scope.Node.Status.Plan.Tasks[0].Error = "PVCNotFound: it was not there"
	progress := plan.Step(t.Context(), scope, now)

	want := planOf(seiv1alpha1.PlanActive, 1, initTypes...)
	want.Tasks[1].SubmittedAt = &metav1.Time{Time: now}
	if diff := cmp.Diff(want, scope.Node.Status.Plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	wanted := plan.Progress{Completed: seiv1alpha1.TaskEnsureDataPVC, Waited: time.Minute}
	if diff := cmp.Diff(wanted, progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

// TestATaskWithoutATimeWaitedForNoTime: a status that was edited by hand must not put centuries into a histogram.
func TestATaskWithoutATimeWaitedForNoTime(t *testing.T) {
	scope := scopeOf(active(0, initTypes...))
	scope.Node.Status.Plan.Tasks[0].SubmittedAt = nil
	if progress := plan.Step(t.Context(), scope, now); progress.Waited != 0 || progress.Completed == "" {
		t.Errorf("progress is %+v", progress)
	}
}

// TestAPlanRunsItsTasksInOrderOneAStep takes a node from nothing to its end.
func TestAPlanRunsItsTasksInOrderOneAStep(t *testing.T) {
	for name, test := range map[string]struct {
		options []option
		want    []seiv1alpha1.TaskType
	}{
		"init": {opts(noSet, func(s *task.Scope) { s.Service = nil }), initTypes}, "update": {opts(image), updateTypes},
	} {
		t.Run(name, func(t *testing.T) {
			scope := scopeOf(test.options...)
			scope.Node.Status.Plan = plan.Fresh(scope, "id", now)
			var done []seiv1alpha1.TaskType
			for range test.want {
				if running := countRunning(scope.Node.Status.Plan); running != 1 {
					t.Errorf("%d tasks run after %v", running, done)
				}
				progress := plan.Step(t.Context(), scope, now)
				if progress.Err != nil {
					t.Fatal(progress.Err)
				}
				done = append(done, progress.Completed)
				if scope.StatefulSet == nil && progress.Completed == seiv1alpha1.TaskApplyStatefulSet { // the next look finds it
					scope.StatefulSet = scope.WantedStatefulSet()
					scope.StatefulSet.Status = appsv1.StatefulSetStatus{ReadyReplicas: 1}
				}
			}
			if diff := cmp.Diff(test.want, done); diff != "" {
				t.Errorf("tasks (-want +got):\n%s", diff)
			}
			if scope.Node.Status.Plan.Phase != seiv1alpha1.PlanComplete {
				t.Errorf("plan is %s", scope.Node.Status.Plan.Phase)
			}
		})
	}
}

func countRunning(p *seiv1alpha1.Plan) int {
	running := 0
	for _, one := range p.Tasks {
		if one.Status == seiv1alpha1.TaskRunning {
			running++
		}
	}
	return running
}

func TestATransientVerdictKeepsTheTaskRunningAndSaysWhy(t *testing.T) {
	scope := scopeOf(active(0, initTypes...), noSet, verdict(storage.Transient, "PVCNotBound", "it is Pending"))
	progress := plan.Step(t.Context(), scope, now)

	want := planOf(seiv1alpha1.PlanActive, 0, initTypes...)
	want.Tasks[0].Error = "PVCNotBound: it is Pending"
	if diff := cmp.Diff(want, scope.Node.Status.Plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(plan.Progress{}, progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestATerminalVerdictFailsTheTaskAndThePlan(t *testing.T) {
	for index, options := range map[int32][]option{
		0: {active(0, initTypes...), noSet, verdict(storage.Terminal, "PVCLost", "it is lost")},
		2: {active(2, initTypes...), noSet, verdict(storage.Terminal, "PVCLost", "it is lost")},
	} {
		scope := scopeOf(options...)
		progress := plan.Step(t.Context(), scope, now)

		want := planOf(seiv1alpha1.PlanFailed, int(index), initTypes...)
		want.Tasks[index].Status, want.Tasks[index].Error = seiv1alpha1.TaskFailed, "PVCLost: it is lost"
		want.FailedTaskIndex = &index
		want.FailedTaskDetail = &seiv1alpha1.FailedTaskDetail{Type: initTypes[index], Reason: "PVCLost", Message: "it is lost"}
		if diff := cmp.Diff(want, scope.Node.Status.Plan); diff != "" {
			t.Errorf("plan (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(plan.Progress{}, progress); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
		if plan.Wanted(scope) {
			t.Error("a plan that just failed is made anew at once: it would spin")
		}
	}
}

// TestALongStoryFitsTheStatus: the API server refuses a status that is too long, and then it would tell nothing at all.
func TestALongStoryFitsTheStatus(t *testing.T) {
	for class, options := range map[storage.Class][]option{
		storage.Terminal:  {active(0, initTypes...), noSet, verdict(storage.Terminal, "PVCLost", strings.Repeat("ö", 2000))},
		storage.Transient: {active(0, initTypes...), noSet, verdict(storage.Transient, "PVCLost", "x"+strings.Repeat("ö", 2000))},
	} {
		scope := scopeOf(options...)
		plan.Step(t.Context(), scope, now)
		texts := []string{scope.Node.Status.Plan.Tasks[0].Error}
		if detail := scope.Node.Status.Plan.FailedTaskDetail; detail != nil {
			texts = append(texts, detail.Message)
		}
		for _, text := range texts {
			if len(text) < 2000 || len(text) > 2048 || !utf8.ValidString(text) {
				t.Errorf("%s: %d bytes, valid: %t", class, len(text), utf8.ValidString(text))
			}
		}
		if plan.Wanted(scope) {
			t.Errorf("%s: the plan is made anew at once: it would spin", class)
		}
	}
}

// TestAnErrorOfTheAPIIsReturnedAndOnlyARefusalIsShown: what the API server refuses for good the user has to read; what passes
// by itself would make the status flap.
func TestAnErrorOfTheAPIIsReturnedAndOnlyARefusalIsShown(t *testing.T) {
	resource := schema.GroupResource{Resource: "statefulsets"}
	tests := map[string]struct {
		err   error
		shown string
	}{
		"conflict":  {apierrors.NewConflict(resource, "archive-0", errors.New("changed")), "before"},
		"timeout":   {apierrors.NewTimeoutError("slow", 1), "before"},
		"network":   {errors.New("connection refused"), "before"},
		"invalid":   {apierrors.NewInvalid(schema.GroupKind{Kind: "StatefulSet"}, "archive-0", nil), "InvalidObject: "},
		"forbidden": {apierrors.NewForbidden(resource, "archive-0", errors.New("quota")), "InvalidObject: "},
		"very long": {apierrors.NewForbidden(resource, "archive-0", errors.New(strings.Repeat("x", 5000))), "InvalidObject: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope := scopeOf(active(2, initTypes...), noSet, writesFail(test.err))
			scope.Node.Status.Plan.Tasks[2].Error = "before"
			progress := plan.Step(t.Context(), scope, now)
			if !errors.Is(progress.Err, test.err) || progress.Completed != "" {
				t.Errorf("progress is %+v", progress)
			}
			current := scope.Node.Status.Plan.Tasks[2]
			if current.Status != seiv1alpha1.TaskRunning || scope.Node.Status.Plan.Phase != seiv1alpha1.PlanActive {
				t.Errorf("task is %s, plan %s", current.Status, scope.Node.Status.Plan.Phase)
			}
			if !strings.HasPrefix(current.Error, test.shown) || len(current.Error) > 2048 {
				t.Errorf("%d characters are shown, %.80q, wanted %q first", len(current.Error), current.Error, test.shown)
			}
			if strings.HasPrefix(current.Error, "InvalidObject") && !strings.Contains(current.Error, `"archive-0"`) {
				t.Errorf("error %.80q does not name the object", current.Error)
			}
		})
	}
}

func TestAPlanThatIsNotActiveDoesNothing(t *testing.T) {
	for _, options := range [][]option{nil, opts(noPlan), opts(failed("ensure-data-pvc", "PVCLost", "it is lost"))} {
		scope := scopeOf(append(options, noSet, writesFail(errors.New("written")))...)
		before := scope.Node.Status.DeepCopy()
		if diff := cmp.Diff(plan.Progress{}, plan.Step(t.Context(), scope, now)); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, &scope.Node.Status); diff != "" {
			t.Errorf("status (-before +after):\n%s", diff)
		}
	}
}

// TestTheOneIntervalIsTheContracts of five seconds.
func TestTheOneIntervalIsTheContracts(t *testing.T) {
	if plan.TaskPollInterval != 5*time.Second {
		t.Errorf("interval is %s", plan.TaskPollInterval)
	}
}
