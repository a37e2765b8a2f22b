// Package app is the application under the engine: a minimal key-value chain
// with a deterministic app hash, in the store layout of a Sei node.
package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/libs/log"
)

// Options are what the application does besides keeping state.
type Options struct {
	Release         Release
	Log             log.Logger
	HaltHeight      int64
	HaltTime        int64
	MinRetainBlocks int64
	// SnapshotInterval is after how many blocks a snapshot for state sync is made, 0 for never, and SnapshotKeep how many stay, 0 for all.
	SnapshotInterval, SnapshotKeep int64
	// UpgradeInfo is the file that a halt leaves.
	UpgradeInfo string
	// WrongAppHash is the height whose app hash this node gets wrong, 0 for none.
	WrongAppHash int64
	// Halt asks the process to stop; called once per commit at or above the
	// halt height or time.
	Halt func()
	// OnCommit hears of each height that has become durable.
	OnCommit func(height int64)
	// OnPlan hears of the plan, if there is one: before each block, and when it is scheduled.
	OnPlan func(Plan)
	// OnRestore hears of a snapshot that is being restored.
	OnRestore func(Restoring)
}

// App is the ABCI application.
type App struct {
	abci.BaseApplication
	stores  *Stores
	options Options

	mu      sync.Mutex
	pending version
	time    time.Time
	pairs   []pair
	// accepted is the height of the last proposal that this process has seen.
	accepted int64
	// restore is the snapshot that is being restored, and restored that this process has its state from one.
	restore  *restore
	restored bool
}

// New makes the application over opened stores, and ends the process where the release finds too few of them.
func New(stores *Stores, options Options) *App {
	options.Release.addStores(stores.current, options.UpgradeInfo)
	return &App{stores: stores, options: options}
}

// keyPrefix keeps transactions' keys apart from the version record.
const keyPrefix = "k/"

// Info tells the engine where to replay from.
func (a *App) Info(context.Context, *abci.InfoRequest) (*abci.InfoResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.stores.current
	return &abci.InfoResponse{
		Data: "SeiApp", Version: a.options.Release.Version, AppVersion: a.appVersion(), LastBlockHeight: v.Height, LastBlockAppHash: v.Hash,
	}, nil
}

// appVersion counts the upgrades. A process that has its state from a snapshot knows none of them, and says what the blocks say.
func (a *App) appVersion() uint64 {
	if a.restored {
		return appVersion
	}
	return uint64(len(a.stores.current.Upgrades.Done))
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

// ProcessProposal begins a block ahead of the vote on it, as the real node does: a binary that must not run the block dies before it has
// voted. A plan that is due is left to FinalizeBlock.
func (a *App) ProcessProposal(_ context.Context, req *abci.ProcessProposalRequest) (*abci.ProcessProposalResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.stores.current.Upgrades.Plan.due(req.Height) {
		a.beginBlock(req.Height)
	}
	a.accepted = req.Height
	return &abci.ProcessProposalResponse{Status: abci.PROCESS_PROPOSAL_STATUS_ACCEPT}, nil
}

// FinalizeBlock runs a block in memory; Commit makes it durable. A block above the halt height is one like any other: a node that catches up
// commits some more before it has stopped, as nothing in the real one holds them back.
func (a *App) FinalizeBlock(_ context.Context, req *abci.FinalizeBlockRequest) (*abci.FinalizeBlockResponse, error) {
	return a.finalize(req), nil
}

func (a *App) finalize(req *abci.FinalizeBlockRequest) *abci.FinalizeBlockResponse {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.checkHash(req.Height)
	a.pending = version{
		Height: req.Height, Upgrades: a.beginBlock(req.Height), Stores: a.options.Release.allStores(a.stores.current.Stores),
	}
	a.time, a.pairs = req.Time, a.pairs[:0]
	results := make([]*abci.ExecTxResult, len(req.Txs))
	for i, tx := range req.Txs {
		results[i] = a.deliver(tx)
	}
	a.pending.Hash = nextHash(a.stores.current.Hash, req, a.pending.Upgrades)
	return &abci.FinalizeBlockResponse{TxResults: results, AppHash: a.pending.Hash}
}

// deliver runs a transaction: it sets a key, or the plan.
func (a *App) deliver(tx []byte) *abci.ExecTxResult {
	key, value, _ := bytes.Cut(tx, []byte("="))
	if string(key) != PlanKey {
		a.pairs = append(a.pairs, pair{append([]byte(keyPrefix), key...), value})
		return &abci.ExecTxResult{}
	}
	plan, err := parsePlan(value)
	if err == nil {
		a.pending.Upgrades, err = a.pending.Upgrades.schedule(plan, a.pending.Height)
	}
	if err != nil {
		return &abci.ExecTxResult{Code: 18, Codespace: "sdk", Log: err.Error()}
	}
	if a.pending.Upgrades.Plan != nil {
		a.options.OnPlan(*a.pending.Upgrades.Plan)
	}
	return &abci.ExecTxResult{}
}

// nextHash chains the hashes: equal on every node, whatever upgrades its binary knows, and different at each height.
func nextHash(previous []byte, req *abci.FinalizeBlockRequest, upgrades Upgrades) []byte {
	h := sha256.New()
	h.Write(previous)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(req.Height)))
	for _, tx := range req.Txs {
		sum := sha256.Sum256(tx)
		h.Write(sum[:])
	}
	_ = json.NewEncoder(h).Encode(upgrades) // a hash takes everything
	return h.Sum(nil)
}

// checkHash dies where a node finds that its app hash is not the chain's: one block above it, at each start.
func (a *App) checkHash(height int64) {
	if wrong := a.options.WrongAppHash; wrong == 0 || height <= wrong {
		return
	}
	right := a.stores.current.Hash
	a.fail(fmt.Sprintf("+2/3 committed an invalid block: wrong Block.Header.AppHash: expected %X, got %X: app hash mismatch",
		sha256.Sum256(right), right), height)
}

// Commit makes the block durable and halts the node at its halt height or time. The
// comparison is "at or above": started again with the same halt height, the
// node commits one more block each time, as the real one was seen to do.
func (a *App) Commit(context.Context, *abci.CommitRequest) (*abci.CommitResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.stores.save(a.pending, a.pairs); err != nil {
		return nil, err
	}
	a.options.OnCommit(a.pending.Height)
	a.snapshot()
	if a.halts() {
		a.options.Halt()
	}
	return &abci.CommitResponse{RetainHeight: a.retain()}, nil
}

// snapshot takes a snapshot of a block that is due for one, beside the next blocks. One that fails is told of, and no more.
func (a *App) snapshot() {
	if every := a.options.SnapshotInterval; every <= 0 || a.pending.Height%every != 0 {
		return
	}
	if !a.stores.snapshots.writing.TryLock() {
		a.options.Log.Error("failed to create state snapshot", "height", a.pending.Height, "err", "a snapshot operation is in progress")
		return
	}
	state, err := a.stores.image()
	go func() {
		defer a.stores.snapshots.writing.Unlock()
		if err == nil {
			err = a.stores.snapshots.take(state, int(a.options.SnapshotKeep))
		}
		if err != nil {
			a.options.Log.Error("failed to create state snapshot", "height", state.Version.Height, "err", err)
			return
		}
		a.options.Log.Info("completed state snapshot", "height", state.Version.Height)
	}()
}

func (a *App) halts() bool {
	height, at := a.options.HaltHeight, a.options.HaltTime
	return height > 0 && a.pending.Height >= height || at > 0 && a.time.Unix() >= at
}

// retain is the first block that stays: the blocks since the oldest snapshot do, whatever min-retain-blocks says.
func (a *App) retain() int64 {
	keep := a.options.MinRetainBlocks
	if keep <= 0 {
		return 0
	}
	return max(0, a.pending.Height-max(keep, a.options.SnapshotInterval*a.options.SnapshotKeep))
}
