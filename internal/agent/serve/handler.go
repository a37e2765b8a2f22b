package serve

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/version"
)

// Handler serves /readyz, /livez, /status and /metrics.
func (a *Agent) Handler() http.Handler {
	return handler(func() wire.NodeStatus { return *a.status.Load() }, a.gauges())
}

// handler serves what a status says.
func handler(status func() wire.NodeStatus, gauges []gauge) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if now := status(); !now.Ready {
			http.Error(w, now.Reason, http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(status())
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics(status, gauges), promhttp.HandlerOpts{}))
	return mux
}

// gauge is one of the metrics, from what /status says.
type gauge struct {
	name, help string
	value      func(wire.NodeStatus) float64
	labels     prometheus.Labels
}

// ready is told of any node.
var ready = gauge{"ready", "1 if the node serves what it should, else 0.", func(s wire.NodeStatus) float64 { return truth(s.Ready) }, nil}

// gauges are those of a node that is asked, and ready alone of one that is not: what nobody knows has no value, not 0.
func (a *Agent) gauges() []gauge {
	if a.options.P2P != "" {
		return []gauge{ready}
	}
	all := []gauge{
		ready,
		{"rpc_up", "1 if seid's RPC answers, else 0.", func(s wire.NodeStatus) float64 { return truth(s.Answers) }, nil},
		{"height", "Height of the last block.", func(s wire.NodeStatus) float64 { return float64(s.Height) }, nil},
		{"earliest_height", "Height of the first block that the node still has.", func(s wire.NodeStatus) float64 { return float64(s.EarliestHeight) }, nil},
		{"catching_up", "1 while the node is behind its peers, else 0.", func(s wire.NodeStatus) float64 { return truth(s.CatchingUp) }, nil},
		{"block_age_seconds", "Age of the last block, by its own time.", func(s wire.NodeStatus) float64 { return s.BlockAgeSeconds }, nil},
		{"peers", "Connections to peers.", func(s wire.NodeStatus) float64 { return float64(s.Peers) }, nil},
		{"upgrade_halt", "1 while seid stands still for an upgrade that its version does not know, else 0.",
			func(s wire.NodeStatus) float64 { return truth(s.UpgradeHalt != nil) }, nil},
	}
	if a.options.Sync != "" {
		all = append(all, arrived)
	}
	return all
}

// arrived is told where data is brought onto an empty volume.
var arrived = gauge{"bootstrap_ratio", "How much of the data of an empty volume has come, from 0 to 1, in steps of 0.05.", func(s wire.NodeStatus) float64 {
	switch {
	case s.Restore == nil:
		return 0
	case s.Restore.Done():
		return 1
	}
	return float64(s.Restore.Percent) / 100
}, nil}

// metrics are gauges by names that begin with sei_node_.
func metrics(status func() wire.NodeStatus, gauges []gauge) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	for _, gauge := range gauges {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sei_node_" + gauge.name, Help: gauge.help, ConstLabels: gauge.labels},
			func() float64 { return gauge.value(status()) }))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sei_node_agent_build_info", Help: "Always 1; the label says which version runs.",
		ConstLabels: prometheus.Labels{"version": version.Version},
	})
	build.Set(1)
	registry.MustRegister(build)
	return registry
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
