package world

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The judges know the promises, and nothing of how the operator keeps them: they use none of its functions.

// breaks notes that a promise was broken; the first one ends the world.
func (w *world) breaks(how string) {
	if how != "" && w.broken == "" {
		w.broken = how
		w.logf("  BROKEN: %s", how)
	}
}

// broke is a broken promise as a failed test prints it, "" for one that is not asked for yet.
func broke(promise, format string, args ...any) string {
	if waits(promise) {
		return ""
	}
	return promise + ": " + fmt.Sprintf(format, args...)
}

func importOf(node *seiv1alpha1.SeiNode) string {
	if node.Spec.DataVolume != nil && node.Spec.DataVolume.Import != nil {
		return node.Spec.DataVolume.Import.PVCName
	}
	return ""
}

func claimOf(node *seiv1alpha1.SeiNode) string {
	if name := importOf(node); name != "" {
		return name
	}
	return "data-" + node.Name
}

func recorded(node *seiv1alpha1.SeiNode) types.UID {
	if node.Status.DataVolume == nil {
		return ""
	}
	return node.Status.DataVolume.ClaimUID
}

func accepts(node *seiv1alpha1.SeiNode, claim types.UID) bool {
	return node.Annotations[seiv1alpha1.AnnotationAcceptClaimUID] == string(claim)
}

func controllerOf(object client.Object) types.UID {
	if ref := metav1.GetControllerOf(object); ref != nil {
		return ref.UID
	}
	return ""
}

// judge says which promise a write of the operator's breaks, "" for none.
func (w *world) judge(verb string, object client.Object) string {
	stored, node := w.api.stored[kindOf(object)][client.ObjectKeyFromObject(object)], w.reconciling
	switch {
	case kindOf(object) == "PersistentVolume":
		return broke("no volume is written to", "%s %s", verb, object.GetName())
	case node == nil:
		return broke("a write is for a SeiNode", "%s %s %s", verb, kindOf(object), object.GetName())
	case kindOf(object) == "SeiNode":
		return ""
	case kindOf(object) == "Unstructured":
		return w.judgeSnapshot(verb, object.(*unstructured.Unstructured), stored)
	case kindOf(object) == "Lease":
		return w.judgeLease(verb, object.(*coordinationv1.Lease), stored)
	case verb == "create" && kindOf(object) == "Pod":
		return w.judgeTrial(object.(*corev1.Pod))
	case kindOf(object) == "Pod" && verb == "delete" && stored != nil && isTrial(stored) && controllerOf(stored) == node.UID:
		return "" // it is of no use to anybody else
	case verb == "delete" && stored != nil && w.born[stored.GetUID()] < w.left[node.UID]:
		return broke("what --cascade=orphan leaves is not deleted", "%s %s of %s", kindOf(object), object.GetName(), node.Name)
	case kindOf(object) == "PersistentVolumeClaim" && verb != "create" && stored != nil:
		return w.judgeClaim(verb, stored.(*corev1.PersistentVolumeClaim))
	case kindOf(object) == "PersistentVolumeClaim" && verb == "create" && controllerOf(object) != "" && importer(w.cache, object.GetName()) != nil:
		return broke("no claim is made to go with a node while another that can be seen imports it", "%s for %s", object.GetName(), node.Name)
	case kindOf(object) == "Pod" && stored != nil && stored.GetLabels()[seiv1alpha1.LabelNodeUID] != string(node.UID):
		return broke("nothing of anybody else's is written to", "%s pod %s", verb, object.GetName())
	case kindOf(object) != "Pod" && kindOf(object) != "PersistentVolumeClaim" && verb != "create" && stored != nil && controllerOf(stored) != node.UID:
		return broke("nothing of anybody else's is written to", "%s %s %s", verb, kindOf(object), object.GetName())
	}
	return ""
}

// judgeClaim judges a change or a deletion of a claim.
func (w *world) judgeClaim(verb string, claim *corev1.PersistentVolumeClaim) string {
	node := w.reconciling
	switch {
	case importOf(node) != "":
		return broke("no imported claim is written to", "%s %s for %s", verb, claim.Name, node.Name)
	case claim.Name != claimOf(node) || controllerOf(claim) != node.UID:
		return broke("no claim that the node does not control is written to", "%s %s for %s", verb, claim.Name, node.Name)
	case verb != "delete":
		w.count("claim released")
		return ""
	}
	w.count("claim deleted")
	for _, other := range all[*seiv1alpha1.SeiNode](w.api.stored) {
		if other.UID != node.UID && claimOf(other) == claim.Name {
			return broke("no claim is destroyed that another SeiNode names", "%s, named by %s", claim.Name, other.Name)
		}
	}
	for _, pod := range all[*corev1.Pod](w.api.stored) {
		if pod.Labels[seiv1alpha1.LabelNodeUID] != string(node.UID) && uses(pod, claim.Name, "") {
			return broke("no claim is destroyed that another pod mounts", "%s, mounted by %s", claim.Name, pod.Name)
		}
	}
	if live := get[*seiv1alpha1.SeiNode](w.api.stored, node.Name); live == nil || recorded(live) != claim.UID {
		return broke("no claim is destroyed that was not recorded", "%s of %s", claim.Name, node.Name)
	}
	return w.judgeLastProcess(claim)
}

// judgeLastProcess is for a claim that is deleted, and for a SeiNode that is let go: its pod has to be gone before.
func (w *world) judgeLastProcess(claim *corev1.PersistentVolumeClaim) string {
	for _, p := range w.processes {
		if slices.Contains(p.claims, string(claim.UID)) && p.node != "" {
			return broke("no claim is destroyed under a running pod", "%s, pod %s", claim.Name, p.pod.Name)
		}
	}
	return ""
}

// uses says whether a pod that has not ended names the claim or the Secret.
func uses(pod *corev1.Pod, claim, secret string) bool {
	return slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool {
		return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == claim ||
			v.Ephemeral != nil && pod.Name+"-"+v.Name == claim ||
			v.Secret != nil && v.Secret.SecretName == secret
	})
}

// judgeRoom is for a write that lets a pod start: none of anybody else's that the operator could see may be on the claim or the key.
func (w *world) judgeRoom(before, after client.Object) string {
	if !letsStart(after) || letsStart(before) {
		return ""
	}
	node := w.reconciling
	w.letStart[after.GetUID()] = w.now
	if broken := w.judgeDisk(node, claimUsedBy(node, after)); broken != "" {
		return broken
	}
	for _, key := range w.cache.keys("Pod") {
		pod := w.cache["Pod"][key].(*corev1.Pod)
		foreign := pod.Labels[seiv1alpha1.LabelNodeUID] != string(node.UID)
		switch {
		case foreign && pod.Namespace == node.Namespace && uses(pod, "", secretOf(node)):
			return broke("no pod signs beside a foreign one", "node %s, pod %s", node.Name, pod.Name)
		case foreign && uses(pod, importOf(node), ""):
			return broke("no pod starts on an import beside a foreign one", "node %s, pod %s", node.Name, pod.Name)
		case foreign && uses(pod, claimOf(node), ""):
			return broke("no pod starts on a created claim beside a foreign one", "node %s, pod %s", node.Name, pod.Name)
		}
	}
	return ""
}

func letsStart(object client.Object) bool {
	set, is := object.(*appsv1.StatefulSet)
	return is && set != nil && set.Spec.Replicas != nil && *set.Spec.Replicas > 0
}

func secretOf(node *seiv1alpha1.SeiNode) string {
	if node.Spec.Validator == nil || node.Spec.Validator.SigningKey == nil {
		return "none"
	}
	return node.Spec.Validator.SigningKey.SecretName
}

// judgeStart judges a pod that began to run.
func (w *world) judgeStart(started process) {
	for _, other := range w.processes {
		if other.pod.UID == started.pod.UID || started.node == "" || other.node == "" {
			continue
		}
		if disk := common(started.disks, other.disks); disk != "" {
			w.breaks(broke(promised(oneVolume, started, other), "%s and %s on %s", started.pod.Name, other.pod.Name, disk))
		}
		if key := common(started.keys, other.keys); key != "" {
			w.breaks(broke(promised(oneKey, started, other), "%s and %s with %s", started.pod.Name, other.pod.Name, key))
		}
	}
	w.breaks(w.judgeNext(started))
	node, is := w.byUID(started.node).(*seiv1alpha1.SeiNode)
	if !is || recorded(node) == "" || slices.Contains(started.claims, string(recorded(node))) || accepts(node, types.UID(started.claims[0])) {
		return
	}
	for _, what := range []string{sawReplaced, sawVanished} {
		if at, seen := w.seen[sighting{what, node.UID}]; seen && w.stepped[controllerOf(started.pod)] > at {
			w.breaks(broke(what, "pod %s on %s, wanted %s", started.pod.Name, started.claims[0], recorded(node)))
		}
	}
}

func common(a, b []string) string {
	for _, one := range a {
		if slices.Contains(b, one) {
			return one
		}
	}
	return ""
}

// The promises that take a faultless reconcile to be kept.
const (
	sawReplaced = "no pod starts on a claim that was replaced"
	sawVanished = "no pod starts on what takes the place of a claim that vanished"
	sawImport   = "no claim is collected that another SeiNode imports"
	sawRetain   = "no claim is collected that is to be retained"
)

// notice remembers what the operator has just seen, in a reconcile in which nothing was stale and nothing failed.
func (w *world) notice() {
	node := get[*seiv1alpha1.SeiNode](w.api.stored, w.reconciling.Name)
	if node == nil {
		w.count("node gone")
		return
	}
	if node.DeletionTimestamp != nil {
		delete(w.owed, ownSet(w, node))
		return
	}
	delete(w.owed, ownSet(w, node))
	claim := get[*corev1.PersistentVolumeClaim](w.api.stored, claimOf(node))
	was := recorded(node)
	if was == "" && w.foreignOn(node) != nil {
		w.count("disk left to somebody else")
	}
	w.see(sawVanished, node.UID, claim == nil && was != "")
	w.see(sawReplaced, node.UID, claim != nil && was != "" && was != claim.UID && !accepts(node, claim.UID))
	if claim == nil || controllerOf(claim) != node.UID || w.born[claim.UID] == w.now {
		return
	}
	policy := seiv1alpha1.DeletionPolicyDelete
	if node.Spec.DataVolume != nil && node.Spec.DataVolume.DeletionPolicy != nil {
		policy = *node.Spec.DataVolume.DeletionPolicy
	}
	w.see(sawRetain, claim.UID, policy == seiv1alpha1.DeletionPolicyRetain)
	w.see(sawImport, claim.UID, importer(w.api.stored, claim.Name) != nil)
}

// see remembers since when something has been seen, or that it is so no longer.
func (w *world) see(what string, uid types.UID, is bool) {
	if _, before := w.seen[sighting{what, uid}]; !before && is {
		w.seen[sighting{what, uid}] = w.now
	}
	if !is {
		delete(w.seen, sighting{what, uid})
	}
}

// importer is a SeiNode that imports a claim, among those that are there, or that the operator's cache shows.
func importer(among objects, claim string) *seiv1alpha1.SeiNode {
	for _, node := range all[*seiv1alpha1.SeiNode](among) {
		if importOf(node) == claim {
			return node
		}
	}
	return nil
}

func ownSet(w *world, node *seiv1alpha1.SeiNode) types.UID {
	if set := get[*appsv1.StatefulSet](w.api.stored, node.Name); set != nil {
		return set.UID
	}
	return ""
}

// judgeCollection judges what garbage collection is about to delete.
func (w *world) judgeCollection(object client.Object) {
	claim, is := object.(*corev1.PersistentVolumeClaim)
	if !is {
		return
	}
	w.count("claim collected")
	for _, what := range []string{sawImport, sawRetain} {
		if _, seen := w.seen[sighting{what, claim.UID}]; seen {
			w.breaks(broke(what, "%s", claim.Name))
		}
	}
	if node := importer(w.api.stored, claim.Name); node != nil && recorded(node) == claim.UID {
		w.breaks(broke("no adopted claim goes with its owner", "%s of %s", claim.Name, node.Name))
	}
}
