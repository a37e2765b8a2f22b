package node

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// service is one of the ports that a full node opens beside the RPC.
type service struct {
	enabled, laddr string
	handler        http.Handler
}

// serveServices opens the enabled ports with handlers just good enough to
// tell that the right process answers.
func (n *Node) serveServices() error {
	evm := http.HandlerFunc(n.evm)
	for _, s := range []service{
		{"api.enable", n.settings.Or("api.address", "tcp://0.0.0.0:1317"), n.rest()},
		{"grpc.enable", n.settings.Or("grpc.address", "0.0.0.0:9090"), http.NotFoundHandler()},
		{"grpc-web.enable", n.settings.Or("grpc-web.address", "0.0.0.0:9091"), http.NotFoundHandler()},
		{"evm.http_enabled", ":" + n.settings.Or("evm.http_port", "8545"), evm},
		{"evm.ws_enabled", ":" + n.settings.Or("evm.ws_port", "8546"), evm},
	} {
		if !n.settings.Bool(s.enabled) {
			continue
		}
		if err := n.listen(s.laddr, s.handler); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) rest() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cosmos/base/tendermint/v1beta1/syncing", func(w http.ResponseWriter, _ *http.Request) {
		writeAnswer(w, map[string]bool{"syncing": n.catchingUp()}, nil)
	})
	return mux
}

type evmRequest struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
}

// devnetEVMChain is the EVM chain id that a devnet was seen to answer.
const devnetEVMChain = 713714

// evmChains are the EVM ids of the public chains.
var evmChains = map[string]int{"pacific-1": 1329, "atlantic-2": 1328, "arctic-1": 713715}

// evm answers the two calls that probes make; eth_syncing is an error in the
// real node too.
func (n *Node) evm(w http.ResponseWriter, r *http.Request) {
	var req evmRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := map[string]any{"jsonrpc": "2.0", "id": req.ID}
	switch req.Method {
	case "eth_blockNumber":
		answer["result"] = fmt.Sprintf("%#x", n.env.BlockStore.Height())
	case "eth_chainId":
		answer["result"] = fmt.Sprintf("%#x", n.evmChain())
	default:
		answer["error"] = map[string]any{"code": -32601, "message": "the method " + req.Method + " does not exist/is not available"}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func (n *Node) evmChain() int {
	if id, ok := evmChains[n.genesis.ChainID]; ok {
		return id
	}
	return devnetEVMChain
}
