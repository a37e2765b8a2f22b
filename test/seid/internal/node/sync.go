package node

import (
	"sync/atomic"
	"time"
)

// peersToCatchUp is how many peers the real node must have at once before it ends block sync. With one it follows the tip and stays
// "catching up" for as long as that lasts; its time-out, 180 s without a new block, only writes a line to the log.
const peersToCatchUp = 2

// syncInterval is how often it looks whether block sync is over; the real node does once a second.
const syncInterval = 200 * time.Millisecond

// blockSync says whether block sync is over. CometBFT's own is over with one peer already, so that this one is the later. Once over it
// stays over until the next start, also when no peer is left.
type blockSync struct{ over atomic.Bool }

// look is one look at the engine: whether it is still syncing, at how many peers' blocks, and the heights.
func (b *blockSync) look(engineSyncs bool, peers int, height, highest int64) {
	if !engineSyncs && peers >= peersToCatchUp && height >= highest-1 {
		b.over.Store(true)
	}
}

// watchSync looks until block sync is over or the engine stops. A chain's only validator has none: there is nobody to catch up with.
func (n *Node) watchSync() {
	n.sync.over.Store(!n.env.ConsensusReactor.WaitSync())
	go func() {
		tick := time.NewTicker(syncInterval)
		defer tick.Stop()
		for !n.sync.over.Load() {
			select {
			case <-n.engine.Quit():
				return
			case <-tick.C:
				n.sync.look(n.env.ConsensusReactor.WaitSync(), n.engine.Switch().Peers().Size(), n.env.BlockStore.Height(), n.maxPeerHeight())
			}
		}
	}()
}

func (n *Node) catchingUp() bool { return !n.sync.over.Load() }
