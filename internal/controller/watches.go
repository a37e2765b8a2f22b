package controller

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/keymutex"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/peers"
	"github.com/seinode/seinode-operator/internal/read"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// locks is how many locks the claims, the signing keys, and the node keys, share by hash; far more than workers, so that two rarely wait for
// a stranger.
const locks = 1024

// Prepare gives the Reconciler its locks, and its memory of who has to wait. Without it nothing can be reconciled.
func (r *Reconciler) Prepare() {
	r.claims, r.signers, r.ids = keymutex.NewHashed(locks), keymutex.NewHashed(locks), keymutex.NewHashed(locks)
	r.plans, r.conflicts = flowcontrol.NewBackOff(200*time.Millisecond, time.Minute), flowcontrol.NewBackOff(2*time.Millisecond, 10*time.Second)
	r.deletions = flowcontrol.NewBackOff(deletionInterval, deletionLongest)
}

// SetupWithManager registers the indexes and the watches. workers reconciles run at once.
func (r *Reconciler) SetupWithManager(ctx context.Context, manager ctrl.Manager, workers int) error {
	r.Prepare()
	if err := AddIndexes(ctx, manager.GetFieldIndexer()); err != nil {
		return err
	}
	// Read, but not watched: its informer has to be asked for.
	if _, err := manager.GetCache().GetInformer(ctx, &storagev1.StorageClass{}); err != nil {
		return err
	}
	watches := ctrl.NewControllerManagedBy(manager)
	if r.Agents != nil {
		r.Agents.Informers = manager.GetCache()
		if err := manager.Add(r.Agents); err != nil {
			return err
		}
		watches.WatchesRawSource(source.Channel(r.Agents.Changed, inOrder(follows, &handler.EnqueueRequestForObject{})))
	}
	if r.Lookups != nil {
		if err := manager.Add(r.Lookups); err != nil {
			return err
		}
		watches.WatchesRawSource(source.Channel(r.Lookups.Changed, inOrder(follows, &handler.EnqueueRequestForObject{})))
	}
	watches.
		Named("seinode").
		For(&seiv1alpha1.SeiNode{}, builder.WithPredicates(specChanged())).
		Watches(&corev1.PersistentVolumeClaim{}, inOrder(soon, handler.EnqueueRequestsFromMapFunc(r.nodesOfClaim))).
		Watches(&corev1.PersistentVolume{}, inOrder(soon, handler.EnqueueRequestsFromMapFunc(r.nodesOfVolume))).
		Watches(&storagev1.VolumeAttachment{}, inOrder(soon, handler.EnqueueRequestsFromMapFunc(r.nodesOfAttachment))).
		Watches(&corev1.Pod{}, inOrder(follows, handler.EnqueueRequestsFromMapFunc(r.nodesOfPod))).
		Watches(&corev1.ResourceQuota{}, handler.EnqueueRequestsFromMapFunc(r.nodesInNamespace), builder.WithPredicates(quotaChanged())).
		Watches(&seiv1alpha1.SeiNode{}, inOrder(changes, handler.EnqueueRequestsFromMapFunc(r.rivals)), builder.WithPredicates(comesOrGoes()))
	watches.Watches(&seiv1alpha1.SeiNode{}, inOrder(follows, handler.EnqueueRequestsFromMapFunc(r.peersOf)), builder.WithPredicates(peerChanged()))
	for _, kind := range kinds() {
		watches.Watches(kind.New(), inOrder(follows, handler.EnqueueRequestsFromMapFunc(r.namesake)))
	}
	return watches.
		WithOptions(controller.Options{MaxConcurrentReconciles: workers, RateLimiter: rateLimiter()}).
		Complete(r)
}

// AddIndexes adds the indexes that a reconcile reads by to a cache.
func AddIndexes(ctx context.Context, indexer client.FieldIndexer) (err error) {
	add := func(of client.Object, key string, values client.IndexerFunc) {
		err = firstOf(err, indexer.IndexField(ctx, of, key, values))
	}
	storage.Indexes(add)
	keys.Indexes(add)
	add(&seiv1alpha1.SeiNode{}, task.IndexTaking, func(object client.Object) []string { return task.Taking(object.(*seiv1alpha1.SeiNode)) })
	peers.Indexes(add)
	add(&seiv1alpha1.SeiNode{}, reserve.IndexByRemembered, func(object client.Object) []string { return object.(*seiv1alpha1.SeiNode).RememberedLeases() })
	return err
}

// specChanged passes what the user changes. The operator's own status patches wake nobody: that would get past the
// workqueue's backoff.
func specChanged() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, besideTheSpec())
}

// besideTheSpec passes an update that took the status away: a restore does so, and so does a clumsy edit; and one by which another operator takes the SeiNode, or
// lets go of it.
func besideTheSpec() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			was, isNode := e.ObjectOld.(*seiv1alpha1.SeiNode)
			is, _ := e.ObjectNew.(*seiv1alpha1.SeiNode)
			return isNode && (is.Status.Plan == nil || was.ManagedElsewhere() != is.ManagedElsewhere())
		},
	}
}

// comesOrGoes passes only the beginning and the end of an object.
func comesOrGoes() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }}
}

// quotaChanged passes changes of what a quota allows, and not of what is used.
func quotaChanged() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false }, // a new one only forbids
		UpdateFunc: func(e event.UpdateEvent) bool {
			was, isQuota := e.ObjectOld.(*corev1.ResourceQuota)
			is, _ := e.ObjectNew.(*corev1.ResourceQuota)
			return isQuota && !equality.Semantic.DeepEqual(was.Spec, is.Spec)
		},
	}
}

// nodesInNamespace wakes all nodes of a namespace, one of which may wait for a quota.
func (r *Reconciler) nodesInNamespace(ctx context.Context, object client.Object) []reconcile.Request {
	return r.list(ctx, client.InNamespace(object.GetNamespace()))
}

// kinds are the children that are the first of their kind: one a kind.
func kinds() []workload.Child {
	return slices.DeleteFunc(slices.Clone(workload.Children), func(kind workload.Child) bool { return kind.Suffix != "" })
}

// namesake wakes the node of the object's name: the one that it was made for, or that it stands in the way of.
func (r *Reconciler) namesake(ctx context.Context, object client.Object) (requests []reconcile.Request) {
	for _, name := range workload.NodesOf(object.GetName()) {
		key := client.ObjectKey{Namespace: object.GetNamespace(), Name: name}
		if err := read.Now(r.Client).Get(ctx, key, &seiv1alpha1.SeiNode{}); err == nil {
			requests = append(requests, reconcile.Request{NamespacedName: key})
		}
	}
	return requests
}

// nodesOfClaim wakes the nodes that use a claim, theirs or imported.
func (r *Reconciler) nodesOfClaim(ctx context.Context, claim client.Object) []reconcile.Request {
	return r.nodesUsing(ctx, claim.GetNamespace(), claim.GetName())
}

// nodesOfVolume wakes the nodes that use the claim which a volume is bound to, and those on other volumes of the same bytes, or the same files.
func (r *Reconciler) nodesOfVolume(ctx context.Context, object client.Object) []reconcile.Request {
	volumes := &corev1.PersistentVolumeList{}
	made := client.MatchingFields{storage.IndexVolumeBySource: storage.Source(object.(*corev1.PersistentVolume))}
	if err := read.Now(r.Client).List(ctx, volumes, made); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing the volumes of one source")
	}
	sharing, err := storage.Sharing(ctx, read.Now(r.Client), object.(*corev1.PersistentVolume))
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing the volumes that share files")
	}
	volumes.Items = append(volumes.Items, sharing...)
	requests := r.nodesOfRef(ctx, object.(*corev1.PersistentVolume)) // which may be gone from the cache
	for i := range volumes.Items {
		if volumes.Items[i].Name != object.GetName() {
			requests = append(requests, r.nodesOfRef(ctx, &volumes.Items[i])...)
		}
	}
	return requests
}

func (r *Reconciler) nodesOfRef(ctx context.Context, volume *corev1.PersistentVolume) []reconcile.Request {
	if ref := volume.Spec.ClaimRef; ref != nil {
		return r.nodesUsing(ctx, ref.Namespace, ref.Name)
	}
	return nil
}

// nodesOfAttachment wakes the nodes that wait for a volume to be detached.
func (r *Reconciler) nodesOfAttachment(ctx context.Context, object client.Object) []reconcile.Request {
	volume, name := &corev1.PersistentVolume{}, storage.AttachedVolume(object.(*storagev1.VolumeAttachment))
	if name == "" || read.Now(r.Client).Get(ctx, client.ObjectKey{Name: name}, volume) != nil {
		return nil
	}
	return r.nodesOfVolume(ctx, volume)
}

// nodesOfPod wakes the nodes whose claim or signing key a pod mounts: its own node, and one that waits for a foreign pod to go; and the node that
// controls the pod, which mounts nothing.
func (r *Reconciler) nodesOfPod(ctx context.Context, object client.Object) []reconcile.Request {
	pod := object.(*corev1.Pod)
	var requests []reconcile.Request
	if ref := owner.OfSeiNode(pod); ref != nil {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKey{Namespace: pod.Namespace, Name: ref.Name}})
	}
	for _, claim := range storage.MountedClaims(pod) {
		requests = append(requests, r.nodesUsing(ctx, pod.Namespace, claim)...)
	}
	for _, secret := range keys.MountedSecrets(pod) {
		requests = append(requests, r.nodesBy(ctx, pod.Namespace, keys.IndexNodeBySigningSecret, secret)...)
	}
	return requests
}

// rivals wakes the nodes that waited for a node to leave their claim or their signing key, and the one whose created claim a new node names:
// that claim is no longer only its own.
func (r *Reconciler) rivals(ctx context.Context, object client.Object) []reconcile.Request {
	node := object.(*seiv1alpha1.SeiNode)
	requests := r.nodesUsing(ctx, node.Namespace, storage.ClaimName(node))
	if secret := node.SigningSecret(); secret != "" {
		requests = append(requests, r.nodesBy(ctx, node.Namespace, keys.IndexNodeBySigningSecret, secret)...)
	}
	return requests
}

func (r *Reconciler) nodesUsing(ctx context.Context, namespace, claim string) []reconcile.Request {
	return r.nodesBy(ctx, namespace, storage.IndexNodeByClaim, claim)
}

func (r *Reconciler) nodesBy(ctx context.Context, namespace, index, value string) []reconcile.Request {
	return r.list(ctx, client.InNamespace(namespace), client.MatchingFields{index: value})
}

func (r *Reconciler) list(ctx context.Context, options ...client.ListOption) []reconcile.Request {
	nodes := &seiv1alpha1.SeiNodeList{}
	if err := read.Now(r.Client).List(ctx, nodes, options...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing SeiNodes")
		return nil // the cache itself does not fail; a node that was missed is found at the next event
	}
	requests := make([]reconcile.Request, 0, len(nodes.Items))
	for i := range nodes.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&nodes.Items[i])})
	}
	return requests
}
