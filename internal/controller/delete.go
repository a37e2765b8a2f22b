package controller

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// delete takes the pod down, waits until it is gone, deals with the created claim, and lets the SeiNode go: in this order,
// so that no namesake starts while the old process still writes or signs. An imported claim has no part in it.
func (r *Reconciler) delete(ctx context.Context, scope *task.Scope) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(scope.Node, seiv1alpha1.Finalizer) || scope.Err != nil {
		return ctrl.Result{}, scope.Err
	}
	if gone, err := r.deleteStatefulSet(ctx, scope); err != nil || !gone {
		return ctrl.Result{RequeueAfter: plan.TaskPollInterval}, err
	}
	pods, err := r.livePods(ctx, scope.Node)
	if err != nil {
		return ctrl.Result{}, err
	}
	if len(pods) > 0 {
		setReady(scope.Node, metav1.ConditionFalse, seiv1alpha1.ReasonTerminating, waitsFor(pods))
		return ctrl.Result{RequeueAfter: plan.TaskPollInterval}, r.deleteOrphans(ctx, pods)
	}
	if err := r.settleClaim(ctx, scope); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.letGo(ctx, scope.Node)
}

// deleteStatefulSet deletes the StatefulSet in the foreground, and says whether it is gone, past the cache. Garbage
// collection stops the pod first, with its full grace period; while the StatefulSet is there, a new pod might come.
func (r *Reconciler) deleteStatefulSet(ctx context.Context, scope *task.Scope) (bool, error) {
	live := &appsv1.StatefulSet{}
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(scope.Node), live)
	if err != nil || !metav1.IsControlledBy(live, scope.Node) {
		return true, client.IgnoreNotFound(err)
	}
	if live.DeletionTimestamp != nil {
		return false, r.tellPods(ctx, scope.Node)
	}
	uid := live.UID
	err = r.Client.Delete(ctx, live, client.Preconditions{UID: &uid}, client.PropagationPolicy(metav1.DeletePropagationForeground))
	return false, client.IgnoreNotFound(err)
}

// tellPods shows which pod the deletion waits for.
func (r *Reconciler) tellPods(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	pods, err := r.livePods(ctx, node)
	if len(pods) > 0 {
		setReady(node, metav1.ConditionFalse, seiv1alpha1.ReasonTerminating, waitsFor(pods))
	}
	return err
}

// livePods finds every pod of this very node past the cache, an orphaned one too.
func (r *Reconciler) livePods(ctx context.Context, node *seiv1alpha1.SeiNode) ([]corev1.Pod, error) {
	pods := &corev1.PodList{}
	err := r.Live.List(ctx, pods, client.InNamespace(node.Namespace), client.MatchingLabels(workload.SelectorLabels(node)))
	return pods.Items, err
}

// deleteOrphans deletes the node's pods that no StatefulSet controls any more; garbage collection does not see them.
func (r *Reconciler) deleteOrphans(ctx context.Context, pods []corev1.Pod) error {
	for i := range pods {
		pod := &pods[i]
		if metav1.GetControllerOf(pod) != nil || pod.DeletionTimestamp != nil {
			continue
		}
		uid := pod.UID
		if err := client.IgnoreNotFound(r.Client.Delete(ctx, pod, client.Preconditions{UID: &uid})); err != nil {
			return err
		}
	}
	return nil
}

// settleClaim deletes the node's own claim, or makes sure that garbage collection leaves one that is to be kept. What decides about
// data is read past the cache: the policy may have been changed a moment ago, and another SeiNode may just have named the claim. About
// an import there is nothing to decide.
func (r *Reconciler) settleClaim(ctx context.Context, scope *task.Scope) error {
	if storage.Imports(scope.Node) {
		return nil
	}
	node, claim, all := scope.Node.DeepCopy(), &corev1.PersistentVolumeClaim{}, &seiv1alpha1.SeiNodeList{}
	key := client.ObjectKey{Namespace: node.Namespace, Name: storage.ClaimName(node)}
	if err := r.Live.Get(ctx, key, claim); err != nil {
		return client.IgnoreNotFound(err)
	}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(node), node); err != nil {
		return client.IgnoreNotFound(err)
	}
	if err := r.Live.List(ctx, all, client.InNamespace(node.Namespace)); err != nil {
		return err
	}
	storage.RetainImported(node, all.Items)
	if storage.NeedsRelease(claim, node) {
		return storage.Release(ctx, r.Client, claim, node)
	}
	return storage.Delete(ctx, r.Client, claim, node)
}

func (r *Reconciler) letGo(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	before := node.DeepCopy()
	controllerutil.RemoveFinalizer(node, seiv1alpha1.Finalizer)
	err := r.Client.Patch(ctx, node, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	return client.IgnoreNotFound(err)
}

func waitsFor(pods []corev1.Pod) string {
	grace := int64(0)
	if seconds := pods[0].Spec.TerminationGracePeriodSeconds; seconds != nil {
		grace = *seconds
	}
	return fmt.Sprintf("waiting for pod %q on machine %q to stop, which may take its grace period of %d s; if that machine is gone for good, "+
		"make sure that it is off, and then: kubectl delete pod %s -n %s --force", pods[0].Name, pods[0].Spec.NodeName, grace, pods[0].Name, pods[0].Namespace)
}
