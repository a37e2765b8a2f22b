package world

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What Kubernetes' own controllers and the kubelet do, as far as it touches volumes, keys and the pods on them.

// stepSet is the StatefulSet controller's look at one set: replicas pods, one after the other, and none of them taken from anybody.
func (w *world) stepSet(set *appsv1.StatefulSet) {
	if set.DeletionTimestamp != nil || w.owed[set.UID] != "" {
		return
	}
	w.stepped[set.UID] = w.now
	if set.Status.ObservedGeneration != set.Generation {
		set = change(w.api, set, func(s *appsv1.StatefulSet) { s.Status.ObservedGeneration = s.Generation })
	}
	for i := range int32(2) {
		name := fmt.Sprintf("%s-%d", set.Name, i)
		pod := get[*corev1.Pod](w.api.stored, name)
		switch {
		case i >= *set.Spec.Replicas && pod != nil && metav1.IsControlledBy(pod, set):
			w.deletePod(pod)
		case i >= *set.Spec.Replicas:
		case pod == nil:
			w.makePod(set, name)
			return
		case metav1.GetControllerOf(pod) == nil && pod.DeletionTimestamp == nil && selects(set, pod):
			change(w.api, pod, func(p *corev1.Pod) { p.OwnerReferences = append(p.OwnerReferences, setRef(set)) })
		case !runs(pod):
			return // the next one comes after this one is ready
		}
	}
}

func selects(set *appsv1.StatefulSet, pod *corev1.Pod) bool {
	selector, err := metav1.LabelSelectorAsSelector(set.Spec.Selector)
	return err == nil && selector.Matches(labels.Set(pod.Labels))
}

func setRef(set *appsv1.StatefulSet) metav1.OwnerReference {
	return *metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))
}

func (w *world) makePod(set *appsv1.StatefulSet, name string) {
	template := set.Spec.Template
	w.create(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: set.Namespace, Labels: template.Labels, Annotations: template.Annotations,
			OwnerReferences: []metav1.OwnerReference{setRef(set)},
		},
		Spec: template.Spec, Status: corev1.PodStatus{Phase: corev1.PodPending},
	})
}

func (w *world) create(object client.Object) client.Object {
	made, err := w.api.create(object)
	if err != nil {
		return nil
	}
	w.born[made.GetUID()] = w.now
	return made
}

func (w *world) deletePod(pod *corev1.Pod) { w.api.delete(pod, metav1.DeletePropagationBackground) }

func runs(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodRunning }

// process is a pod whose containers run, on the data and with the key that it found when it started.
type process struct {
	pod *corev1.Pod
	// node is the UID of the SeiNode that the pod was started for, "" for a foreign pod.
	node types.UID
	// disks are the identities of the volumes that it mounts, claims their claims' UIDs, keys the public keys that it signs with.
	disks, claims, keys []string
}

// inSecret says which key is in a Secret, in whatever namespace: the copies were made before the world began.
var inSecret = map[string]string{"key-0": "K0", "key-1": "K1", "copy-of-key-0": "K0", "copy-of-key-1": "K1"}

// mountedClaims are the claims that a pod names, as Kubernetes calls them.
func mountedClaims(pod *corev1.Pod) (names []string) {
	for _, volume := range pod.Spec.Volumes {
		switch {
		case volume.PersistentVolumeClaim != nil:
			names = append(names, volume.PersistentVolumeClaim.ClaimName)
		case volume.Ephemeral != nil:
			names = append(names, pod.Name+"-"+volume.Name)
		}
	}
	return names
}

// keysIn are the keys that a pod has.
func keysIn(pod *corev1.Pod) (found []string) {
	for _, volume := range pod.Spec.Volumes {
		if volume.Secret != nil {
			found = append(found, inSecret[volume.Secret.SecretName])
		}
	}
	return found
}

// stepPod is the kubelet's look at one pod: it starts, if its claims are there, or it stops.
func (w *world) stepPod(pod *corev1.Pod) {
	switch {
	case pod.DeletionTimestamp != nil:
		delete(w.processes, pod.UID)
		w.api.remove(pod)
	case w.processes[pod.UID].pod != nil: // seid runs, or inspect refuses the volume again and again
	case pod.Status.Phase == corev1.PodPending && !w.cordoned && !w.repelled(pod):
		w.start(pod)
	}
}

// repelled says whether the pod must not run beside another one. There is one machine.
func (w *world) repelled(pod *corev1.Pod) bool {
	if pod.Spec.Affinity == nil || pod.Spec.Affinity.PodAntiAffinity == nil {
		return false
	}
	for _, term := range pod.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		selector, err := metav1.LabelSelectorAsSelector(term.LabelSelector)
		for _, other := range w.processes {
			if err == nil && other.pod.UID != pod.UID && selector.Matches(labels.Set(other.pod.Labels)) {
				return true
			}
		}
	}
	return false
}

func (w *world) start(pod *corev1.Pod) {
	started := process{pod: pod, node: w.nodeOf(pod), keys: keysIn(pod)}
	for _, name := range mountedClaims(pod) {
		claim := get[*corev1.PersistentVolumeClaim](w.api.stored, name)
		if claim == nil || claim.DeletionTimestamp != nil || claim.Status.Phase != corev1.ClaimBound {
			return
		}
		volume := get[*corev1.PersistentVolume](w.api.stored, claim.Spec.VolumeName)
		if volume == nil {
			return
		}
		started.claims, started.disks = append(started.claims, string(claim.UID)), append(started.disks, w.diskOf[volume.Name])
	}
	if w.signsFromDisk(pod) {
		started.keys = append(started.keys, w.keyOn[started.disks[0]])
	}
	pod, refused := w.inspect(pod, started)
	if refused {
		started.keys = nil
		w.processes[pod.UID] = started
		w.judgeStart(started)
		return
	}
	change(w.api, pod, func(p *corev1.Pod) {
		p.Status.Phase = corev1.PodRunning
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue})
	})
	w.processes[pod.UID] = started
	w.count("pod runs")
	w.judgeStart(started)
}

// nodeOf is the UID of the SeiNode that the pod belongs to, "" where it never was one's, or the SeiNode is gone or left its StatefulSet to
// the user: what becomes of that, the operator has no part in.
func (w *world) nodeOf(pod *corev1.Pod) types.UID {
	set := w.byUID(controllerOf(pod))
	for _, node := range all[*seiv1alpha1.SeiNode](w.api.stored) {
		if string(node.UID) == pod.Labels[seiv1alpha1.LabelNodeUID] && !slices.Contains(node.Finalizers, orphan) &&
			(set == nil || controllerOf(set) == node.UID) {
			return node.UID
		}
	}
	return ""
}

// bind gives the claims that wait for one a volume each, and lets go of the volumes whose claims are gone.
func (w *world) bind() {
	for _, volume := range all[*corev1.PersistentVolume](w.api.stored) {
		if volume.Status.Phase == corev1.VolumeBound && w.byUID(volume.Spec.ClaimRef.UID) == nil {
			change(w.api, volume, func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeReleased })
		}
	}
	for _, claim := range all[*corev1.PersistentVolumeClaim](w.api.stored) {
		if claim.Status.Phase == "" && claim.DeletionTimestamp == nil {
			w.bindClaim(claim)
		}
	}
}

// bindClaim gives a claim a volume of a new disk.
func (w *world) bindClaim(claim *corev1.PersistentVolumeClaim) {
	w.bindTo(claim, w.newDisk(""))
}

// newDisk is the handle of a new disk, with a copy of a key on it, or one that nobody else has.
func (w *world) newDisk(key string) string {
	w.disks++
	disk := fmt.Sprintf("disk-%d", w.disks)
	if w.keyOn[disk] = key; key == "" {
		w.keyOn[disk] = "K-of-" + disk
	}
	return disk
}

func (w *world) bindTo(claim *corev1.PersistentVolumeClaim, disk string) {
	w.volumes++
	volume := w.create(&corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pv-%d", w.volumes)},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com", VolumeHandle: disk}},
			Capacity:               size(), ClaimRef: &corev1.ObjectReference{Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
	})
	w.diskOf[volume.GetName()] = disk
	change(w.api, claim, func(c *corev1.PersistentVolumeClaim) {
		c.Spec.VolumeName, c.Status.Phase, c.Status.Capacity = volume.GetName(), corev1.ClaimBound, size()
	})
}

// protect lets terminating claims go that no pod mounts any more.
func (w *world) protect() {
	for _, claim := range all[*corev1.PersistentVolumeClaim](w.api.stored) {
		if claim.DeletionTimestamp == nil || w.isMounted(claim) {
			continue
		}
		change(w.api, claim, func(c *corev1.PersistentVolumeClaim) {
			c.Finalizers = slices.DeleteFunc(c.Finalizers, func(f string) bool { return f == pvcProtection })
		})
	}
}

// isMounted says whether a pod that has a machine names the claim. One that is not scheduled holds nothing.
func (w *world) isMounted(claim *corev1.PersistentVolumeClaim) bool {
	return slices.ContainsFunc(all[*corev1.Pod](w.api.stored), func(pod *corev1.Pod) bool {
		return w.processes[pod.UID].pod != nil && pod.Namespace == claim.Namespace && slices.Contains(mountedClaims(pod), claim.Name)
	})
}

// collect is one pass of garbage collection, over everything that has an owner or whose deletion waits for it.
func (w *world) collect() {
	for _, kind := range []string{"SeiNode", "StatefulSet", "Pod", "PersistentVolumeClaim", "Service", "PodDisruptionBudget"} {
		for _, key := range w.api.stored.keys(kind) {
			w.collectOwned(w.api.stored[kind][key])
		}
		for _, key := range w.api.stored.keys(kind) {
			w.finishDeletion(w.api.stored[kind][key])
		}
	}
}

// collectOwned deletes what no owner holds any more: all are gone, or wait in the foreground for their dependents.
func (w *world) collectOwned(object client.Object) {
	if object == nil || object.GetDeletionTimestamp() != nil || len(object.GetOwnerReferences()) == 0 {
		return
	}
	for _, ref := range object.GetOwnerReferences() {
		if owner := w.byUID(ref.UID); owner != nil && !slices.Contains(owner.GetFinalizers(), foreground) {
			return
		}
	}
	policy := metav1.DeletePropagationBackground
	if len(w.dependents(object)) > 0 {
		policy = metav1.DeletePropagationForeground
	}
	w.judgeCollection(object)
	w.api.delete(object, policy)
}

// finishDeletion takes off the finalizers that are garbage collection's own, when it is done.
func (w *world) finishDeletion(object client.Object) {
	if object == nil || object.GetDeletionTimestamp() == nil {
		return
	}
	dependents := w.dependents(object)
	if slices.Contains(object.GetFinalizers(), orphan) {
		for _, dependent := range dependents {
			w.free(dependent, object.GetUID())
		}
		w.finish(object, orphan)
		return
	}
	blocks := slices.ContainsFunc(dependents, func(d client.Object) bool { return !isFreeOf(d, object.GetUID()) })
	if slices.Contains(object.GetFinalizers(), foreground) && !blocks {
		w.finish(object, foreground)
	}
}

func isFreeOf(object client.Object, owner types.UID) bool {
	return !slices.ContainsFunc(object.GetOwnerReferences(), func(ref metav1.OwnerReference) bool {
		return ref.UID == owner && ptr.Deref(ref.BlockOwnerDeletion, false)
	})
}

func (w *world) finish(object client.Object, finalizer string) {
	change(w.api, object, func(o client.Object) {
		o.SetFinalizers(slices.DeleteFunc(o.GetFinalizers(), func(f string) bool { return f == finalizer }))
	})
}

// free takes the references to an owner off an object.
func (w *world) free(object client.Object, owner types.UID) {
	change(w.api, object, func(o client.Object) {
		o.SetOwnerReferences(slices.DeleteFunc(o.GetOwnerReferences(), func(ref metav1.OwnerReference) bool { return ref.UID == owner }))
	})
}

func (w *world) byUID(uid types.UID) client.Object {
	for _, kind := range w.api.stored {
		for _, object := range kind {
			if object.GetUID() == uid {
				return object
			}
		}
	}
	return nil
}

func (w *world) dependents(owner client.Object) (found []client.Object) {
	for _, kind := range []string{"StatefulSet", "Pod", "PersistentVolumeClaim", "Service", "PodDisruptionBudget"} {
		for _, key := range w.api.stored.keys(kind) {
			object := w.api.stored[kind][key]
			if slices.ContainsFunc(object.GetOwnerReferences(), func(ref metav1.OwnerReference) bool { return ref.UID == owner.GetUID() }) {
				found = append(found, object)
			}
		}
	}
	return found
}
