package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/seinode/seinode-operator/internal/platform"
)

const manifests = `
apiVersion: v1
kind: Namespace
metadata: {name: seinode-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: seinode-platform-config, namespace: seinode-system}
data:
  config.yaml: |
    # A comment.
    images: {pullPolicy: Always}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: seinode-controller-manager, namespace: seinode-system}
spec:
  replicas: 3
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
      - name: manager
        image: registry.example.com:5000/operator:1.2.3
        args: [--leader-elect]
        env: [{name: GOMEMLIMIT, value: 700MiB}]
        resources: {limits: {memory: 800Mi}}
`

func generate(t *testing.T, manifests, version string) (map[string]string, error) {
	t.Helper()
	objects, err := read(strings.NewReader(manifests))
	if err != nil {
		t.Fatal(err)
	}
	return chart(objects, version)
}

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

func TestDefaultsComeFromTheManifests(t *testing.T) {
	files, err := generate(t, manifests, "")
	if err != nil {
		t.Fatal(err)
	}
	contains(t, files["values.yaml"], "\n  repository: registry.example.com:5000/operator\n", "\nreplicas: 3\n", "\ngoMemLimit: 700MiB\n",
		"\nresources:\n  limits:\n    memory: 800Mi\n", "\nconfig:\n  images:\n    pullPolicy: Always\n")
	contains(t, files["Chart.yaml"], "\nversion: \"1.2.3\"\nappVersion: \"1.2.3\"\n")
	contains(t, files["templates/config.yaml"], "  config.yaml: |\n    # A comment.\n    {{- toYaml $.Values.config | nindent 4 }}\n")
	contains(t, files["README.md"], "| `replicas` | `3` |")
	for name, text := range files {
		if strings.Contains(text, "seinode-system\n") && strings.HasSuffix(name, ".yaml") {
			t.Errorf("%s names the manifests' namespace:\n%s", name, text)
		}
	}
}

func TestVersionThatIsGiven(t *testing.T) {
	files, err := generate(t, manifests, "2.0.0")
	if err != nil {
		t.Fatal(err)
	}
	contains(t, files["Chart.yaml"], "\nversion: \"2.0.0\"\nappVersion: \"2.0.0\"\n")
}

func TestWhatTheGeneratorDoesNotUnderstand(t *testing.T) {
	job := "\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: new}\n"
	for want, changed := range map[string]string{
		"Job new: the chart does not know the kind": manifests + job,
		"has no tag":                                      strings.Replace(manifests, "registry.example.com:5000/operator:1.2.3", "operator", 1),
		"has no variable GOMEMLIMIT":                      strings.Replace(manifests, "GOMEMLIMIT", "OTHER", 1),
		"found 0 containers":                              strings.Replace(manifests, "containers:", "initContainers:", 1),
		"found 0 Deployments and 1 ConfigMaps":            strings.Replace(manifests, "kind: Deployment", "kind: Service", 1),
		"found 1 Deployments and 0 ConfigMaps; wanted on": strings.Replace(manifests, "kind: ConfigMap", "kind: Service", 1),
	} {
		if _, err := generate(t, changed, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("wanted %q, got %v", want, err)
		}
	}
}

func TestHoles(t *testing.T) {
	o := object{&unstructured.Unstructured{Object: map[string]any{
		"braces": "{{ not ours }}",
		"list": []any{
			map[string]any{"a": int64(1), "b": line("{{- with .b }}\nb:\n  {{- toYaml . | nindent 2 }}\n{{- end }}"), "c": "s" + word("{{ .c }}")},
			line("- d"),
		},
	}}}
	want := `braces: '{{ "{{" }} not ours }}'
list:
- a: 1
  {{- with .b }}
  b:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  c: s{{ .c }}
- d
`
	if got, err := render(o); err != nil || got != want {
		t.Errorf("%v; wanted\n%s\ngot\n%s", err, want, got)
	}
}

func TestWriteReplacesTheTemplatesAlone(t *testing.T) {
	out := t.TempDir()
	for _, name := range []string{"templates/gone.yaml", "kept.txt"} {
		if err := write(out, map[string]string{name: "old"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(out, map[string]string{"templates/new.yaml": "new"}); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(out, "*", "*"))
	if want := []string{filepath.Join(out, "templates", "new.yaml")}; err != nil || !slices.Equal(left, want) {
		t.Errorf("%v, %v; wanted %v", left, err, want)
	}
	if _, err := os.Stat(filepath.Join(out, "kept.txt")); err != nil {
		t.Error(err)
	}
}

// What the chart's schema takes is what the manager takes: every field of it is in one configuration, which the manager's
// own parser reads (and the schema accepts, see test/chart).
func TestSchemaOfTheConfigurationIsTheManagers(t *testing.T) {
	data, err := os.ReadFile("testdata/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := platform.Parse(data); err != nil {
		t.Errorf("the manager refuses it: %v", err)
	}
	config := map[string]any{}
	if err := yaml.Unmarshal(data, &config); err != nil {
		t.Fatal(err)
	}
	for _, path := range [][]string{{}, {"modes"}, {"modes", "archive"}, {"modes", "archive", "resources"}, {"scheduling"}, {"images"}, {"containers"}, {"containers", "home"}} {
		known := platformAt(path)
		there, _, _ := unstructured.NestedMap(config, path...)
		for name := range known {
			if _, ok := there[name]; !ok {
				t.Errorf("the schema has %v %s, the configuration has not", path, name)
			}
		}
	}
}

func platformAt(path []string) schema {
	properties := platformSchema["properties"].(schema)
	for _, name := range path {
		properties = properties[name].(schema)["properties"].(schema)
	}
	return properties
}

func TestInstallDocumentHasTheTable(t *testing.T) {
	document, err := os.ReadFile("../../docs/how-to/install.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../dist/chart/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| value |")
	table, _, _ = strings.Cut(table, "\n\n")
	contains(t, string(document), "| value |"+table)
}
