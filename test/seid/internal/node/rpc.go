package node

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	ctypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// serveRPC opens rpc.laddr. Answers to GET have no JSON-RPC envelope.
func (n *Node) serveRPC() error {
	mux := http.NewServeMux()
	for path, answer := range n.routes() {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			result, err := answer(r)
			writeAnswer(w, result, err)
		})
	}
	mux.Handle("POST /{$}", n.jsonrpc())
	return n.listen(n.settings.Or("rpc.laddr", "tcp://127.0.0.1:26657"), mux)
}

type answer func(*http.Request) (any, error)

func (n *Node) routes() map[string]answer {
	return map[string]answer{
		"/health":     func(*http.Request) (any, error) { return struct{}{}, nil },
		"/status":     n.status,
		"/lag_status": n.lagStatus,
		"/net_info":   n.netInfo,
		"/abci_info":  func(*http.Request) (any, error) { return n.env.ABCIInfo(nil) },
		"/genesis":    func(*http.Request) (any, error) { return ctypes.ResultGenesis{Genesis: n.genesis}, nil },
		"/block":      func(r *http.Request) (any, error) { return atHeight(r, n.chain().block) },
		"/commit":     func(r *http.Request) (any, error) { return atHeight(r, n.chain().commit) },
		"/abci_query": n.abciQuery,

		"/broadcast_tx_commit": n.broadcast,
	}
}

func writeAnswer(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json")
	raw, encodeErr := cmtjson.Marshal(result)
	if err == nil {
		err = encodeErr
	}
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		raw, _ = json.Marshal(map[string]any{"code": -32603, "message": "Internal error", "data": err.Error()})
	}
	_, _ = w.Write(append(raw, '\n'))
}

// listen opens a port and serves it until the node stops.
func (n *Node) listen(laddr string, handler http.Handler) error {
	network, addr, err := address(laddr)
	if err != nil {
		return err
	}
	listener, err := net.Listen(network, addr)
	if err != nil {
		return fmt.Errorf("failed to listen on %s: %w", laddr, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadTimeout:       n.settings.Duration("rpc.timeout-read", 10*time.Second),
		ReadHeaderTimeout: n.settings.Duration("rpc.timeout-read-header", 10*time.Second),
		WriteTimeout:      n.settings.Duration("rpc.timeout-write", 30*time.Second),
	}
	n.servers = append(n.servers, server)
	go func() { _ = server.Serve(listener) }()
	return nil
}

func (n *Node) lagStatus(*http.Request) (any, error) {
	current, highest := n.env.BlockStore.Height(), n.maxPeerHeight()
	return map[string]string{
		"current_height":  strconv.FormatInt(current, 10),
		"max_peer_height": strconv.FormatInt(highest, 10),
		"lag":             strconv.FormatInt(max(0, highest-current), 10),
	}, nil
}

// abciQuery asks the application: ?path="..." with an optional data=0x...
func (n *Node) abciQuery(r *http.Request) (any, error) {
	data, err := hexParameter(r, "data")
	if err != nil {
		return nil, err
	}
	return n.env.ABCIQuery(nil, parameter(r, "path"), data, 0, false)
}

// broadcast submits a transaction, tx=0x..., and answers when a block has it.
func (n *Node) broadcast(r *http.Request) (any, error) {
	tx, err := hexParameter(r, "tx")
	if err != nil {
		return nil, err
	}
	return n.env.BroadcastTxCommit(&rpctypes.Context{HTTPReq: r}, tx)
}

// parameter is a value with or without the quotes that a text has.
func parameter(r *http.Request, name string) string {
	return strings.Trim(r.URL.Query().Get(name), `"`)
}

func hexParameter(r *http.Request, name string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(parameter(r, name), "0x"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return raw, nil
}

// atHeight asks for the latest, or for what is at ?height=N.
func atHeight[T any](r *http.Request, ask func(*rpctypes.Context, *int64) (T, error)) (any, error) {
	text := parameter(r, "height")
	if text == "" {
		return ask(nil, nil)
	}
	height, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("height: %w", err)
	}
	return ask(nil, &height)
}
