package serve

import (
	"context"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// forkInterval is how often the servers are asked until they have said what the node's first block is.
const forkInterval = time.Minute

// forked compares the first block that the node has with that of the servers, once, beside the looks, which come every second: a public server takes longer.
func (a *Agent) forked(ctx context.Context, status *wire.NodeStatus) *trust.Doubt {
	switch {
	case len(a.options.Trust.Servers) == 0 || !status.Answers || status.EarliestHeight < 1 || a.compared.Load():
	case a.now().Sub(a.comparedAt) >= forkInterval:
		a.comparedAt = a.now()
		go a.compare(ctx, status.EarliestHeight)
	}
	return a.fork.Load()
}

// compare keeps what comes of it. Where nothing does it is tried again.
func (a *Agent) compare(ctx context.Context, height int64) {
	hash, err := trust.Block(ctx, a.options.Trust, a.options.RPC, height)
	if err != nil {
		return
	}
	same, fork := trust.Compare(ctx, a.options.Trust, trust.Point{Height: height, Hash: hash})
	a.fork.Store(fork)
	a.compared.Store(same || fork != nil)
}

// withFork has a state that came told of as one of another fork, where it is.
func withFork(said *wire.Restore, fork *trust.Doubt) *wire.Restore {
	if said == nil || fork == nil || !said.Done() {
		return said
	}
	said.Reason, said.Message = fork.Reason, fork.Message
	return said
}
