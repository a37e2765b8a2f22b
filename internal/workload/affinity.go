package workload

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

// affinity is the user's, or the platform's, and always that the node's pods repel each other.
func affinity(node *seiv1alpha1.SeiNode, config platform.Config) *corev1.Affinity {
	wanted := config.Scheduling.Affinity
	if node.Spec.Affinity != nil {
		wanted = node.Spec.Affinity
	}
	all := &corev1.Affinity{}
	if wanted != nil {
		all = wanted.DeepCopy() // the platform's is shared
	}
	if all.PodAntiAffinity == nil {
		all.PodAntiAffinity = &corev1.PodAntiAffinity{}
	}
	repelled := &all.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	*repelled = append(*repelled, repelsItsOwn(node))
	return all
}

// repelsItsOwn keeps a second pod of this very node from every machine while there is a first, also while no operator runs: somebody may set two
// replicas, and ReadWriteOnce keeps no two pods of one machine from a volume, and on many a shared file system none at all. By its host name a
// pod would be kept from one machine. Its operating system is what all machines have in common that it can run on.
func repelsItsOwn(node *seiv1alpha1.SeiNode) corev1.PodAffinityTerm {
	return corev1.PodAffinityTerm{
		LabelSelector: &metav1.LabelSelector{MatchLabels: SelectorLabels(node)},
		TopologyKey:   corev1.LabelOSStable,
	}
}
