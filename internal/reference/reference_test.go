// Package reference_test holds docs/reference/README.md and docs/explanation/security.md to the code, both ways: what the code can say is documented, and what
// is documented the code can say.
package reference_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/yaml"

	_ "sigs.k8s.io/controller-runtime/pkg/controller" // registers its metrics

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/telemetry"
	"github.com/seinode/seinode-operator/internal/workload"
)

// referencePage is the document, in docs/, that lists what the code can say.
const referencePage = "reference/README.md"

// values are the string constants of a file whose names begin so, by value.
func values(t *testing.T, path string, prefixes ...string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", path), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || len(spec.Values) != 1 {
			return true
		}
		literal, isText := spec.Values[0].(*ast.BasicLit)
		named := slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(spec.Names[0].Name, prefix) })
		if value, err := strconv.Unquote(literalOf(literal, isText)); err == nil && named {
			found[value] = true
		}
		return true
	})
	if len(found) == 0 {
		t.Fatalf("%s has no constants that begin with %v", path, prefixes)
	}
	return found
}

func literalOf(literal *ast.BasicLit, isText bool) string {
	if !isText {
		return ""
	}
	return literal.Value
}

// firstColumn is what the tables under a heading list, which begins so.
func firstColumn(t *testing.T, document, heading string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", document))
	if err != nil {
		t.Fatal(err)
	}
	row, under, found := regexp.MustCompile("^\\| (?:<a id=\"[a-z-]+\"></a>)?\\[?`([^`]+)`(?:\\]\\(#[a-z-]+\\))? \\|"), false, map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "## ") {
			under = strings.HasPrefix(line, "## "+heading)
		}
		if match := row.FindStringSubmatch(line); under && match != nil {
			if found[match[1]] {
				t.Errorf("docs/%s lists %s twice under %q", document, match[1], heading)
			}
			found[match[1]] = true
		}
	}
	return found
}

func compare(t *testing.T, what string, code, document map[string]bool) {
	t.Helper()
	if diff := cmp.Diff(code, document); diff != "" {
		t.Errorf("%s: a line with - is missing in the document, one with + is not in the code:\n%s", what, diff)
	}
}

func TestConditionsReasonsAndKeys(t *testing.T) {
	const api = "api/v1alpha1/conditions.go"
	compare(t, "conditions", values(t, api, "Condition"), firstColumn(t, referencePage, "Conditions"))
	reasons := map[string]bool{}
	for _, kind := range []string{"ImportPVCReady", "DataInspected", "Ready", "a failed task", "Synced", "NodeUpdateInProgress", "UpgradeReady", "Exposed", "Bootstrapped", "Peered"} {
		maps.Copy(reasons, firstColumn(t, referencePage, "Reasons of "+kind))
	}
	compare(t, "reasons", values(t, api, "Reason"), reasons)
	compare(t, "keys", values(t, "api/v1alpha1/metadata.go", "Annotation", "Label", "Finalizer"), firstColumn(t, referencePage, "Annotations, labels"))
	compare(t, "events", values(t, "internal/telemetry/events.go", "Event"), firstColumn(t, referencePage, "Events"))
}

// TestSettings: the document lists the table's keys, each with who decides it.
func TestSettings(t *testing.T) {
	table := map[string]bool{}
	for _, row := range workload.Table {
		table[row.Key] = true
		want := "\n| `" + row.Key + "` | " + string(row.Owner) + " | "
		if text, err := os.ReadFile(filepath.Join("..", "..", "docs", referencePage)); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("docs/reference/README.md has no line %q (%v)", strings.TrimSpace(want), err)
		}
	}
	compare(t, "settings", table, firstColumn(t, referencePage, "Settings of seid"))
}

// described are the names of what is registered: a registry gathers a metric with labels only once somebody counted it.
type described map[string]bool

// Register notes the names of the collector's metrics.
func (d described) Register(collector prometheus.Collector) error {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		collector.Describe(descriptions)
	}()
	for description := range descriptions {
		match := regexp.MustCompile(`^Desc\{fqName: "([^"]+)"`).FindStringSubmatch(description.String())
		if len(match) < 2 {
			return fmt.Errorf("a description of another form: %s", description)
		}
		d[match[1]] = true
	}
	return nil
}

// MustRegister notes several.
func (d described) MustRegister(collectors ...prometheus.Collector) {
	for _, collector := range collectors {
		if err := d.Register(collector); err != nil {
			panic(err)
		}
	}
}

// Unregister forgets nothing.
func (d described) Unregister(prometheus.Collector) bool { return false }

// ofAgents and ofManager are the names of what these tell.
func ofAgents() described {
	names := described{}
	names.MustRegister(serve.New(serve.Options{Sync: "x"}, time.Now).Metrics(), serve.RestoreMetrics(func() wire.Restore { return wire.Restore{} }))
	return names
}

func ofManager() described {
	names := described{}
	telemetry.NewMetrics(names, "test")
	names.MustRegister(telemetry.NewNodes(nil))
	return names
}

func TestMetrics(t *testing.T) {
	names := ofAgents()
	maps.Copy(names, ofManager())
	compare(t, "metrics", names, firstColumn(t, referencePage, "Metrics"))
}

// TestWhatAlertsMayName is what is told indeed, by the manager also what controller-runtime counts for it: test/alerts goes by these lists.
func TestWhatAlertsMayName(t *testing.T) {
	theirs, says := metrics.Registry.(prometheus.Collector)
	if !says {
		t.Fatal("the registry of controller-runtime does not say what is in it")
	}
	manager := ofManager()
	manager.MustRegister(theirs)
	maps.DeleteFunc(manager, func(name string, _ bool) bool { return strings.HasPrefix(name, "go_") }) // as many as the version of Go has
	for file, told := range map[string]described{"agent.txt": ofAgents(), "manager.txt": manager} {
		path := filepath.Join("..", "..", "test", "alerts", "testdata", file)
		listed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Join(slices.Sorted(maps.Keys(told)), "\n")+"\n", string(listed)); diff != "" {
			t.Errorf("%s (-told +listed):\n%s", path, diff)
		}
	}
}

// TestRights: every right has a row with its reason, and no row is of a right that is not granted.
func TestRights(t *testing.T) {
	granted := map[string]bool{}
	for _, file := range []string{"role.yaml", "pre_pull_role.yaml", "machine_reader_role.yaml", "volume_reader_role.yaml"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", file))
		role := &rbacv1.ClusterRole{}
		if err == nil {
			err = yaml.UnmarshalStrict(data, role)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				name := resource
				if rule.APIGroups[0] != "" {
					name += "." + rule.APIGroups[0]
				}
				granted[name+": "+strings.Join(rule.Verbs, ", ")] = true
			}
		}
	}
	compare(t, "rights", granted, firstColumn(t, "explanation/security.md", "Rights"))
}
