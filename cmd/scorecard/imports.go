package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// importExistingPVC: a claim that fits is adopted, and neither it nor its volume is changed.
func importExistingPVC(ctx context.Context, s *stage) error {
	before, err := s.adopted(ctx)
	if err != nil {
		return err
	}
	return s.hold(ctx, s.untouched(before))
}

// importRefused: a claim that is too small is refused, and nothing ever starts on it.
func importRefused(ctx context.Context, s *stage) error {
	before, err := s.imported(ctx, "1Gi", "2Gi")
	if err != nil {
		return err
	}
	if err := s.await(ctx, s.is(seiv1alpha1.PhaseFailed, metav1.ConditionFalse, seiv1alpha1.ReasonImportCapacityTooSmall)); err != nil {
		return err
	}
	return s.hold(ctx, func(ctx context.Context) error {
		return errors.Join(s.nothingRuns(ctx), s.untouched(before)(ctx))
	})
}

// deletionPreservesImport: the claim and its volume outlive the SeiNode that adopted them.
func deletionPreservesImport(ctx context.Context, s *stage) error {
	before, err := s.adopted(ctx)
	if err != nil {
		return err
	}
	if err := s.remove(ctx, &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: s.name}}); err != nil {
		return err
	}
	return s.hold(ctx, s.untouched(before))
}

// adopted brings a SeiNode as far as it comes without a machine, and returns the records from before it was there.
func (s *stage) adopted(ctx context.Context) (string, error) {
	before, err := s.imported(ctx, "1Gi", "1Gi")
	if err != nil {
		return "", err
	}
	if err := s.await(ctx, s.is("", metav1.ConditionTrue, seiv1alpha1.ReasonImportPVCValidated)); err != nil {
		return "", err
	}
	if err := s.await(ctx, s.setUsesClaim); err != nil {
		return "", err
	}
	return before, s.await(ctx, s.podUsesClaim)
}

// imported makes a bound claim of that size and a SeiNode that asks for at least the other.
func (s *stage) imported(ctx context.Context, size, asked string) (before string, err error) {
	if err := s.add(ctx, s.volume(size)); err != nil {
		return "", err
	}
	if err := s.add(ctx, s.claim(size)); err != nil {
		return "", err
	}
	if err := s.await(ctx, s.isBound); err != nil {
		return "", err
	}
	if before, err = s.records(ctx); err != nil {
		return "", err
	}
	return before, s.add(ctx, s.node(asked))
}

// get reads the object that has the stage's name with a suffix.
func (s *stage) get(ctx context.Context, suffix string, object client.Object) error {
	object.SetName(s.name + suffix)
	if err := s.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: s.name + suffix}, object); err != nil {
		return fmt.Errorf("%s: found %w, wanted it to exist", s.title(object), err)
	}
	return nil
}

// isBound asks the volume too: its record is taken right after.
func (s *stage) isBound(ctx context.Context) error {
	claim, volume := &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}
	if err := s.get(ctx, "", claim); err != nil {
		return err
	}
	if err := s.Get(ctx, client.ObjectKey{Name: s.name}, volume); err != nil {
		return err
	}
	if claim.Status.Phase != corev1.ClaimBound || volume.Status.Phase != corev1.VolumeBound {
		return fmt.Errorf("PersistentVolumeClaim %s: found phase %q and its volume's %q, wanted both Bound", s.name, claim.Status.Phase, volume.Status.Phase)
	}
	return nil
}

// is asks the SeiNode for its phase, "" for any, and for condition ImportPVCReady.
func (s *stage) is(phase seiv1alpha1.Phase, status metav1.ConditionStatus, reason string) question {
	return func(ctx context.Context) error {
		node := &seiv1alpha1.SeiNode{}
		if err := s.get(ctx, "", node); err != nil {
			return err
		}
		found := ptr.Deref(meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionImportPVCReady), metav1.Condition{})
		if found.Status == status && found.Reason == reason && (phase == "" || node.Status.Phase == phase) {
			return nil
		}
		return fmt.Errorf("SeiNode %s: found phase %q and %s %q (%s: %s), wanted phase %q and %q (%s)", s.name,
			node.Status.Phase, seiv1alpha1.ConditionImportPVCReady, found.Status, found.Reason, found.Message, cmp.Or(phase, node.Status.Phase), status, reason)
	}
}

func (s *stage) setUsesClaim(ctx context.Context) error {
	set := &appsv1.StatefulSet{}
	if err := s.get(ctx, "", set); err != nil {
		return err
	}
	return s.usesClaim(set, set.Spec.Template.Spec)
}

func (s *stage) podUsesClaim(ctx context.Context) error {
	pod := &corev1.Pod{}
	if err := s.get(ctx, "-0", pod); err != nil {
		return err
	}
	return s.usesClaim(pod, pod.Spec)
}

func (s *stage) usesClaim(object client.Object, pod corev1.PodSpec) error {
	if found := claimsOf(pod); !slices.Equal(found, []string{s.name}) {
		return fmt.Errorf("%s: found volumes of claims %q, wanted %q alone", s.title(object), found, s.name)
	}
	return nil
}

func claimsOf(pod corev1.PodSpec) (names []string) {
	for _, volume := range pod.Volumes {
		if volume.PersistentVolumeClaim != nil {
			names = append(names, volume.PersistentVolumeClaim.ClaimName)
		}
	}
	return names
}

// nothingRuns looks for the SeiNode's name as well as for anybody who uses the claim.
func (s *stage) nothingRuns(ctx context.Context) error {
	sets, pods := &appsv1.StatefulSetList{}, &corev1.PodList{}
	if err := errors.Join(s.List(ctx, sets, client.InNamespace(s.namespace)), s.List(ctx, pods, client.InNamespace(s.namespace))); err != nil {
		return err
	}
	var found []error
	for i := range sets.Items {
		found = append(found, s.isNotOurs(&sets.Items[i], sets.Items[i].Spec.Template.Spec))
	}
	for i := range pods.Items {
		found = append(found, s.isNotOurs(&pods.Items[i], pods.Items[i].Spec))
	}
	return errors.Join(found...)
}

func (s *stage) isNotOurs(object client.Object, pod corev1.PodSpec) error {
	if object.GetLabels()[seiv1alpha1.LabelNode] == s.name || slices.Contains(claimsOf(pod), s.name) {
		return fmt.Errorf("%s: found it, wanted nothing to start on a refused claim", s.title(object))
	}
	return nil
}
