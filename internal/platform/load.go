package platform

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// file is the YAML document. Quantities are strings here, since a decoder's error on one does not name the field.
type file struct {
	Modes      map[seiv1alpha1.Mode]modeFile `json:"modes,omitempty"`
	Scheduling Scheduling                    `json:"scheduling,omitempty"`
	Images     Images                        `json:"images,omitempty"`
	Containers containersFile                `json:"containers,omitempty"`
}

type containersFile struct {
	Home      resourcesFile `json:"home,omitempty"`
	Bootstrap resourcesFile `json:"bootstrap,omitempty"`
	Agent     resourcesFile `json:"agent,omitempty"`
}

// scalar takes a YAML string or number as it was written, so that `cpu: 16` is as good as `cpu: "16"`.
type scalar string

// UnmarshalJSON keeps the text of the value.
func (s *scalar) UnmarshalJSON(data []byte) error {
	*s = scalar(strings.Trim(string(data), `"`))
	return nil
}

type modeFile struct {
	StorageClassName *string       `json:"storageClassName,omitempty"`
	Size             scalar        `json:"size,omitempty"`
	Resources        resourcesFile `json:"resources,omitempty"`
}

type resourcesFile struct {
	Requests map[corev1.ResourceName]scalar `json:"requests,omitempty"`
	Limits   map[corev1.ResourceName]scalar `json:"limits,omitempty"`
}

// Load reads the file at path. No path and no file mean the built-in defaults; anything wrong in the file is an error
// that names the field and the reason.
func Load(path string) (Config, error) {
	if path == "" {
		return Default(), nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("reading the platform configuration: %w", err)
	}
	config, err := Parse(data)
	if err != nil {
		return Config{}, fmt.Errorf("platform configuration %s: %w", path, err)
	}
	return config, nil
}

// Parse decodes the YAML document strictly: an unknown or repeated field, a malformed quantity and an unknown mode are
// errors that name the field.
func Parse(data []byte) (Config, error) {
	if err := oneDocument(data); err != nil {
		return Config{}, err
	}
	jsonData, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return Config{}, err
	}
	var decoded file
	strict, err := kjson.UnmarshalStrict(jsonData, &decoded)
	if err := errors.Join(append(strict, err)...); err != nil {
		return Config{}, err
	}
	config, problems := decoded.resolve()
	return config, problems.ToAggregate()
}

// oneDocument refuses a second document, which the decoder would not look at.
func oneDocument(data []byte) error {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for documents := 0; ; documents++ {
		_, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case documents == 1:
			return errors.New("found more than one YAML document (---); wanted one")
		}
	}
}

// resolve lays the document over the built-in defaults.
func (f file) resolve() (Config, field.ErrorList) {
	config, modes := Default(), field.NewPath("modes")
	config.Scheduling, config.Images = f.Scheduling, f.Images
	problems := f.Images.validate(field.NewPath("images"))
	containers := field.NewPath("containers")
	config.Containers.Home = f.Containers.Home.resolve(config.Containers.Home, containers.Child("home"), &problems)
	config.Containers.Bootstrap = f.Containers.Bootstrap.resolve(config.Containers.Bootstrap, containers.Child("bootstrap"), &problems)
	config.Containers.Agent = f.Containers.Agent.resolve(config.Containers.Agent, containers.Child("agent"), &problems)
	for _, mode := range slices.Sorted(maps.Keys(f.Modes)) {
		defaults, known := config.Modes[mode]
		if !known {
			problems = append(problems, field.NotSupported(modes, mode, slices.Sorted(maps.Keys(config.Modes))))
			continue
		}
		resolved, more := f.Modes[mode].resolve(defaults, modes.Child(string(mode)))
		config.Modes[mode], problems = resolved, append(problems, more...)
	}
	return config, problems
}

func (m modeFile) resolve(defaults ModeDefaults, path *field.Path) (ModeDefaults, field.ErrorList) {
	var problems field.ErrorList
	defaults.StorageClassName = m.StorageClassName
	if m.Size != "" {
		defaults.Size = parseQuantity(m.Size, path.Child("size"), &problems)
		if defaults.Size.Sign() <= 0 && len(problems) == 0 {
			problems = append(problems, field.Invalid(path.Child("size"), string(m.Size), "must be above zero"))
		}
	}
	defaults.Resources = m.Resources.resolve(defaults.Resources, path.Child("resources"), &problems)
	return defaults, problems
}

// resolve takes the place of the defaults as far as the file says anything: of the requests, and of the limits.
func (r resourcesFile) resolve(defaults corev1.ResourceRequirements, path *field.Path, problems *field.ErrorList) corev1.ResourceRequirements {
	if requests := parseQuantities(r.Requests, path.Child("requests"), problems); requests != nil {
		defaults.Requests = requests
	}
	if limits := parseQuantities(r.Limits, path.Child("limits"), problems); limits != nil {
		defaults.Limits = limits
	}
	return defaults
}

func parseQuantities(values map[corev1.ResourceName]scalar, path *field.Path, problems *field.ErrorList) corev1.ResourceList {
	if len(values) == 0 {
		return nil
	}
	list := corev1.ResourceList{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list[name] = parseQuantity(values[name], path.Key(string(name)), problems)
	}
	return list
}

// exponent finds 1e9: it is a quantity, but 1e999999999 is one too, and to compare it takes hours.
var exponent = regexp.MustCompile(`[eE][-+.0-9]`)

func parseQuantity(value scalar, path *field.Path, problems *field.ErrorList) resource.Quantity {
	quantity, err := resource.ParseQuantity(string(value))
	if err != nil || exponent.MatchString(string(value)) {
		*problems = append(*problems, field.Invalid(path, string(value), "must be a quantity such as 500Gi, 64Gi or 16"))
	}
	return quantity
}

func (i Images) validate(path *field.Path) field.ErrorList {
	known := []corev1.PullPolicy{corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever}
	if i.PullPolicy == "" || slices.Contains(known, i.PullPolicy) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path.Child("pullPolicy"), i.PullPolicy, known)}
}
