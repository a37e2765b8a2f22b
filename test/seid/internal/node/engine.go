// Package node runs a configured home: the engine, the stand-in's own RPC
// server, and the service ports of a full node.
package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	cfg "github.com/cometbft/cometbft/config"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
	"github.com/seinode/seinode-operator/test/seid/internal/home"
)

// BlockTimeEnv shortens the second between blocks for tests in a hurry.
const BlockTimeEnv = "SEID_STANDIN_BLOCK_TIME"

// WrongAppHashEnv is the height whose app hash this node gets wrong, as a binary that is not the others' does.
const WrongAppHashEnv = "SEID_STANDIN_WRONG_APP_HASH"

// StartDelayEnv is for how long a start takes before any port is open, as a replay does.
const StartDelayEnv = "SEID_STANDIN_START_DELAY"

// engineConfig translates the node's options into the engine's. The engine's
// own RPC stays off: its answers carry an envelope, the real node's do not.
func engineConfig(h home.Home, s *home.Settings) *cfg.Config {
	c := cfg.DefaultConfig()
	c.SetRoot(string(h))
	c.Moniker = s.String("moniker")
	c.RPC.ListenAddress = ""
	c.RPC.PprofListenAddress = s.String("rpc.pprof-laddr")
	c.Consensus.WalPath = filepath.Join(h.ConsensusWAL(), "wal")
	c.Consensus.TimeoutCommit = blockTime()
	c.TxIndex.Indexer = indexer(s.List("tx-index.indexer"))
	c.Instrumentation.Prometheus = s.Bool("instrumentation.prometheus") && s.String("mode") != home.ModeSeed
	c.Instrumentation.PrometheusListenAddr = s.Or("instrumentation.prometheus-listen-addr", ":26660")
	c.Instrumentation.Namespace = s.Or("instrumentation.namespace", "tendermint")
	p2pConfig(c.P2P, h, s)
	stateSyncConfig(c.StateSync, s)
	return c
}

func blockTime() time.Duration {
	if d, err := time.ParseDuration(os.Getenv(BlockTimeEnv)); err == nil && d > 0 {
		return d
	}
	return time.Second
}

func startDelay() time.Duration {
	d, _ := time.ParseDuration(os.Getenv(StartDelayEnv))
	return d
}

func wrongAppHash() int64 {
	height, _ := strconv.ParseInt(os.Getenv(WrongAppHashEnv), 10, 64)
	return height
}

// indexer takes a list as the file has it; the environment gives one word.
func indexer(kinds []string) string {
	for _, kind := range kinds {
		if kind == "kv" {
			return "kv"
		}
	}
	return "null"
}

// p2pConfig keeps the address book out of config/, which may be mounted
// read-only and is never changed by a start.
func p2pConfig(p *cfg.P2PConfig, h home.Home, s *home.Settings) {
	p.ListenAddress = s.Or("p2p.laddr", "tcp://127.0.0.1:26656")
	p.ExternalAddress = s.String("p2p.external-address")
	p.PersistentPeers = s.String("p2p.persistent-peers")
	p.UnconditionalPeerIDs = s.String("p2p.unconditional-peer-ids")
	p.PrivatePeerIDs = s.String("p2p.private-peer-ids")
	p.AllowDuplicateIP = s.Bool("p2p.allow-duplicate-ip")
	p.PexReactor = s.Bool("p2p.pex")
	p.SeedMode = s.String("mode") == home.ModeSeed
	p.AddrBook = filepath.Join(h.Tendermint("peerstore"), "addrbook.json")
	p.AddrBookStrict = false
	p.PersistentPeersMaxDialPeriod = 5 * time.Second
	if limit := int(s.Int("p2p.max-connections")); limit > 0 {
		p.MaxNumInboundPeers, p.MaxNumOutboundPeers = limit, min(limit, p.MaxNumOutboundPeers)
	}
}

// provider opens the engine's databases where a Sei node has them.
func provider(h home.Home) cfg.DBProvider {
	return func(ctx *cfg.DBContext) (dbm.DB, error) {
		dir := filepath.Dir(h.Tendermint(ctx.ID))
		if err := os.MkdirAll(dir, 0o750); err != nil {
			panic(app.InitFailure(err))
		}
		db, err := dbm.NewDB(ctx.ID, dbm.GoLevelDBBackend, dir)
		if err != nil {
			panic(app.InitFailure(err))
		}
		return db, nil
	}
}

// splitPeers cuts a comma-separated list of id@host:port.
func splitPeers(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// address strips the scheme of a listen address.
func address(laddr string) (network, addr string, err error) {
	scheme, rest, found := strings.Cut(laddr, "://")
	if !found {
		return "tcp", laddr, nil
	}
	if scheme != "tcp" && scheme != "unix" {
		return "", "", fmt.Errorf("cannot listen on %q", laddr)
	}
	if rest == "" {
		return "", "", errors.New("empty listen address")
	}
	return scheme, rest, nil
}
