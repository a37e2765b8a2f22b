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
	return handler(restoring(restore), RestoreMetrics(restore))
}

// RestoreMetrics are those of a node whose data is still on its way.
func RestoreMetrics(restore func() wire.Restore) prometheus.Collector {
	return collect(restoring(restore), []gauge{ready, build, arrived, {
		"restore_bytes", "Bytes of the archive that the node's data comes from: those that have arrived, and all of them, 0 while nobody knows.", []string{"kind"},
		func(s wire.NodeStatus) []sample {
			return []sample{{float64(s.Restore.BytesDone), []string{"done"}}, {float64(s.Restore.BytesTotal), []string{"total"}}}
		},
	}})
}

// restoring is the status of such a node.
func restoring(restore func() wire.Restore) func() wire.NodeStatus {
	return func() wire.NodeStatus {
		now := restore()
		return wire.NodeStatus{Reason: "seid has not started yet: " + now.Message, Restore: &now}
	}
}
