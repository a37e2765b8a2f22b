// Package chart checks the Helm chart in dist/chart with Helm's own library: it lints it, renders it with several values and
// looks at the objects that come out.
package chart

import (
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const (
	folder    = "../../dist/chart"
	manifest  = "../../dist/install.yaml"
	namespace = "seinode-system"
)

type object = unstructured.Unstructured

func load(t *testing.T) *chartv2.Chart {
	t.Helper()
	chart, err := loader.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return chart
}

// values are YAML, as a user writes them.
func values(t *testing.T, text string) map[string]any {
	t.Helper()
	parsed := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(text), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

// files renders the chart for a release in the namespace.
func files(t *testing.T, namespace, text string) (map[string]string, error) {
	t.Helper()
	chart, options := load(t), common.ReleaseOptions{Name: "seinode-operator", Namespace: namespace, IsInstall: true}
	input, err := util.ToRenderValues(chart, values(t, text), options, nil)
	if err != nil {
		return nil, err
	}
	rendered, err := engine.Engine{Strict: true}.Render(chart, input)
	return rendered, err
}

// render returns the objects by kind, namespace and name.
func render(t *testing.T, namespace, text string) map[string]*object {
	t.Helper()
	rendered, err := files(t, namespace, text)
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]*object{}
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		if strings.HasSuffix(name, ".yaml") {
			parse(t, objects, strings.NewReader(rendered[name]))
		}
	}
	return objects
}

func installed(t *testing.T) map[string]*object {
	t.Helper()
	file, err := os.Open(manifest)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	objects := map[string]*object{}
	parse(t, objects, file)
	return objects
}

func parse(t *testing.T, into map[string]*object, text io.Reader) {
	t.Helper()
	for decoder := utilyaml.NewYAMLOrJSONDecoder(text, 4096); ; {
		o := &object{}
		err := decoder.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Object) == 0 {
			continue
		}
		if into[key(o)] != nil {
			t.Errorf("%s is there twice", key(o))
		}
		into[key(o)] = o
	}
}

func key(o *object) string {
	return strings.Join([]string{o.GetKind(), o.GetNamespace(), o.GetName()}, "/")
}

// typed decodes one of the objects into the type that the API server has for it; a field that it does not know is an error.
func typed[T any](t *testing.T, objects map[string]*object, key string) T {
	t.Helper()
	var into T
	o := objects[key]
	if o == nil {
		t.Fatalf("there is no %s, only %v", key, slices.Sorted(maps.Keys(objects)))
	}
	data, err := o.MarshalJSON()
	if err == nil {
		err = yaml.UnmarshalStrict(data, &into)
	}
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return into
}
