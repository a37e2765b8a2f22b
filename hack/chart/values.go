package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// value is one of the chart's values.
type value struct {
	// name has a dot where the value lies inside another.
	name    string
	about   string
	initial any
	schema  schema
}

// valuesOf is the table that values.yaml, its schema and its documentation are written from.
func valuesOf(found findings) []value {
	none, nothing := []any{}, map[string]any{}
	return []value{
		{"image.repository", "The operator's image, which holds the agent of the nodes' pods too.", found.repository, text},
		{"image.tag", "The image's tag; empty for the chart's appVersion.", "", text},
		{"image.pullPolicy", "Always, IfNotPresent or Never; empty for Kubernetes' own default.", "", oneOf(pullPolicies...)},
		{"imagePullSecrets", "Secrets of the release's namespace to pull the image with, for example [{name: registry}].", none, arrayOf(strict("name"))},
		{"replicas", "One manager works at a time; a second only shortens the gap when a machine is lost.", found.replicas, zeroOrMore()},
		{"resources", "No CPU limit: throttling at start only makes the peak of memory last longer.", found.resources, resources},
		{"goMemLimit", "GOMEMLIMIT: a little below resources.limits.memory. Raise the two together.", found.goMemLimit, goMemLimit},
		{"nodeSelector", "On top of the platforms that the image is built for.", nothing, mapOf(text)},
		{"tolerations", "Tolerations of the manager's pod.", none, arrayOf(toleration)},
		{"logFormat", "json or console; empty for the manager's own default, json.", "", oneOf("json", "console")},
		{"workers", "How many SeiNodes are reconciled at once; 0 for the manager's own default, 16.", 0, zeroOrMore()},
		{"kubeAPI.qps", "How many requests a second the manager makes to the API server at the most; 0 for its own default, 400.", 0, zeroOrMore()},
		{"kubeAPI.burst", "How many more at once, after a while with fewer; 0 for the manager's own default, 400.", 0, zeroOrMore()},
		{"extraArgs", "More arguments of the manager, for example [--metrics-bind-address=0].", none, arrayOf(text)},
		{"watchNamespaces", "The namespaces to watch, which have to exist; none for all. The manager gets a Role in each, and no cluster-wide rights but to read volumes and storage classes and to check who asks for its metrics.", none, namespaces},
		{"config", "The platform's defaults: storage and resources by mode, scheduling, images. A change rolls the manager.", found.config, platformSchema},
		{"prePull.enabled", "Let the manager make the pods that try the images of coming upgrades. false: none is made, and condition UpgradeReady says that.", true, boolean},
		{"machineReader.enabled", "Let the manager look at machines, for the address of a SeiNode with spec.expose of type NodePort and no host. false: condition Exposed says that.", true, boolean},
		{"crd.install", "Install and upgrade the CRD, which stays when the release is uninstalled. false for a second release in one cluster.", true, boolean},
		{"serviceMonitor.enabled", "A ServiceMonitor for the manager's metrics; needs the Prometheus Operator's CRDs.", false, boolean},
		{"podMonitor.enabled", "A PodMonitor for the metrics of the nodes' agents and of seid; needs the same CRDs.", false, boolean},
		{"prometheusRule.enabled", "The alerts, in one release of the cluster; needs the same CRDs, and the two monitors.", false, boolean},
		{"monitorLabels", "Labels of these three, by which a Prometheus chooses them, for example {release: kube-prometheus-stack}.", nothing, mapOf(text)},
		{"networkPolicy.enabled", "Take connections to the metrics from namespaces labelled metrics=enabled alone.", false, boolean},
	}
}

// valuesFile is values.yaml. A parent's values stand together in the table.
func valuesFile(table []value) (string, error) {
	out, last := "# Written by `make chart`. An unknown or mistyped value is refused: see values.schema.json.\n", ""
	for _, v := range table {
		parent, key, nested := strings.Cut(v.name, ".")
		if !nested {
			parent, key = "", v.name
		}
		text, err := yaml.Marshal(map[string]any{key: v.initial})
		if err != nil {
			return "", fmt.Errorf("value %s: %w", v.name, err)
		}
		if parent == "" || parent != last {
			out += "\n"
		}
		if parent != "" && parent != last {
			out += parent + ":\n"
		}
		out, last = out+inside(parent, wrap(v.about)+string(text)), parent
	}
	return out, nil
}

func inside(parent, text string) string {
	if parent == "" {
		return text
	}
	return indent(strings.TrimSuffix(text, "\n"), "  ") + "\n"
}

// wrap makes a comment of the text.
func wrap(text string) string {
	out, width := "#", 1
	for _, word := range strings.Fields(text) {
		if width += len(word) + 1; width > 120 {
			out, width = out+"\n#", len(word)+2
		}
		out += " " + word
	}
	return out + "\n"
}

// valuesTable is the documentation's table.
func valuesTable(table []value) (string, error) {
	out := "| value | default | what it is |\n|---|---|---|\n"
	for _, v := range table {
		initial, err := json.Marshal(v.initial)
		if err != nil {
			return "", fmt.Errorf("value %s: %w", v.name, err)
		}
		out += "| `" + v.name + "` | `" + string(initial) + "` | " + v.about + " |\n"
	}
	return out, nil
}
