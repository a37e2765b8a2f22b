// Package alerts holds the alerts and the dashboards to what the agent, the manager and seid really say: rules that name a metric which nobody has are dead, and
// nobody sees it. How the alerts fire is in the files beside, which promtool runs (make alerts).
package alerts

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// told are the names of all that is told: by the agents and the manager, as a test of package internal/reference gathers them, and by seid.
func told(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range []string{"agent.txt", "manager.txt", "seid-v6.6.2.txt"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
				names[words[0]] = true
			}
		}
	}
	return names
}

// ofHistogram are what a histogram's name has at its end.
var ofHistogram = regexp.MustCompile(`_(bucket|sum|count)$`)

// unknown are the metrics of an expression that nobody tells.
func unknown(t *testing.T, expression string, known map[string]bool) (names []string) {
	t.Helper()
	for _, selector := range selectors(t, expression) {
		if name := selector.Name; !known[name] && !known[ofHistogram.ReplaceAllString(name, "")] {
			names = append(names, name)
		}
	}
	return names
}

func selectors(t *testing.T, expression string) (found []*parser.VectorSelector) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if selector, is := node.(*parser.VectorSelector); is {
			found = append(found, selector)
		}
		return nil
	})
	return found
}

// rules are the alerts' expressions by name.
func rules(t *testing.T) map[string]string {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	text, err := os.ReadFile("../../dist/rules.yml")
	if err == nil {
		err = yaml.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	expressions := map[string]string{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			expressions[rule.Alert] = rule.Expr
		}
	}
	if len(expressions) == 0 {
		t.Fatal("there are no alerts")
	}
	return expressions
}

// TestEveryMetricOfAnAlertIsToldBySomebody: an alert on another is dead, and nobody sees it.
func TestEveryMetricOfAnAlertIsToldBySomebody(t *testing.T) {
	known := told(t)
	for alert, expression := range rules(t) {
		if names := unknown(t, expression, known); len(names) > 0 {
			t.Errorf("%s names %q: neither the agent nor the manager nor seid tells them (testdata)", alert, names)
		}
	}
}

// TestAMetricThatNobodyTellsIsFound, also of the names that others have published for this chain.
func TestAMetricThatNobodyTellsIsFound(t *testing.T) {
	known := told(t)
	for expression, want := range map[string][]string{
		"rate(sei_node_hieght[5m]) > 0":                                    {"sei_node_hieght"},
		"tendermint_consensus_validator_status == 0":                       {"tendermint_consensus_validator_status"},
		"cometbft_p2p_peers < 3 and on (node) sei_node_peers < 3":          {"cometbft_p2p_peers"},
		"sum(rate(tendermint_consensus_block_interval_seconds_sum[5m]))":   nil,
		"sum(rate(workqueue_queue_duration_seconds_bucket[5m])) by (le)":   nil,
		"absent(sei_operator_build_info) or sei_node_restore_bytes > 0":    nil,
		"controller_runtime_reconcile_errors_total and sei_seinode_info":   nil,
		"sei_node_upgrade_planned_height unless sei_seinode_condition > 0": nil,
	} {
		if got := unknown(t, expression, known); !slices.Equal(got, want) {
			t.Errorf("%s: %q, wanted %q", expression, got, want)
		}
	}
}

// TestTheConditionsOfAlertsAreOnes: a type or a reason that is no more would never be told again.
func TestTheConditionsOfAlertsAreOnes(t *testing.T) {
	text, err := os.ReadFile("../../api/v1alpha1/conditions.go")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for alert, expression := range rules(t) {
		for _, selector := range selectors(t, expression) {
			for _, matcher := range selector.LabelMatchers {
				if selector.Name != "sei_seinode_condition" || (matcher.Name != "type" && matcher.Name != "reason") {
					continue
				}
				for word := range strings.SplitSeq(matcher.Value, "|") {
					looked++
					if !strings.Contains(string(text), fmt.Sprintf("= %q\n", word)) {
						t.Errorf("%s: there is no condition or reason %q", alert, word)
					}
				}
			}
		}
	}
	if looked == 0 {
		t.Error("no alert looks at a condition")
	}
}
