package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/rpc"
)

// maxAnswer bounds an answer of the RPC, in bytes: /net_info of a node with a thousand peers has some 600 kB.
const maxAnswer = 4 << 20

type statusAnswer struct {
	NodeInfo struct {
		ID      string `json:"id"`
		Network string `json:"network"`
	} `json:"node_info"`
	SyncInfo struct {
		Height   rpc.Integer `json:"latest_block_height"`
		Time     time.Time   `json:"latest_block_time"`
		Earliest rpc.Integer `json:"earliest_block_height"`
		// Hash and EarliestHash are the hashes of the blocks at these heights.
		Hash         string `json:"latest_block_hash"`
		EarliestHash string `json:"earliest_block_hash"`
		CatchingUp   *bool  `json:"catching_up"`
	} `json:"sync_info"`
	ValidatorInfo struct {
		Address string `json:"address"`
	} `json:"validator_info"`
}

// netInfoAnswer is who is connected. seid's n_peers is no count of that: it counts addresses that the node knows, 0 for one that others dial
// and above 0 for one that lost everybody (v6.6.2).
type netInfoAnswer struct {
	Connections json.RawMessage `json:"peer_connections"`
}

// errNoConnections is what an older version answers.
var errNoConnections = errors.New("seid's /net_info has no peer_connections: this version does not say who is connected, and the node cannot become " +
	"ready; change spec.image to one that does (v6.6.2 does)")

// peers counts the connections. seid writes null for none; what is not there at all is no answer.
func (a netInfoAnswer) peers() (int, error) {
	if len(a.Connections) == 0 {
		return 0, errNoConnections
	}
	var connections []struct {
		State string `json:"state"` // such as "ready,connected"
	}
	err := json.Unmarshal(a.Connections, &connections)
	count := 0
	for _, connection := range connections {
		if slices.Contains(strings.Split(connection.State, ","), "connected") {
			count++
		}
	}
	return count, err
}

// get asks the RPC and decodes its answer.
func get(ctx context.Context, client *http.Client, url string, answer any) error {
	return rpc.Get(ctx, client, url, maxAnswer, answer)
}
