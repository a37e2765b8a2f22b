package world

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What users make, and of what.

const ephemeral = "job-scratch"

var (
	nodes    = []string{"a", "b", "c", "x"}
	claims   = []string{"data-a", "data-b", "disk", ephemeral, "data-x", "disk-x"}
	secrets  = []string{"key-0", "key-1"}
	everyKey = []string{"K0", "K1", "K2"}
	policies = []metav1.DeletionPropagation{
		metav1.DeletePropagationBackground, metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan, metav1.DeletePropagationForeground,
	}
	deletion = []seiv1alpha1.DeletionPolicy{seiv1alpha1.DeletionPolicyDelete, seiv1alpha1.DeletionPolicyRetain}
)

// namespaceOf is where the objects of a name are. No two of a kind share one, in whatever namespaces.
func namespaceOf(name string) string {
	if strings.HasSuffix(name, "x") {
		return otherNamespace
	}
	return namespace
}

func pick(names []string, which uint32) string { return names[int(which)%len(names)] }

func pickOf[T client.Object](w *world, which uint32) (one T, there bool) {
	found := all[T](w.api.stored)
	if len(found) == 0 {
		return one, false
	}
	return found[int(which)%len(found)], true
}

func onNode(how func(*seiv1alpha1.SeiNode, [4]uint32)) func(*world, [4]uint32) {
	return func(w *world, args [4]uint32) {
		if node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0]); there {
			change(w.api, node, func(n *seiv1alpha1.SeiNode) { how(n, args) })
		}
	}
}

// onSet is for the StatefulSets that a SeiNode still controls: what a user does to one that was orphaned is between the user and Kubernetes.
func onSet(how func(*world, *appsv1.StatefulSet, [4]uint32)) func(*world, [4]uint32) {
	return func(w *world, args [4]uint32) {
		if set, there := pickOf[*appsv1.StatefulSet](w, args[0]); there && w.byUID(controllerOf(set)) != nil {
			how(w, set, args)
		}
	}
}

// acceptAnother is how a user gives a node other data: it is paused, the claim is made anew, accepted, and the node goes on.
func acceptAnother(w *world, args [4]uint32) {
	node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0])
	if !there || importOf(node) == "" {
		return
	}
	pause := func(paused bool, accepts types.UID) {
		if live := get[*seiv1alpha1.SeiNode](w.api.stored, node.Name); live != nil && live.UID == node.UID {
			change(w.api, live, func(n *seiv1alpha1.SeiNode) {
				n.Spec.Paused = ptr.To(paused)
				n.Annotations = map[string]string{seiv1alpha1.AnnotationAcceptClaimUID: string(accepts)}
			})
			w.settle()
		}
	}
	pause(true, "")
	claim := get[*corev1.PersistentVolumeClaim](w.api.stored, importOf(node))
	if claim == nil || w.isMounted(claim) {
		return
	}
	w.api.remove(claim)
	other := w.create(newClaim(claim.Name)).(*corev1.PersistentVolumeClaim)
	w.bindClaim(other)
	pause(false, other.UID)
}

func createNode(w *world, args [4]uint32) {
	validator := &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: pick(secrets, args[1]/4)}}
	if args[1]/8%2 == 0 {
		validator.SigningKey = nil // it signs with the key that lies on its volume
	}
	w.create(newNode(args, validator))
}

// newNode is an archive, a full node, or, half of the time, that validator.
func newNode(args [4]uint32, validator *seiv1alpha1.ValidatorSpec) *seiv1alpha1.SeiNode {
	name := pick(nodes, args[0])
	there := slices.DeleteFunc(slices.Clone(claims), func(claim string) bool { return namespaceOf(claim) != namespaceOf(name) })
	node := &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespaceOf(name)},
		Spec: seiv1alpha1.SeiNodeSpec{
			ChainID: "pacific-1", Image: "sei:v0",
			DataVolume: &seiv1alpha1.DataVolumeSpec{Size: ptr.To(resource.MustParse("1Gi"))},
		},
	}
	switch args[1] % 4 {
	case 0:
		node.Spec.Archive = &seiv1alpha1.ArchiveSpec{}
	case 1:
		node.Spec.FullNode = &seiv1alpha1.FullNodeSpec{}
	default:
		node.Spec.Validator = validator
	}
	switch args[2] % 6 {
	case 0:
	case 1:
		node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyDelete)
	case 2:
		node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
	default:
		node.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: pick(there, args[3])}
	}
	return node
}

func newClaim(name string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespaceOf(name)},
		Spec:       corev1.PersistentVolumeClaimSpec{AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}},
	}
}

func size() corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
}

// createForeign makes the pod of somebody's job; nil if there is one already.
func (w *world) createForeign(where string, source corev1.VolumeSource) client.Object {
	name := "job"
	if where != namespace {
		name = "job-x"
	}
	return w.create(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: where},
		Spec: corev1.PodSpec{
			Volumes:    []corev1.Volume{{Name: "scratch", VolumeSource: source}},
			Containers: []corev1.Container{{Name: "job", VolumeMounts: []corev1.VolumeMount{{Name: "scratch", MountPath: "/scratch"}}}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	})
}

// tearOff deletes a SeiNode that nothing keeps: what it leaves, it leaves at once.
func (w *world) tearOff(node *seiv1alpha1.SeiNode) {
	w.api.delete(change(w.api, node, func(n *seiv1alpha1.SeiNode) { n.Finalizers = nil }), metav1.DeletePropagationBackground)
}

// move makes a SeiNode in the other namespace, on the disk of one that is there and with its key, and deletes that one, as it should be
// deleted or in haste. Half of the time the operator lacks rights then.
func (w *world) move(node *seiv1alpha1.SeiNode, args [4]uint32) {
	to, name := "x", "disk-x"
	if node.Namespace == otherNamespace {
		to, name = pick(nodes[:3], args[1]), "disk"
	}
	old := get[*corev1.PersistentVolumeClaim](w.api.stored, claimOf(node))
	if old == nil || old.Spec.VolumeName == "" {
		return
	}
	if claim := w.create(newClaim(name)); claim != nil {
		w.bindTo(claim.(*corev1.PersistentVolumeClaim), w.diskOf[old.Spec.VolumeName])
	}
	moved := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: to, Namespace: namespaceOf(to)}, Spec: *node.Spec.DeepCopy()}
	moved.Spec.DataVolume.Import, moved.Spec.DataVolume.DeletionPolicy = &seiv1alpha1.DataVolumeImport{PVCName: name}, nil
	w.create(moved)
	w.api.delete(node, metav1.DeletePropagationBackground)
	if args[2]%2 == 0 {
		w.tearOff(node)
	}
	w.api.delete(old, metav1.DeletePropagationBackground)
	w.giveRights(args[3])
	w.settle()
}
