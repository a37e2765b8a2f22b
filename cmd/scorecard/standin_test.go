package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// standIn plays an operator, and what an API server alone lacks: the controllers that bind claims, protect them, and make a
// StatefulSet's pod. Its hooks make it lie.
type standIn struct {
	client.Client
	// onValid, onRefused and onDelete are called once the honest part is done.
	onValid, onRefused, onDelete func(context.Context, *seiv1alpha1.SeiNode) error
	// claimOf is the claim that a node's pod gets, nil for the honest one.
	claimOf func(*seiv1alpha1.SeiNode) string
	// silent is an operator that is not there.
	silent bool
}

// start runs the stand-in until the test is over. A conflict or a late answer is mended by the next round.
func (s *standIn) start(t *testing.T) {
	s.Client = admin
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = errors.Join(s.bindAll(ctx), s.operateAll(ctx))
			time.Sleep(20 * time.Millisecond) // between two looks: it has no watches
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
}

// bindAll binds each claim to the volume that it names, and lets go of what is deleted.
func (s *standIn) bindAll(ctx context.Context) error {
	claims, volumes := &corev1.PersistentVolumeClaimList{}, &corev1.PersistentVolumeList{}
	if err := errors.Join(s.List(ctx, claims), s.List(ctx, volumes)); err != nil {
		return err
	}
	var found []error
	for i := range volumes.Items {
		found = append(found, s.release(ctx, &volumes.Items[i]))
	}
	for i := range claims.Items {
		found = append(found, s.release(ctx, &claims.Items[i]), s.bind(ctx, &claims.Items[i]))
	}
	return errors.Join(found...)
}

// release takes the protection off a deleted object.
func (s *standIn) release(ctx context.Context, object client.Object) error {
	if object.GetDeletionTimestamp() == nil {
		return nil
	}
	object.SetFinalizers(nil)
	return s.Update(ctx, object)
}

func (s *standIn) bind(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	volume := &corev1.PersistentVolume{}
	if claim.Status.Phase == corev1.ClaimBound || claim.DeletionTimestamp != nil {
		return nil
	}
	if err := s.Get(ctx, client.ObjectKey{Name: claim.Spec.VolumeName}, volume); err != nil {
		return err
	}
	volume.Spec.ClaimRef.UID = claim.UID
	metav1.SetMetaDataAnnotation(&claim.ObjectMeta, "pv.kubernetes.io/bind-completed", "yes")
	if err := errors.Join(s.Update(ctx, volume), s.Update(ctx, claim)); err != nil {
		return err
	}
	volume.Status.Phase = corev1.VolumeBound
	claim.Status.Phase, claim.Status.Capacity = corev1.ClaimBound, volume.Spec.Capacity
	return errors.Join(s.Status().Update(ctx, volume), s.Status().Update(ctx, claim))
}

func (s *standIn) operateAll(ctx context.Context) error {
	nodes := &seiv1alpha1.SeiNodeList{}
	if err := s.List(ctx, nodes); err != nil || s.silent {
		return err
	}
	var found []error
	for i := range nodes.Items {
		found = append(found, s.operate(ctx, &nodes.Items[i]))
	}
	return errors.Join(found...)
}

// operate judges a claim by its size alone.
func (s *standIn) operate(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	if node.DeletionTimestamp != nil {
		return s.finish(ctx, node)
	}
	if controllerutil.AddFinalizer(node, seiv1alpha1.Finalizer) {
		return s.Update(ctx, node)
	}
	claim := &corev1.PersistentVolumeClaim{}
	if err := s.Get(ctx, client.ObjectKey{Namespace: node.Namespace, Name: node.Spec.DataVolume.Import.PVCName}, claim); err != nil {
		return err
	}
	if claim.Status.Capacity.Storage().Cmp(*node.Spec.DataVolume.Size) < 0 {
		err := s.tell(ctx, node, seiv1alpha1.PhaseFailed, metav1.ConditionFalse, seiv1alpha1.ReasonImportCapacityTooSmall)
		return errors.Join(err, call(ctx, s.onRefused, node))
	}
	err := s.tell(ctx, node, seiv1alpha1.PhaseInitializing, metav1.ConditionTrue, seiv1alpha1.ReasonImportPVCValidated)
	return errors.Join(err, call(ctx, s.onValid, node), s.startPod(ctx, node))
}

func call(ctx context.Context, hook func(context.Context, *seiv1alpha1.SeiNode) error, node *seiv1alpha1.SeiNode) error {
	if hook == nil {
		return nil
	}
	return hook(ctx, node)
}

// finish takes the workload away and lets the SeiNode go.
func (s *standIn) finish(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	here := metav1.ObjectMeta{Namespace: node.Namespace, Name: node.Name}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: node.Name + "-0"}}
	err := errors.Join(
		client.IgnoreNotFound(s.Delete(ctx, &appsv1.StatefulSet{ObjectMeta: here})),
		client.IgnoreNotFound(s.Delete(ctx, pod, client.GracePeriodSeconds(0))),
		call(ctx, s.onDelete, node))
	node.Finalizers = slices.DeleteFunc(node.Finalizers, func(name string) bool { return name == seiv1alpha1.Finalizer })
	return errors.Join(err, s.Update(ctx, node))
}

func (s *standIn) tell(ctx context.Context, node *seiv1alpha1.SeiNode, phase seiv1alpha1.Phase, status metav1.ConditionStatus, reason string) error {
	node.Status.Phase = phase
	meta.SetStatusCondition(&node.Status.Conditions, metav1.Condition{
		Type: seiv1alpha1.ConditionImportPVCReady, Status: status, Reason: reason, Message: "the stand-in says so", ObservedGeneration: node.Generation})
	return s.Status().Update(ctx, node)
}

// startPod makes the StatefulSet, and what its controller would make of it.
func (s *standIn) startPod(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	claim := node.Spec.DataVolume.Import.PVCName
	if s.claimOf != nil {
		claim = s.claimOf(node)
	}
	labels := map[string]string{seiv1alpha1.LabelNode: node.Name}
	spec := corev1.PodSpec{
		Containers: []corev1.Container{{Name: "seid", Image: node.Spec.Image}},
		Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}},
		NodeSelector: node.Spec.NodeSelector,
	}
	restrict(&spec)
	set := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: node.Name, Labels: labels},
		Spec: appsv1.StatefulSetSpec{
			ServiceName: node.Name, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec},
		},
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: node.Name + "-0", Labels: labels}, Spec: spec}
	return errors.Join(client.IgnoreAlreadyExists(s.Create(ctx, set)), client.IgnoreAlreadyExists(s.Create(ctx, pod)))
}

// restrict does what the namespace's Pod Security Standard asks for.
func restrict(pod *corev1.PodSpec) {
	pod.SecurityContext = &corev1.PodSecurityContext{
		RunAsNonRoot: ptr.To(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}}
	pod.Containers[0].SecurityContext = &corev1.SecurityContext{
		AllowPrivilegeEscalation: ptr.To(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}}
}
