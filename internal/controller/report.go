package controller

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/status"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// report writes the status, if it changed, also when a write failed, of which err tells: a user must not see an empty object because of an error. Events are
// sent once the change that they report is persisted. What waits for the next news is told by itself when that does not come, so that the node is looked at then.
func (r *Reconciler) report(ctx context.Context, before *seiv1alpha1.SeiNode, scope *task.Scope, result ctrl.Result, err error) (ctrl.Result, error) {
	in := status.Input{Scope: scope, Now: r.Clock.Now()}
	if said, asked := r.Agents.Latest(scope.Pod); asked {
		in.Said = &said
	}
	scope.Node.Status = status.Of(in)
	if status.OnlyStarts(before.Status, scope.Node.Status) && err == nil {
		if wait := r.untold.leave(scope.Node, in.Now); wait > 0 {
			result.RequeueAfter = sooner(wait, result.RequeueAfter)
			return result, nil
		}
	}
	if unsaid := r.patchStatus(ctx, before.Status, scope.Node); unsaid != nil {
		return result, firstOf(err, overtaken(scope.Node, unsaid))
	}
	r.untold.forget(scope.Node.UID)
	logTransition(ctx, before, scope.Node)
	r.announce(before, scope)
	return result, err
}

// leaveAlone tells that another operator has the node, and does nothing else: what that operator made bears the node's UID as well as its name, so that
// nothing else would tell that it is not ours.
func (r *Reconciler) leaveAlone(ctx context.Context, node *seiv1alpha1.SeiNode) (ctrl.Result, error) {
	before := node.DeepCopy()
	node.Status = status.Elsewhere(node, r.Clock.Now())
	err := r.patchStatus(ctx, before.Status, node)
	if err == nil {
		logTransition(ctx, before, node)
	}
	return ctrl.Result{}, client.IgnoreNotFound(err)
}

// overtaken takes it for a conflict that the SeiNode is gone: nothing more is made for it, and the next look finds that.
func overtaken(node *seiv1alpha1.SeiNode, err error) error {
	if apierrors.IsNotFound(err) {
		return apierrors.NewConflict(schema.GroupResource{Group: seiv1alpha1.GroupVersion.Group, Resource: "seinodes"}, node.Name, errors.New("it is gone"))
	}
	return err
}

// logTransition writes one line where Ready says something new.
func logTransition(ctx context.Context, before, node *seiv1alpha1.SeiNode) {
	was := meta.FindStatusCondition(before.Status.Conditions, seiv1alpha1.ConditionReady)
	is := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionReady)
	if is != nil && !same(was, is) {
		ctrl.LoggerFrom(ctx).Info("Reporting Ready", "status", is.Status, "reason", is.Reason, "message", is.Message, "phase", node.Status.Phase)
	}
}

// patchStatus is the one status write of a reconcile. The optimistic lock keeps a reconcile that rests on an old read
// from overwriting a newer plan.
func (r *Reconciler) patchStatus(ctx context.Context, before seiv1alpha1.SeiNodeStatus, node *seiv1alpha1.SeiNode) error {
	if equality.Semantic.DeepEqual(before, node.Status) {
		return nil
	}
	from := node.DeepCopy()
	from.Status = before
	patched := node.DeepCopy()
	patch := client.MergeFromWithOptions(from, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Status().Patch(ctx, patched, patch); err != nil {
		return err
	}
	node.ResourceVersion = patched.ResourceVersion // which the next write names
	return nil
}

// count feeds the metrics of the import.
func (r *Reconciler) count(scope *task.Scope, progress plan.Progress) {
	if waited, done := progress.Completed[seiv1alpha1.TaskEnsureDataPVC]; done && storage.Imports(scope.Node) {
		r.Metrics.ImportTook(scope.Node.Namespace, waited)
	}
}

// announce sends one event a transition, and counts the verdict.
func (r *Reconciler) announce(before *seiv1alpha1.SeiNode, scope *task.Scope) {
	r.announceImport(before, scope)
	r.announceUpgrade(before, scope)
	r.announceBootstrap(before, scope.Node)
	r.announceAddress(before, scope.Node)
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

// announceUpgrade tells that an upgrade of the chain was reached, and what keeps the node from the next one, whenever that is another.
func (r *Reconciler) announceUpgrade(before *seiv1alpha1.SeiNode, scope *task.Scope) {
	node := scope.Node
	for _, reached := range node.Reached() {
		if !before.HasReached(reached.Name) {
			r.Events.UpgradeReached(node, reached)
		}
	}
	r.announceSnapshots(before, scope)
	was := meta.FindStatusCondition(before.Status.Conditions, seiv1alpha1.ConditionUpgradeReady)
	is := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionUpgradeReady)
	if is != nil && is.Status == metav1.ConditionFalse && (was == nil || was.Message != is.Message) {
		r.Events.UpgradeNotReady(node, is.Reason+": "+is.Message)
	}
}

// announceSnapshots tells how a snapshot at the halt went: one that was Pending, or that failed at the moment of the halt.
func (r *Reconciler) announceSnapshots(before *seiv1alpha1.SeiNode, scope *task.Scope) {
	was := before.PendingSnapshot()
	for _, reached := range scope.Node.Reached() {
		waited := was != nil && was.Name == reached.Name
		atOnce := scope.Halt != nil && scope.Halt.Name == reached.Name && !before.HasReached(reached.Name)
		if reached.Snapshot != nil && (waited || atOnce) {
			r.Events.UpgradeSnapshot(scope.Node, reached, storage.ClaimName(scope.Node))
		}
	}
}

// noNews are the reasons of Bootstrapped that say that all goes its way.
var noNews = []string{seiv1alpha1.ReasonNotNeeded, seiv1alpha1.ReasonDownloading, seiv1alpha1.ReasonCopying, seiv1alpha1.ReasonSyncing}

// announceBootstrap tells that the data of the node's volume has come, or why it does not. That it is there already, or on its way, is no news.
func (r *Reconciler) announceBootstrap(before, node *seiv1alpha1.SeiNode) {
	was := meta.FindStatusCondition(before.Status.Conditions, seiv1alpha1.ConditionBootstrapped)
	is := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionBootstrapped)
	switch {
	case is == nil || same(was, is) || slices.Contains(noNews, is.Reason):
	case is.Status == metav1.ConditionTrue:
		r.Events.Bootstrapped(node, is.Message)
	default:
		r.Events.BootstrapFailed(node, is.Reason+": "+is.Message)
	}
}

// announceAddress tells which address peers are told, and what is wrong with it. That it is not known yet is no news.
func (r *Reconciler) announceAddress(before, node *seiv1alpha1.SeiNode) {
	was := meta.FindStatusCondition(before.Status.Conditions, seiv1alpha1.ConditionExposed)
	is := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionExposed)
	switch {
	case is == nil || same(was, is) || is.Reason == seiv1alpha1.ReasonAddressPending:
	case is.Status == metav1.ConditionTrue:
		r.Events.AddressAdvertised(node, is.Message)
	default:
		r.Events.AddressNotAdvertised(node, is.Reason+": "+is.Message)
	}
}

func (r *Reconciler) announceImport(before *seiv1alpha1.SeiNode, scope *task.Scope) {
	if scope.Err != nil || !storage.Imports(scope.Node) {
		return
	}
	r.Metrics.ImportValidated(scope.Node.Namespace, string(scope.Claim.Class))
	was := meta.FindStatusCondition(before.Status.Conditions, seiv1alpha1.ConditionImportPVCReady)
	is := meta.FindStatusCondition(scope.Node.Status.Conditions, seiv1alpha1.ConditionImportPVCReady)
	if risks := storage.Risks(scope.Data); scope.Claim.OK() && risks != "" && (was == nil || was.Message != is.Message) {
		r.Events.ImportAtRisk(scope.Node, risks)
	}
	if same(was, is) {
		return
	}
	if scope.Claim.OK() {
		r.Events.ImportValidated(scope.Node, scope.Claim.Message)
		return
	}
	r.Events.ImportFailed(scope.Node, scope.Claim.String())
	if scope.Claim.Class == verdict.Terminal {
		r.Metrics.ImportTerminal(scope.Node.Namespace, scope.Claim.Reason)
	}
}

// same says whether two states of a condition tell the same; a new wording is no transition.
func same(was, is *metav1.Condition) bool {
	return was != nil && is != nil && was.Status == is.Status && was.Reason == is.Reason
}
