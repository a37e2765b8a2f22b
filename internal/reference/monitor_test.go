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
	Port, Interval string
	HonorLabels    bool
	Relabelings    []struct {
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

// job is what a Prometheus without the Prometheus Operator collects.
type job struct {
	Name        string `json:"job_name"`
	Interval    string `json:"scrape_interval"`
	HonorLabels bool   `json:"honor_labels"`
	Relabelings []struct {
		Action, Regex string
		Sources       []string `json:"source_labels"`
		Target        string   `json:"target_label"`
	} `json:"relabel_configs"`
}

// jobs are those of the plain configuration by name.
func jobs(t *testing.T) map[string]job {
	t.Helper()
	var file struct {
		Jobs []job `json:"scrape_configs"`
	}
	read(t, &file, "dist", "prometheus.yml")
	found := map[string]job{}
	for _, job := range file.Jobs {
		found[job.Name] = job
	}
	return found
}

// TestThePlainConfigurationIsThePodMonitor: the alerts rely on its labels, too, and on how often the nodes are asked.
func TestThePlainConfigurationIsThePodMonitor(t *testing.T) {
	for _, endpoint := range monitor(t, "pod_monitor.yaml") {
		want, got := map[string]string{"namespace": "__meta_kubernetes_namespace"}, map[string]string{}
		for _, rule := range endpoint.Relabelings {
			want[rule.TargetLabel] = strings.Join(rule.SourceLabels, ",") + rule.Replacement
		}
		job := jobs(t)[want["job"]]
		got["job"] = job.Name
		for _, rule := range job.Relabelings {
			if rule.Action == "" {
				got[rule.Target] = strings.Join(rule.Sources, ",")
			} else if rule.Regex != "true;"+endpoint.Port {
				t.Errorf("job %s keeps %s; wanted the nodes' port %s", job.Name, rule.Regex, endpoint.Port)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || job.Interval != endpoint.Interval {
			t.Errorf("job %q, every %s; wanted every %s, with labels (-want +got):\n%s", job.Name, job.Interval, endpoint.Interval, diff)
		}
	}
}

// TestThePlainConfigurationIsTheServiceMonitor for the manager.
func TestThePlainConfigurationIsTheServiceMonitor(t *testing.T) {
	job := jobs(t)["seinode-operator"]
	for _, endpoint := range monitor(t, "monitor.yaml") {
		if job.HonorLabels != endpoint.HonorLabels || job.Interval != endpoint.Interval {
			t.Errorf("job %q has honor_labels %t, every %q; wanted %t, %q", job.Name, job.HonorLabels, job.Interval, endpoint.HonorLabels, endpoint.Interval)
		}
	}
}
