package world

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// act is something that can happen in a world.
type act struct {
	name string
	// weight is how often it happens, beside the others.
	weight int
	do     func(*world, [4]uint32)
}

// unguarded are the acts that are not drawn, and the promises that are not asked for, since the operator does not withstand them yet, each
// with the guard that it lacks. Whoever brings the guard deletes the row. -every=<row>, or all, draws it and asks for it all the same.
var unguarded = map[string]string{
	unseenClaim: "that a pod can tell by itself whose volume it mounts: it names its claim by name, and Kubernetes mounts whatever comes to bear it",
}

// waits says whether an act or a promise waits for its guard.
func waits(row string) bool { return unguarded[row] != "" && *every != row && *every != "all" }

// acts are all that can happen.
var acts = slices.Concat(ordinaryActs, machineActs, volumeActs, trialActs)

// ordinaryActs are what users, the operator and Kubernetes do.
var ordinaryActs = []act{
	{"everybody does their part", 20, func(w *world, _ [4]uint32) { w.everybody() }},
	{"everybody does their part, again and again", 3, func(w *world, _ [4]uint32) { w.settle() }},
	{"Kubernetes does its part, and the operator does nothing", 8, func(w *world, _ [4]uint32) { w.kubernetes() }},
	{"reconcile", 10, func(w *world, args [4]uint32) { w.look(pick(nodes, args[0])) }},
	{"reconcile with a fault", 5, func(w *world, args [4]uint32) {
		w.refresh(pick(nodes, args[0]))
		w.fault = fault{write: int(args[1]%4) + 1, conflict: args[2]%3 == 0, applied: args[2]%3 == 1}
		if args[2]%4 == 3 {
			w.fault = fault{read: int(args[1]%10) + 1}
		}
		w.reconcile(pick(nodes, args[0]))
	}},
	{"reconcile on a stale cache", 8, func(w *world, args [4]uint32) {
		for i, kind := range []string{"SeiNode", "PersistentVolumeClaim", "PersistentVolume", "StatefulSet", "Pod", "Service", "PodDisruptionBudget", "VolumeAttachment"} {
			if args[1]>>i&1 == 1 {
				w.sync(kind)
			}
		}
		w.clean = false
		w.reconcile(pick(nodes, args[0]))
	}},
	{"change the operator's rights in a namespace", 3, func(w *world, args [4]uint32) { w.giveRights(args[0]) }},
	{"restart the operator", 1, func(w *world, _ [4]uint32) { w.restart() }},
	{"StatefulSet controller", 8, func(w *world, args [4]uint32) {
		if set := get[*appsv1.StatefulSet](w.api.stored, pick(nodes, args[0])); set != nil {
			w.stepSet(set)
		}
	}},
	{"scheduler and kubelet", 8, func(w *world, args [4]uint32) {
		if pod, there := pickOf[*corev1.Pod](w, args[0]); there {
			w.schedule(pod)
			w.stepPod(pod)
		}
	}},
	{"seid stops for an upgrade, before which a snapshot is to be taken", 2, func(w *world, args [4]uint32) {
		if node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0]); there {
			w.stopFor(node, fmt.Sprintf("v%d", 10+w.now), int64(w.now), args[1]%2 == 0)
		}
	}},
	{"take snapshots", 2, func(w *world, _ [4]uint32) { w.takeSnapshots() }},
	{"bind claims", 5, func(w *world, _ [4]uint32) { w.bind() }},
	{"protect claims", 4, func(w *world, _ [4]uint32) { w.protect() }},
	{"collect garbage", 5, func(w *world, _ [4]uint32) { w.collect() }},

	{"create a SeiNode", 6, createNode},
	{"create a SeiNode with a copy of a key", 2, func(w *world, args [4]uint32) {
		w.create(newNode(args, &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "copy-of-" + pick(secrets, args[1])}}))
	}},
	{"create a SeiNode with the key of one that signs", 4, func(w *world, args [4]uint32) {
		if secret := w.copyOfAKey(args[1]); secret != "" {
			args[1] = 2 // a validator
			w.create(newNode(args, &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: secret}}))
			w.settle()
		}
	}},
	{"delete a SeiNode", 4, func(w *world, args [4]uint32) {
		if node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0]); there {
			policy := policies[args[1]%4]
			if node.DeletionTimestamp == nil && policy == metav1.DeletePropagationOrphan {
				w.left[node.UID] = w.now
			}
			w.api.delete(node, policy)
		}
	}},
	{"delete a SeiNode, and see it through", 3, func(w *world, args [4]uint32) {
		if node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0]); there && node.DeletionTimestamp == nil {
			w.api.delete(node, policies[args[1]%2])
			w.settle()
		}
	}},
	{"move a SeiNode to the other namespace", 3, func(w *world, args [4]uint32) {
		if node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0]); there {
			w.move(node, args)
		}
	}},
	{"take the finalizers off a SeiNode that is deleted", 3, func(w *world, args [4]uint32) {
		if node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0]); there {
			w.tearOff(node)
			if args[1]%2 == 0 {
				w.settle()
			}
		}
	}},
	{"clear away what --cascade=orphan left", 3, func(w *world, _ [4]uint32) {
		for _, set := range all[*appsv1.StatefulSet](w.api.stored) {
			if w.byUID(controllerOf(set)) == nil {
				w.api.delete(set, metav1.DeletePropagationForeground)
			}
		}
	}},
	{"pause", 2, onNode(func(node *seiv1alpha1.SeiNode, args [4]uint32) { node.Spec.Paused = ptr.To(args[1]%2 == 0) })},
	{"change the image", 2, onNode(func(node *seiv1alpha1.SeiNode, args [4]uint32) { node.Spec.Image = fmt.Sprintf("sei:v%d", args[1]%3) })},
	{"change the deletion policy", 2, onNode(func(node *seiv1alpha1.SeiNode, args [4]uint32) {
		if node.Spec.DataVolume != nil && node.Spec.DataVolume.Import == nil {
			node.Spec.DataVolume.DeletionPolicy = ptr.To(deletion[args[1]%2])
		}
	})},
	{"wipe a status", 1, onNode(func(node *seiv1alpha1.SeiNode, _ [4]uint32) { node.Status = seiv1alpha1.SeiNodeStatus{} })},
	{"give a SeiNode another claim, and accept it", 2, acceptAnother},
	{"accept a claim", 1, func(w *world, args [4]uint32) {
		node, there := pickOf[*seiv1alpha1.SeiNode](w, args[0])
		if !there {
			return
		}
		if claim := get[*corev1.PersistentVolumeClaim](w.api.stored, claimOf(node)); claim != nil {
			change(w.api, node, func(n *seiv1alpha1.SeiNode) {
				n.Annotations = map[string]string{seiv1alpha1.AnnotationAcceptClaimUID: string(claim.UID)}
			})
		}
	}},

	{"create a claim", 5, func(w *world, args [4]uint32) { w.create(newClaim(pick(claims, args[0]))) }},
	{"create a claim on the disk of another", 2, func(w *world, args [4]uint32) {
		volume, there := pickOf[*corev1.PersistentVolume](w, args[0])
		if claim := w.create(newClaim(pick(claims, args[1]))); there && claim != nil {
			w.bindTo(claim.(*corev1.PersistentVolumeClaim), w.diskOf[volume.Name])
		}
	}},
	{"create a claim on a clone of a disk", 2, func(w *world, args [4]uint32) {
		volume, there := pickOf[*corev1.PersistentVolume](w, args[0])
		if claim := w.create(newClaim(pick(claims, args[1]))); there && claim != nil {
			w.bindTo(claim.(*corev1.PersistentVolumeClaim), w.newDisk(w.keyOn[w.diskOf[volume.Name]]))
		}
	}},
	{"delete a claim", 2, func(w *world, args [4]uint32) {
		if claim, there := pickOf[*corev1.PersistentVolumeClaim](w, args[0]); there {
			w.api.delete(claim, metav1.DeletePropagationBackground)
		}
	}},
	{"put another claim in the place of one", 2, func(w *world, args [4]uint32) {
		claim, there := pickOf[*corev1.PersistentVolumeClaim](w, args[0])
		if !there || w.isMounted(claim) {
			return
		}
		w.api.remove(claim)
		w.bindClaim(w.create(newClaim(claim.Name)).(*corev1.PersistentVolumeClaim))
	}},
	{"take the owner off a claim", 1, func(w *world, args [4]uint32) {
		if claim, there := pickOf[*corev1.PersistentVolumeClaim](w, args[0]); there {
			change(w.api, claim, func(c *corev1.PersistentVolumeClaim) { c.OwnerReferences = nil })
		}
	}},
	{"take the owner off a pod", 1, func(w *world, args [4]uint32) {
		if pod, there := pickOf[*corev1.Pod](w, args[0]); there {
			change(w.api, pod, func(p *corev1.Pod) { p.OwnerReferences = nil })
		}
	}},
	{"create a foreign pod on a claim", 2, func(w *world, args [4]uint32) {
		name := pick(claims, args[0])
		w.createForeign(namespaceOf(name), corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}})
	}},
	{"create a foreign pod with an ephemeral volume", 1, func(w *world, _ [4]uint32) {
		if pod := w.createForeign(namespace, corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}); pod != nil {
			claim := newClaim(ephemeral)
			claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(pod, corev1.SchemeGroupVersion.WithKind("Pod"))}
			w.create(claim)
		}
	}},
	{"create a foreign pod with a key", 1, func(w *world, args [4]uint32) {
		w.createForeign(namespace, corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: pick(secrets, args[0])}})
	}},
	{"change what is in a Secret", 3, func(w *world, args [4]uint32) { w.putKey(pick(w.secretsInUse(), args[0]), pick(everyKey, args[1])) }},
	{"delete a pod", 3, func(w *world, args [4]uint32) {
		if pod, there := pickOf[*corev1.Pod](w, args[0]); there {
			w.deletePod(pod)
		}
	}},
	{"set replicas by hand", 2, onSet(func(w *world, set *appsv1.StatefulSet, args [4]uint32) {
		if *set.Spec.Replicas == 0 { // why it has none, the operator alone knows
			w.owed[set.UID] = controllerOf(set)
		}
		change(w.api, set, func(s *appsv1.StatefulSet) { s.Spec.Replicas = ptr.To(int32(args[1] % 3)) })
	})},
	{"edit a StatefulSet's template", 1, onSet(func(w *world, set *appsv1.StatefulSet, _ [4]uint32) {
		change(w.api, set, func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.PriorityClassName = "edited" })
	})},
	{"delete a StatefulSet", 1, onSet(func(w *world, set *appsv1.StatefulSet, args [4]uint32) { w.api.delete(set, policies[args[1]%4]) })},
}

// settle has everybody do their part until what was deleted is gone, if nothing keeps it.
func (w *world) settle() {
	for range 3 {
		w.collect()
		w.everybody()
		w.protect()
	}
}

// everybody does their part, once: the operator for every SeiNode, and then Kubernetes.
func (w *world) everybody() {
	for _, name := range nodes {
		w.look(name)
	}
	w.kubernetes()
}

// kubernetes does its part, once, but for garbage collection.
func (w *world) kubernetes() {
	w.bind()
	w.detach()
	for _, set := range all[*appsv1.StatefulSet](w.api.stored) {
		w.stepSet(set)
	}
	for _, pod := range all[*corev1.Pod](w.api.stored) {
		w.schedule(pod)
	}
	w.attach()
	for _, pod := range all[*corev1.Pod](w.api.stored) {
		w.stepPod(pod)
	}
}

// look is a reconcile in which nothing is stale and nothing fails.
func (w *world) look(name string) {
	w.refresh(name)
	w.reconcile(name)
}

// refresh has the operator see all that it may see, before it looks at a SeiNode.
func (w *world) refresh(name string) {
	w.syncAll()
	w.clean = !w.forbids(namespaceOf(name))
}

// drawable are the acts that are drawn.
func drawable() []act {
	return slices.DeleteFunc(slices.Clone(acts), func(a act) bool { return waits(a.name) })
}
