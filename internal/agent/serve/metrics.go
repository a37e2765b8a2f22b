package serve

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/version"
)

// gauge is one of the metrics. It has a sample for each value of its labels, and none while nobody knows: what is not known is not 0.
type gauge struct {
	name, help string
	labels     []string
	samples    func(wire.NodeStatus) []sample
}

// sample is a value, with those of the labels.
type sample struct {
	value  float64
	labels []string
}

func one(value float64, labels ...string) []sample { return []sample{{value, labels}} }

// ready is told of any node, and so is which agent runs.
var (
	ready = gauge{"ready", "1 if the node serves what it should, else 0.", nil, func(s wire.NodeStatus) []sample { return one(truth(s.Ready)) }}
	build = gauge{"agent_build_info", "Always 1; the label says which version runs.", []string{"version"},
		func(wire.NodeStatus) []sample { return one(1, version.Version) }}
)

// Metrics are those of a node that is asked, and of one that is not, such as a seed, only whether it is ready and what room its volume has.
func (a *Agent) Metrics() prometheus.Collector {
	gauges := append([]gauge{ready, build}, a.roomGauges()...)
	if a.options.P2P == "" {
		gauges = append(append(gauges, answered...), known...)
		gauges = append(gauges, gauge{"peers_wanted", "Connections to peers that the node has to have to be ready.", nil,
			func(wire.NodeStatus) []sample { return one(float64(a.options.MinPeers)) }})
	}
	if a.options.Sync != "" {
		gauges = append(gauges, arrived)
	}
	return collect(a.said, gauges)
}

// answered are told of a node that is asked, whether it answers or not.
var answered = []gauge{
	{"rpc_up", "1 if seid's RPC answers, else 0.", nil, func(s wire.NodeStatus) []sample { return one(truth(s.Answers)) }},
	{"upgrade_halt", "1 while seid stands still for an upgrade that its version does not know, else 0.", nil,
		func(s wire.NodeStatus) []sample { return one(truth(s.UpgradeHalt != nil)) }},
	{"upgrade_planned_height", "Height of the upgrade that the chain has planned; nothing where none is planned.", []string{"name"}, planned},
	{"sign_height", "Height of the last block that the validator signed, by its sign state; nothing where the volume has none.", nil, signHeight},
}

func planned(s wire.NodeStatus) []sample {
	if s.Plan == nil || s.Plan.Name == "" {
		return nil
	}
	return one(float64(s.Plan.Height), s.Plan.Name)
}

func signHeight(s wire.NodeStatus) []sample {
	if s.Signed == nil {
		return nil
	}
	return one(float64(s.Signed.Height))
}

// known are of seid's last answer, and told once there was one.
var known = []gauge{
	{"height", "Height of the last block.", nil, onceHeard(func(s wire.NodeStatus) []sample { return one(float64(s.Height)) })},
	{"earliest_height", "Height of the first block that the node still has.", nil, onceHeard(func(s wire.NodeStatus) []sample { return one(float64(s.EarliestHeight)) })},
	{"catching_up", "1 while the node is behind its peers, else 0.", nil, onceHeard(func(s wire.NodeStatus) []sample { return one(truth(s.CatchingUp)) })},
	{"block_age_seconds", "Age of the last block, by its own time.", nil, onceHeard(func(s wire.NodeStatus) []sample { return one(s.BlockAgeSeconds) })},
	{"peers", "Connections to peers.", nil, onceHeard(func(s wire.NodeStatus) []sample { return one(float64(s.Peers)) })},
	{"info", "Always 1; the labels say which node of which chain seid is, in its own words.", []string{"node_id", "network"},
		onceHeard(func(s wire.NodeStatus) []sample { return one(1, s.NodeID, s.Network) })},
}

func onceHeard(of func(wire.NodeStatus) []sample) func(wire.NodeStatus) []sample {
	return func(s wire.NodeStatus) []sample {
		if !s.Answers && s.HeardSeconds == 0 {
			return nil
		}
		return of(s)
	}
}

// arrived is told where data is brought onto an empty volume.
var arrived = gauge{"bootstrap_ratio", "How much of the data of an empty volume has come, from 0 to 1, in steps of 0.05.", nil, func(s wire.NodeStatus) []sample {
	switch {
	case s.Restore == nil:
		return one(0)
	case s.Restore.Done():
		return one(1)
	}
	return one(float64(s.Restore.Percent) / 100)
}}

// collector tells gauges by names that begin with sei_node_, all of one status.
type collector struct {
	status       func() wire.NodeStatus
	gauges       []gauge
	descriptions []*prometheus.Desc
}

func collect(status func() wire.NodeStatus, gauges []gauge) collector {
	c := collector{status: status, gauges: gauges}
	for _, g := range gauges {
		c.descriptions = append(c.descriptions, prometheus.NewDesc("sei_node_"+g.name, g.help, g.labels, nil))
	}
	return c
}

// Describe names the metrics.
func (c collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range c.descriptions {
		descriptions <- description
	}
}

// Collect tells their values.
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	now := c.status()
	for i, g := range c.gauges {
		for _, s := range g.samples(now) {
			metrics <- prometheus.MustNewConstMetric(c.descriptions[i], prometheus.GaugeValue, s.value, valid(s.labels)...)
		}
	}
}

// valid are texts as labels may be: the name of an upgrade is whatever somebody proposed to the chain.
func valid(texts []string) []string {
	const longest = 128
	labels := make([]string, 0, len(texts))
	for _, text := range texts {
		labels = append(labels, strings.ToValidUTF8(text[:min(len(text), longest)], "?"))
	}
	return labels
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
