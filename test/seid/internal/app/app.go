// Package app is the application under the engine: a minimal key-value chain
// with a deterministic app hash, in the store layout of a Sei node.
package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	abci "github.com/cometbft/cometbft/abci/types"
)

// Version is what /abci_info reports: the release that is imitated.
const Version = "v6.6.2"

// Options are what the application does besides keeping state.
type Options struct {
	HaltHeight      int64
	MinRetainBlocks int64
	Upgrade         *Upgrade
	// Halt asks the process to stop; called once per commit at or above the
	// halt height.
	Halt func()
	// OnCommit hears of each height that has become durable.
	OnCommit func(height int64)
}

// App is the ABCI application.
type App struct {
	abci.BaseApplication
	stores  *Stores
	options Options

	mu      sync.Mutex
	pending version
	pairs   []pair
	halted  bool
}

// New makes the application over opened stores.
func New(stores *Stores, options Options) *App { return &App{stores: stores, options: options} }

// keyPrefix keeps transactions' keys apart from the version record.
const keyPrefix = "k/"

// Info tells the engine where to replay from.
func (a *App) Info(context.Context, *abci.InfoRequest) (*abci.InfoResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.stores.current
	return &abci.InfoResponse{
		Data: "SeiApp", Version: Version, LastBlockHeight: v.Height, LastBlockAppHash: v.Hash,
	}, nil
}

// InitChain answers with the hash of nothing, which is what block 1 of the
// real chain carries.
func (a *App) InitChain(context.Context, *abci.InitChainRequest) (*abci.InitChainResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	empty := sha256.Sum256(nil)
	a.stores.current.Hash = empty[:]
	return &abci.InitChainResponse{AppHash: empty[:]}, nil
}

// FinalizeBlock runs a block in memory; Commit makes it durable. Above the
// halt height it never returns: the process is being stopped.
func (a *App) FinalizeBlock(_ context.Context, req *abci.FinalizeBlockRequest) (*abci.FinalizeBlockResponse, error) {
	a.mu.Lock()
	halted := a.halted
	a.mu.Unlock()
	if halted {
		select {}
	}
	a.options.Upgrade.check(req.Height)
	return a.finalize(req), nil
}

func (a *App) finalize(req *abci.FinalizeBlockRequest) *abci.FinalizeBlockResponse {
	a.mu.Lock()
	defer a.mu.Unlock()
	results := make([]*abci.ExecTxResult, len(req.Txs))
	a.pairs = a.pairs[:0]
	for i, tx := range req.Txs {
		results[i] = &abci.ExecTxResult{}
		key, value, _ := bytes.Cut(tx, []byte("="))
		a.pairs = append(a.pairs, pair{append([]byte(keyPrefix), key...), value})
	}
	a.pending = version{Height: req.Height, Hash: nextHash(a.stores.current.Hash, req)}
	return &abci.FinalizeBlockResponse{TxResults: results, AppHash: a.pending.Hash}
}

// nextHash chains the hashes: equal on every node, different at each height.
func nextHash(previous []byte, req *abci.FinalizeBlockRequest) []byte {
	h := sha256.New()
	h.Write(previous)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(req.Height)))
	for _, tx := range req.Txs {
		sum := sha256.Sum256(tx)
		h.Write(sum[:])
	}
	return h.Sum(nil)
}

// Commit makes the block durable and halts the node at its halt height. The
// comparison is "at or above": started again with the same halt height, the
// node commits one more block each time, as the real one was seen to do.
func (a *App) Commit(context.Context, *abci.CommitRequest) (*abci.CommitResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.stores.save(a.pending, a.pairs); err != nil {
		return nil, err
	}
	a.options.OnCommit(a.pending.Height)
	if halt := a.options.HaltHeight; halt > 0 && a.pending.Height >= halt {
		a.halted = true
		a.options.Halt()
	}
	return &abci.CommitResponse{RetainHeight: a.retain()}, nil
}

func (a *App) retain() int64 {
	if keep := a.options.MinRetainBlocks; keep > 0 && a.pending.Height > keep {
		return a.pending.Height - keep
	}
	return 0
}

// Query answers the value of a key.
func (a *App) Query(_ context.Context, req *abci.QueryRequest) (*abci.QueryResponse, error) {
	value, err := a.stores.commit.db.Get(append([]byte(keyPrefix), req.Data...), nil)
	if err != nil {
		return &abci.QueryResponse{Code: 1, Log: err.Error()}, nil
	}
	return &abci.QueryResponse{Key: req.Data, Value: value}, nil
}
