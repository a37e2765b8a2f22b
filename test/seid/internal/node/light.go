package node

import (
	"crypto/sha256"
	"net/http"
	"os"
	"strconv"

	rpccore "github.com/cometbft/cometbft/rpc/core"
	ctypes "github.com/cometbft/cometbft/rpc/core/types"
	rpcserver "github.com/cometbft/cometbft/rpc/jsonrpc/server"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	"github.com/cometbft/cometbft/types"
)

// LiesFromEnv is the height from which on this node's RPC tells of other blocks than the chain has.
const LiesFromEnv = "SEID_STANDIN_LIES_FROM"

func liesFrom() int64 {
	height, _ := strconv.ParseInt(os.Getenv(LiesFromEnv), 10, 64)
	return height
}

// chainAnswers are what a light client asks for, by GET and by POST.
type chainAnswers struct {
	env  *rpccore.Environment
	lies int64
}

// jsonrpc serves POST: there each answer has an envelope.
func (n *Node) jsonrpc() http.Handler {
	mux := http.NewServeMux()
	answers := n.chain()
	rpcserver.RegisterRPCFuncs(mux, map[string]*rpcserver.RPCFunc{
		"block":            rpcserver.NewRPCFunc(answers.block, "height"),
		"commit":           rpcserver.NewRPCFunc(answers.commit, "height"),
		"validators":       rpcserver.NewRPCFunc(n.env.Validators, "height,page,per_page"),
		"consensus_params": rpcserver.NewRPCFunc(n.env.ConsensusParams, "height"),
		"status":           rpcserver.NewRPCFunc(func(*rpctypes.Context) (any, error) { return n.status(nil) }, ""),
		"abci_info":        rpcserver.NewRPCFunc(n.env.ABCIInfo, ""),
		"health":           rpcserver.NewRPCFunc(n.env.Health, ""),
	}, n.log.With("module", "rpc-server"))
	return mux
}

func (n *Node) chain() chainAnswers { return chainAnswers{env: n.env, lies: liesFrom()} }

func (c chainAnswers) block(ctx *rpctypes.Context, height *int64) (*ctypes.ResultBlock, error) {
	result, err := c.env.Block(ctx, height)
	if err == nil && result.Block != nil && c.lie(&result.Block.Header) {
		result.BlockID.Hash = result.Block.Header.Hash()
	}
	return result, err
}

func (c chainAnswers) commit(ctx *rpctypes.Context, height *int64) (*ctypes.ResultCommit, error) {
	result, err := c.env.Commit(ctx, height)
	if err == nil && result.Header != nil && c.lie(result.Header) {
		result.Commit.BlockID.Hash = result.Header.Hash()
	}
	return result, err
}

// lie makes a header another one, if it is time to. Nobody has signed it.
func (c chainAnswers) lie(header *types.Header) bool {
	if c.lies == 0 || header.Height < c.lies {
		return false
	}
	other := sha256.Sum256(header.AppHash)
	header.AppHash = other[:]
	return true
}
