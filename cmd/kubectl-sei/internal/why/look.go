// Package why explains one node on one page: what is the matter, the chain of causes from the claim to the chain, what happened last, and what to do next.
package why

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Facts is all that an explanation rests on.
type Facts struct {
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Claim, Volume and Pod are the node's; nil where there is none, or it could not be read.
	Claim  *corev1.PersistentVolumeClaim
	Volume *corev1.PersistentVolume
	Pod    *corev1.Pod
	// Events are those on the node and on its pod.
	Events []corev1.Event
	// Refused is what the user may not read.
	Refused cluster.Refusals
}

// Look reads the facts about a node. What the user may not read of what is beside the node is noted, and the rest goes on.
func Look(ctx context.Context, from client.Reader, name types.NamespacedName) (Facts, error) {
	facts := Facts{Node: &seiv1alpha1.SeiNode{}}
	if err := from.Get(ctx, name, facts.Node); err != nil {
		return facts, err
	}
	l := looking{ctx: ctx, reader: cluster.NewReader(from)}
	claim, volume, pod := &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}, &corev1.Pod{}
	if l.get(client.ObjectKey{Namespace: name.Namespace, Name: storage.ClaimName(facts.Node)}, claim) {
		facts.Claim = claim
	}
	if named := volumeName(facts); named != "" && l.get(client.ObjectKey{Name: named}, volume) {
		facts.Volume = volume
	}
	if l.get(client.ObjectKey{Namespace: name.Namespace, Name: facts.Node.PodName()}, pod) {
		facts.Pod = pod
	}
	facts.Events = append(l.events(facts.Node), l.events(pod)...)
	facts.Refused = l.reader.Refused()
	return facts, l.err
}

// volumeName is what the claim names, or what it named when the operator saw it.
func volumeName(f Facts) string {
	if f.Claim != nil {
		return f.Claim.Spec.VolumeName
	}
	if shown := f.Node.Status.DataVolume; shown != nil {
		return shown.VolumeName
	}
	return ""
}

// looking keeps the first error.
type looking struct {
	ctx    context.Context
	reader *cluster.Reader
	err    error
}

func (l *looking) get(key client.ObjectKey, object client.Object) bool {
	if l.err != nil {
		return false
	}
	err := l.reader.Get(l.ctx, key, object)
	l.err = client.IgnoreNotFound(err)
	return err == nil
}

// events are those on an object, none for one that was not read.
func (l *looking) events(of client.Object) []corev1.Event {
	if l.err != nil || of.GetUID() == "" {
		return nil
	}
	list := &corev1.EventList{}
	l.err = l.reader.List(l.ctx, list, client.InNamespace(of.GetNamespace()),
		client.MatchingFieldsSelector{Selector: fields.OneTermEqualSelector("involvedObject.uid", string(of.GetUID()))})
	return list.Items
}
