package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// record is what of a claim or a volume nobody but its owner may change.
type record struct {
	UID         types.UID               `json:"uid"`
	Deleted     *metav1.Time            `json:"deletionTimestamp,omitempty"`
	Labels      map[string]string       `json:"labels,omitempty"`
	Annotations map[string]string       `json:"annotations,omitempty"`
	Owners      []metav1.OwnerReference `json:"ownerReferences,omitempty"`
	Finalizers  []string                `json:"finalizers,omitempty"`
	Spec        any                     `json:"spec"`
	Phase       any                     `json:"phase"`
}

// recordOf leaves out what Kubernetes' own volume controllers may add at any time. Labels they add none: all of them count.
func recordOf(object client.Object, spec, phase any) record {
	annotations := maps.Clone(object.GetAnnotations())
	maps.DeleteFunc(annotations, func(key, _ string) bool { return isKubernetesOwn(key) })
	return record{
		UID: object.GetUID(), Deleted: object.GetDeletionTimestamp(), Labels: object.GetLabels(), Annotations: annotations,
		Owners: object.GetOwnerReferences(), Finalizers: slices.DeleteFunc(slices.Clone(object.GetFinalizers()), isKubernetesOwn),
		Spec: spec, Phase: phase,
	}
}

func isKubernetesOwn(key string) bool {
	domain, _, _ := strings.Cut(key, "/")
	return slices.Contains([]string{"kubernetes.io", "pv.kubernetes.io", "volume.kubernetes.io", "volume.beta.kubernetes.io"}, domain)
}

// records are the claim's and its volume's, as text whose lines can be compared.
func (s *stage) records(ctx context.Context) (string, error) {
	claim, volume := &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}
	if err := s.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: s.name}, claim); err != nil {
		return "", fmt.Errorf("PersistentVolumeClaim %s: found %w, wanted it as it was", s.name, err)
	}
	if err := s.Get(ctx, client.ObjectKey{Name: s.name}, volume); err != nil {
		return "", fmt.Errorf("PersistentVolume %s: found %w, wanted it as it was", s.name, err)
	}
	text, err := yaml.Marshal(map[string]record{
		"PersistentVolumeClaim": recordOf(claim, claim.Spec, claim.Status.Phase),
		"PersistentVolume":      recordOf(volume, volume.Spec, volume.Status.Phase),
	})
	return string(text), err
}

// untouched makes the question whether claim and volume still are what they were.
func (s *stage) untouched(before string) question {
	return func(ctx context.Context) error {
		now, err := s.records(ctx)
		if err != nil {
			return err
		}
		if difference := cmp.Diff(before, now); difference != "" {
			return fmt.Errorf("PersistentVolumeClaim and PersistentVolume %s: found (+), wanted them as they were (-):\n%s", s.name, difference)
		}
		return nil
	}
}
