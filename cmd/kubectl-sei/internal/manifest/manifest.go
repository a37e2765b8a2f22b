// Package manifest is objects to be applied, in their order, with what is to be done before. It is pure.
package manifest

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/seinode/seinode-operator/internal/storage"
)

// Plan is what is to be done.
type Plan struct {
	// Steps are to be done first.
	Steps []Step
	// Objects are to be applied then.
	Objects []Object
}

// Step is something to do, and why: a command, or "" for what no command does.
type Step struct{ Why, Command string }

// Object is an object, and why.
type Object struct {
	Why    string
	Object any
}

// Add adds an object to be applied.
func (p *Plan) Add(object any, why string, args ...any) {
	p.Objects = append(p.Objects, Object{fmt.Sprintf(why, args...), object})
}

// Run adds a command to be run before.
func (p *Plan) Run(why, command string) { p.Steps = append(p.Steps, Step{why, command}) }

// Note adds what is to be known, or done by hand, before.
func (p *Plan) Note(format string, args ...any) { p.Run(fmt.Sprintf(format, args...), "") }

// Retain adds the command that keeps a volume's data where its claim is deleted, if it takes one.
func (p *Plan) Retain(volume *corev1.PersistentVolume) {
	if policy := volume.Spec.PersistentVolumeReclaimPolicy; policy != corev1.PersistentVolumeReclaimRetain {
		p.Run(fmt.Sprintf("The volume's reclaim policy is %s: whoever deletes the claim would destroy the data.", cmp.Or(string(policy), "not set")),
			storage.Retaining(volume.Name))
	}
}

// Write writes the plan as one YAML file: what is to be done before is comments in it.
func (p Plan) Write(out io.Writer) error {
	p.WriteSteps(out)
	for _, object := range p.Objects {
		fields, err := plain(object.Object)
		if err != nil {
			return err
		}
		text, err := yaml.Marshal(fields)
		if err != nil {
			return fmt.Errorf("writing the manifest: %w", err)
		}
		fmt.Fprintf(out, "---\n# %s\n%s\n", object.Why, strings.TrimRight(string(text), "\n"))
	}
	return nil
}

// WriteSteps writes what is to be done before, as comments.
func (p Plan) WriteSteps(out io.Writer) {
	for i, step := range p.Steps {
		if i == 0 {
			fmt.Fprintln(out, "# To be done before this is applied:")
		}
		fmt.Fprintf(out, "#\n# %s\n", step.Why)
		if step.Command != "" {
			fmt.Fprintf(out, "#   %s\n", step.Command)
		}
	}
}

// List is the objects as one, which kubectl applies as well.
func (p Plan) List() (map[string]any, error) {
	items := []any{}
	for _, object := range p.Objects {
		fields, err := plain(object.Object)
		if err != nil {
			return nil, err
		}
		items = append(items, fields)
	}
	return map[string]any{"apiVersion": "v1", "kind": "List", "items": items}, nil
}

// plain is the fields of an object without those that the API server fills in.
func plain(object any) (map[string]any, error) {
	text, err := yaml.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	fields := map[string]any{}
	if err := yaml.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("writing the manifest: %w", err)
	}
	delete(fields, "status")
	if metadata, is := fields["metadata"].(map[string]any); is {
		delete(metadata, "creationTimestamp")
	}
	return fields, nil
}
