package bundle_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	schemavalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// sections are the halves of a SeiNode, each with the paths of its descriptors.
func sections(b *bundle) map[string][]string {
	found := map[string][]string{}
	for _, owned := range b.CSV.Spec.CustomResourceDefinitions.Owned {
		for _, descriptor := range owned.SpecDescriptors {
			found["spec"] = append(found["spec"], descriptor.Path)
		}
		for _, descriptor := range owned.StatusDescriptors {
			found["status"] = append(found["status"], descriptor.Path)
		}
	}
	return found
}

func schemaOf(b *bundle) *apiextensionsv1.JSONSchemaProps {
	return b.crd.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// fieldsAreDescribed looks at the top level: a console shows nothing of a field without a descriptor.
func fieldsAreDescribed(b *bundle) error {
	var found []error
	for _, section := range []string{"spec", "status"} {
		described := sets.New(sections(b)[section]...)
		for _, name := range slices.Sorted(maps.Keys(schemaOf(b).Properties[section].Properties)) {
			if !described.Has(name) {
				found = append(found, fmt.Errorf("%s: %s descriptors: found none of path %q, which the CRD has", manifest, section, name))
			}
		}
	}
	return errors.Join(found...)
}

func descriptorsExist(b *bundle) error {
	var found []error
	for section, paths := range sections(b) {
		for _, path := range paths {
			if !hasField(schemaOf(b).Properties[section], path) {
				found = append(found, fmt.Errorf("%s: %s descriptors: found path %q, wanted a field of the CRD", manifest, section, path))
			}
		}
	}
	return errors.Join(found...)
}

func hasField(at apiextensionsv1.JSONSchemaProps, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		next, there := at.Properties[name]
		if !there {
			return false
		}
		at = next
	}
	return true
}

// examplesOf are the objects that a console offers to start from.
func examplesOf(b *bundle) (examples []map[string]any, err error) {
	if err := json.Unmarshal([]byte(b.CSV.Annotations["alm-examples"]), &examples); err != nil {
		return nil, fmt.Errorf("%s: alm-examples: %w", manifest, err)
	}
	if len(examples) == 0 {
		return nil, fmt.Errorf("%s: alm-examples: found none", manifest)
	}
	return examples, nil
}

// forEachExample asks a question about every example.
func forEachExample(b *bundle, ask func(*unstructured.Unstructured) error) error {
	examples, err := examplesOf(b)
	for _, example := range examples {
		object := &unstructured.Unstructured{Object: example}
		if found := ask(object); found != nil {
			err = errors.Join(err, fmt.Errorf("%s: alm-examples: %s: %w", manifest, object.GetName(), found))
		}
	}
	return err
}

func examplesHaveStatus(b *bundle) error {
	return forEachExample(b, func(example *unstructured.Unstructured) error {
		if status, _, _ := unstructured.NestedMap(example.Object, "status"); len(status) == 0 {
			return errors.New("status: found nothing, wanted what a running node says")
		}
		return nil
	})
}

// examplesFit asks what an API server asks on creation: types and required fields, the CEL rules, and no field that is unknown.
func examplesFit(b *bundle) error {
	props := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(schemaOf(b), props, nil); err != nil {
		return err
	}
	structural, err := schema.NewStructural(props)
	if err != nil {
		return err
	}
	validator, _, err := schemavalidation.NewSchemaValidator(props)
	if err != nil {
		return err
	}
	return forEachExample(b, func(example *unstructured.Unstructured) error {
		found := schemavalidation.ValidateCustomResource(nil, example.Object, validator)
		rules := cel.NewValidator(structural, true, celconfig.PerCallLimit)
		broken, _ := rules.Validate(context.Background(), nil, structural, example.Object, nil, celconfig.RuntimeCELCostBudget)
		return errors.Join(append(found, broken...).ToAggregate(), noUnknownField(example, structural))
	})
}

// noUnknownField works on a copy: pruning drops what it finds.
func noUnknownField(example *unstructured.Unstructured, structural *schema.Structural) error {
	options := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	var found field.ErrorList
	for _, path := range pruning.PruneWithOptions(example.DeepCopy().Object, structural, true, options) {
		found = append(found, field.Forbidden(field.NewPath(path), "the CRD has no such field"))
	}
	return found.ToAggregate()
}

// crdIsCurrent compares what the two files say, without what the SDK adds to its copy.
func crdIsCurrent(b *bundle) error {
	wanted, err := readCRD(filepath.Join(repository, "config", "crd", "bases", "sei.io_seinodes.yaml"))
	if err != nil {
		return err
	}
	found, err := readCRD(filepath.Join(b.root, "bundle", "manifests", "sei.io_seinodes.yaml"))
	if err != nil {
		return err
	}
	if difference := cmp.Diff(wanted, found); difference != "" {
		return fmt.Errorf("manifests/sei.io_seinodes.yaml: found (+), wanted config/crd/bases (-), run make bundle:\n%s", difference)
	}
	return nil
}

// readCRD returns the file in one order of its keys, so that a difference shows as lines.
func readCRD(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	crd := map[string]any{}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		return "", err
	}
	unstructured.RemoveNestedField(crd, "status")
	unstructured.RemoveNestedField(crd, "metadata", "creationTimestamp")
	text, err = yaml.Marshal(crd)
	return string(text), err
}
