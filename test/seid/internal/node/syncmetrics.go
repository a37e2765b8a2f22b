package node

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cometbft/cometbft/libs/metrics"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
)

// syncMetrics are the series of a state sync under the real node's names. Each is there once it was set, so that a node which takes its
// blocks one by one has none of them. Nil, where metrics are off, keeps nothing.
type syncMetrics struct {
	syncing, snapshots, height, chunk, chunks, filled, toFill prometheus.Gauge
}

func newSyncMetrics(namespace, chainID string) *syncMetrics {
	gauge := func(subsystem, name, help string) prometheus.Gauge {
		vector := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help},
			[]string{"chain_id"})
		prometheus.MustRegister(vector)
		return &lateGauge{vector: vector, chainID: chainID}
	}
	return &syncMetrics{
		syncing:   gauge("consensus", "state_syncing", "Whether or not a node is state syncing. 1 if yes, 0 if no."),
		snapshots: gauge("statesync", "total_snapshots", "The total number of snapshots discovered."),
		height:    gauge("statesync", "snapshot_height", "The height of the current snapshot the has been processed."),
		chunk:     gauge("statesync", "snapshot_chunk", "The current number of chunks that have been processed."),
		chunks:    gauge("statesync", "snapshot_chunk_total", "The total number of chunks in the current snapshot."),
		filled:    gauge("statesync", "back_filled_blocks", "The current number of blocks that have been back-filled."),
		toFill:    gauge("statesync", "back_fill_blocks_total", "The total number of blocks that need to be back-filled."),
	}
}

func (m *syncMetrics) begin() {
	if m != nil {
		m.syncing.Set(1)
	}
}

func (m *syncMetrics) discovered() {
	if m != nil {
		m.snapshots.Inc()
	}
}

// restoring hears of the chunks. How many were applied is never set back, also when another snapshot is begun.
func (m *syncMetrics) restoring(r app.Restoring) {
	if m == nil {
		return
	}
	if r.Chunks > 0 {
		m.chunks.Set(float64(r.Chunks))
	}
	if r.Applied > 0 {
		m.chunk.Add(float64(r.Applied))
	}
}

// finish is the end: the height is told only then, and one block, the snapshot's own, was filled in.
func (m *syncMetrics) finish(height int64) {
	if m == nil {
		return
	}
	m.height.Set(float64(height))
	m.filled.Set(1)
	m.toFill.Set(1)
	m.syncing.Set(0)
}

// lateGauge is a gauge that is not shown before it is set.
type lateGauge struct {
	prometheus.Gauge
	vector  *prometheus.GaugeVec
	chainID string
}

func (g *lateGauge) Set(value float64) { g.vector.WithLabelValues(g.chainID).Set(value) }
func (g *lateGauge) Inc()              { g.vector.WithLabelValues(g.chainID).Inc() }
func (g *lateGauge) Add(value float64) { g.vector.WithLabelValues(g.chainID).Add(value) }

// endGauge is CometBFT's gauge of a state sync: what it tells of is the beginning and the end, well or ill.
type endGauge struct {
	begin, end   func()
	began, ended chan struct{}
	// since is when it began, in nanoseconds of the epoch.
	since *atomic.Int64
}

func newEndGauge() endGauge {
	g := endGauge{began: make(chan struct{}), ended: make(chan struct{}), since: new(atomic.Int64)}
	g.begin = sync.OnceFunc(func() {
		g.since.Store(time.Now().UnixNano())
		close(g.began)
	})
	g.end = sync.OnceFunc(func() { close(g.ended) })
	return g
}

func (g endGauge) at() time.Time { return time.Unix(0, g.since.Load()) }

// With is part of the interface.
func (g endGauge) With(...string) metrics.Gauge { return g }

// Set is to 1 at the beginning, and to 0 at the end.
func (g endGauge) Set(value float64) {
	if value > 0 {
		g.begin()
		return
	}
	g.end()
}

// Add is part of the interface.
func (g endGauge) Add(float64) {}
