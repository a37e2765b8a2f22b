package controller

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// What comes next for a node, and when.

// plan makes a fresh plan, which is persisted before any of its tasks acts. Plans that follow each other fast are made ever more
// seldom: whatever is never as it was written must not be written without end.
func (r *Reconciler) plan(scope *task.Scope) ctrl.Result {
	id, now := string(scope.Node.UID), r.Clock.Now()
	if r.plans.IsInBackOffSinceUpdate(id, now) {
		return ctrl.Result{RequeueAfter: r.plans.Get(id)}
	}
	r.plans.Next(id, now)
	progress := plan.Fresh(scope, string(uuid.NewUUID()), now)
	r.count(scope, progress)
	if progress.More {
		return again
	}
	return ctrl.Result{RequeueAfter: r.wait(scope)}
}

// awaitsWord says whether a user waits to hear that the node may use the claim that it imports, and it may now. That is told first, and what is made for the
// node comes after it, and after the word for others.
func awaitsWord(scope *task.Scope) bool {
	said := meta.FindStatusCondition(scope.Node.Status.Conditions, seiv1alpha1.ConditionImportPVCReady)
	return scope.Set == nil && scope.Claim.OK() && storage.Imports(scope.Node) && said != nil && said.Status != metav1.ConditionTrue
}

// wait is how long until a node is looked at again, 0 for one that whatever it waits for will wake. That nothing is heard of a machine wakes
// nobody.
func (r *Reconciler) wait(scope *task.Scope) time.Duration {
	if scope.AtHalt.Waits != "" {
		return wait.Jitter(scope.AtHalt.Look, spread)
	}
	if scope.Awaited() != nil || scope.Waits || storage.AwaitsSource(scope.Claim) {
		return startInterval
	}
	if scope.Ahead != "" {
		return untilTurn()
	}
	return sooner(scope.Address.Wait, workload.UntilUnreachable(scope.Pod, r.Clock.Now()))
}

// sooner is the shorter of two waits, of which 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
