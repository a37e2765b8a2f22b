// Package crd asks the code of an API server whether it takes the CRD and its rules as they are meant. Each release has its own CEL
// libraries and its own estimate of what a rule costs, so one module a release runs the same checks: this module holds them and is of
// the oldest, 1.29, and the folders are of newer ones.
package crd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Test runs every check with the code of a release such as "v0.29". root is the checkout's.
func Test(t *testing.T, root, release string) {
	t.Helper()
	t.Run("the release is the one meant", func(t *testing.T) { isOf(t, release) })
	t.Run("the CRD is taken", func(t *testing.T) {
		if problems := problems(t, load(t, root)); len(problems) > 0 {
			t.Error(problems.ToAggregate())
		}
	})
	t.Run("a bad rule is found", func(t *testing.T) { badRulesAreFound(t, root) })
	t.Run("objects are told apart", func(t *testing.T) { objectsAreToldApart(t, root) })
}

// isOf looks at what is linked: a requirement of another module can raise a version without a word.
func isOf(t *testing.T, release string) {
	t.Helper()
	version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "k8s.io/apiextensions-apiserver").Output()
	if err != nil || !strings.HasPrefix(string(version), release+".") {
		t.Errorf("linked is %s (%v); wanted %s", version, err, release)
	}
}

func load(t *testing.T, root string) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	found := &apiextensionsv1.CustomResourceDefinition{}
	read(t, filepath.Join(root, "config", "crd", "bases", "sei.io_seinodes.yaml"), found)
	return found
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = yaml.UnmarshalStrict(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// problems are what the API server has against the CRD when it is created: it sets defaults, converts, notes the stored version, and
// validates, which compiles every rule and estimates its cost.
func problems(t *testing.T, found *apiextensionsv1.CustomResourceDefinition) field.ErrorList {
	t.Helper()
	scheme, internal := runtime.NewScheme(), &apiextensions.CustomResourceDefinition{}
	install.Install(scheme)
	scheme.Default(found)
	if err := scheme.Convert(found, internal, nil); err != nil {
		t.Fatal(err)
	}
	for _, version := range internal.Spec.Versions {
		internal.Status.StoredVersions = append(internal.Status.StoredVersions, version.Name)
	}
	return validation.ValidateCustomResourceDefinition(context.Background(), internal)
}

func badRulesAreFound(t *testing.T, root string) {
	for rule, says := range map[string]string{
		"self.nothing == 1": "undefined field 'nothing'",
		"self.chainId ==":   "compilation failed",
		"self.overrides.all(a, self.overrides.all(b, self.overrides.all(c, self.overrides.all(d, (a+b+c+d).matches('x')))))": "exceeds budget",
	} {
		bad := load(t, root)
		spec := bad.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		spec.XValidations = append(spec.XValidations, apiextensionsv1.ValidationRule{Rule: rule, Message: "bad"})
		bad.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"] = spec
		if found := problems(t, bad); !strings.Contains(fmt.Sprint(found), says) {
			t.Errorf("%s: found %v; wanted %q", rule, found, says)
		}
	}
}

// objectsAreToldApart runs the rules as the API server does when an object is created.
func objectsAreToldApart(t *testing.T, root string) {
	samples, err := filepath.Glob(filepath.Join(root, "config", "samples", "sei_*.yaml"))
	if err != nil || len(samples) == 0 {
		t.Fatal("no samples", err)
	}
	rules := rulesOf(t, root)
	for _, path := range samples {
		sample := map[string]any{}
		read(t, path, &sample)
		if found := rules(sample); len(found) > 0 {
			t.Errorf("%s: %v", path, found)
		}
		sample["spec"].(map[string]any)["overrides"] = map[string]any{"p2p.max-connections": "1", "p2p_max-connections": "2"}
		if found := rules(sample); len(found) != 1 || found[0].Field != "spec.overrides" {
			t.Errorf("%s with a key written twice: %v", path, found)
		}
	}
}

func rulesOf(t *testing.T, root string) func(map[string]any) field.ErrorList {
	t.Helper()
	props := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(load(t, root).Spec.Versions[0].Schema.OpenAPIV3Schema, props, nil); err != nil {
		t.Fatal(err)
	}
	structural, err := schema.NewStructural(props)
	if err != nil {
		t.Fatal(err)
	}
	validator := cel.NewValidator(structural, true, celconfig.PerCallLimit)
	return func(object map[string]any) field.ErrorList {
		found, _ := validator.Validate(context.Background(), nil, structural, object, nil, celconfig.RuntimeCELCostBudget)
		return found
	}
}
