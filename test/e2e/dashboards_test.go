//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/gomega"
)

// dashboard is what Grafana asks a Prometheus for one.
type dashboard struct {
	Panels []struct {
		Title   string
		Targets []struct {
			Expr    string
			Instant bool
		}
	}
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
}

// unsaid are metrics that nobody says here: of validators, of nodes whose data is fetched, and those of the real seid that the stand-in has not.
var unsaid = regexp.MustCompile(`sei_node_sign_height|tendermint_consensus_validator_|sei_node_bootstrap_ratio|` +
	`sei_chain_app_block_process_duration_seconds|tendermint_mempool_pending_size|process_network_`)

// labelValues is how a variable asks for the values of a label.
var labelValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)

// expectDashboards asks all that the dashboards ask, as Grafana does where that node is chosen, and has something to show for each.
func expectDashboards(ctx context.Context, node string) {
	chosen := map[string]string{"namespace": namespace, "chain": watchedChain, "node": node, "__rate_interval": "1m"}
	for _, file := range []string{"fleet.json", "node.json"} {
		var board dashboard
		Expect(json.Unmarshal([]byte(shipped("config", "prometheus", "dashboards", file)), &board)).To(Succeed())
		Expect(board.Panels).NotTo(BeEmpty())
		for _, variable := range board.Templating.List {
			if variable.Type == "query" {
				expectChoice(ctx, choose(variable.Definition, chosen), chosen[variable.Name])
			}
		}
		for _, panel := range board.Panels {
			for _, target := range panel.Targets {
				Eventually(ctx, func(g Gomega) {
					shown := show(ctx, g, choose(target.Expr, chosen), target.Instant)
					g.Expect(shown > 0 || unsaid.MatchString(target.Expr)).To(BeTrue(), "nothing to show")
				}).Should(Succeed(), "%s, %q: %s", file, panel.Title, target.Expr)
			}
		}
	}
}

// choose puts what is chosen in the place of each variable.
func choose(text string, chosen map[string]string) string {
	for name, value := range chosen {
		text = strings.ReplaceAll(text, "$"+name, value)
	}
	return text
}

// show is how many series a panel has, now or over the last five minutes.
func show(ctx context.Context, g Gomega, expression string, instant bool) int {
	if instant {
		return len(query(ctx, g, expression))
	}
	var answer struct{ Result []any }
	now := time.Now().Unix()
	ask(ctx, g, "query_range", &answer, "query", expression, "step", "15",
		"start", strconv.FormatInt(now-300, 10), "end", strconv.FormatInt(now, 10))
	return len(answer.Result)
}

// expectChoice says that a variable offers a value.
func expectChoice(ctx context.Context, definition, value string) {
	match := labelValues.FindStringSubmatch(definition)
	Expect(match).NotTo(BeNil(), definition)
	var offered []string
	ask(ctx, Default, fmt.Sprintf("label/%s/values", match[2]), &offered, "match[]", match[1])
	Expect(offered).To(ContainElement(value), definition)
}
