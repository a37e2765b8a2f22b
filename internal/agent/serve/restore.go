package serve

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// Restoring serves the same as Run does, of a node whose data is still on its way: until ctx is done. It returns an error if it cannot listen.
func Restoring(ctx context.Context, address string, restore func() wire.Restore) error {
	return listen(ctx, address, RestoreHandler(restore), func() {})
}

// RestoreHandler serves what a restore says of itself.
func RestoreHandler(restore func() wire.Restore) http.Handler {
	status := func() wire.NodeStatus {
		now := restore()
		return wire.NodeStatus{Reason: "seid has not started yet: " + now.Message, Restore: &now}
	}
	return handler(status, []gauge{
		ready, arrived,
		restoreBytes("done", func(r wire.Restore) int64 { return r.BytesDone }),
		restoreBytes("total", func(r wire.Restore) int64 { return r.BytesTotal }),
	})
}

// restoreBytes is the gauge of one kind of bytes.
func restoreBytes(kind string, value func(wire.Restore) int64) gauge {
	return gauge{"restore_bytes", "Bytes of the archive that the node's data comes from: those that have arrived, and all of them, 0 while nobody knows.",
		func(s wire.NodeStatus) float64 { return float64(value(*s.Restore)) }, prometheus.Labels{"kind": kind}}
}
