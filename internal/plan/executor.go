package plan

import (
	"context"
	"errors"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Progress is what one run of a plan came to.
type Progress struct {
	// Completed are the tasks that were completed in this run, with how long each took since it was submitted.
	Completed map[seiv1alpha1.TaskType]time.Duration
	// More says whether a task has something to write that was not written yet.
	More bool
	// Err joins the errors of the API: those tasks stay running, and the workqueue backs off.
	Err error
}

// outcome is what became of a task.
type outcome struct {
	verdict.Verdict
	more bool
	err  error
}

// Step runs every task of a plan that is not complete, and writes what came of it into the node's status, which the caller persists.
func Step(ctx context.Context, writer client.Writer, s *task.Scope, now time.Time) Progress {
	if current := s.Node.Status.Plan; current == nil || current.Phase == seiv1alpha1.PlanComplete {
		return Progress{}
	}
	return run(s, now, func(v verdict.Verdict, wanted *write.Write) outcome { return act(ctx, writer, s, v, wanted) })
}

// act makes the write that a task wants, if it wants one.
func act(ctx context.Context, writer client.Writer, s *task.Scope, v verdict.Verdict, wanted *write.Write) outcome {
	if wanted == nil {
		return outcome{Verdict: v}
	}
	finished, err := wanted.Do(ctx, writer)
	if finished {
		remember(s.Node, wanted)
		v = verdict.Done()
	}
	return outcome{Verdict: v, err: err}
}

// remember keeps how an object looks that was just written, as the API server returned it.
func remember(node *seiv1alpha1.SeiNode, done *write.Write) {
	for _, kind := range workload.Children {
		object, is := done.Object.(workload.Object)
		switch {
		case !is || kind.Kind != done.Kind || object.GetName() != kind.NameFor(node.Name):
		case done.Removes:
			node.ForgetWritten(kind.Key())
		default:
			node.SetWritten(kind.Key(), kind.Digest(object))
		}
	}
}

// run decides every task of the plan once, and records what became of each.
func run(s *task.Scope, now time.Time, act func(verdict.Verdict, *write.Write) outcome) Progress {
	p := s.Node.Status.Plan
	p.Phase, p.FailedTaskIndex, p.FailedTaskDetail = seiv1alpha1.PlanComplete, nil, nil
	progress := Progress{Completed: map[seiv1alpha1.TaskType]time.Duration{}}
	for i := range p.Tasks {
		result := act(task.All[p.Tasks[i].Type](s))
		if result.OK() && p.Tasks[i].Status != seiv1alpha1.TaskComplete {
			progress.Completed[p.Tasks[i].Type] = waited(&p.Tasks[i], now)
		}
		record(&p.Tasks[i], result)
		settle(p, i, result.Verdict)
		progress.More = progress.More || result.more
		progress.Err = errors.Join(progress.Err, result.err)
	}
	return progress
}

func waited(t *seiv1alpha1.PlannedTask, now time.Time) time.Duration {
	if t.SubmittedAt == nil {
		return 0 // a status that was edited by hand must not put centuries into a histogram
	}
	return now.Sub(t.SubmittedAt.Time)
}

func record(t *seiv1alpha1.PlannedTask, result outcome) {
	switch {
	case result.err != nil:
		t.Status = seiv1alpha1.TaskRunning
		recordError(t, result.err)
	case result.OK():
		t.Status, t.Error = seiv1alpha1.TaskComplete, ""
	case result.Class == verdict.Terminal:
		t.Status, t.Error = seiv1alpha1.TaskFailed, result.String()
	default:
		t.Status, t.Error = seiv1alpha1.TaskRunning, result.String()
	}
}

// recordError keeps conflicts and other passing errors out of the status, so that it does not flap; what the API server
// refuses for good, the user has to read.
func recordError(t *seiv1alpha1.PlannedTask, err error) {
	if write.Refused(err) {
		t.Error = verdict.Wait(seiv1alpha1.ReasonInvalidObject, "%v", err).String()
	}
}

// settle derives the plan's phase from its tasks, one after the other. Of several that failed the first is the one to mend first.
func settle(p *seiv1alpha1.Plan, index int, v verdict.Verdict) {
	switch {
	case p.Phase == seiv1alpha1.PlanFailed || p.Tasks[index].Status == seiv1alpha1.TaskComplete:
	case p.Tasks[index].Status == seiv1alpha1.TaskFailed:
		number := int32(index) //nolint:gosec // at most 16 tasks
		p.Phase, p.FailedTaskIndex = seiv1alpha1.PlanFailed, &number
		p.FailedTaskDetail = &seiv1alpha1.FailedTaskDetail{Type: p.Tasks[index].Type, Reason: v.Reason, Message: v.Message}
	default:
		p.Phase = seiv1alpha1.PlanActive
	}
}
