package bundle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

// edit changes the CSV of a copied bundle.
func edit(change func(*csv)) func(string) error {
	return func(root string) error {
		path := filepath.Join(root, "bundle", manifest)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		parsed := &csv{}
		if err := yaml.UnmarshalStrict(text, parsed); err != nil {
			return err
		}
		change(parsed)
		text, err = yaml.Marshal(parsed)
		return errors.Join(err, os.WriteFile(path, text, 0o600))
	}
}

// replace changes a text of a file, which has to be there.
func replace(file, old, with string) func(string) error {
	return func(root string) error {
		path := filepath.Join(root, "bundle", file)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed := strings.Replace(string(text), old, with, 1)
		if changed == string(text) {
			return fmt.Errorf("%s: found no %q to replace", file, old)
		}
		return os.WriteFile(path, []byte(changed), 0o600)
	}
}

func remove(file string) func(string) error {
	return func(root string) error { return os.Remove(filepath.Join(root, "bundle", file)) }
}

func write(file, text string) func(string) error {
	return func(root string) error { return os.WriteFile(filepath.Join(root, "bundle", file), []byte(text), 0o600) }
}

func object(version, kind string) func(string) error {
	return write("manifests/more.yaml", fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: more}\n", version, kind))
}

func both(one, other func(string) error) func(string) error {
	return func(root string) error { return errors.Join(one(root), other(root)) }
}

func annotate(name, value string) func(string) error {
	return edit(func(c *csv) { c.Annotations[name] = value })
}

// inExample sets a field of the first example's section, or of the example itself; nil takes it away.
func inExample(section, field string, value any) func(string) error {
	return edit(func(c *csv) {
		examples := []map[string]any{}
		_ = json.Unmarshal([]byte(c.Annotations["alm-examples"]), &examples)
		at := examples[0]
		if section != "" {
			at = at[section].(map[string]any)
		}
		at[field] = value
		if value == nil {
			delete(at, field)
		}
		text, _ := json.Marshal(examples)
		c.Annotations["alm-examples"] = string(text)
	})
}

func inManager(change func(*corev1.Container)) func(string) error {
	return edit(func(c *csv) {
		change(&c.Spec.InstallStrategy.StrategySpec.DeploymentSpecs[0].Spec.Template.Spec.Containers[0])
	})
}

// grant adds a verb to every rule on a resource.
func grant(resource, verb string) func(string) error {
	return onRules(resource, func(rule *rbacv1.PolicyRule) { rule.Verbs = append(rule.Verbs, verb) })
}

// revoke takes a verb from every rule on a resource.
func revoke(resource, verb string) func(string) error {
	return onRules(resource, func(rule *rbacv1.PolicyRule) {
		rule.Verbs = slices.DeleteFunc(rule.Verbs, func(each string) bool { return each == verb })
	})
}

func onRules(resource string, change func(*rbacv1.PolicyRule)) func(string) error {
	return edit(func(c *csv) {
		strategy := &c.Spec.InstallStrategy.StrategySpec
		for _, permission := range slices.Concat(strategy.Permissions, strategy.ClusterPermissions) {
			for i := range permission.Rules {
				if slices.Contains(permission.Rules[i].Resources, resource) {
					change(&permission.Rules[i])
				}
			}
		}
	})
}
