package node

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	cfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/p2p"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/statesync"
	"github.com/cometbft/cometbft/types"

	"github.com/seinode/seinode-operator/test/seid/internal/home"
)

// What the real node waits for: peers before it begins, and their answers before it takes the best snapshot.
const (
	peersToSync      = 2
	defaultDiscovery = 15 * time.Second
	// engineDiscovery is how often CometBFT looks for a snapshot that it may take. It takes no less.
	engineDiscovery = 5 * time.Second
	// lookAhead is how long before that the peers are asked: long enough for two blocks after a snapshot that is new.
	lookAhead = 4 * time.Second
	// bootstrapLimit is how long the engine may take to keep the state that it has.
	bootstrapLimit = 10 * time.Second
)

// stateSync is a start that takes its state from peers. CometBFT does the work; what differs from the real node is put right around
// it: it begins once there are two peers, asks each of them once, and nothing else of the start goes on before it is over.
type stateSync struct {
	statesync.StateProvider
	node *Node
	gate *gate
	// on is for as long as it goes on.
	on atomic.Bool
	// failed is what the light client said last.
	failed atomic.Pointer[error]
}

// stateSyncConfig is [statesync], as far as the engine itself reads it.
func stateSyncConfig(c *cfg.StateSyncConfig, s *home.Settings) {
	c.Enable = s.Bool("statesync.enable")
	c.DiscoveryTime = engineDiscovery
	c.ChunkRequestTimeout = s.Duration("statesync.chunk-request-timeout", 15*time.Second)
	c.ChunkFetchers = max(1, int32(s.Int("statesync.fetchers")))
	if !s.Has("statesync.fetchers") {
		c.ChunkFetchers = 2
	}
}

// prepare looks whether this start takes its state from peers: not where there is one, and not on the only validator's node.
func (s *stateSync) prepare() {
	state, err := s.node.env.StateStore.Load()
	if err != nil {
		panic(err)
	}
	if !s.node.settings.Bool("statesync.enable") || state.LastBlockHeight > 0 || !s.node.env.ConsensusReactor.WaitSync() {
		return
	}
	if dir := s.node.settings.String("statesync.temp-dir"); dir != "" {
		_ = os.Setenv("TMPDIR", dir) // CometBFT has the key, and does not look at it
	}
	s.on.Store(true)
	s.node.syncMetrics.begin()
}

// run goes through the state sync, if there is one: the engine runs already, and no port but that of the peers is open.
func (s *stateSync) run() error {
	if !s.on.Load() {
		return nil
	}
	if s.node.settings.Bool("statesync.use-p2p") {
		return errors.New("statesync.use-p2p is not imitated")
	}
	local := s.node.settings.Bool("statesync.use-local-snapshot")
	if !local {
		s.waitForPeers()
	}
	if err := s.lightClient(); err != nil {
		return fmt.Errorf("failed to initialize RPC state provider: %w", err)
	}
	s.node.log.Info("starting state sync")
	<-s.node.syncEnd.began
	if !local {
		s.discover()
	}
	s.gate.openTo(local)
	<-s.node.syncEnd.ended
	return s.bootstrapped()
}

// discover waits as long as the real node waits for answers, and on until a moment before the engine looks for a snapshot: with a block a
// second, what was heard of much earlier is gone by then.
func (s *stateSync) discover() {
	time.Sleep(s.node.settings.Duration("statesync.discovery-time", defaultDiscovery))
	sinceLook := time.Since(s.node.syncEnd.at()) % engineDiscovery
	time.Sleep((2*engineDiscovery - lookAhead - sinceLook) % engineDiscovery)
}

func (s *stateSync) waitForPeers() {
	for s.node.engine.Switch().Peers().Size() < peersToSync {
		time.Sleep(syncInterval)
	}
	s.node.log.Info("Finished waiting for 2 peers to start state sync")
}

// lightClient makes the trust point the beginning of what is believed.
func (s *stateSync) lightClient() (err error) {
	settings := s.node.settings
	trust := light.TrustOptions{
		Period: settings.Duration("statesync.trust-period", 168*time.Hour),
		Height: settings.Int("statesync.trust-height"),
	}
	if trust.Hash, err = hex.DecodeString(settings.String("statesync.trust-hash")); err != nil {
		panic(err)
	}
	s.StateProvider, err = statesync.NewLightClientStateProvider(context.Background(), s.node.genesis.ChainID, sm.InitStateVersion,
		s.node.genesis.InitialHeight, rpcServers(settings), trust, s.node.log.With("module", "light"))
	return err
}

// rpcServers are a list of the file, or one word with commas.
func rpcServers(s *home.Settings) (servers []string) {
	for _, word := range s.List("statesync.rpc-servers") {
		for _, server := range strings.Split(word, ",") {
			if server != "" {
				servers = append(servers, server)
			}
		}
	}
	return servers
}

// bootstrapped waits until the engine has kept the state, if it has one.
func (s *stateSync) bootstrapped() error {
	for end := time.Now().Add(bootstrapLimit); time.Now().Before(end); time.Sleep(syncInterval / 4) {
		state, err := s.node.env.StateStore.Load()
		if err != nil {
			return err
		}
		if state.LastBlockHeight > 0 && s.node.env.BlockStore.LoadSeenCommit(state.LastBlockHeight) != nil {
			s.on.Store(false)
			s.node.syncMetrics.finish(state.LastBlockHeight)
			return nil
		}
		if err := s.failed.Load(); err != nil {
			return *err
		}
	}
	return errors.New("state sync failed; shutting down this node")
}

// noted keeps an error that ends a state sync, in the real node's words.
func (s *stateSync) noted(what string, height uint64, err error) error {
	if errors.Is(err, light.ErrNoWitnesses) {
		text := fmt.Errorf("failed to get %s at height %d. No witnesses remaining", what, height)
		s.failed.Store(&text)
	}
	return err
}

// AppHash is asked for before a snapshot is taken.
func (s *stateSync) AppHash(ctx context.Context, height uint64) ([]byte, error) {
	hash, err := s.StateProvider.AppHash(ctx, height)
	return hash, s.noted("app hash", height, err)
}

// Commit is that of the snapshot's block.
func (s *stateSync) Commit(ctx context.Context, height uint64) (*types.Commit, error) {
	commit, err := s.StateProvider.Commit(ctx, height)
	return commit, s.noted("commit", height, err)
}

// State is the engine's own after the snapshot's block.
func (s *stateSync) State(ctx context.Context, height uint64) (sm.State, error) {
	state, err := s.StateProvider.State(ctx, height)
	return state, s.noted("tendermint state", height, err)
}

// wrap puts the gate before the engine's own reactor.
func (s *stateSync) wrap() {
	const name = "STATESYNC"
	network := s.node.engine.Switch()
	inner, ok := network.Reactor(name).(*statesync.Reactor)
	if !ok {
		panic("the engine has no state sync")
	}
	s.gate = &gate{Reactor: inner, node: s.node, asked: map[p2p.ID]time.Time{}, seen: map[string]bool{}, delay: chunkDelay()}
	network.RemoveReactor(name, inner)
	network.AddReactor(name, s.gate)
}
