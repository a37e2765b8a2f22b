package serve

import (
	"context"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// The servers are asked again after forkInterval, and ever more seldom, for as long as they do not have the node's first block: they may not keep it so long.
const (
	forkInterval        = time.Minute
	longestForkInterval = time.Hour
)

// forked compares the first block that the node has with that of the servers, until they have the same, beside the looks, which come every second: a public server takes longer. The node's
// own hash is that of its /status: of the block that a state sync begins with seid has the header alone, and answers no /block (v6.6.2).
func (a *Agent) forked(ctx context.Context, status *wire.NodeStatus) *trust.Doubt {
	switch {
	case len(a.options.Trust.Servers) == 0 || !status.Answers || a.first.Height < 1 || a.first.Hash == "" || a.compared.Load():
	case a.now().Sub(a.comparedAt) >= a.comparePause:
		a.comparedAt, a.comparePause = a.now(), min(max(2*a.comparePause, forkInterval), longestForkInterval)
		go a.compare(ctx, a.first)
	}
	return a.fork.Load()
}

// compare keeps what comes of it. Where nothing does it is tried again, and so is what the servers have otherwise: they may be the ones that are mistaken.
func (a *Agent) compare(ctx context.Context, first trust.Point) {
	same, fork := trust.Compare(ctx, a.options.Trust, first)
	if same || fork != nil {
		a.fork.Store(fork)
		a.compared.Store(same)
	}
}

// withFork has a state that came told of as one of another fork, where it is.
func withFork(said *wire.Restore, fork *trust.Doubt) *wire.Restore {
	if said == nil || fork == nil || !said.Done() {
		return said
	}
	said.Reason, said.Message = fork.Reason, fork.Message
	return said
}
