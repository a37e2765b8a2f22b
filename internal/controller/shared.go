package controller

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// shared holds values that many objects in the cache have in common, so that each is in memory once. It is of a fixed size: a newer value takes the place of an
// older one, which at worst is in memory twice. What is shared must never be changed, as nothing in the cache may.
type shared[T any] struct {
	seed  maphash.Seed
	slots [4096]atomic.Pointer[entry[T]]
}

type entry[T any] struct {
	name  string
	value T
}

var (
	texts = shared[string]{seed: maphash.MakeSeed()}
	sizes = shared[corev1.ResourceList]{seed: maphash.MakeSeed()}
	modes = shared[[]corev1.PersistentVolumeAccessMode]{seed: maphash.MakeSeed()}
	lists = shared[[]string]{seed: maphash.MakeSeed()}
)

// of is the value that has that name, or else this one from now on.
func (s *shared[T]) of(name string, value T) T {
	slot := &s.slots[maphash.String(s.seed, name)%uint64(len(s.slots))]
	if known := slot.Load(); known != nil && known.name == name {
		return known.value
	}
	slot.Store(&entry[T]{name, value})
	return value
}

// share has a text that others have, too, in memory once.
func share[T ~string](of ...*T) {
	for _, text := range of {
		if *text != "" {
			*text = T(texts.of(string(*text), string(*text)))
		}
	}
}

// shareSize keeps how much storage a list names, and nothing else of it.
func shareSize(list *corev1.ResourceList) {
	size, named := (*list)[corev1.ResourceStorage]
	if !named {
		*list = nil
		return
	}
	*list = sizes.of(string(size.Format)+size.String(), corev1.ResourceList{corev1.ResourceStorage: plain(size)})
}

// plain is a quantity that keeps no text: it is made again where it is asked for.
func plain(size resource.Quantity) resource.Quantity {
	if amount, whole := size.AsInt64(); whole {
		return *resource.NewQuantity(amount, size.Format)
	}
	return size
}

func shareModes(of *[]corev1.PersistentVolumeAccessMode) {
	var name strings.Builder
	for i := range *of {
		name.WriteString(string((*of)[i]) + ",")
	}
	*of = modes.of(name.String(), *of)
}

// shareMeta shares what tells of an object's kind and care, and drops what nobody reads of it.
func shareMeta(meta *metav1.ObjectMeta) {
	meta.ManagedFields, meta.GenerateName = nil, ""
	meta.Finalizers = lists.of(strings.Join(meta.Finalizers, "\n"), meta.Finalizers)
	share(&meta.Namespace)
	for i := range meta.OwnerReferences {
		share(&meta.OwnerReferences[i].APIVersion, &meta.OwnerReferences[i].Kind)
	}
	meta.Labels, meta.Annotations = sharedKeys(meta.Labels), sharedKeys(meta.Annotations)
}

// shareOwn is shareMeta of an object that is made for a node.
func shareOwn(object metav1.Object) {
	if of, has := object.(metav1.ObjectMetaAccessor); has {
		if meta, is := of.GetObjectMeta().(*metav1.ObjectMeta); is {
			shareMeta(meta)
		}
	}
}

// sharedKeys is the same map, with the keys of others; nil for an empty one.
func sharedKeys(of map[string]string) map[string]string {
	if len(of) == 0 {
		return nil
	}
	keyed := make(map[string]string, len(of))
	for key, value := range of {
		share(&key)
		keyed[key] = value
	}
	return keyed
}

// shareNode leaves out of a SeiNode what kubectl notes for itself. All else is kept: the status is what the next one is compared with.
func shareNode(object any) (any, error) {
	node, ok := object.(*seiv1alpha1.SeiNode)
	if !ok {
		return object, nil
	}
	delete(node.Annotations, corev1.LastAppliedConfigAnnotation)
	shareMeta(&node.ObjectMeta)
	share(&node.Spec.ChainID, &node.Spec.Image, &node.Status.CurrentImage)
	share(&node.Status.Phase)
	share(&node.Status.Mode)
	node.Status.Conditions = fitting(node.Status.Conditions)
	for i := range node.Status.Conditions {
		condition := &node.Status.Conditions[i]
		share(&condition.Type, &condition.Reason, &condition.Message)
		share(&condition.Status)
	}
	for i := range node.Status.Children {
		share(&node.Status.Children[i].Kind)
	}
	sharePlan(node.Status.Plan)
	return node, nil
}

// fitting is a list without the room that decoding leaves at its end.
func fitting[T any](list []T) []T {
	if len(list) == cap(list) {
		return list
	}
	return append(make([]T, 0, len(list)), list...)
}

// sharePlan shares the words, and the time at which all of a plan's tasks began.
func sharePlan(plan *seiv1alpha1.Plan) {
	if plan == nil {
		return
	}
	share(&plan.Phase)
	plan.Tasks = fitting(plan.Tasks)
	for i := range plan.Tasks {
		task := &plan.Tasks[i]
		share(&task.Type)
		share(&task.Status)
		if first := plan.Tasks[0].SubmittedAt; i > 0 && task.SubmittedAt != nil && task.SubmittedAt.Equal(first) {
			task.SubmittedAt = first
		}
	}
}
