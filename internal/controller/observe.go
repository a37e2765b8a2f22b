package controller

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/peers"
	"github.com/seinode/seinode-operator/internal/read"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// grace is how long a StatefulSet may take to make its pod, and a pod to start, before anybody asks what keeps it.
const grace = 5 * time.Second

// observe reads all that this reconcile rests on. After it nothing reads the API.
func (r *Reconciler) observe(ctx context.Context, node *seiv1alpha1.SeiNode) task.Observation {
	seen := task.Observation{Platform: r.Platform, Node: node, Namespace: r.Namespace, Live: map[string]workload.Object{}}
	unread := r.readChildren(ctx, seen)
	seen.PrePullPod, seen.PrePullRefused = r.readPrePullPod(ctx, node), r.refused.of(node, r.Clock.Now())
	recall(seen)
	seen.Data = storage.Observe(ctx, read.Others(r.Client), node, r.Platform.Required(node))
	r.readOrigin(ctx, &seen)
	seen.Keys, seen.Peers, seen.Now = keys.Observe(ctx, read.Others(r.Client), node), peers.Observe(ctx, read.Others(r.Client), node), r.Clock.Now()
	seen.Err = firstOf(seen.Data.Err, seen.Keys.Err, seen.Peers.Err, unread, r.hear(ctx, &seen))
	r.readSnapshot(ctx, &seen)
	if seen.Err == nil {
		r.readAddress(&seen)
	}
	if seen.Err == nil {
		seen.Reserved, seen.Unreserved = r.readReservations(ctx, seen)
	}
	if seen.Err == nil {
		seen.Warning = r.readWarning(ctx, seen)
	}
	if strings.Contains(seen.Warning, "quota") {
		seen.Quotas, seen.Err = r.readQuotas(ctx, node.Namespace)
	}
	return seen
}

// readAddress takes what is known of where peers reach the node, and which address its pod is to tell them.
func (r *Reconciler) readAddress(seen *task.Observation) {
	answer := r.Lookups.Ask(client.ObjectKeyFromObject(seen.Node), task.AddressQuestion(*seen))
	seen.Address = task.AddressOf(*seen, answer, r.Clock.Now())
	seen.Node.Status.ExternalAddress = seen.Address.Told
}

// recall takes the claim that the node uses, and the upgrades that it has reached, from its StatefulSet, where the status was wiped, or restored from a
// backup: the status alone would take a claim of the same name, with other data, for the node's, and the image before an upgrade for the one after it.
func recall(seen task.Observation) {
	set := seen.Live[workload.StatefulSetChild.Kind]
	if set == nil || !owner.Controls(seen.Node, set) {
		return
	}
	for _, reached := range workload.ReachedUpgrades(set) {
		seen.Node.Reach(reached)
	}
	seen.Node.DropMistaken()
	if seen.Node.Exposes() && seen.Node.Status.ExternalAddress == "" { // also where spec.externalAddress said it before
		seen.Node.Status.ExternalAddress = workload.AdvertisedBy(set.(*appsv1.StatefulSet))
	}
	if set.GetAnnotations()[seiv1alpha1.AnnotationClaimUID] == "" {
		return
	}
	if seen.Node.Status.DataVolume == nil {
		seen.Node.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{}
	}
	seen.Node.Status.DataVolume.ClaimUID = types.UID(set.GetAnnotations()[seiv1alpha1.AnnotationClaimUID])
}

// hear takes from the agent in the node's pod, and from the pod, which key it signs with, and which upgrades of the chain the node has. One that is
// listed counts as reached from this moment on.
func (r *Reconciler) hear(ctx context.Context, seen *task.Observation) error {
	pod := task.PodOf(*seen)
	said, _ := r.Agents.Latest(pod)
	seen.Signer = task.SignerOf(seen.Node, task.InspectionIn(pod), said)
	seen.Halt, seen.Planned = task.HaltOf(pod, said.UpgradeHalt), plannedBy(seen.Node, said.Plan)
	if task.Unheard(pod, said.UpgradeHalt) {
		r.Agents.Hurry(pod)
	}
	if seen.Data.Accepts() {
		seen.Node.Forget() // what the data before it had
		return nil
	}
	upgrades := task.Passed(seen.Node, pod)
	now := &metav1.Time{Time: r.Clock.Now().Truncate(time.Second)} // as the API keeps it
	if halted := task.Reached(seen.Node, seen.Halt); halted != nil {
		halted.Time = now
		halted.Snapshot = workload.SnapshotAtHalt(seen.Node, *halted) // of a seid that stopped, and of no other
		upgrades = append(upgrades, *halted)
	}
	if early := task.Early(*seen, said); early != nil {
		ahead, err := r.ahead(ctx, seen.Node, early.Name)
		if err != nil {
			return err
		}
		if seen.Ahead = ahead; ahead == "" {
			upgrades = append(upgrades, *early)
		}
	}
	for _, reached := range upgrades {
		reached.Time = now
		seen.Node.Reach(reached)
	}
	seen.Node.DropMistaken()
	return nil
}

// plannedBy is the name of the upgrade that the chain has planned: as it says now, or as it said when it was last heard; "" for none.
func plannedBy(node *seiv1alpha1.SeiNode, plan *wire.Plan) string {
	switch known := node.Status.Upgrades; {
	case plan != nil:
		return plan.Name
	case known != nil && known.Planned != nil:
		return known.Planned.Name
	}
	return ""
}

// readPrePullPod reads the pod that has the name of the node's pre-pull pod, nil for none. What keeps it from being read keeps the node from nothing.
func (r *Reconciler) readPrePullPod(ctx context.Context, node *seiv1alpha1.SeiNode) *corev1.Pod {
	pod := &corev1.Pod{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: node.Namespace, Name: workload.PrePullName(node)}, pod)
	if client.IgnoreNotFound(err) != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Reading the pre-pull pod")
	}
	if err != nil {
		return nil
	}
	return pod
}

// readQuotas returns a mark of what the quotas of a namespace allow.
func (r *Reconciler) readQuotas(ctx context.Context, namespace string) (string, error) {
	quotas := &corev1.ResourceQuotaList{}
	if err := r.Client.List(ctx, quotas, client.InNamespace(namespace)); err != nil {
		return "", fmt.Errorf("listing the quotas of namespace %q: %w", namespace, err)
	}
	specs := map[string]corev1.ResourceQuotaSpec{}
	for i := range quotas.Items {
		specs[quotas.Items[i].Name] = quotas.Items[i].Spec
	}
	return workload.Digest(specs), nil
}

// readChildren reads the objects that have the names of the node's own.
func (r *Reconciler) readChildren(ctx context.Context, seen task.Observation) error {
	for _, kind := range workload.Children {
		object := kind.New()
		key := client.ObjectKey{Namespace: seen.Node.Namespace, Name: kind.NameFor(seen.Node.Name)}
		err := r.Client.Get(ctx, key, object)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading %s %q: %w", kind.Kind, key.Name, err)
		}
		if err == nil {
			seen.Live[kind.Key()] = object
		}
	}
	return nil
}

// readWarning asks, past the cache, what Kubernetes warned of where a pod does not come up: a mount that fails, a quota that forbids it.
// Only events say, and all of a cluster's events are too many to watch. That they cannot be read changes a message and nothing else.
func (r *Reconciler) readWarning(ctx context.Context, seen task.Observation) string {
	of := seen.Awaited()
	if of == nil || r.Clock.Since(of.GetCreationTimestamp().Time) < grace {
		return ""
	}
	warning, err := r.newestWarning(ctx, seen.Node.Namespace, of.GetUID())
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing events", "of", klog.KObj(of))
	}
	return warning
}

// newestWarning is the text of an object's newest event, if that is a warning: one that something normal came after is history.
func (r *Reconciler) newestWarning(ctx context.Context, namespace string, of types.UID) (string, error) {
	events := &corev1.EventList{}
	selector := fields.OneTermEqualSelector("involvedObject.uid", string(of))
	if err := r.Live.List(ctx, events, client.InNamespace(namespace), client.MatchingFieldsSelector{Selector: selector}); err != nil {
		return "", err
	}
	return newest(events.Items), nil
}

// newest is the text of the newest event if that is a warning, "" else. Of two of the same second the normal one counts.
func newest(events []corev1.Event) string {
	var last corev1.Event
	for _, event := range events {
		at, so := workload.LastSeen(&event), workload.LastSeen(&last)
		if at.After(so) || at.Equal(so) && event.Type == corev1.EventTypeNormal {
			last = event
		}
	}
	if last.Type != corev1.EventTypeWarning {
		return ""
	}
	return last.Message
}
