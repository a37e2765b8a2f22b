package main

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// deploy puts the values into the manager's Deployment.
func deploy(o object) error {
	container, err := manager(o)
	if err != nil {
		return err
	}
	pod, _, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "template", "spec")
	schedule(pod.(map[string]any))
	container["image"] = word(`{{ include "seinode-operator.image" $ | quote }}`)
	container["imagePullPolicy"] = line("{{- with $.Values.image.pullPolicy }}\nimagePullPolicy: {{ . }}\n{{- end }}")
	container["resources"] = optional("resources")
	extend(container, "args", arguments...)
	extend(container, "env", agentImage)
	return errors.Join(limitMemory(container),
		set(o, word("{{ $.Values.replicas }}"), "spec", "replicas"),
		// The manager reads its configuration at start: a change of it has to make a new pod.
		set(o, word("{{ toYaml $.Values.config | sha256sum }}"), "spec", "template", "metadata", "annotations", "checksum/config"))
}

func schedule(pod map[string]any) {
	for _, field := range []string{"imagePullSecrets", "nodeSelector", "tolerations"} {
		pod[field] = optional(field)
	}
}

// optional is a field that is there when the value of its name is.
func optional(field string) string {
	return line(strings.ReplaceAll("{{- with $.Values.FIELD }}\nFIELD:\n  {{- toYaml . | nindent 2 }}\n{{- end }}", "FIELD", field))
}

var (
	arguments = []string{
		"{{- with $.Values.logFormat }}\n- --log-format={{ . }}\n{{- end }}",
		"{{- with $.Values.workers }}\n- --workers={{ . }}\n{{- end }}",
		"{{- with $.Values.kubeAPI.qps }}\n- --kube-api-qps={{ . }}\n{{- end }}",
		"{{- with $.Values.kubeAPI.burst }}\n- --kube-api-burst={{ . }}\n{{- end }}",
		"{{- with $.Values.watchNamespaces }}\n- --watch-namespaces={{ join \",\" . }}\n{{- end }}",
		"{{- range $.Values.extraArgs }}\n- {{ . | quote }}\n{{- end }}",
	}
	// agentImage: a manager that watches some namespaces may not look at its own pod for it.
	agentImage = "{{- if $.Values.watchNamespaces }}\n" +
		"- name: RELATED_IMAGE_AGENT\n  value: {{ include \"seinode-operator.image\" $ | quote }}\n{{- end }}"
)

// extend adds template lines to a list.
func extend(container map[string]any, field string, texts ...string) {
	items, _ := container[field].([]any)
	for _, text := range texts {
		items = append(items, line(text))
	}
	container[field] = items
}

func limitMemory(container map[string]any) error {
	variable := variableOf(container, memoryLimit)
	if variable == nil {
		return fmt.Errorf("the manager has no variable %s", memoryLimit)
	}
	variable["value"] = word("{{ $.Values.goMemLimit | quote }}")
	return nil
}
