package workload

import (
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// DisruptionBudget builds the node's PodDisruptionBudget. It lets a drain evict the pod, with its whole grace period, ready or
// not: a budget that forbids it would only make people force the drain. A validator's forbids it, since its absence costs
// money and its move is for a person to decide: pause it first.
func DisruptionBudget(node *seiv1alpha1.SeiNode) *policyv1.PodDisruptionBudget {
	evictable := intstr.FromInt32(1)
	if node.Mode() == seiv1alpha1.ModeValidator {
		evictable = intstr.FromInt32(0)
	}
	budget := &policyv1.PodDisruptionBudget{
		TypeMeta:   metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"},
		ObjectMeta: objectMeta(node),
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable:             &evictable,
			Selector:                   &metav1.LabelSelector{MatchLabels: SelectorLabels(node)},
			UnhealthyPodEvictionPolicy: ptr.To(policyv1.AlwaysAllow),
		},
	}
	stamp(budget, budget.Spec)
	return budget
}
