package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// object is one document of the manifests.
type object struct{ *unstructured.Unstructured }

// findings are what the manifests say that becomes the default of a value.
type findings struct {
	repository, tag string
	replicas        any
	resources       any
	goMemLimit      string
	config          map[string]any
	// comments are the lines above the platform configuration.
	comments []string
}

// read returns the objects but for the Namespace, which Helm makes itself.
func read(manifests io.Reader) ([]object, error) {
	decoder := utilyaml.NewYAMLOrJSONDecoder(manifests, 4096)
	var objects []object
	for {
		o := object{&unstructured.Unstructured{}}
		err := decoder.Decode(&o.Object)
		switch {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, err
		case len(o.Object) > 0 && o.GetKind() != "Namespace":
			objects = append(objects, o)
		}
	}
}

func look(objects []object) (findings, error) {
	var found findings
	var deployments, configs int
	for _, o := range objects {
		switch o.GetKind() {
		case "Deployment":
			deployments++
			if err := found.deployment(o); err != nil {
				return found, err
			}
		case "ConfigMap":
			configs++
			if err := found.configMap(o); err != nil {
				return found, err
			}
		}
	}
	if deployments != 1 || configs != 1 {
		return found, fmt.Errorf("found %d Deployments and %d ConfigMaps; wanted one of each", deployments, configs)
	}
	return found, nil
}

func (f *findings) deployment(o object) error {
	container, err := manager(o)
	if err != nil {
		return err
	}
	image, _ := container["image"].(string)
	colon := strings.LastIndex(image, ":")
	if colon < 0 {
		return fmt.Errorf("the manager's image %q has no tag", image)
	}
	f.repository, f.tag = image[:colon], image[colon+1:]
	f.replicas, _, _ = unstructured.NestedFieldNoCopy(o.Object, "spec", "replicas")
	f.resources = container["resources"]
	f.goMemLimit, _ = variableOf(container, memoryLimit)["value"].(string)
	return nil
}

// configMap takes the platform configuration apart: the value is the chart's default, the comments stay in the template.
func (f *findings) configMap(o object) error {
	text, _, _ := unstructured.NestedString(o.Object, "data", configKey)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			f.comments = append(f.comments, strings.TrimSpace(line))
		}
	}
	return yaml.Unmarshal([]byte(text), &f.config)
}

// manager is the manager's container, which is shared with the object, not a copy.
func manager(deployment object) (map[string]any, error) {
	pod, _, err := unstructured.NestedFieldNoCopy(deployment.Object, "spec", "template", "spec")
	if err != nil {
		return nil, err
	}
	spec, _ := pod.(map[string]any)
	containers := list(spec, "containers")
	if len(containers) != 1 {
		return nil, fmt.Errorf("found %d containers in Deployment %s; wanted the manager alone", len(containers), deployment.GetName())
	}
	return containers[0], nil
}

// variableOf is a container's variable of that name, shared with it; nil if there is none.
func variableOf(container map[string]any, name string) map[string]any {
	for _, variable := range list(container, "env") {
		if variable["name"] == name {
			return variable
		}
	}
	return nil
}

// list is a field's objects, shared with it.
func list(parent map[string]any, field string) []map[string]any {
	items, _ := parent[field].([]any)
	var maps []map[string]any
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			maps = append(maps, m)
		}
	}
	return maps
}
