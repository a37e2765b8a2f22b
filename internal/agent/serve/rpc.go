package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds an answer of the RPC, in bytes: /net_info of a node with a thousand peers has some 600 kB.
const maxAnswer = 4 << 20

// integer parses what seid writes as a string, and what other versions write as a number.
type integer int64

// UnmarshalJSON takes "12" and 12, and takes an empty string for 0.
func (i *integer) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "" || text == "null" {
		return nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	*i = integer(value)
	return err
}

type statusAnswer struct {
	NodeInfo struct {
		ID      string `json:"id"`
		Network string `json:"network"`
	} `json:"node_info"`
	SyncInfo struct {
		Height     integer   `json:"latest_block_height"`
		Time       time.Time `json:"latest_block_time"`
		Earliest   integer   `json:"earliest_block_height"`
		CatchingUp *bool     `json:"catching_up"`
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

// get asks the RPC and decodes its answer, with or without the JSON-RPC envelope: a GET to seid answers without, to other
// versions with.
func get(ctx context.Context, client *http.Client, url string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	return unwrap(body, answer)
}

func unwrap(body []byte, answer any) error {
	var envelope struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return err
	}
	if len(envelope.Result) > 0 {
		body = envelope.Result
	}
	return json.Unmarshal(body, answer)
}
