package controller

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

// report writes the status, if it changed, also when the step failed: a user must not see an empty object because of an
// error. Events are sent once the change that they tell of is persisted.
func (r *Reconciler) report(ctx context.Context, scope *task.Scope, result ctrl.Result, stepErr error) (ctrl.Result, error) {
	node := scope.Node
	if !node.DeletionTimestamp.IsZero() && !controllerutil.ContainsFinalizer(node, seiv1alpha1.Finalizer) {
		return result, stepErr // it is gone, or somebody else's finalizer keeps it
	}
	before := node.DeepCopy()
	before.Status = scope.Before
	summarize(scope)
	if err := r.patchStatus(ctx, before, node); err != nil {
		return ctrl.Result{}, firstOf(stepErr, err)
	}
	r.announce(before, scope)
	return result, stepErr
}

// patchStatus is the one status write of a reconcile. The optimistic lock keeps a reconcile that rests on an old read
// from overwriting a newer plan.
func (r *Reconciler) patchStatus(ctx context.Context, before, node *seiv1alpha1.SeiNode) error {
	if equality.Semantic.DeepEqual(before.Status, node.Status) {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	return client.IgnoreNotFound(r.Client.Status().Patch(ctx, node.DeepCopy(), patch))
}

// count feeds the metrics of the import.
func (r *Reconciler) count(scope *task.Scope, progress plan.Progress) {
	if progress.Completed == seiv1alpha1.TaskEnsureDataPVC && storage.Imports(scope.Node) {
		r.Metrics.ImportTook(scope.Node.Namespace, progress.Waited)
	}
}

// announce sends one event a transition, and counts the verdict.
func (r *Reconciler) announce(before *seiv1alpha1.SeiNode, scope *task.Scope) {
	r.announceImport(before, scope)
	node := scope.Node
	if node.Status.Phase == seiv1alpha1.PhaseRunning && before.Status.Phase != seiv1alpha1.PhaseRunning {
		r.Events.Running(node, storage.ClaimName(node))
	}
	detail := failure(node)
	if detail == nil || failure(before) != nil || (storage.Imports(node) && detail.Type == seiv1alpha1.TaskEnsureDataPVC) {
		return // an import's failure is announced as such
	}
	r.Events.TaskFailed(node, detail.Reason+": "+detail.Message)
}

// failure is why the node's plan failed, nil if it did not.
func failure(node *seiv1alpha1.SeiNode) *seiv1alpha1.FailedTaskDetail {
	if node.Status.Plan == nil {
		return nil
	}
	return node.Status.Plan.FailedTaskDetail
}

func (r *Reconciler) announceImport(before *seiv1alpha1.SeiNode, scope *task.Scope) {
	if scope.Import == nil || !scope.Node.DeletionTimestamp.IsZero() {
		return
	}
	r.Metrics.ImportValidated(scope.Node.Namespace, string(scope.Import.Class))
	was := meta.FindStatusCondition(before.Status.Conditions, seiv1alpha1.ConditionImportPVCReady)
	is := meta.FindStatusCondition(scope.Node.Status.Conditions, seiv1alpha1.ConditionImportPVCReady)
	if same(was, is) {
		return
	}
	if scope.Import.OK() {
		r.Events.ImportValidated(scope.Node, scope.Import.Message)
		return
	}
	r.Events.ImportFailed(scope.Node, scope.Import.String())
	if scope.Import.Class == storage.Terminal {
		r.Metrics.ImportTerminal(scope.Node.Namespace, scope.Import.Reason)
	}
}

// same says whether two states of a condition tell the same; a new wording is no transition.
func same(was, is *metav1.Condition) bool {
	return was != nil && is != nil && was.Status == is.Status && was.Reason == is.Reason
}
