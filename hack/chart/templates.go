package main

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	// managerRole is what the manager may do in the namespaces that it watches, and prePullRole what it may do there besides, if a value says so.
	managerRole = "seinode-manager-role"
	prePullRole = "seinode-pre-pull-role"
	// machineRole lets the manager look at machines, if a value says so.
	machineRole = "seinode-machine-reader-role"
	memoryLimit = "GOMEMLIMIT"
	configKey   = "config.yaml"

	header = "{{- /* Written by `make chart` from the manifests in config/: change those. */ -}}\n"
	// perNamespace turns about with each watched namespace, or once with "" where all are watched.
	perNamespace = `range $.Values.watchNamespaces | default (list "")`
	// ifPrePull turns about in the same way, or not at all.
	ifPrePull = `range $.Values.prePull.enabled | ternary ($.Values.watchNamespaces | default (list "")) list`
)

// kind says where the objects of a kind go, what becomes a value in them, and when they are there at all.
type kind struct {
	file  string
	shape func(o object) error
	when  string
}

// kinds are all that may occur: a new one in the manifests has to be thought about.
func kinds(comments []string) map[string]kind {
	return map[string]kind{
		"CustomResourceDefinition": {"crd.yaml", keep, "if $.Values.crd.install"},
		"ServiceAccount":           {file: "rbac.yaml"},
		"Role":                     {file: "rbac.yaml"},
		"RoleBinding":              {"rbac.yaml", bind, ""},
		"ClusterRole":              {"rbac.yaml", widen, ""},
		"ClusterRoleBinding":       {"rbac.yaml", bind, ""},
		"ConfigMap":                {"config.yaml", configure(comments), ""},
		"Service":                  {file: "service.yaml"},
		"Deployment":               {"deployment.yaml", deploy, ""},
		"ServiceMonitor":           {"servicemonitor.yaml", choose, "if $.Values.serviceMonitor.enabled"},
		"PodMonitor":               {"podmonitor.yaml", confine, "if $.Values.podMonitor.enabled"},
		"PrometheusRule":           {"prometheusrule.yaml", choose, "if $.Values.prometheusRule.enabled"},
		"NetworkPolicy":            {"networkpolicy.yaml", nil, "if $.Values.networkPolicy.enabled"},
	}
}

// templates are the objects' files by path.
func templates(objects []object, comments []string) (map[string]string, error) {
	files, known := map[string]string{}, kinds(comments)
	for _, o := range objects {
		kind, ok := known[o.GetKind()]
		if !ok {
			return nil, fmt.Errorf("%s %s: the chart does not know the kind", o.GetKind(), o.GetName())
		}
		text, err := kind.template(o)
		if err != nil {
			return nil, err
		}
		path := "templates/" + kind.file
		if files[path] == "" {
			files[path] = header
		}
		files[path] += text
	}
	return files, nil
}

func (k kind) template(o object) (string, error) {
	switch {
	case concerns(o, managerRole):
		k.when = perNamespace
	case concerns(o, prePullRole):
		k.when = ifPrePull
	case concerns(o, machineRole):
		k.when = "if $.Values.machineReader.enabled"
	}
	common(o)
	if k.shape != nil {
		if err := k.shape(o); err != nil {
			return "", err
		}
	}
	text, err := render(o)
	if err != nil || k.when == "" {
		return "---\n" + text, err
	}
	return "{{- " + k.when + " }}\n---\n" + text + "{{- end }}\n", nil
}

// common is what every object of a release has.
func common(o object) {
	labels := o.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels["app.kubernetes.io/managed-by"] = word("{{ $.Release.Service }}")
	labels["helm.sh/chart"] = word(`{{ include "seinode-operator.chart" $ }}`)
	o.SetLabels(labels)
	if o.GetNamespace() != "" {
		o.SetNamespace(word("{{ $.Release.Namespace | quote }}"))
	}
}

// keep: Helm deletes no CRD, and with it every SeiNode, when the release is uninstalled.
func keep(o object) error {
	return set(o, "keep", "metadata", "annotations", "helm.sh/resource-policy")
}

// concerns tells whether o is the named ClusterRole or its binding.
func concerns(o object, role string) bool {
	to, _, _ := unstructured.NestedString(o.Object, "roleRef", "name")
	return to == role || strings.HasPrefix(o.GetKind(), "Cluster") && o.GetName() == role
}

// isScoped tells whether o grants rights in the watched namespaces.
func isScoped(o object) bool { return concerns(o, managerRole) || concerns(o, prePullRole) }

// widen: what the manager's ClusterRoles grant in the watched namespaces, a Role in each of these grants. The names of the others tell the releases apart
// that watch some namespaces, since those share a cluster.
func widen(o object) error {
	if isScoped(o) {
		o.SetKind(perScope(o.GetKind()))
		return set(o, line("{{- with . }}\nnamespace: {{ . | quote }}\n{{- end }}"), "metadata", "namespace")
	}
	o.SetName(o.GetName() + suffix)
	return nil
}

func bind(o object) error {
	role, cluster := isScoped(o), strings.HasPrefix(o.GetKind(), "Cluster")
	for _, subject := range list(o.Object, "subjects") {
		subject["namespace"] = word("{{ $.Release.Namespace | quote }}")
	}
	ref, _ := o.Object["roleRef"].(map[string]any)
	switch {
	case role:
		ref["kind"] = perScope("ClusterRole")
	case cluster:
		ref["name"] = fmt.Sprint(ref["name"], suffix)
	}
	if cluster {
		return widen(o)
	}
	return nil
}

// choose adds the labels by which a Prometheus chooses what it collects.
func choose(o object) error {
	labels := o.GetLabels()
	labels["chosen-by"] = line("{{- range $label, $value := $.Values.monitorLabels }}\n{{ $label }}: {{ $value | quote }}\n{{- end }}")
	o.SetLabels(labels)
	return nil
}

// confine has the nodes of the watched namespaces alone collected: a second release collects those of its own.
func confine(o object) error {
	const where = "{{- with $.Values.watchNamespaces }}\nnamespaceSelector: {matchNames: {{ toJson . }}}\n{{- else }}\nnamespaceSelector: {any: true}\n{{- end }}"
	return errors.Join(choose(o), set(o, line(where), "spec", "namespaceSelector"))
}

// suffix is empty where all namespaces are watched.
var suffix = word(`{{ include "seinode-operator.suffix" $ }}`)

func perScope(kind string) string {
	return word("{{ if not . }}Cluster{{ end }}") + strings.TrimPrefix(kind, "Cluster")
}

func configure(comments []string) func(object) error {
	text := strings.Join(append([]string{configKey + ": |"}, comments...), "\n  ")
	return func(o object) error {
		return set(o, line(text+"\n  {{- toYaml $.Values.config | nindent 2 }}"), "data", configKey)
	}
}

func set(o object, value any, path ...string) error {
	return unstructured.SetNestedField(o.Object, value, path...)
}
