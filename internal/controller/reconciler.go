// Package controller reconciles SeiNodes: it observes (cached reads), decides (pure functions), acts (a few idempotent
// writes) and reports (conditions, events, metrics and one status patch).
package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/clock"
	"k8s.io/utils/keymutex"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/lookup"
	"github.com/seinode/seinode-operator/internal/peers"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/poll"
	"github.com/seinode/seinode-operator/internal/read"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/telemetry"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Reconciler brings SeiNodes to their spec.
type Reconciler struct {
	// Client reads from the cache, as new as its own last write, and writes to the API server.
	Client client.Client
	// Live reads past the cache, where an old answer could do harm: whether the last pod is gone.
	Live client.Reader
	// Namespace is the operator's own, where the Leases are that say who uses a volume or a key.
	Namespace string
	// Agents knows what seid says of itself; nil where nobody asks.
	Agents *poll.Poller
	// Lookups finds out what takes long to say; nil where nobody does.
	Lookups *lookup.Finder
	// Platform is the operator's configuration.
	Platform platform.Config
	// Events and Metrics report.
	Events  telemetry.Events
	Metrics *telemetry.Metrics
	// Clock tells the time that status shows.
	Clock clock.PassiveClock

	// leases remembers which Leases were seen to be whose.
	leases  reserve.Book
	claims  keymutex.KeyMutex
	signers keymutex.KeyMutex
	ids     keymutex.KeyMutex
	// turns says which node of a namespace looks whether it may take an upgrade early.
	turns turns
	// plans says when a node had its last fresh plan, and how long the next one has to wait.
	plans *flowcontrol.Backoff
	// conflicts says how long a node has to wait after it lost to another writer.
	conflicts *flowcontrol.Backoff
	// deletions says when a deletion that waits is looked at again.
	deletions *flowcontrol.Backoff
	// refused says which nodes' pre-pull pods the API server does not take.
	refused refusals
	// untold are the statuses that wait for the next news.
	untold untold
}

// again asks for another reconcile at once: the plan was persisted, and its tasks may act now.
var again = ctrl.Result{RequeueAfter: time.Millisecond}

// startInterval is how often a pod that does not come up is looked at: what keeps it, only events say, and those are not watched. A node that
// waits for what another holds looks as often: that may be of a namespace which is not watched.
// Everything else that a node waits for wakes it (watches.go), and costs nothing until then.
const startInterval = 15 * time.Second

// +kubebuilder:rbac:groups=sei.io,resources=seinodes,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=sei.io,resources=seinodes/status,verbs=patch
// +kubebuilder:rbac:groups=sei.io,resources=seinodes/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=persistentvolumeclaims,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=pods,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups="",resources=services,verbs=get;list;watch;create;update;delete
// +kubebuilder:rbac:groups="",resources=events,verbs=list
// +kubebuilder:rbac:groups="",resources=resourcequotas,verbs=get;list;watch
// +kubebuilder:rbac:groups=policy,resources=poddisruptionbudgets,verbs=get;list;watch;create;update;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=networkpolicies,verbs=get;list;watch;create;update;delete
// +kubebuilder:rbac:groups=apps,resources=statefulsets,verbs=get;list;watch;create;update;patch;delete
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
//
// What has no namespace is read by internal/storage, with a role of its own: the others can be given namespace by namespace.

// Reconcile runs once for one SeiNode: it observes, decides, acts and reports.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	node := &seiv1alpha1.SeiNode{}
	if err := r.Client.Get(ctx, request.NamespacedName, node); err != nil {
		return ctrl.Result{}, r.forget(ctx, request.Namespace, client.IgnoreNotFound(err))
	}
	defer r.lock(node)()
	defer r.turns.giveBack(node)
	look := r.bring
	switch {
	case !node.DeletionTimestamp.IsZero():
		look = r.delete
	case node.ManagedElsewhere():
		look = r.leaveAlone
	}
	result, err := look(ctx, node)
	result, err = r.ignoreConflict(node, result, err)
	return next(result), err
}

// bring brings a node that is not being deleted to its spec, as far as it goes now.
func (r *Reconciler) bring(ctx context.Context, node *seiv1alpha1.SeiNode) (ctrl.Result, error) {
	before := node.DeepCopy()
	r.untold.recall(node)
	scope := task.Decide(r.observe(ctx, node))
	result, err := r.act(ctx, scope)
	result = r.prePull(ctx, scope, result) // after all that matters to the node as it runs, and before that is told
	result, err = r.report(ctx, before, scope, result, err)
	if err != nil || !plan.Begins(before.Status.Plan, scope) {
		return result, err
	}
	told := node.DeepCopy() // the plan is persisted: its tasks may act
	err = r.step(ctx, scope)
	return r.report(ctx, told, scope, ctrl.Result{RequeueAfter: r.wait(scope)}, err)
}

// lock lets the nodes of one claim, those of one signing key, and those of one node key, run one after the other: the second sees what the first has taken. It
// returns what unlocks. Claims come before keys, and signing keys before node keys, so that no two wait for each other.
func (r *Reconciler) lock(node *seiv1alpha1.SeiNode) func() {
	unlock := lockKey(r.claims, node.Namespace+"/"+storage.ClaimName(node), func() {})
	if node.SigningSecret() != "" {
		unlock = lockKey(r.signers, node.Namespace+"/"+node.SigningSecret(), unlock)
	}
	if secret := peers.NodeKeyOf(node); secret != "" {
		unlock = lockKey(r.ids, node.Namespace+"/"+secret, unlock)
	}
	return unlock
}

// lockKey takes one lock more, and returns what gives it back, and then the ones before it.
func lockKey(of keymutex.KeyMutex, key string, before func()) func() {
	of.LockKey(key)
	return func() {
		_ = of.UnlockKey(key)
		before()
	}
}

// act makes the writes that were decided. What came of them is in the node's status, in memory.
func (r *Reconciler) act(ctx context.Context, scope *task.Scope) (ctrl.Result, error) {
	released := r.release(ctx, scope)
	scope.Unproven = scope.Adopts()
	if err := r.ensureFinalizer(ctx, scope.Node); err != nil || scope.Err != nil {
		return ctrl.Result{}, errors.Join(released, err, r.first(ctx, task.Pause(scope)), scope.Err)
	}
	if leaves, err := r.leaves(ctx, scope); err != nil || leaves {
		return ctrl.Result{}, errors.Join(released, err) // the watch brings the deletion
	}
	if err := r.sameClaim(ctx, scope); err != nil {
		return ctrl.Result{}, errors.Join(released, err, r.stop(ctx, scope))
	}
	if reserved, err := r.reserve(ctx, scope); err != nil || !reserved {
		return again, errors.Join(released, err, r.stop(ctx, scope))
	}
	released = errors.Join(released, r.leave(ctx, scope)) // which stands in nobody's way
	settled, err := r.snapshot(ctx, scope)
	if released = errors.Join(released, err); settled {
		return again, released
	}
	if plan.Wanted(scope) {
		return r.plan(scope), errors.Join(released, r.scale(ctx, scope))
	}
	if awaitsWord(scope) {
		r.count(scope, plan.Look(scope, r.Clock.Now()))
		return again, errors.Join(released, r.scale(ctx, scope))
	}
	return ctrl.Result{RequeueAfter: r.wait(scope)}, errors.Join(released, r.step(ctx, scope))
}

// leaves says whether the SeiNode is gone or being deleted, as the cache may not show yet, where a pod is about to be stopped: with
// --cascade=orphan it is to run on.
func (r *Reconciler) leaves(ctx context.Context, scope *task.Scope) (bool, error) {
	if !scope.StopsPod() {
		return false, nil
	}
	live := &seiv1alpha1.SeiNode{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(scope.Node), live); err != nil {
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	}
	return live.UID != scope.Node.UID || live.DeletionTimestamp != nil, nil
}

// sameClaim is a conflict where a claim is about to be adopted, or a snapshot to be made of it, or a pod to start, to stop for one, or to be made again, on
// a claim that is not the one which was judged, as the cache may not show yet: whatever has the name would be mounted, and a claim that goes is gone with
// the pod. Nothing is adopted then.
func (r *Reconciler) sameClaim(ctx context.Context, scope *task.Scope) error {
	if makesAgain := scope.StopsPod() && scope.Start.OK(); !scope.Adopts() && !scope.StartsPod() && !makesAgain && scope.AtHalt.Write == nil {
		return nil
	}
	live, judged := &corev1.PersistentVolumeClaim{}, scope.Data.Claim
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(judged), live); err != nil {
		return fmt.Errorf("reading PVC %q: %w", judged.Name, err)
	}
	if live.UID != judged.UID || live.DeletionTimestamp != nil {
		return apierrors.NewConflict(corev1.Resource("persistentvolumeclaims"), judged.Name, errors.New("it is not the claim that was judged"))
	}
	scope.Unproven = false
	return nil
}

// release lets go of a created claim that is to stay. It comes before all else and needs nothing else: no plan, no finalizer, and no read but
// those that tell whether the claim stays.
func (r *Reconciler) release(ctx context.Context, scope *task.Scope) error {
	if scope.Err != nil {
		return r.releaseClaim(ctx, scope.Node)
	}
	return r.first(ctx, task.Release(scope))
}

// step runs the plan, and scales. A StatefulSet that is written brings its replicas along, and wakes its controller; where the API server
// refuses what the spec asks for, a pause and a claim that was replaced still stop the pod.
func (r *Reconciler) step(ctx context.Context, scope *task.Scope) error {
	var scaled error
	writes := scope.Children[workload.StatefulSetChild.Kind].Write != nil
	if !writes {
		scaled = r.scale(ctx, scope)
	}
	progress := plan.Step(ctx, r.Client, scope, r.Clock.Now())
	r.count(scope, progress)
	if writes && progress.Err != nil {
		scaled = r.scale(ctx, scope)
	}
	return errors.Join(progress.Err, scaled)
}

// snapshot makes the VolumeSnapshot of a node that is down for it, or deletes one that is not cut, and says whether the node is to be looked at again before
// anything else.
func (r *Reconciler) snapshot(ctx context.Context, scope *task.Scope) (settled bool, err error) {
	if scope.AtHalt.Write == nil {
		return scope.AtHalt.GivesUp, nil
	}
	makes := scope.Snapshot.Found == nil
	if makes {
		pods, err := r.livePods(ctx, scope.Node) // one that the cache does not show would write while it is taken
		if err != nil || len(pods) > 0 {
			return false, err
		}
	}
	if _, err = scope.AtHalt.Write.Do(ctx, r.Client); err == nil || !scope.RefuseSnapshot(err) {
		return err == nil && !makes, err
	}
	return scope.Node.PendingSnapshot() == nil || scope.AtHalt.GivesUp, nil
}

// stop stops the pod where there is to be none, whatever else is wrong, and never starts one.
func (r *Reconciler) stop(ctx context.Context, scope *task.Scope) error {
	if scope.Replicas > 0 || scope.DownForSnapshot() {
		return nil
	}
	return r.first(ctx, task.Scale(scope))
}

// scale starts or stops the pod, has it made again once its key is reserved, or has its controller try again where a quota was in the way.
func (r *Reconciler) scale(ctx context.Context, scope *task.Scope) error {
	return r.first(ctx, task.Scale(scope), task.Retry(scope), task.Nudge(scope))
}

// first makes the first of the writes that there is.
func (r *Reconciler) first(ctx context.Context, writes ...*write.Write) error {
	for _, wanted := range writes {
		if wanted != nil {
			_, err := wanted.Do(ctx, r.Client)
			return err
		}
	}
	return nil
}

// ensureFinalizer comes before the first side effect: without it a SeiNode could be gone while its pod still runs.
func (r *Reconciler) ensureFinalizer(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	before := node.DeepCopy()
	if !controllerutil.AddFinalizer(node, seiv1alpha1.Finalizer) {
		return nil
	}
	status := node.Status
	err := r.Client.Patch(ctx, node, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	node.Status = status
	return err
}

// forget drops the metrics of a namespace whose last SeiNode is gone.
func (r *Reconciler) forget(ctx context.Context, namespace string, err error) error {
	if err != nil {
		return err
	}
	nodes := &seiv1alpha1.SeiNodeList{}
	if err := read.Now(r.Client).List(ctx, nodes, client.InNamespace(namespace), client.Limit(1)); err != nil {
		return err
	}
	if len(nodes.Items) == 0 {
		r.Metrics.Forget(namespace)
	}
	return nil
}

// ignoreConflict takes another writer's win for no error: the watch has brought, or brings, what it wrote. Until it has, the node is
// tried ever more seldom.
func (r *Reconciler) ignoreConflict(node *seiv1alpha1.SeiNode, result ctrl.Result, err error) (ctrl.Result, error) {
	switch {
	case apierrors.IsConflict(err):
		r.conflicts.Next(string(node.UID), r.Clock.Now())
		return ctrl.Result{RequeueAfter: r.conflicts.Get(string(node.UID))}, nil
	case err != nil:
		return ctrl.Result{}, err
	}
	return result, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
