package workload_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

// TestANodeRepelsItsOwnPods, on every machine, beside whatever the user or the platform asks for; and no other node's.
func TestANodeRepelsItsOwnPods(t *testing.T) {
	ours := corev1.PodAffinityTerm{
		TopologyKey:   "kubernetes.io/os",
		LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"sei.io/node": "archive-0", "sei.io/node-uid": "11111111-node"}},
	}
	theirs := corev1.PodAffinityTerm{TopologyKey: "zone"}
	repelling := func() *corev1.Affinity {
		return &corev1.Affinity{
			NodeAffinity: &corev1.NodeAffinity{},
			PodAntiAffinity: &corev1.PodAntiAffinity{
				RequiredDuringSchedulingIgnoredDuringExecution:  []corev1.PodAffinityTerm{theirs},
				PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{Weight: 1, PodAffinityTerm: theirs}},
			},
		}
	}
	both := repelling()
	both.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution = append(both.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution, ours)
	ourAlone := &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{ours}}}
	users := func(s *seiv1alpha1.SeiNodeSpec) { s.Affinity = repelling() }
	plain, wide := platform.Default(), platform.Default()
	wide.Scheduling.Affinity = repelling()
	for name, test := range map[string]struct {
		node   *seiv1alpha1.SeiNode
		config platform.Config
		want   *corev1.Affinity
	}{
		"nobody asks for more": {nodeOf(archive), plain, ourAlone},
		"the user's":           {nodeOf(archive, users), plain, both},
		"the platform's":       {nodeOf(archive), wide, both},
	} {
		for range 2 { // what is built once must not show the next time
			got := statefulSet(test.node, claimName, test.config, 1).Spec.Template.Spec.Affinity
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	if diff := cmp.Diff(repelling(), wide.Scheduling.Affinity); diff != "" {
		t.Errorf("the platform's own was changed (-want +got):\n%s", diff)
	}
	labels := statefulSet(nodeOf(archive), claimName, plain, 1).Spec.Template.Labels
	for key, value := range ours.LabelSelector.MatchLabels {
		if labels[key] != value {
			t.Errorf("the term does not find the node's own pods by %s", key)
		}
	}
}
