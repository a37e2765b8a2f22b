package serve

import (
	"context"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// The servers are asked again after forkInterval, and ever more seldom, for as long as they do not have the node's block: they may not keep it so long.
const (
	forkInterval        = time.Minute
	longestForkInterval = time.Hour
)

// forked compares a block that the node has with that of the servers, until they have the same, beside the looks, which come every second: a public server takes longer. The node's
// own hash is that of its /status: of the block that a state sync begins with seid has the header alone, and answers no /block (v6.6.2).
func (a *Agent) forked(ctx context.Context, status *wire.NodeStatus) *trust.Doubt {
	switch {
	case len(a.options.Trust.Servers) == 0 || !status.Answers || a.block.Height < 1 || a.block.Hash == "" || a.compared.Load():
	case a.now().Sub(a.comparedAt) >= a.comparePause:
		a.comparedAt, a.comparePause = a.now(), min(max(2*a.comparePause, forkInterval), longestForkInterval)
		go a.compare(ctx, a.block)
	}
	return a.fork.Load()
}

// compare keeps what comes of it. Where nothing does it is tried again, and so is what the servers have otherwise: they may be the ones that are mistaken.
func (a *Agent) compare(ctx context.Context, own trust.Point) {
	same, fork := trust.Compare(ctx, a.options.Trust, own)
	if same || fork != nil {
		a.fork.Store(fork)
		a.compared.Store(same)
	}
}

// withFork has data that came told of as that of another fork, where it is. Of an archive's nothing else is said once seid runs on it: whether it is the
// chain's, as soon as that is known.
func (a *Agent) withFork(said *wire.Restore, fork *trust.Doubt) *wire.Restore {
	switch {
	case said != nil && (fork == nil || !said.Done()):
		return said
	case fork != nil && said != nil:
		said.Reason, said.Message = fork.Reason, fork.Message
	case fork != nil:
		said = &wire.Restore{Reason: fork.Reason, Message: fork.Message}
	case a.options.Sync == "" && a.compared.Load():
		said = &wire.Restore{Reason: wire.ReasonRestored, Message: "the volume has the data of the archive, and the witnesses have the same block"}
	}
	return said
}
