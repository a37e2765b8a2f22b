package reserve

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/write"
)

// Observe reads who holds a thing, past the cache, and whether that one is gone.
func Observe(ctx context.Context, live client.Reader, namespace string, node *seiv1alpha1.SeiNode, thing Thing) (Facts, error) {
	facts, lease := Facts{Thing: thing, Namespace: namespace}, &coordinationv1.Lease{}
	err := live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: thing.Lease()}, lease)
	if apierrors.IsNotFound(err) {
		return facts, nil
	}
	if err != nil {
		return facts, fmt.Errorf("reading Lease %q: %w", thing.Lease(), err)
	}
	facts.Lease = lease
	switch holder(lease) {
	case identityOf(node):
	case "": // given back
		facts.HolderGone = true
	default:
		facts.HolderGone, err = gone(ctx, live, parse(holder(lease)))
	}
	return facts, err
}

// gone says whether a SeiNode, every pod of it, and what would make one are no more. One of a namespace that this operator has no rights in is taken to be there.
func gone(ctx context.Context, live client.Reader, holder who) (bool, error) {
	node, pods := &seiv1alpha1.SeiNode{}, &corev1.PodList{}
	err := live.Get(ctx, client.ObjectKey{Namespace: holder.namespace, Name: holder.name}, node)
	if err == nil && string(node.UID) == holder.uid || apierrors.IsForbidden(err) {
		return false, nil
	}
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("reading SeiNode %q in namespace %q, which holds a Lease: %w", holder.name, holder.namespace, err)
	}
	sets, own := &appsv1.StatefulSetList{}, client.MatchingLabels{seiv1alpha1.LabelNodeUID: holder.uid}
	for _, list := range []client.ObjectList{sets, pods} { // the sets first: one makes the next pod
		err := live.List(ctx, list, client.InNamespace(holder.namespace), own)
		if apierrors.IsForbidden(err) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("listing what SeiNode %q in namespace %q left, which holds a Lease: %w", holder.name, holder.namespace, err)
		}
	}
	return len(pods.Items) == 0 && !slices.ContainsFunc(sets.Items, makesPods), nil
}

// makesPods says whether a StatefulSet that was left behind makes a pod again when the one that it has goes.
func makesPods(set appsv1.StatefulSet) bool { return ptr.Deref(set.Spec.Replicas, 1) > 0 }

// NoteSigned keeps with a key's Lease, which the node holds, what the key is known to have signed: what is known outlives the SeiNode.
func NoteSigned(ctx context.Context, live client.Reader, writer client.Writer, namespace string, node *seiv1alpha1.SeiNode, key Thing, signed wire.Signed) error {
	lease := &coordinationv1.Lease{}
	if err := live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: key.Lease()}, lease); err != nil {
		return fmt.Errorf("reading Lease %q: %w", key.Lease(), err)
	}
	if known := signedOf(lease); holder(lease) != identityOf(node) || known != nil && !known.Before(signed) {
		return nil
	}
	text, err := json.Marshal(signed)
	if err != nil {
		panic(err) // numbers always marshal
	}
	metav1.SetMetaDataAnnotation(&lease.ObjectMeta, seiv1alpha1.AnnotationSigned, string(text))
	_, err = write.Update(kindLease, lease, uncached).Do(ctx, writer)
	return err
}

// Leave gives back Leases that a living node holds and nothing of it uses any more. That of a key stays, held by nobody: it says what the key
// signed.
func Leave(ctx context.Context, live client.Reader, writer client.Writer, namespace string, node *seiv1alpha1.SeiNode, names []string) error {
	for _, name := range names {
		lease := &coordinationv1.Lease{}
		err := live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, lease)
		if apierrors.IsNotFound(err) || err == nil && holder(lease) != identityOf(node) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading Lease %q: %w", name, err)
		}
		if _, err := givingBack(lease).Do(ctx, writer); err != nil {
			return err
		}
	}
	return nil
}

func givingBack(lease *coordinationv1.Lease) *write.Write {
	if !IsOfKey(lease.Name) {
		return write.DeleteUnchanged(kindLease, lease, uncached)
	}
	lease.Spec.HolderIdentity = nil
	return write.Update(kindLease, lease, uncached)
}

// Release deletes what the node holds, but for the Lease of a key, which says what the key signed and is taken over from one that is gone. It is
// for a node whose last pod is gone.
func Release(ctx context.Context, live client.Reader, writer client.Writer, namespace string, node *seiv1alpha1.SeiNode) error {
	leases := &coordinationv1.LeaseList{}
	err := live.List(ctx, leases, client.InNamespace(namespace), client.MatchingLabels{seiv1alpha1.LabelNodeUID: string(node.UID)})
	if err != nil {
		return fmt.Errorf("listing the Leases of SeiNode %q: %w", node.Name, err)
	}
	for i := range leases.Items {
		if held := &leases.Items[i]; holder(held) == identityOf(node) && !IsOfKey(held.Name) {
			if _, err := write.DeleteUnchanged(kindLease, held, uncached).Do(ctx, writer); err != nil {
				return err
			}
		}
	}
	return nil
}
