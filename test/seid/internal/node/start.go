package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/libs/log"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/proxy"
	rpccore "github.com/cometbft/cometbft/rpc/core"
	"github.com/cometbft/cometbft/types"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
	"github.com/seinode/seinode-operator/test/seid/internal/home"
)

// stopGrace bounds a clean stop.
const stopGrace = 2 * time.Second

// Node is a running node.
type Node struct {
	home     home.Home
	settings *home.Settings
	log      log.Logger
	genesis  *types.GenesisDoc
	stores   *app.Stores
	engine   *cmtnode.Node
	env      *rpccore.Environment
	pub      crypto.PubKey
	app      *app.App
	servers  []closer
	sync     blockSync
	// committed is the metric of the last height, where metrics are on.
	committed atomic.Pointer[interface{ Set(float64) }]
	// planned is the metric of the plan's height, where metrics are on.
	planned *prometheus.GaugeVec
	// states is the state sync of this start, if it has one, and syncEnd tells its beginning and its end.
	states      *stateSync
	syncEnd     endGauge
	syncMetrics *syncMetrics
}

type closer interface{ Close() error }

// Run starts the node and returns when it has been told to stop. Most of
// what is wrong with a home is a panic, as in the real program.
func Run(h home.Home, s *home.Settings, logger log.Logger) error {
	n := &Node{home: h, settings: s, log: logger, syncEnd: newEndGauge()}
	n.genesis = checkGenesis(h, s)
	if err := n.resolveOwnAddress(); err != nil {
		return fmt.Errorf("error starting node: %w", err)
	}
	if err := n.open(); err != nil {
		return fmt.Errorf("error creating node: %w", err)
	}
	if err := n.start(); err != nil {
		return fmt.Errorf("error starting node: %w", err)
	}
	logger.Info("node is running", "height", n.env.BlockStore.Height())
	if n.mode() == home.ModeSeed {
		neverEnd()
	}
	logger.Info("stopping", "signal", n.waitForSignal().String())
	return n.stop()
}

// serviceStart is how long the real node waits for each of api, grpc and grpc-web that is on before it goes on starting.
const serviceStart = 5 * time.Second

// waitForSignal begins to listen for signals where the real node does, at the very end of its start. Until then a signal does what it does
// to any program: exit code 143 or 130, and nothing is put in order.
func (n *Node) waitForSignal() os.Signal {
	for _, service := range []string{"api.enable", "grpc.enable", "grpc-web.enable"} {
		if n.settings.Bool(service) {
			time.Sleep(serviceStart)
		}
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	return <-signals
}

// neverEnd is how a seed ends: on no signal but SIGKILL.
func neverEnd() {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)
	select {}
}

// checkGenesis compares the chain ids. A missing genesis.json is a nil
// pointer in the real program, with no message at all.
func checkGenesis(h home.Home, s *home.Settings) *types.GenesisDoc {
	doc, _ := types.GenesisDocFromFile(h.Join(s.Or("genesis-file", "config/genesis.json")))
	if doc.ChainID != s.ClientChainID {
		panic(fmt.Sprintf("genesis file chain-id=%s does not equal config.toml chain-id=%s", doc.ChainID, s.ClientChainID))
	}
	if flag := s.String("chain-id"); flag != "" && flag != s.ClientChainID {
		panic(fmt.Sprintf("chain-id flag=%s does not equal config.toml chain-id=%s", flag, s.ClientChainID))
	}
	return doc
}

// open takes the locks first: with the data in use nothing is written and no
// port is bound.
func (n *Node) open() error {
	if every := n.settings.Int("state-sync.snapshot-interval"); every > 0 && !n.settings.Bool("state-store.ss-enable") {
		panic(fmt.Sprintf("Config validation failed, SeiDB SS store needs to be enabled when snapshot interval %d > 0", every))
	}
	if n.settings.Has("receipt-store.backend") {
		panic("receipt-store: unknown key backend, use rs-backend")
	}
	n.stores = app.OpenStores(n.home, n.storeOptions())
	nodeKey, err := home.NodeKey(n.home.Join(n.settings.Or("node-key-file", "config/node_key.json")))
	if err != nil {
		return err
	}
	validator, err := n.validator()
	if err != nil {
		return err
	}
	if err := n.makeEngine(validator, nodeKey); err != nil {
		return err
	}
	return n.checkChain()
}

// makeEngine gives the engine a state provider that is of use once the state sync has begun.
func (n *Node) makeEngine(validator types.PrivValidator, nodeKey *p2p.NodeKey) (err error) {
	n.app, n.states = n.application(), &stateSync{node: n}
	n.engine, err = cmtnode.NewNode(context.Background(), engineConfig(n.home, n.settings), validator, nodeKey,
		proxy.NewLocalClientCreator(n.app), n.genesisProvider, provider(n.home), n.metricsProvider(n.genesis.ChainID), n.log,
		cmtnode.StateProvider(n.states))
	if err == nil {
		n.states.wrap()
	}
	return err
}

func (n *Node) storeOptions() app.StoreOptions {
	return app.StoreOptions{
		StateStore:       n.settings.Bool("state-store.ss-enable"),
		Backend:          n.settings.Or("state-store.ss-backend", "pebbledb"),
		SnapshotInterval: n.settings.Int("state-commit.sc-snapshot-interval"),
		Snapshots:        n.home.Snapshots(n.settings.String("state-sync.snapshot-directory")),
	}
}

func (n *Node) mode() string { return n.settings.Or("mode", home.ModeFull) }

// validator loads the key in every mode, making it where it is missing, but
// only a validator signs. The others get a key that nobody knows, and zeros
// to show in /status.
func (n *Node) validator() (types.PrivValidator, error) {
	pv, err := home.Validator(
		n.home.Join(n.settings.Or("priv-validator.key-file", "config/priv_validator_key.json")),
		n.home.Join(n.settings.Or("priv-validator.state-file", "data/priv_validator_state.json")))
	if err != nil {
		return nil, err
	}
	if n.mode() == home.ModeValidator {
		n.pub = pv.Key.PubKey
		return pv, nil
	}
	n.pub = ed25519.PubKey(make([]byte, ed25519.PubKeySize))
	return types.NewMockPV(), nil
}

func (n *Node) application() *app.App {
	return app.New(n.stores, app.Options{
		Release:          app.CurrentRelease(),
		Log:              n.log,
		HaltHeight:       n.settings.Int("halt-height"),
		HaltTime:         n.settings.Int("halt-time"),
		MinRetainBlocks:  n.settings.Int("min-retain-blocks"),
		SnapshotInterval: n.settings.Int("state-sync.snapshot-interval"),
		SnapshotKeep:     n.settings.Int("state-sync.snapshot-keep-recent"),
		UpgradeInfo:      n.home.UpgradeInfo(),
		WrongAppHash:     wrongAppHash(),
		Halt:             halt,
		OnCommit:         n.onCommit,
		OnPlan:           n.onPlan,
		OnRestore:        func(r app.Restoring) { n.syncMetrics.restoring(r) },
	})
}

// halt sends the process the signals that the real node sends itself.
func halt() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGINT)
	_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
}

// genesisProvider gives every genesis the same checksum: the engine would
// refuse a changed file before the real node's own failure can be shown.
func (n *Node) genesisProvider() (cmtnode.ChecksummedGenesisDoc, error) {
	return cmtnode.ChecksummedGenesisDoc{GenesisDoc: n.genesis, Sha256Checksum: []byte("stand-in")}, nil
}

// checkChain dies on the data of another chain.
func (n *Node) checkChain() (err error) {
	if n.env, err = n.engine.ConfigureRPC(); err != nil {
		return err
	}
	state, err := n.env.StateStore.Load()
	if err != nil {
		return err
	}
	if !state.IsEmpty() && state.ChainID != n.genesis.ChainID {
		panic(fmt.Sprintf("CONSENSUS FAILURE!!! unexpected ChainID: got %s, want %s", state.ChainID, n.genesis.ChainID))
	}
	return nil
}

// start brings the engine up first and the RPC last: a port that answers
// means a node that runs. A seed opens none but that of its peers.
func (n *Node) start() error {
	time.Sleep(startDelay())
	n.states.prepare()
	if err := n.engine.Start(); err != nil {
		panic(err)
	}
	n.watchSync()
	go n.redial()
	if err := n.states.run(); err != nil {
		return err
	}
	if n.mode() == home.ModeSeed {
		return nil
	}
	if err := n.serveServices(); err != nil {
		return err
	}
	return n.serveRPC()
}

// resolveOwnAddress refuses an address of our own that nobody could look up.
func (n *Node) resolveOwnAddress() error {
	own := strings.TrimPrefix(n.settings.String("p2p.external-address"), "tcp://")
	if own == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(own)
	if err == nil {
		_, err = net.LookupHost(host)
	}
	return err
}

// stop ends the node in order; what does not end in time is left to the exit,
// which the databases survive like any kill.
func (n *Node) stop() error {
	for _, server := range n.servers {
		_ = server.Close()
	}
	done := make(chan error, 1)
	go func() { done <- errors.Join(n.engine.Stop(), n.stores.Close()) }()
	select {
	case err := <-done:
		if err != nil { // the exit code is 0 on a full disk, too
			n.log.Error("closing", "err", err)
		}
		return nil
	case <-time.After(stopGrace):
		n.log.Error("the engine did not stop in time")
		return nil
	}
}
