package workload

import (
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// DisruptionBudget builds a validator's PodDisruptionBudget, which keeps a drain from evicting it while it is ready: its absence costs money, and its
// move is for a person to decide, who pauses it first. Other nodes have none. One that lets a drain have the pod changes nothing, costs Kubernetes' disruption
// controller a look at every budget of the namespace each time that a pod changes, and stands in the way of a budget that people lay over several of their
// nodes: an eviction is refused where two budgets select the pod.
func DisruptionBudget(node *seiv1alpha1.SeiNode) *policyv1.PodDisruptionBudget {
	budget := &policyv1.PodDisruptionBudget{
		TypeMeta:   metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"},
		ObjectMeta: objectMeta(node),
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable:             ptr.To(intstr.FromInt32(0)),
			Selector:                   &metav1.LabelSelector{MatchLabels: SelectorLabels(node)},
			UnhealthyPodEvictionPolicy: ptr.To(policyv1.AlwaysAllow),
		},
	}
	stamp(budget, budget.Spec)
	return budget
}
