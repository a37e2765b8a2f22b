package platform_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

// everything sets every field that there is.
const everything = `
modes:
  archive:
    storageClassName: gp3
    size: 30Ti
    resources:
      requests: {cpu: 16, memory: 256Gi}
      limits: {memory: "512Gi"}
  seed:
    storageClassName: ""
    size: 10Gi
scheduling:
  nodeSelector: {disk: nvme}
  tolerations:
  - {key: sei, operator: Exists, effect: NoSchedule}
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
        - matchExpressions: [{key: zone, operator: In, values: [a]}]
  topologySpreadConstraints:
  - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}
  priorityClassName: nodes
images:
  pullPolicy: IfNotPresent
  pullSecrets: [{name: registry}]
containers:
  home:
    requests: {cpu: 200m, memory: 512Mi}
  agent:
    limits: {cpu: 1, memory: 256Mi}
`

func TestTheBuiltInSizesAreThoseOfTheContract(t *testing.T) {
	want := map[seiv1alpha1.Mode]string{"fullNode": "2000Gi", "validator": "2000Gi", "archive": "25000Gi", "seed": "20Gi"}
	if diff := cmp.Diff(want, sizes(platform.Default())); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func sizes(config platform.Config) map[seiv1alpha1.Mode]string {
	sizes := map[seiv1alpha1.Mode]string{}
	for mode, defaults := range config.Modes {
		sizes[mode] = defaults.Size.String()
	}
	return sizes
}

func TestADocumentThatSaysNothingMeansTheDefaults(t *testing.T) {
	for name, document := range map[string]string{
		"empty": "", "comments only": "# nothing\n# here\n", "a document mark": "---\n", "empty object": "{}",
		"null": "null", "empty sections": "modes: {}\nscheduling: {}\nimages: {}\n", "null sections": "modes:\nscheduling:\nimages:\n",
		"a mode that says nothing": "modes:\n  archive:\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := platform.Parse([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(platform.Default(), got); diff != "" {
				t.Errorf("configuration (-default +got):\n%s", diff)
			}
		})
	}
}

func TestParseTakesEveryField(t *testing.T) {
	got, err := platform.Parse([]byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	want := platform.Default()
	want.Modes["archive"] = platform.ModeDefaults{
		StorageClassName: ptr.To("gp3"), Size: resource.MustParse("30Ti"),
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{"cpu": resource.MustParse("16"), "memory": resource.MustParse("256Gi")},
			Limits:   corev1.ResourceList{"memory": resource.MustParse("512Gi")},
		},
	}
	want.Modes["seed"] = platform.ModeDefaults{StorageClassName: ptr.To(""), Size: resource.MustParse("10Gi")}
	want.Scheduling = platform.Scheduling{
		NodeSelector: map[string]string{"disk": "nvme"},
		Tolerations:  []corev1.Toleration{{Key: "sei", Operator: "Exists", Effect: "NoSchedule"}},
		Affinity: &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: "In", Values: []string{"a"}}},
			}}},
		}},
	}
	want.Scheduling.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: "DoNotSchedule"}}
	want.Scheduling.PriorityClassName = "nodes"
	want.Containers.Home.Requests = corev1.ResourceList{"cpu": resource.MustParse("200m"), "memory": resource.MustParse("512Mi")}
	want.Containers.Agent.Limits = corev1.ResourceList{"cpu": resource.MustParse("1"), "memory": resource.MustParse("256Mi")}
	want.Images = platform.Images{PullPolicy: "IfNotPresent", PullSecrets: []corev1.LocalObjectReference{{Name: "registry"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestANumberIsAsGoodAsAString(t *testing.T) {
	for document, want := range map[string]string{
		"modes: {archive: {size: 26843545600000}}":       "25000Gi",
		`modes: {archive: {size: "26843545600000"}}`:     "25000Gi",
		"modes: {archive: {size: 25000Gi}}":              "25000Gi",
		"modes: {archive: {size: 1e12}}":                 "1T",
		"modes: {archive: {size: '0.5Ti'}}":              "512Gi",
		"modes: {archive: {size: 1Ti}, seed: {size: 5}}": "1Ti",
	} {
		t.Run(document, func(t *testing.T) {
			config, err := platform.Parse([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			if got := config.Modes["archive"].Size; got.Cmp(resource.MustParse(want)) != 0 {
				t.Errorf("size is %s, wanted %s", got.String(), want)
			}
		})
	}
}

func TestParseRefusesAndNamesTheField(t *testing.T) {
	tests := map[string]struct {
		document string
		says     []string
	}{
		"unknown field":                {"mode: {}", []string{`unknown field "mode"`}},
		"unknown field, deep":          {"modes: {archive: {sise: 1Ti}}", []string{`unknown field "modes.archive.sise"`}},
		"unknown field, in a list":     {"scheduling: {tolerations: [{kay: a}]}", []string{`unknown field "scheduling.tolerations[0].kay"`}},
		"unknown field, by case":       {"Modes: {}", []string{`unknown field "Modes"`}},
		"repeated key":                 {"modes: {archive: {size: 1Ti, size: 2Ti}}", []string{`"size"`, "already"}},
		"repeated section":             {"images: {}\nimages: {}\n", []string{`"images"`, "already"}},
		"malformed size":               {"modes: {archive: {size: 25 TB}}", []string{"modes.archive.size", "25 TB", "must be a quantity"}},
		"size in a list":               {"modes: {archive: {size: [1Ti]}}", []string{"modes.archive.size", "must be a quantity"}},
		"size in an object":            {"modes: {archive: {size: {a: 1}}}", []string{"modes.archive.size", "must be a quantity"}},
		"size is a truth":              {"modes: {archive: {size: true}}", []string{"modes.archive.size", "must be a quantity"}},
		"size zero":                    {"modes: {seed: {size: 0}}", []string{"modes.seed.size", "must be above zero"}},
		"size zero, with a unit":       {"modes: {seed: {size: 0Gi}}", []string{"modes.seed.size", "must be above zero"}},
		"size below zero":              {"modes: {seed: {size: -1Gi}}", []string{"modes.seed.size", "-1Gi", "must be above zero"}},
		"malformed request":            {"modes: {archive: {resources: {requests: {cpu: lots}}}}", []string{"modes.archive.resources.requests[cpu]", "lots"}},
		"malformed limit":              {"modes: {archive: {resources: {limits: {memory: 1 GB}}}}", []string{"modes.archive.resources.limits[memory]", "1 GB"}},
		"size with an exponent":        {"modes: {archive: {size: 1e9999999}}", []string{"modes.archive.size", "1e9999999", "must be a quantity"}},
		"a second document":            {"modes: {}\n---\nmodes: {}\n", []string{"more than one YAML document"}},
		"a third document, unknown":    {"---\n---\nmodez: {}\n", []string{"more than one YAML document"}},
		"unknown mode":                 {"modes: {rpc: {size: 1Ti}}", []string{"modes", `"rpc"`, "archive", "fullNode", "seed", "validator"}},
		"bad pull policy":              {"images: {pullPolicy: Sometimes}", []string{"images.pullPolicy", "Sometimes", "Always", "IfNotPresent", "Never"}},
		"modes is a list":              {"modes: [archive]", []string{"modes"}},
		"resources is a list":          {"modes: {archive: {resources: [cpu]}}", []string{"resources"}},
		"requests is a number":         {"modes: {archive: {resources: {requests: 5}}}", []string{"requests"}},
		"storageClassName is a number": {"modes: {archive: {storageClassName: 5}}", []string{"storageClassName"}},
		"tolerations is an object":     {"scheduling: {tolerations: {key: a}}", []string{"tolerations"}},
		"pullSecrets is a string":      {"images: {pullSecrets: registry}", []string{"pullSecrets"}},
		"the document is a list":       {"- modes", []string{"array"}},
		"the document is a word":       {"modes", []string{"string"}},
		"no YAML":                      {"modes: {", []string{"line"}},
		"every problem at once": {
			"modes: {archive: {size: x}, seed: {size: 0}, rpc: {}}\nimages: {pullPolicy: x}",
			[]string{"modes.archive.size", "modes.seed.size", `"rpc"`, "images.pullPolicy"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := platform.Parse([]byte(test.document))
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
		})
	}
}

// TestAMalformedSizeIsOneProblemNotTwo: it is not also "not above zero".
func TestAMalformedSizeIsOneProblemNotTwo(t *testing.T) {
	_, err := platform.Parse([]byte("modes: {archive: {size: much}}"))
	if err == nil || strings.Count(err.Error(), "modes.archive.size") != 1 {
		t.Errorf("error is %v", err)
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	good, bad := filepath.Join(folder, "good.yaml"), filepath.Join(folder, "bad.yaml")
	write(t, good, "modes: {archive: {size: 30Ti}}")
	write(t, bad, "modes: {archive: {size: much}}")

	t.Run("no path means the defaults", func(t *testing.T) { loads(t, "", "25000Gi") })
	t.Run("no file means the defaults", func(t *testing.T) { loads(t, filepath.Join(folder, "none.yaml"), "25000Gi") })
	t.Run("a file is read", func(t *testing.T) { loads(t, good, "30Ti") })
	t.Run("an error names the path and the field", func(t *testing.T) { refuses(t, bad, bad, "modes.archive.size", "much") })
	t.Run("what cannot be read is an error", func(t *testing.T) { refuses(t, folder, folder, "reading the platform configuration") })
}

func loads(t *testing.T, path, archive string) {
	t.Helper()
	config, err := platform.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := sizes(config)["archive"]; got != archive {
		t.Errorf("archive size is %q, wanted %q", got, archive)
	}
}

func refuses(t *testing.T, path string, says ...string) {
	t.Helper()
	_, err := platform.Load(path)
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// FuzzParse: no bytes make Parse panic, and what it takes can be used: every mode has a size above zero.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", everything, "modes: {archive: {size: 0}}", "modes: {archive: {size: -1}}", "modes: {archive: null}",
		`modes: {seed: {size: ""}}`, "modes: {seed: {size: null}}", "images: {pullPolicy: Never}", "- a", "{", "&a [*a]", "size: 1e999999",
		"modes: {seed: {size: 1n}}", "modes: {seed: {size: 1e-9}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		config, err := platform.Parse(data)
		if err != nil {
			return
		}
		for _, mode := range []seiv1alpha1.Mode{"fullNode", "archive", "validator", "seed"} {
			if size := config.Modes[mode].Size; size.Sign() <= 0 {
				t.Errorf("mode %s has size %s", mode, size.String())
			}
		}
		if len(config.Modes) != 4 {
			t.Errorf("%d modes", len(config.Modes))
		}
	})
}
