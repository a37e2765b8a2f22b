package node

import (
	"reflect"

	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/statesync"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
)

// metricsProvider adds to the engine's series what the real node has beyond
// them: consensus_block_syncing, consensus_latest_block_height during
// block sync too, when CometBFT leaves it unset, and the plan's height, which has no namespace.
func (n *Node) metricsProvider(chainID string) cmtnode.MetricsProvider {
	config := engineConfig(n.home, n.settings).Instrumentation
	if !config.Prometheus {
		return tap(cmtnode.DefaultMetricsProvider(config), func(_, syncs any) { hearEnd(syncs, n.syncEnd) })
	}
	n.syncMetrics = newSyncMetrics(config.Namespace, chainID)
	prometheus.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: config.Namespace, Subsystem: "consensus", Name: "block_syncing",
		Help:        "Whether the node is block syncing.",
		ConstLabels: prometheus.Labels{"chain_id": chainID},
	}, n.syncing))
	n.planned = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "cosmos_upgrade_plan_height", Help: "cosmos_upgrade_plan_height"},
		[]string{"name", "info"})
	prometheus.MustRegister(n.planned)
	return tap(cmtnode.DefaultMetricsProvider(config), func(consensus, syncs any) {
		n.keepHeightGauge(consensus)
		hearEnd(syncs, n.syncEnd)
	})
}

// hearEnd has a state sync tell its end.
func hearEnd(syncs any, end endGauge) {
	if metrics, ok := syncs.(*statesync.Metrics); ok {
		metrics.Syncing = end
	}
}

// tap shows the first and the last of a provider's results to a function. The types are
// internal to CometBFT and cannot be named here, only inferred.
func tap[A, B, C, D, E, F, G, H any](
	provide func(string) (A, B, C, D, E, F, G, H), show func(any, any),
) func(string) (A, B, C, D, E, F, G, H) {
	return func(chainID string) (A, B, C, D, E, F, G, H) {
		a, b, c, d, e, f, g, h := provide(chainID)
		show(a, h)
		return a, b, c, d, e, f, g, h
	}
}

// keepHeightGauge finds the gauge that the application sets at each commit.
func (n *Node) keepHeightGauge(metrics any) {
	field := reflect.ValueOf(metrics).Elem().FieldByName("CommittedHeight")
	if gauge, ok := field.Interface().(interface{ Set(float64) }); ok {
		n.committed.Store(&gauge)
	}
}

// onCommit tells the height gauge; before the engine is made there is none.
func (n *Node) onCommit(height int64) {
	if gauge := n.committed.Load(); gauge != nil {
		(*gauge).Set(float64(height))
	}
}

// onPlan shows the plan's height. The gauge stays when the plan is gone, as the real one does.
func (n *Node) onPlan(plan app.Plan) {
	if n.planned != nil {
		n.planned.WithLabelValues(plan.Name, plan.Info).Set(float64(plan.Height))
	}
}

func (n *Node) syncing() float64 {
	if n.catchingUp() && !n.states.on.Load() {
		return 1
	}
	return 0
}
