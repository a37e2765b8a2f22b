package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/task"
)

// TestAPlanMakesAllOfItsWritesInOneRun, and remembers how what it wrote looks.
func TestAPlanMakesAllOfItsWritesInOneRun(t *testing.T) {
	s, writer := with(seiv1alpha1.PlanActive, initTypes), &recorder{}
	progress := plan.Step(t.Context(), writer.client(), s, now)
	if progress.Err != nil || s.Node.Status.Plan.Phase != seiv1alpha1.PlanActive {
		t.Fatalf("plan is %s, error %v", s.Node.Status.Plan.Phase, progress.Err)
	}
	if diff := cmp.Diff([]string{"create archive-0", "create archive-0"}, writer.asked); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	want := map[seiv1alpha1.TaskType]seiv1alpha1.TaskStatus{
		ensure: complete, "apply-service": complete, "apply-statefulset": complete, await: running,
	}
	if diff := cmp.Diff(want, statuses(s)); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
	for _, kind := range []string{"Service", "StatefulSet"} {
		if s.Node.Written(kind) == "" {
			t.Errorf("nobody remembers how %s looks", kind)
		}
	}
	if progress.Completed[ensure] != time.Minute || len(progress.Completed) != 3 {
		t.Errorf("completed are %v", progress.Completed)
	}
}

// TestAPlanIsCompleteWhenAllOfItsTasksAre, and does nothing from then on.
func TestAPlanIsCompleteWhenAllOfItsTasksAre(t *testing.T) {
	s, writer := with(seiv1alpha1.PlanActive, updateTypes, made, ready), &recorder{}
	plan.Step(t.Context(), writer.client(), s, now)
	if s.Node.Status.Plan.Phase != seiv1alpha1.PlanComplete || writer.asked != nil {
		t.Errorf("plan is %s after %v", s.Node.Status.Plan.Phase, writer.asked)
	}
	for _, changes := range [][]fixture.Change{{made, ready, fixture.NewImage}, {made, ready, fixture.Lost}} {
		s := with(seiv1alpha1.PlanComplete, updateTypes, changes...)
		before := s.Node.Status.DeepCopy()
		if progress := plan.Step(t.Context(), writer.client(), s, now); progress.Completed != nil || writer.asked != nil {
			t.Errorf("progress is %+v after %v", progress, writer.asked)
		}
		if diff := cmp.Diff(before, &s.Node.Status); diff != "" {
			t.Errorf("status (-before +after):\n%s", diff)
		}
	}
}

// TestATaskThatFailedKeepsNoOtherFromRunning: somebody else's Service, and a new image all the same.
func TestATaskThatFailedKeepsNoOtherFromRunning(t *testing.T) {
	for name, test := range map[string]struct {
		phase   seiv1alpha1.PlanPhase
		types   []seiv1alpha1.TaskType
		changes []fixture.Change
		writes  []string
	}{
		"while it comes up":               {seiv1alpha1.PlanActive, initTypes, changes(fixture.Foreign(service)), []string{"create archive-0"}},
		"it failed, and the image is new": {seiv1alpha1.PlanFailed, updateTypes, changes(made, ready, fixture.Foreign(service), fixture.NewImage), []string{"update archive-0"}},
		"it failed, and the pod is old":   {seiv1alpha1.PlanFailed, updateTypes, changes(made, fixture.Foreign(service), fixture.Pod(fixture.Outdated)), []string{"delete archive-0-0"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, writer := with(test.phase, test.types, test.changes...), &recorder{}
			plan.Step(t.Context(), writer.client(), s, now)
			if diff := cmp.Diff(test.writes, writer.asked); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			p := s.Node.Status.Plan
			if p.Phase != seiv1alpha1.PlanFailed || p.FailedTaskDetail.Reason != "ServiceNotOwned" || *p.FailedTaskIndex != int32(slices.Index(test.types, service.Task)) {
				t.Errorf("plan is %s, %+v", p.Phase, p.FailedTaskDetail)
			}
		})
	}
}

func TestATransientVerdictKeepsTheTaskRunningAndSaysWhy(t *testing.T) {
	s := with(seiv1alpha1.PlanActive, initTypes, fixture.NoClaim)
	plan.Step(t.Context(), (&recorder{}).client(), s, now)
	first := s.Node.Status.Plan.Tasks[0]
	if first.Status != running || !strings.HasPrefix(first.Error, `PVCNotFound: PVC "data-archive-0-0" does not exist`) || !first.SubmittedAt.Time.Equal(now.Add(-time.Minute)) {
		t.Errorf("task is %+v", first)
	}
}

func TestATerminalVerdictFailsTheTaskAndThePlan(t *testing.T) {
	s, writer := with(seiv1alpha1.PlanActive, initTypes, fixture.Lost), &recorder{}
	plan.Step(t.Context(), writer.client(), s, now)
	p := s.Node.Status.Plan
	if p.Phase != seiv1alpha1.PlanFailed || p.Tasks[0].Status != seiv1alpha1.TaskFailed || p.Tasks[0].Error != "PVCLost: "+lostWords || writer.asked != nil {
		t.Errorf("plan is %s, its first task %+v, after %v", p.Phase, p.Tasks[0], writer.asked)
	}
	want := &seiv1alpha1.FailedTaskDetail{Type: ensure, Reason: "PVCLost", Message: lostWords}
	if diff := cmp.Diff(want, p.FailedTaskDetail); diff != "" || *p.FailedTaskIndex != 0 {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	if plan.Wanted(s) {
		t.Error("a plan that just failed is made anew at once: it would spin")
	}
}

// TestATaskWithoutATimeWaitedForNoTime: a status that was edited by hand must not put centuries into a histogram.
func TestATaskWithoutATimeWaitedForNoTime(t *testing.T) {
	s := with(seiv1alpha1.PlanActive, initTypes)
	s.Node.Status.Plan.Tasks[0].SubmittedAt = nil
	progress := plan.Step(t.Context(), (&recorder{}).client(), s, now)
	if waited, done := progress.Completed[ensure]; !done || waited != 0 {
		t.Errorf("progress is %+v", progress)
	}
}

// TestAnErrorOfTheAPIIsReturnedAndOnlyARefusalIsShown: what the API server refuses for good the user has to read; what passes
// by itself would make the status flap. The other tasks run all the same.
func TestAnErrorOfTheAPIIsReturnedAndOnlyARefusalIsShown(t *testing.T) {
	resource := schema.GroupResource{Resource: "services"}
	tests := map[string]struct {
		err   error
		shown string
	}{
		"conflict":  {apierrors.NewConflict(resource, "archive-0", errors.New("changed")), "before"},
		"timeout":   {apierrors.NewTimeoutError("slow", 1), "before"},
		"network":   {errors.New("connection refused"), "before"},
		"invalid":   {apierrors.NewInvalid(schema.GroupKind{Kind: "Service"}, "archive-0", nil), `InvalidObject: Service "archive-0"`},
		"forbidden": {apierrors.NewForbidden(resource, "archive-0", errors.New("quota")), `InvalidObject: services "archive-0"`},
		"policy":    {&apierrors.StatusError{ErrStatus: metav1.Status{Code: 400, Message: "admission webhook denied the request"}}, "InvalidObject: admission webhook denied"},
		"very long": {apierrors.NewForbidden(resource, "archive-0", errors.New(strings.Repeat("x", 5000))), "InvalidObject: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, writer := with(seiv1alpha1.PlanActive, initTypes), &recorder{}
			writer.err = func(object client.Object) error {
				if _, is := object.(*corev1.Service); is {
					return test.err
				}
				return nil
			}
			s.Node.Status.Plan.Tasks[1].Error = "before"
			progress := plan.Step(t.Context(), writer.client(), s, now)
			if !errors.Is(progress.Err, test.err) || len(writer.asked) != 2 {
				t.Errorf("error is %v after %v", progress.Err, writer.asked)
			}
			failed := s.Node.Status.Plan.Tasks[1]
			if failed.Status != running || !strings.HasPrefix(failed.Error, test.shown) || len(failed.Error) > 2048 {
				t.Errorf("task is %s, %d characters are shown, %.80q", failed.Status, len(failed.Error), failed.Error)
			}
			if s.Node.Written("Service") != "" || s.Node.Written("StatefulSet") == "" {
				t.Error("what was not written is remembered, or what was is not")
			}
		})
	}
}

// TestARaceIsNoError: the next look decides whose the object is.
func TestARaceIsNoError(t *testing.T) {
	s, writer := with(seiv1alpha1.PlanActive, initTypes), &recorder{}
	writer.err = func(client.Object) error { return apierrors.NewAlreadyExists(schema.GroupResource{}, "archive-0") }
	progress := plan.Step(t.Context(), writer.client(), s, now)
	if progress.Err != nil || statuses(s)["apply-statefulset"] != running || s.Node.Written("StatefulSet") != "" {
		t.Errorf("error %v, tasks %v", progress.Err, statuses(s))
	}
}

// TestAPodThatIsReplacedIsNotDoneWithItsDeletion: the next look finds its successor.
func TestAPodThatIsReplacedIsNotDoneWithItsDeletion(t *testing.T) {
	s, writer := with(seiv1alpha1.PlanActive, updateTypes, made, fixture.Pod(fixture.Outdated)), &recorder{}
	plan.Step(t.Context(), writer.client(), s, now)
	if statuses(s)[pod] != running || s.Node.Status.Plan.Phase != seiv1alpha1.PlanActive {
		t.Errorf("tasks are %v", statuses(s))
	}
}

// TestACompletedTaskRunsAgain while the node is not ready yet, if somebody deleted what it made.
func TestACompletedTaskRunsAgain(t *testing.T) {
	s, writer := with(seiv1alpha1.PlanActive, initTypes, made, fixture.Gone(service), func(o *task.Observation) {}), &recorder{}
	s.Node.Status.Plan.Tasks[1].Status = complete
	plan.Step(t.Context(), writer.client(), s, now)
	if diff := cmp.Diff([]string{"create archive-0"}, writer.asked); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}
