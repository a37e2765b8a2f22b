package node

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	ssproto "github.com/cometbft/cometbft/api/cometbft/statesync/v1"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/statesync"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
)

// ChunkDelayEnv is how long this node takes to answer for a chunk of a snapshot, so that a test sees a state sync go on.
const ChunkDelayEnv = "SEID_STANDIN_CHUNK_DELAY"

func chunkDelay() time.Duration {
	d, _ := time.ParseDuration(os.Getenv(ChunkDelayEnv))
	return d
}

// answerTime is how long after it was asked a peer's snapshots are taken.
const answerTime = 3 * time.Second

// gate stands before the engine's state sync. Nothing is heard before it opens, and each peer is asked for its snapshots once: where
// none has one, a node waits for ever, or for a peer that is new.
type gate struct {
	*statesync.Reactor
	node  *Node
	delay time.Duration

	mu    sync.Mutex
	open  bool
	asked map[p2p.ID]time.Time
	seen  map[string]bool
}

// openTo lets the snapshots of the peers in, or those that lie on the volume.
func (g *gate) openTo(local bool) {
	g.mu.Lock()
	g.open = true
	g.mu.Unlock()
	if local {
		g.AddPeer(&selfPeer{gate: g, app: g.node.app})
		return
	}
	g.node.engine.Switch().Peers().ForEach(g.AddPeer)
}

// AddPeer asks a peer, if it is time to.
func (g *gate) AddPeer(peer p2p.Peer) {
	g.mu.Lock()
	open := g.open
	if open {
		g.asked[peer.ID()] = time.Now()
	}
	g.mu.Unlock()
	if open {
		g.Reactor.AddPeer(peer)
	}
}

// Receive keeps back what was not asked for, and answers for a chunk as late as it is asked to.
func (g *gate) Receive(e p2p.Envelope) {
	switch message := e.Message.(type) {
	case *ssproto.SnapshotsResponse:
		if !g.admits(e.Src.ID(), message) {
			return
		}
	case *ssproto.ChunkRequest:
		if g.delay > 0 {
			time.AfterFunc(g.delay, func() { g.Reactor.Receive(e) })
			return
		}
	}
	g.Reactor.Receive(e)
}

func (g *gate) admits(peer p2p.ID, offer *ssproto.SnapshotsResponse) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, ok := g.asked[peer]; !ok || time.Since(at) > answerTime {
		return false
	}
	name := fmt.Sprintf("%d/%d/%X", offer.Height, offer.Format, offer.Hash)
	if !g.seen[name] {
		g.seen[name] = true
		g.node.syncMetrics.discovered()
	}
	return true
}

// selfPeer offers what lies in the node's own data/snapshots.
type selfPeer struct {
	p2p.Peer
	gate *gate
	app  *app.App
}

// ID is what the real node calls itself there.
func (p *selfPeer) ID() p2p.ID { return "self" }

// Send answers beside whoever asks: he holds a lock.
func (p *selfPeer) Send(e p2p.Envelope) bool {
	go func() {
		switch request := e.Message.(type) {
		case *ssproto.SnapshotsRequest:
			p.offer()
		case *ssproto.ChunkRequest:
			p.chunk(request)
		}
	}()
	return true
}

func (p *selfPeer) offer() {
	list, err := p.app.ListSnapshots(context.Background(), &abci.ListSnapshotsRequest{})
	if err != nil {
		return
	}
	for _, s := range list.Snapshots {
		p.gate.Receive(p2p.Envelope{Src: p, ChannelID: statesync.SnapshotChannel, Message: &ssproto.SnapshotsResponse{
			Height: s.Height, Format: s.Format, Chunks: s.Chunks, Hash: s.Hash, Metadata: s.Metadata,
		}})
	}
}

func (p *selfPeer) chunk(r *ssproto.ChunkRequest) {
	loaded, err := p.app.LoadSnapshotChunk(context.Background(), &abci.LoadSnapshotChunkRequest{Height: r.Height, Format: r.Format, Chunk: r.Index})
	if err != nil {
		return
	}
	p.gate.Receive(p2p.Envelope{Src: p, ChannelID: statesync.ChunkChannel, Message: &ssproto.ChunkResponse{
		Height: r.Height, Format: r.Format, Index: r.Index, Chunk: loaded.Chunk, Missing: loaded.Chunk == nil,
	}})
}
