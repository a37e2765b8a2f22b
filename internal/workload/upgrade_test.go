package workload_test

import (
	"maps"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

// ofFormerVersion is the StatefulSet of a version that labelled everything with its instance.
func ofFormerVersion(node *seiv1alpha1.SeiNode) (live *appsv1.StatefulSet, recorded string) {
	live = normalized(statefulSet(node, claimName, platform.Default(), 1))
	live.Labels[seiv1alpha1.LabelInstance], live.Spec.Template.Labels[seiv1alpha1.LabelInstance] = node.Name, node.Name
	live.Annotations[seiv1alpha1.AnnotationTemplate], live.Spec.Template.Annotations[seiv1alpha1.AnnotationTemplate] = "former", "former"
	return live, workload.StatefulSetChild.Digest(live)
}

// TestAnUpgradeWritesNothingForTheSakeOfALabel: the next change takes it off, and what others put there stays.
func TestAnUpgradeWritesNothingForTheSakeOfALabel(t *testing.T) {
	node := nodeOf(archive)
	live, recorded := ofFormerVersion(node)
	if got, _ := decide(t, live, node, platform.Default(), recorded); got != (outcome{pends: true}) {
		t.Errorf("the upgrade: %+v", got)
	}
	changed := nodeOf(archive, func(s *seiv1alpha1.SeiNodeSpec) { s.Image = "sei:v7" })
	got, written := decide(t, live, changed, platform.Default(), recorded)
	if got != (outcome{writes: true, rolls: true}) {
		t.Fatalf("the next change: %+v", got)
	}
	for _, labels := range []map[string]string{written.Labels, written.Spec.Template.Labels} {
		if value, there := labels[seiv1alpha1.LabelInstance]; there {
			t.Errorf("it is labelled with instance %q still", value)
		}
	}
	after := normalized(written)
	if got, _ := decide(t, after, changed, platform.Default(), workload.StatefulSetChild.Digest(after)); got != (outcome{}) {
		t.Errorf("afterwards: %+v", got)
	}
}

// TestTheStampIsTheOneOfTheFormerVersion: another one would have every object written by an upgrade.
func TestTheStampIsTheOneOfTheFormerVersion(t *testing.T) {
	service := workload.Service(nodeOf(archive))
	labels := maps.Clone(service.Labels)
	labels[seiv1alpha1.LabelInstance] = "archive-0"
	if got, want := service.Annotations[seiv1alpha1.AnnotationSpecHash], workload.Digest(labels, service.Spec); got != want {
		t.Errorf("the stamp is %s, wanted %s", got, want)
	}
}

// TestAServiceKeepsItsLabelUntilItIsWritten, and an instance that somebody else gave it for good.
func TestAServiceKeepsItsLabelUntilItIsWritten(t *testing.T) {
	wanted := workload.Service(nodeOf(archive))
	for value, stays := range map[string]bool{"archive-0": false, "an-application": true} {
		live := wanted.DeepCopy()
		live.Labels[seiv1alpha1.LabelInstance] = value
		recorded := workload.ServiceChild.Digest(live)
		if d := workload.ServiceChild.Decide(live, wanted, recorded); d.Write != nil {
			t.Errorf("%s: it is written for the label's sake", value)
		}
		live.Spec.Ports = nil
		written := workload.ServiceChild.Decide(live, wanted, recorded).Write.(*corev1.Service)
		if _, there := written.Labels[seiv1alpha1.LabelInstance]; there != stays {
			t.Errorf("%s: the label is there: %t", value, there)
		}
	}
}

// TestNothingThatIsMadeIsTakenForAnApplications: a claim bears our own keys alone.
func TestNothingThatIsMadeIsTakenForAnApplications(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		node := nodeOf(mode)
		for key := range workload.ClaimLabels(node) {
			if key[:7] != "sei.io/" {
				t.Errorf("a claim is labelled with %s", key)
			}
		}
		set := statefulSet(node, claimName, platform.Default(), 1)
		for what, labels := range map[string]map[string]string{
			"StatefulSet": set.Labels, "pod": set.Spec.Template.Labels, "Service": workload.Service(node).Labels, "budget": workload.DisruptionBudget(node).Labels,
		} {
			if _, there := labels[seiv1alpha1.LabelInstance]; there {
				t.Errorf("the %s names an instance", what)
			}
		}
	})
}
