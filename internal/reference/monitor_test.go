package reference_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// endpoint is a port that is collected, and what is made of its labels.
type endpoint struct {
	Port        string
	HonorLabels bool
	Relabelings []struct {
		SourceLabels             []string
		TargetLabel, Replacement string
	}
}

func monitor(t *testing.T, file string) (endpoints []endpoint) {
	t.Helper()
	var object struct {
		Spec struct{ Endpoints, PodMetricsEndpoints []endpoint }
	}
	read(t, &object, "config", "prometheus", file)
	return append(object.Spec.Endpoints, object.Spec.PodMetricsEndpoints...)
}

// TestThePodMonitorNamesTheNodes by the labels of their pods, on both ports: the alerts rely on it.
func TestThePodMonitorNamesTheNodes(t *testing.T) {
	meta := func(label string) string {
		return "__meta_kubernetes_pod_label_" + strings.NewReplacer(".", "_", "/", "_").Replace(label)
	}
	got, want := map[string]map[string]string{}, map[string]map[string]string{}
	for port, job := range map[string]string{seid.PortAgent: "seinode-agent", seid.PortMetrics: "seid"} {
		want[port] = map[string]string{"node": meta(seiv1alpha1.LabelNode), "chain": meta(seiv1alpha1.LabelChain), "mode": meta(seiv1alpha1.LabelMode), "job": job}
	}
	for _, endpoint := range monitor(t, "pod_monitor.yaml") {
		got[endpoint.Port] = map[string]string{}
		for _, rule := range endpoint.Relabelings {
			got[endpoint.Port][rule.TargetLabel] = strings.Join(rule.SourceLabels, ",") + rule.Replacement
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("labels by port (-want +got):\n%s", diff)
	}
}

// TestTheManagersNamespacesStay: label namespace is a SeiNode's, and not the manager's.
func TestTheManagersNamespacesStay(t *testing.T) {
	for _, endpoint := range monitor(t, "monitor.yaml") {
		if !endpoint.HonorLabels {
			t.Error("without honorLabels the SeiNode's namespace is called exported_namespace, and no alert finds it")
		}
	}
}
