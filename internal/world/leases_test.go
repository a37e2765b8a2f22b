package world

import (
	"slices"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// holderOf is the UID that a Lease names: the end of what it says.
func holderOf(lease *coordinationv1.Lease) types.UID {
	parts := strings.Split(ptr.Deref(lease.Spec.HolderIdentity, ""), "/")
	return types.UID(parts[len(parts)-1])
}

// namespaceIn is the namespace that a Lease names: the beginning of what it says.
func namespaceIn(lease *coordinationv1.Lease) string {
	name, _, _ := strings.Cut(ptr.Deref(lease.Spec.HolderIdentity, ""), "/")
	return name
}

// judgeLease judges what is written to a Lease: a node takes what is free, or was held by one that is gone with its last pod.
func (w *world) judgeLease(verb string, wanted *coordinationv1.Lease, stored client.Object) string {
	node := w.reconciling.UID
	w.count("Lease " + verb)
	if wanted.Spec.HolderIdentity == nil || verb == "delete" {
		return w.judgeGivingBack(stored.(*coordinationv1.Lease))
	}
	if holderOf(wanted) != node {
		return broke("nobody holds a Lease but by its own doing", "%s for %s", *wanted.Spec.HolderIdentity, node)
	}
	if stored == nil {
		return ""
	}
	held := holderOf(stored.(*coordinationv1.Lease))
	if held == node || held == "" {
		return ""
	}
	switch {
	case w.byUID(held) != nil:
		return broke("no Lease is taken from a SeiNode that is there", "from %s for %s", held, node)
	case w.forbids(namespaceIn(stored.(*coordinationv1.Lease))):
		return broke("no Lease is taken from a SeiNode that may not be looked for", "from %s for %s", held, node)
	}
	for _, pod := range all[*corev1.Pod](w.api.stored) {
		if pod.Labels[seiv1alpha1.LabelNodeUID] == string(held) {
			return broke("no Lease goes while a pod of its holder lives", "pod %s, %s for %s", pod.Name, verb, node)
		}
	}
	return ""
}

// judgeGivingBack judges a Lease that its holder lets go of: nothing of the holder may use the thing any more.
func (w *world) judgeGivingBack(lease *coordinationv1.Lease) string {
	w.count("Lease given back")
	node, thing := w.reconciling, lease.Annotations[seiv1alpha1.AnnotationReserves]
	if holderOf(lease) != node.UID {
		return broke("no Lease of another is given back", "%s for %s", *lease.Spec.HolderIdentity, node.UID)
	}
	for _, process := range w.processes {
		uses := func(disk string) bool { return strings.HasSuffix(thing, "/"+disk) }
		signs := func(key string) bool { return strings.HasSuffix(thing, "|"+addressOf(key)) }
		if process.node == node.UID && (slices.ContainsFunc(process.disks, uses) || slices.ContainsFunc(process.keys, signs)) {
			return broke("no Lease is given back while a pod of its holder uses the thing", "pod %s, %s", process.pod.Name, thing)
		}
	}
	if node.DeletionTimestamp == nil {
		w.count("Lease given back by a living node")
		return ""
	}
	for _, pod := range all[*corev1.Pod](w.api.stored) {
		if pod.Labels[seiv1alpha1.LabelNodeUID] == string(node.UID) {
			return broke("no Lease goes while a pod of its holder lives", "pod %s of %s", pod.Name, node.Name)
		}
	}
	return ""
}
