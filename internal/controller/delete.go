package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/lookup"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/read"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/status"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// deletionInterval is when a deletion looks again, should no watch wake it before; twice as long after every look, to deletionLongest: a pod of a machine
// that nobody hears from may not go for days.
const (
	deletionInterval = 5 * time.Second
	deletionLongest  = 2 * time.Minute
)

// delete takes the pod down, waits until it is gone, deals with the created claim, and lets the SeiNode go: in this order,
// so that no namesake starts while the old process still writes or signs. An imported claim has no part in it. Whether to wait, the cache may say; all else
// is read past it, and nothing more than is needed: what cannot be read of volumes, classes or other people's pods keeps no SeiNode from being deleted.
//
// Of a node that another operator has, too, the pod is stopped like any other's, since whoever deletes it wants that; but its claim stays, whatever the policy:
// what that operator made is controlled by the same SeiNode, so that no UID tells its claim from ours. For a node that only that operator has there is nothing to do.
func (r *Reconciler) delete(ctx context.Context, node *seiv1alpha1.SeiNode) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(node, seiv1alpha1.Finalizer) {
		return ctrl.Result{}, nil // somebody else's finalizer keeps it
	}
	if waits := r.seenToGo(ctx, node); waits != "" {
		return r.waitToGo(ctx, node, waits, r.releaseClaim(ctx, node))
	}
	kept, err := r.isToBeKept(ctx, node)
	if err != nil {
		return ctrl.Result{}, err
	}
	if kept {
		return ctrl.Result{}, r.keepAndLetGo(ctx, node)
	}
	released := r.releaseClaim(ctx, node)
	waits, err := r.takeDown(ctx, node)
	if err != nil || waits != "" {
		return r.waitToGo(ctx, node, waits, errors.Join(err, released))
	}
	if err := r.settleClaim(ctx, node); err != nil {
		return ctrl.Result{}, err
	}
	if err := reserve.Release(ctx, r.Live, r.Client, r.Namespace, node); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.letGo(ctx, node)
}

// seenToGo says what the deletion waits for where the cache shows that the StatefulSet is on its way out, with its pods; "" where that has to be read past the
// cache. Many deletions that wait for long, as after the loss of a zone, ask the API server nothing: each thing that goes wakes its node.
func (r *Reconciler) seenToGo(ctx context.Context, node *seiv1alpha1.SeiNode) string {
	set := &appsv1.StatefulSet{}
	if err := r.Client.Get(ctx, client.ObjectKeyFromObject(node), set); err != nil || !owner.Controls(node, set) || !takesItsPods(set) {
		return ""
	}
	pods, err := podsOf(ctx, read.Others(r.Client), node)
	orphaned := slices.ContainsFunc(pods, func(pod corev1.Pod) bool { return metav1.GetControllerOf(&pod) == nil })
	if err != nil || orphaned {
		return ""
	}
	if len(pods) == 0 {
		return waitsForSet(node)
	}
	return waitsFor(pods, r.Clock.Now())
}

// waitToGo shows what the deletion waits for, and looks again later, ever more seldom.
func (r *Reconciler) waitToGo(ctx context.Context, node *seiv1alpha1.SeiNode, waits string, err error) (ctrl.Result, error) {
	id := string(node.UID)
	r.deletions.Next(id, r.Clock.Now())
	return ctrl.Result{RequeueAfter: wait.Jitter(r.deletions.Get(id), spread)}, errors.Join(err, r.reportDeletion(ctx, node, waits))
}

// isToBeKept says whether the SeiNode was deleted with --cascade=orphan: what it made is to stay, the pod that runs included. Garbage
// collection takes the references off, before us or after us: a StatefulSet that bears the node's UID and has no controller any more is one
// that it has been at. Where there is none, since the user orphaned the pod, too, the others tell.
func (r *Reconciler) isToBeKept(ctx context.Context, node *seiv1alpha1.SeiNode) (bool, error) {
	if controllerutil.ContainsFinalizer(node, metav1.FinalizerOrphanDependents) {
		return true, nil
	}
	set, err := r.made(ctx, node, workload.StatefulSetChild)
	if err != nil || set != nil {
		return set != nil && metav1.GetControllerOf(set) == nil && !takesItsPods(set), err
	}
	for _, kind := range []workload.Child{workload.ServiceChild, workload.DisruptionBudgetChild} {
		other, err := r.made(ctx, node, kind)
		if err != nil || other != nil {
			return other != nil && metav1.GetControllerOf(other) == nil, err
		}
	}
	return false, nil
}

// made is the object of a kind that was made for this very node, nil if there is none.
func (r *Reconciler) made(ctx context.Context, node *seiv1alpha1.SeiNode, kind workload.Child) (workload.Object, error) {
	object := kind.New()
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(node), object)
	switch {
	case client.IgnoreNotFound(err) != nil:
		return nil, fmt.Errorf("reading %s %q: %w", kind.Kind, node.Name, err)
	case err != nil || object.GetLabels()[seiv1alpha1.LabelNodeUID] != string(node.UID):
		return nil, nil
	}
	return object, nil
}

// takesItsPods says whether somebody deleted the StatefulSet, and its pods with it: they are waited for.
func takesItsPods(set client.Object) bool {
	return set.GetDeletionTimestamp() != nil && !controllerutil.ContainsFinalizer(set, metav1.FinalizerOrphanDependents)
}

// keepAndLetGo lets the SeiNode go and leaves all that it made. With --cascade=orphan garbage collection takes the references off; where
// somebody took the StatefulSet's off by hand, the claim under it still has one.
func (r *Reconciler) keepAndLetGo(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	if !controllerutil.ContainsFinalizer(node, metav1.FinalizerOrphanDependents) {
		facts, err := r.claimFacts(ctx, r.Live, node)
		if err := firstOf(err, r.first(ctx, storage.Keep(facts))); err != nil {
			return err
		}
	}
	return r.letGo(ctx, node)
}

// takeDown stops what runs, and says what it waits for, "" once nothing is left.
func (r *Reconciler) takeDown(ctx context.Context, node *seiv1alpha1.SeiNode) (string, error) {
	set := &appsv1.StatefulSet{}
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(node), set)
	if client.IgnoreNotFound(err) != nil {
		return "", fmt.Errorf("reading StatefulSet %q: %w", node.Name, err)
	}
	mine := err == nil && owner.Controls(node, set)
	if mine && set.DeletionTimestamp == nil {
		// In the foreground: garbage collection stops the pod first, and while the StatefulSet is there, a new pod might come.
		_, err := write.Delete(workload.StatefulSetChild.Kind, set, write.Foreground).Do(ctx, r.Client)
		return fmt.Sprintf("waiting for StatefulSet %q and its pod to stop", node.Name), err
	}
	pods, err := r.livePods(ctx, node)
	switch {
	case err != nil:
		return "", err
	case len(pods) > 0:
		return waitsFor(pods, r.Clock.Now()), r.deleteOrphans(ctx, pods)
	case mine:
		return waitsForSet(node), nil
	}
	return "", nil
}

// reportDeletion shows what the deletion waits for.
func (r *Reconciler) reportDeletion(ctx context.Context, node *seiv1alpha1.SeiNode, waits string) error {
	if waits == "" {
		return nil
	}
	before := *node.Status.DeepCopy()
	node.Status = status.Terminating(node, waits, r.Clock.Now())
	return client.IgnoreNotFound(r.patchStatus(ctx, before, node))
}

// livePods finds every pod of this very node, an orphaned one too. A copy of it that somebody made with its labels is no pod of the node's: it is
// neither deleted nor waited for.
func (r *Reconciler) livePods(ctx context.Context, node *seiv1alpha1.SeiNode) ([]corev1.Pod, error) {
	return podsOf(ctx, r.Live, node)
}

func podsOf(ctx context.Context, reader client.Reader, node *seiv1alpha1.SeiNode) ([]corev1.Pod, error) {
	pods := &corev1.PodList{}
	if err := reader.List(ctx, pods, client.InNamespace(node.Namespace), client.MatchingLabels(workload.SelectorLabels(node))); err != nil {
		return nil, fmt.Errorf("listing the pods of SeiNode %q: %w", node.Name, err)
	}
	return slices.DeleteFunc(pods.Items, func(pod corev1.Pod) bool { return !owner.Pod(&pod, node) }), nil
}

// deleteOrphans deletes the node's pods that no StatefulSet controls any more; garbage collection does not see them.
func (r *Reconciler) deleteOrphans(ctx context.Context, pods []corev1.Pod) error {
	for i := range pods {
		if pod := &pods[i]; metav1.GetControllerOf(pod) == nil && pod.DeletionTimestamp == nil {
			if _, err := write.Delete("Pod", pod).Do(ctx, r.Client); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleClaim destroys the node's own claim, if all that it takes is proven, or makes sure that garbage collection leaves it, and says so: Ready
// goes with the SeiNode. What decides about data is read past the cache: the policy may have been changed a moment ago, and somebody may
// just have named the claim. About an import there is nothing to decide.
func (r *Reconciler) settleClaim(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	facts, err := r.claimFacts(ctx, r.Live, node)
	if err != nil {
		return err
	}
	settle, kept := storage.Settle(facts)
	if err := r.first(ctx, settle); err != nil || kept == "" {
		return err
	}
	ctrl.LoggerFrom(ctx).Info("Keeping PersistentVolumeClaim", "claim", facts.Claim.Name, "reason", kept)
	r.Events.ClaimKept(node, facts.Claim.Name, kept)
	return nil
}

// releaseClaim lets go of a created claim that is to stay, in whatever state the node is, also where something else could not be read: garbage
// collection in the foreground asks nobody and waits for nobody.
func (r *Reconciler) releaseClaim(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	facts, err := r.claimFacts(ctx, read.Others(r.Client), node)
	return errors.Join(err, r.first(ctx, storage.Release(facts))) // of facts without a claim nothing is released
}

// claimFacts are what it takes to decide whether a created claim stays: the SeiNode, its claim, and all in the namespace that could name it.
// There is no claim in them where the node imports one, or is gone, or one of these cannot be read. Volumes are read from the cache, which has them by what they are made of.
func (r *Reconciler) claimFacts(ctx context.Context, reader client.Reader, node *seiv1alpha1.SeiNode) (storage.Facts, error) {
	facts := storage.Facts{Node: &seiv1alpha1.SeiNode{}}
	claim, nodes, pods := &corev1.PersistentVolumeClaim{}, &seiv1alpha1.SeiNodeList{}, &corev1.PodList{}
	if storage.Imports(node) {
		return facts, nil
	}
	for _, read := range []func() error{
		func() error { return reader.Get(ctx, client.ObjectKeyFromObject(node), facts.Node) },
		func() error {
			return reader.Get(ctx, client.ObjectKey{Namespace: node.Namespace, Name: storage.ClaimName(node)}, claim)
		},
		func() error { return reader.List(ctx, nodes, client.InNamespace(node.Namespace)) },
		func() error { return reader.List(ctx, pods, client.InNamespace(node.Namespace)) },
	} {
		if err := read(); err != nil {
			return storage.Facts{Node: node}, client.IgnoreNotFound(err)
		}
	}
	if facts.Node.UID != node.UID { // a namesake came in between, and this is its claim
		return storage.Facts{Node: node}, nil
	}
	facts.Claim, facts.Rivals, facts.Pods = claim, storage.Rivals(facts.Node, nodes.Items), pods.Items
	var err error
	facts.Volume, facts.Aliases, err = storage.Volumes(ctx, r.Client, claim)
	return facts, err
}

func (r *Reconciler) letGo(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	r.plans.DeleteEntry(string(node.UID))
	r.deletions.DeleteEntry(string(node.UID))
	r.conflicts.DeleteEntry(string(node.UID))
	r.refused.forget(node.UID)
	r.untold.forget(node.UID)
	r.Lookups.Ask(client.ObjectKeyFromObject(node), lookup.Question{})
	before := node.DeepCopy()
	controllerutil.RemoveFinalizer(node, seiv1alpha1.Finalizer)
	err := r.Client.Patch(ctx, node, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	return client.IgnoreNotFound(err)
}

func waitsForSet(node *seiv1alpha1.SeiNode) string {
	return fmt.Sprintf("waiting for StatefulSet %q to be gone", node.Name)
}

// waitsFor says what the deletion waits for. It never advises to force the pod's deletion, which ends the object and not the process.
func waitsFor(pods []corev1.Pod, now time.Time) string {
	for i := range pods {
		if silent := workload.Unreachable(&pods[i], now); silent != "" {
			return silent
		}
	}
	grace := ptr.Deref(pods[0].Spec.TerminationGracePeriodSeconds, 0)
	return fmt.Sprintf("waiting for pod %q on machine %q to stop, which may take its grace period of %d s", pods[0].Name, pods[0].Spec.NodeName, grace)
}
