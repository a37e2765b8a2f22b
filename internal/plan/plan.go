// Package plan decides which plan a node needs, and runs it.
//
// The algorithm: without a StatefulSet of its own a node needs the init plan; with one, and a difference between what is and what the
// spec says, the update plan; else none. A plan is persisted before any of its tasks acts, which a node's first plan does in that very
// reconcile, and a later one in the next. From then on every reconcile runs all of its tasks, in order: each decides by itself whether it
// may act, so that one that failed keeps no other from running. A plan is complete when all of its tasks are, and failed while one of
// them is. When the user mends the cause, the failed task's words change and a fresh plan starts: nobody has to recreate a node to retry.
package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// applyTasks apply each kind of child that is wanted or there, in the order of their table.
func applyTasks(s *task.Scope) []seiv1alpha1.TaskType {
	var tasks []seiv1alpha1.TaskType
	for _, kind := range workload.Children {
		if _, decided := s.Children[kind.Key()]; decided {
			tasks = append(tasks, kind.Task)
		}
	}
	return tasks
}

// Wanted says whether the node needs a fresh plan, in place of the one in its status. It is pure.
func Wanted(s *task.Scope) bool {
	current := s.Node.Status.Plan
	switch {
	case current == nil || hasUnknownTask(current):
		return true
	case !Updates(current) && s.Rolls():
		return true // an init plan replaces no pod
	case lacksTask(s, current):
		return true // the spec asks for an object, or no more, since it was made
	case current.Phase == seiv1alpha1.PlanFailed:
		return !failsTheSame(s, current)
	}
	return current.Phase == seiv1alpha1.PlanComplete && s.Differs()
}

// Fresh puts the plan that the node needs now into its status, with what its tasks decided so far. None of them acts before that is
// persisted.
func Fresh(s *task.Scope, id string, now time.Time) Progress {
	fresh := &seiv1alpha1.Plan{ID: id, Phase: seiv1alpha1.PlanActive}
	for i, kind := range needed(s) {
		fresh.Tasks = append(fresh.Tasks, seiv1alpha1.PlannedTask{
			Type: kind, ID: fmt.Sprintf("%s-%d", id, i), Status: seiv1alpha1.TaskRunning, SubmittedAt: &metav1.Time{Time: now},
		})
	}
	s.Node.Status.Plan = fresh
	return Look(s, now)
}

// Begins says whether the node has just got its first plan, was being what it had before, and one of its tasks has something to write. It may act as soon as it is
// persisted, in the same reconcile: whatever follows from it is still to come. A later plan may be made in vain, and without end: it waits for its own turn.
func Begins(was *seiv1alpha1.Plan, s *task.Scope) bool {
	current := s.Node.Status.Plan
	return was == nil && s.Set == nil && current != nil && current.Phase == seiv1alpha1.PlanActive && slices.ContainsFunc(current.Tasks, func(t seiv1alpha1.PlannedTask) bool {
		_, wanted := task.All[t.Type](s)
		return wanted != nil
	})
}

// Look runs every task of the plan, and none acts: for what is to be told before they do.
func Look(s *task.Scope, now time.Time) Progress {
	return run(s, now, func(v verdict.Verdict, wanted *write.Write) outcome { return outcome{Verdict: v, more: wanted != nil} })
}

// needed are the tasks of an init plan, for a node that has no StatefulSet, or of an update plan. The claim comes first: of several that fail it is the one to
// mend first.
func needed(s *task.Scope) []seiv1alpha1.TaskType {
	if s.Set == nil {
		return slices.Concat([]seiv1alpha1.TaskType{seiv1alpha1.TaskEnsureDataPVC}, applyTasks(s), []seiv1alpha1.TaskType{seiv1alpha1.TaskAwaitNodeReady})
	}
	return slices.Concat(applyTasks(s), []seiv1alpha1.TaskType{seiv1alpha1.TaskReplacePod, seiv1alpha1.TaskAwaitNodeReady})
}

// lacksTask says whether something is to be done to an object that the plan has no task for.
func lacksTask(s *task.Scope, p *seiv1alpha1.Plan) bool {
	return slices.ContainsFunc(workload.Children, func(kind workload.Child) bool {
		child, decided := s.Children[kind.Key()]
		return decided && !child.Verdict.OK() && Find(p, kind.Task) == nil
	})
}

// hasUnknownTask finds a plan of another version of the operator, which is planned again rather than failed.
func hasUnknownTask(p *seiv1alpha1.Plan) bool {
	return len(p.Tasks) == 0 || slices.ContainsFunc(p.Tasks, func(t seiv1alpha1.PlannedTask) bool { return task.All[t.Type] == nil })
}

// failsTheSame says whether the failed task still fails, with the same words.
func failsTheSame(s *task.Scope, p *seiv1alpha1.Plan) bool {
	if p.FailedTaskDetail == nil || task.All[p.FailedTaskDetail.Type] == nil {
		return false
	}
	v, _ := task.All[p.FailedTaskDetail.Type](s)
	return v.Class == verdict.Terminal && v.Reason == p.FailedTaskDetail.Reason && v.Message == p.FailedTaskDetail.Message
}

// Updates says whether the plan is one that changes a node which has a workload.
func Updates(p *seiv1alpha1.Plan) bool {
	return p != nil && slices.ContainsFunc(p.Tasks, func(t seiv1alpha1.PlannedTask) bool { return t.Type == seiv1alpha1.TaskReplacePod })
}

// Done says whether the plan has a task of that type, and it is complete.
func Done(p *seiv1alpha1.Plan, kind seiv1alpha1.TaskType) bool {
	found := Find(p, kind)
	return found != nil && found.Status == seiv1alpha1.TaskComplete
}

// Find returns the plan's task of that type, nil if it has none.
func Find(p *seiv1alpha1.Plan, kind seiv1alpha1.TaskType) *seiv1alpha1.PlannedTask {
	if p == nil {
		return nil
	}
	for i := range p.Tasks {
		if p.Tasks[i].Type == kind {
			return &p.Tasks[i]
		}
	}
	return nil
}

// Refused says whether the API server does not take what the task writes.
func Refused(t *seiv1alpha1.PlannedTask) bool {
	return t.Status == seiv1alpha1.TaskRunning && strings.HasPrefix(t.Error, seiv1alpha1.ReasonInvalidObject+": ")
}

// Current returns the first task that is not done, nil if the plan is not Active.
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
