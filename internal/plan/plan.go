// Package plan decides which plan a node needs, and runs it.
//
// The algorithm: without a StatefulSet of its own a node needs the init plan; with one, and a difference between what is and
// what the spec says, the update plan; else none. A plan is kept while it is Active, unless the spec moved on after the
// StatefulSet was applied: then a fresh one takes its place, so that a bad image can be corrected. A Failed plan is kept
// while its failed task still says the very same; when the user mends the cause, a fresh plan starts. Plans are
// persisted before any of their tasks acts, and one task runs a reconcile.
package plan

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// initTasks bring up a node that has no StatefulSet.
var initTasks = []seiv1alpha1.TaskType{
	seiv1alpha1.TaskEnsureDataPVC,
	seiv1alpha1.TaskApplyService,
	seiv1alpha1.TaskApplyStatefulSet,
	seiv1alpha1.TaskApplyDisruptionBudget,
	seiv1alpha1.TaskAwaitNodeReady,
}

// updateTasks bring a node that has one to a changed spec.
var updateTasks = []seiv1alpha1.TaskType{
	seiv1alpha1.TaskApplyService,
	seiv1alpha1.TaskApplyStatefulSet,
	seiv1alpha1.TaskReplacePod,
	seiv1alpha1.TaskApplyDisruptionBudget,
	seiv1alpha1.TaskAwaitNodeReady,
}

// Wanted says whether the node needs a fresh plan, in place of the one in its status. It is pure.
func Wanted(scope *task.Scope) bool {
	current := scope.Node.Status.Plan
	switch {
	case current == nil || hasUnknownTask(current):
		return true
	case current.Phase == seiv1alpha1.PlanFailed:
		return !failsTheSame(scope, current)
	case current.Phase == seiv1alpha1.PlanActive:
		return overtaken(scope, current)
	}
	return scope.Drifted()
}

// Fresh builds the plan that the node needs now. Its first task is submitted at once.
func Fresh(scope *task.Scope, id string, now time.Time) *seiv1alpha1.Plan {
	types := initTasks
	if scope.OwnStatefulSet() != nil {
		types = updateTasks
		if storage.NeedsRelease(scope.Data.Claim, scope.Node) {
			types = append([]seiv1alpha1.TaskType{seiv1alpha1.TaskEnsureDataPVC}, updateTasks...)
		}
	}
	fresh := &seiv1alpha1.Plan{ID: id, Phase: seiv1alpha1.PlanActive}
	for i, kind := range types {
		fresh.Tasks = append(fresh.Tasks, seiv1alpha1.PlannedTask{
			Type: kind, ID: fmt.Sprintf("%s-%d", id, i), Status: seiv1alpha1.TaskPending,
		})
	}
	submit(&fresh.Tasks[0], now)
	return fresh
}

// hasUnknownTask finds a plan of another version of the operator, which is planned again rather than failed.
func hasUnknownTask(p *seiv1alpha1.Plan) bool {
	for _, t := range p.Tasks {
		if _, known := task.All[t.Type]; !known {
			return true
		}
	}
	return len(p.Tasks) == 0
}

// failsTheSame says whether the failed task still fails, with the same words.
func failsTheSame(scope *task.Scope, p *seiv1alpha1.Plan) bool {
	if p.FailedTaskDetail == nil {
		return false
	}
	failed, known := task.All[p.FailedTaskDetail.Type]
	if !known {
		return false
	}
	verdict := failed.Check(scope)
	return verdict.Class == storage.Terminal && verdict.Reason == p.FailedTaskDetail.Reason && truncate(verdict.Message) == p.FailedTaskDetail.Message
}

// overtaken says whether the spec moved on after this plan applied the StatefulSet, or somebody deleted it since.
func overtaken(scope *task.Scope, p *seiv1alpha1.Plan) bool {
	return isComplete(p, seiv1alpha1.TaskApplyStatefulSet) && workload.StatefulSetDrifted(scope.OwnStatefulSet(), scope.WantedStatefulSet())
}

func isComplete(p *seiv1alpha1.Plan, kind seiv1alpha1.TaskType) bool {
	for _, t := range p.Tasks {
		if t.Type == kind {
			return t.Status == seiv1alpha1.TaskComplete
		}
	}
	return false
}

// Updates says whether the plan is one that changes a node which has a workload.
func Updates(p *seiv1alpha1.Plan) bool {
	if p == nil {
		return false
	}
	for _, t := range p.Tasks {
		if t.Type == seiv1alpha1.TaskReplacePod {
			return true
		}
	}
	return false
}

// Current returns the task whose turn it is, nil if the plan is not Active.
func Current(p *seiv1alpha1.Plan) *seiv1alpha1.PlannedTask {
	if p == nil || p.Phase != seiv1alpha1.PlanActive {
		return nil
	}
	for i := range p.Tasks {
		if p.Tasks[i].Status != seiv1alpha1.TaskComplete {
			return &p.Tasks[i]
		}
	}
	return nil
}

func submit(t *seiv1alpha1.PlannedTask, now time.Time) {
	t.Status = seiv1alpha1.TaskRunning
	t.SubmittedAt = &metav1.Time{Time: now}
}
