package workload_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

// TestWhereTheDataCameFromRollsNothing once seid ran on it; before, another source is asked for.
func TestWhereTheDataCameFromRollsNothing(t *testing.T) {
	elsewhere := func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap.Archive.URL = "https://elsewhere.example.com/" }
	none := func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap = nil }
	for name, test := range map[string]struct {
		change func(*seiv1alpha1.SeiNodeSpec)
		ran    bool
		rolls  bool
	}{
		"another source, before":       {elsewhere, false, true},
		"no source, before":            {none, false, true},
		"another source, after it ran": {elsewhere, true, false},
		"no source, after it ran":      {none, true, false},
	} {
		before, after := nodeOf(fullNode, bootstrapped), nodeOf(fullNode, bootstrapped, test.change)
		if test.ran {
			before.Status.CurrentImage, after.Status.CurrentImage = "sei:v6", "sei:v6"
		}
		live := normalized(setFor(before))
		decision := workload.DecideStatefulSet(live, setFor(after), workload.StatefulSetChild.Digest(live))
		if decision.Rolls != test.rolls {
			t.Errorf("%s: rolls %t", name, decision.Rolls)
		}
	}
}

// TestWhatBringsTheDataHasResourcesOfItsOwn: the platform's, or the user's.
func TestWhatBringsTheDataHasResourcesOfItsOwn(t *testing.T) {
	own := func(s *seiv1alpha1.SeiNodeSpec) {
		s.Bootstrap.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse("3Gi")}}
	}
	for want, node := range map[string]*seiv1alpha1.SeiNode{"2Gi": nodeOf(fullNode, bootstrapped), "3Gi": nodeOf(fullNode, bootstrapped, own)} {
		set := statefulSet(node, claimName, platform.Default(), 1)
		limit := container(set.Spec.Template.Spec.InitContainers, workload.ContainerBootstrap).Resources.Limits["memory"]
		if limit.String() != want {
			t.Errorf("%s, wanted %s", limit.String(), want)
		}
	}
}
