package world

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// objects are what is stored, by kind and key. None is ever changed in place: a copy of the maps is a snapshot.
type objects map[string]map[client.ObjectKey]client.Object

// server is an API server in memory, as far as the operator and its neighbours use one: versions, UIDs, generations, preconditions,
// optimistic locks, finalizers and graceful deletion.
type server struct {
	stored  objects
	version int
	now     func() time.Time
	// made counts the objects of a kind and a name: a UID depends on nothing else.
	made map[string]int
	// changes is called before something of a kind changes, and changed after it, by whoever's write; both may be nil.
	changes func(kind string)
	changed func()
}

func kindOf(object any) string {
	return strings.TrimSuffix(reflect.TypeOf(object).Elem().Name(), "List")
}

// copyInto fills object with a deep copy of from.
func copyInto(object, from client.Object) {
	reflect.ValueOf(object).Elem().Set(reflect.ValueOf(from.DeepCopyObject()).Elem())
}

// keys are those of a kind, in one order: nothing in a world depends on that of a map.
func (o objects) keys(kind string) []client.ObjectKey {
	keys := make([]client.ObjectKey, 0, len(o[kind]))
	for key := range o[kind] {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b client.ObjectKey) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

// all are the objects of a type, in the order of their names.
func all[T client.Object](o objects) (found []T) {
	var none T
	for _, key := range o.keys(kindOf(none)) {
		found = append(found, o[kindOf(none)][key].(T))
	}
	return found
}

// get finds the object of a type and a name, the zero value if there is none.
func get[T client.Object](o objects, name string) T {
	var none T
	for _, namespace := range []string{namespace, otherNamespace, ""} {
		if found, there := o[kindOf(none)][client.ObjectKey{Namespace: namespace, Name: name}]; there {
			return found.(T)
		}
	}
	return none
}

func notFound(kind, name string) error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: kind}, name)
}

func conflict(kind, name string) error {
	return apierrors.NewConflict(schema.GroupResource{Resource: kind}, name, fmt.Errorf("it changed"))
}

// put stores a copy under a new version.
func (s *server) put(object client.Object) client.Object {
	kept := object.DeepCopyObject().(client.Object)
	s.version++
	kept.SetResourceVersion(fmt.Sprint(s.version))
	kind := kindOf(kept)
	if s.stored[kind] == nil {
		s.stored[kind] = map[client.ObjectKey]client.Object{}
	}
	s.change(kind, func() { s.stored[kind][client.ObjectKeyFromObject(kept)] = kept })
	return kept
}

// change makes one change, and tells whoever wants to know.
func (s *server) change(kind string, how func()) {
	if s.changes != nil {
		s.changes(kind)
	}
	how()
	if s.changed != nil {
		s.changed()
	}
}

func (s *server) create(object client.Object) (client.Object, error) {
	kind, key := kindOf(object), client.ObjectKeyFromObject(object)
	if s.stored[kind][key] != nil {
		return nil, apierrors.NewAlreadyExists(schema.GroupResource{Resource: kind}, key.Name)
	}
	made := object.DeepCopyObject().(client.Object)
	made.SetUID(s.nextUID(kind, key.Name))
	made.SetCreationTimestamp(metav1.NewTime(s.now()))
	made.SetGeneration(1)
	if pod, is := made.(*corev1.Pod); is {
		pod.Status = corev1.PodStatus{Phase: corev1.PodPending}
	}
	if kind == "PersistentVolumeClaim" {
		made.SetFinalizers(append(made.GetFinalizers(), pvcProtection))
	}
	return s.put(made), nil
}

func (s *server) nextUID(kind, name string) types.UID {
	if s.made == nil {
		s.made = map[string]int{}
	}
	one := strings.ToLower(kind) + "-" + name
	s.made[one]++
	return types.UID(fmt.Sprintf("%s-%d", one, s.made[one]))
}

// replace stores a changed object in the place of before, and removes one that is terminating and has lost its last finalizer.
func (s *server) replace(before, changed client.Object) client.Object {
	changed.SetUID(before.GetUID())
	changed.SetCreationTimestamp(before.GetCreationTimestamp())
	changed.SetDeletionTimestamp(before.GetDeletionTimestamp())
	changed.SetGeneration(before.GetGeneration())
	if specOf(before) != nil && !reflect.DeepEqual(specOf(before), specOf(changed)) {
		changed.SetGeneration(before.GetGeneration() + 1)
	}
	kept := s.put(changed)
	if kept.GetDeletionTimestamp() != nil && len(kept.GetFinalizers()) == 0 && kindOf(kept) != "Pod" {
		s.remove(kept)
	}
	return kept
}

// specOf is the spec of the kinds whose generation somebody reads.
func specOf(object client.Object) any {
	switch o := object.(type) {
	case *seiv1alpha1.SeiNode:
		return o.Spec
	case *appsv1.StatefulSet:
		return o.Spec
	}
	return nil
}

func (s *server) remove(object client.Object) {
	s.change(kindOf(object), func() { delete(s.stored[kindOf(object)], client.ObjectKeyFromObject(object)) })
}

// change lets somebody other than the operator change an object that is there.
func change[T client.Object](s *server, object T, how func(T)) T {
	changed := object.DeepCopyObject().(T)
	how(changed)
	return s.replace(object, changed).(T)
}

// delete begins or makes the deletion of an object, as its finalizers and the propagation policy say. A pod that has a machine is
// terminating until the kubelet has stopped it.
func (s *server) delete(object client.Object, policy metav1.DeletionPropagation) {
	going := object.DeepCopyObject().(client.Object)
	pod, isPod := object.(*corev1.Pod)
	runs := isPod && pod.Spec.NodeName != ""
	if finalizer := finalizers[policy]; finalizer != "" && !isPod && !slices.Contains(going.GetFinalizers(), finalizer) {
		going.SetFinalizers(append(going.GetFinalizers(), finalizer))
	}
	if len(going.GetFinalizers()) == 0 && !runs {
		s.remove(object)
		return
	}
	if going.GetDeletionTimestamp() == nil {
		now := metav1.NewTime(s.now())
		going.SetDeletionTimestamp(&now)
	}
	s.put(going)
}

const (
	pvcProtection = "kubernetes.io/pvc-protection"
	foreground    = metav1.FinalizerDeleteDependents
	orphan        = metav1.FinalizerOrphanDependents
)

// finalizers are what a propagation policy leaves for garbage collection to do.
var finalizers = map[metav1.DeletionPropagation]string{
	metav1.DeletePropagationForeground: foreground,
	metav1.DeletePropagationOrphan:     orphan,
}

// patched is the object with a JSON merge patch applied, or a conflict where the patch names another version or UID.
func patched(before client.Object, patch []byte) (client.Object, error) {
	var wanted, current map[string]any
	if err := json.Unmarshal(patch, &wanted); err != nil {
		return nil, err
	}
	data, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &current); err != nil {
		return nil, err
	}
	is, _ := current["metadata"].(map[string]any)
	asked, _ := wanted["metadata"].(map[string]any)
	for _, key := range []string{"resourceVersion", "uid"} {
		if asked[key] != nil && asked[key] != is[key] {
			return nil, conflict(kindOf(before), before.GetName())
		}
	}
	if data, err = json.Marshal(merge(current, wanted)); err != nil {
		return nil, err
	}
	changed := reflect.New(reflect.TypeOf(before).Elem()).Interface().(client.Object)
	return changed, json.Unmarshal(data, changed)
}

// merge is RFC 7386.
func merge(current, wanted map[string]any) map[string]any {
	if current == nil {
		current = map[string]any{}
	}
	for key, value := range wanted {
		switch value := value.(type) {
		case nil:
			delete(current, key)
		case map[string]any:
			inner, _ := current[key].(map[string]any)
			current[key] = merge(inner, value)
		default:
			current[key] = value
		}
	}
	return current
}
