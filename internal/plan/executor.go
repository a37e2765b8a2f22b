package plan

import (
	"context"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

// TaskPollInterval is how often a running task is checked again, should no watch wake it before.
const TaskPollInterval = 5 * time.Second

// Progress is what one step of a plan came to.
type Progress struct {
	// Completed is the type of the task that was completed in this step, "" for none.
	Completed seiv1alpha1.TaskType
	// Waited is how long the completed task took since it was submitted.
	Waited time.Duration
	// Err is an error of the API: the task stays running, and the workqueue backs off.
	Err error
}

// Step runs the task whose turn it is, and writes what came of it into the node's status, which the caller persists.
func Step(ctx context.Context, scope *task.Scope, now time.Time) Progress {
	current := Current(scope.Node.Status.Plan)
	if current == nil {
		return Progress{}
	}
	outcome := task.Run(ctx, task.All[current.Type], scope)
	return record(scope.Node.Status.Plan, current, outcome, now)
}

func record(p *seiv1alpha1.Plan, current *seiv1alpha1.PlannedTask, outcome task.Outcome, now time.Time) Progress {
	switch {
	case outcome.Err != nil:
		recordError(current, outcome.Err)
		return Progress{Err: outcome.Err}
	case outcome.Class == storage.Valid:
		return complete(p, current, now)
	case outcome.Class == storage.Terminal:
		fail(p, current, outcome.Verdict)
	default:
		current.Error = truncate(outcome.String())
	}
	return Progress{}
}

// recordError keeps conflicts and other passing errors out of the status, so that it does not flap; what the API server
// refuses for good, the user has to read.
func recordError(current *seiv1alpha1.PlannedTask, err error) {
	if apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
		current.Error = truncate(seiv1alpha1.ReasonInvalidObject + ": " + err.Error())
	}
}

// truncate keeps a text within the 2048 characters that the status takes: a refused status patch would tell nobody anything.
func truncate(text string) string {
	const limit = 2048
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

func complete(p *seiv1alpha1.Plan, current *seiv1alpha1.PlannedTask, now time.Time) Progress {
	current.Status, current.Error = seiv1alpha1.TaskComplete, ""
	progress := Progress{Completed: current.Type}
	if current.SubmittedAt != nil {
		progress.Waited = now.Sub(current.SubmittedAt.Time)
	}
	if next := Current(p); next != nil {
		submit(next, now)
	} else {
		p.Phase = seiv1alpha1.PlanComplete
	}
	return progress
}

func fail(p *seiv1alpha1.Plan, current *seiv1alpha1.PlannedTask, verdict storage.Verdict) {
	current.Status, current.Error = seiv1alpha1.TaskFailed, truncate(verdict.String())
	p.Phase = seiv1alpha1.PlanFailed
	p.FailedTaskDetail = &seiv1alpha1.FailedTaskDetail{Type: current.Type, Reason: verdict.Reason, Message: truncate(verdict.Message)}
	for i := range p.Tasks {
		if p.Tasks[i].ID == current.ID {
			index := int32(i) //nolint:gosec // at most 16 tasks
			p.FailedTaskIndex = &index
		}
	}
}
