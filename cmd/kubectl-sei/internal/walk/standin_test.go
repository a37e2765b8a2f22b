package walk

import (
	"context"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// standIns do what the controllers would that an API server alone does not have: for the claim in each page they are what would take it away.
type standIns struct {
	client.Client
	ctx context.Context
}

// standIn has them work until the test ends. What fails is tried again.
func (p *place) standIn() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	p.t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		s := standIns{p.admin, ctx}
		for ctx.Err() == nil {
			s.bind()
			s.release()
			s.protect()
			s.own()
			s.collect()
			s.observe()
			s.endTheirs()
			time.Sleep(30 * time.Millisecond)
		}
	}()
}

func list[T any](s standIns, into client.ObjectList, items func() []T) []T {
	if s.List(s.ctx, into) != nil {
		return nil
	}
	return items()
}

func (s standIns) claims() []corev1.PersistentVolumeClaim {
	all := &corev1.PersistentVolumeClaimList{}
	return list(s, all, func() []corev1.PersistentVolumeClaim { return all.Items })
}

func (s standIns) volumes() []corev1.PersistentVolume {
	all := &corev1.PersistentVolumeList{}
	return list(s, all, func() []corev1.PersistentVolume { return all.Items })
}

// bind is the volume controller: a claim and the volume that are meant for each other become bound.
func (s standIns) bind() {
	volumes := s.volumes()
	for _, claim := range s.claims() {
		at := slices.IndexFunc(volumes, func(v corev1.PersistentVolume) bool { return v.Name == claim.Spec.VolumeName })
		if at < 0 || claim.Status.Phase == corev1.ClaimBound || claim.DeletionTimestamp != nil {
			continue
		}
		volume := volumes[at]
		if ref := volume.Spec.ClaimRef; ref == nil || ref.Namespace != claim.Namespace || ref.Name != claim.Name || ref.UID != "" && ref.UID != claim.UID {
			continue
		}
		volume.Spec.ClaimRef.UID = claim.UID
		if s.Update(s.ctx, &volume) != nil {
			continue
		}
		volume.Status.Phase = corev1.VolumeBound
		claim.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, AccessModes: claim.Spec.AccessModes, Capacity: volume.Spec.Capacity}
		if s.Status().Update(s.ctx, &volume) == nil {
			_ = s.Status().Update(s.ctx, &claim)
		}
	}
}

// release is the volume controller, too: a volume whose claim is gone goes with it, unless its policy is Retain.
func (s standIns) release() {
	claims := s.claims()
	for _, volume := range s.volumes() {
		ref := volume.Spec.ClaimRef
		if ref == nil || ref.UID == "" || slices.ContainsFunc(claims, func(c corev1.PersistentVolumeClaim) bool { return c.UID == ref.UID }) {
			continue
		}
		if volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
			volume.Finalizers = nil
			_ = s.Update(s.ctx, &volume)
			_ = s.Delete(s.ctx, &volume)
		} else if volume.Status.Phase != corev1.VolumeReleased {
			volume.Status.Phase = corev1.VolumeReleased
			_ = s.Status().Update(s.ctx, &volume)
		}
	}
}

// protect lets a claim that is being deleted go, once no pod mounts it.
func (s standIns) protect() {
	pods := &corev1.PodList{}
	if s.List(s.ctx, pods) != nil {
		return
	}
	for _, claim := range s.claims() {
		mounted := slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool {
			return pod.Namespace == claim.Namespace && slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool {
				return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == claim.Name
			})
		})
		if claim.DeletionTimestamp != nil && !mounted {
			claim.Finalizers = nil
			_ = s.Update(s.ctx, &claim)
		}
	}
}

// own is the StatefulSets' controller: where its policy says so, a claim of its template has it as an owner.
func (s standIns) own() {
	sets := &appsv1.StatefulSetList{}
	if s.List(s.ctx, sets) != nil {
		return
	}
	for _, set := range sets.Items {
		policy := set.Spec.PersistentVolumeClaimRetentionPolicy
		if policy == nil || policy.WhenDeleted != appsv1.DeletePersistentVolumeClaimRetentionPolicyType {
			continue
		}
		for _, template := range set.Spec.VolumeClaimTemplates {
			claim := &corev1.PersistentVolumeClaim{}
			if s.Get(s.ctx, client.ObjectKey{Namespace: set.Namespace, Name: template.Name + "-" + set.Name + "-0"}, claim) == nil && len(claim.OwnerReferences) == 0 {
				claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(&set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
				_ = s.Update(s.ctx, claim)
			}
		}
	}
}

// collect is the garbage collector: what has owners, none of which is there any more, goes.
func (s standIns) collect() {
	for _, kind := range []struct{ version, name string }{{"v1", "PersistentVolumeClaim"}, {"v1", "Pod"}, {"v1", "Service"}, {"v1", "Secret"}, {"apps/v1", "StatefulSet"}} {
		for _, object := range s.objects(kind.version, kind.name) {
			owners := object.GetOwnerReferences()
			if len(owners) > 0 && object.GetDeletionTimestamp() == nil && !slices.ContainsFunc(owners, func(ref metav1.OwnerReference) bool { return s.lives(object.GetNamespace(), ref) }) {
				_ = s.Delete(s.ctx, &object)
			}
		}
	}
}

// objects are all of a kind.
func (s standIns) objects(version, kind string) []unstructured.Unstructured {
	all := &unstructured.UnstructuredList{}
	all.SetAPIVersion(version)
	all.SetKind(kind + "List")
	return list(s, all, func() []unstructured.Unstructured { return all.Items })
}

// lives says whether an owner is there. In doubt it is.
func (s standIns) lives(namespace string, ref metav1.OwnerReference) bool {
	owner := &unstructured.Unstructured{}
	owner.SetAPIVersion(ref.APIVersion)
	owner.SetKind(ref.Kind)
	err := s.Get(s.ctx, client.ObjectKey{Namespace: namespace, Name: ref.Name}, owner)
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return false
	}
	return err != nil || owner.GetUID() == ref.UID
}

// observe is the Deployments' controller: it has seen what was asked for.
func (s standIns) observe() {
	all := &appsv1.DeploymentList{}
	for _, deployment := range list(s, all, func() []appsv1.Deployment { return all.Items }) {
		if deployment.Status.ObservedGeneration != deployment.Generation {
			deployment.Status.ObservedGeneration = deployment.Generation
			_ = s.Status().Update(s.ctx, &deployment)
		}
	}
}

// theirEnds is what other operators do, as long as they run: they have a finalizer on each of their objects, and when one is deleted, they delete its claim, if
// they are to, and let go of it.
var theirEnds = []struct{ kind, version, namespace, deployment, claim, finalizer string }{
	{"ChainNode", "cosmopilot.voluzi.com/v1", "cosmopilot-system", "cosmopilot", "", "cosmopilot.voluzi.com/resource-cleanup"},
	{"SeiNode", "sei.io/v1alpha1", "sei-k8s-controller-system", "sei-k8s-controller-manager", "data-", "sei.io/seinode-finalizer"},
}

// endTheirs does it.
func (s standIns) endTheirs() {
	for _, end := range theirEnds {
		operator := &appsv1.Deployment{}
		if s.Get(s.ctx, client.ObjectKey{Namespace: end.namespace, Name: end.deployment}, operator) != nil || *operator.Spec.Replicas == 0 {
			continue
		}
		for _, object := range s.objects(end.version, end.kind) {
			policy, _, _ := unstructured.NestedString(object.Object, "spec", "deletionPolicy", "dataVolumes")
			if object.GetDeletionTimestamp() == nil {
				object.SetFinalizers([]string{end.finalizer})
				_ = s.Update(s.ctx, &object)
				continue
			}
			if end.claim != "" || policy == "Delete" {
				_ = s.Delete(s.ctx, &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: end.claim + object.GetName()}})
			}
			object.SetFinalizers(nil)
			_ = s.Update(s.ctx, &object)
		}
	}
}
