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

// What the controllers of StatefulSets and of garbage do, as far as it touches volumes, keys and the pods on them.

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
