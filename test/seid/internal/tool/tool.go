// Package tool holds the commands that only the stand-in has, for pods with
// no shell: joining a running chain, fetching an address, waiting for a
// height.
package tool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/test/seid/internal/home"
)

const (
	requestTimeout = 5 * time.Second
	retryInterval  = 500 * time.Millisecond
	maxAnswer      = 64 << 20
)

// Get fetches an address; any status but 200 is an error.
func Get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return body, fmt.Errorf("%s: %s", address, resp.Status)
	}
	return body, nil
}

// retry repeats an attempt until it succeeds or the context ends.
func retry(ctx context.Context, attempt func() error) error {
	for {
		err := attempt()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(retryInterval):
		}
	}
}

type status struct {
	NodeInfo struct {
		ID string `json:"id"`
	} `json:"node_info"`
	SyncInfo struct {
		Height string `json:"latest_block_height"`
	} `json:"sync_info"`
}

func getStatus(ctx context.Context, rpc string) (status, error) {
	var s status
	raw, err := Get(ctx, strings.TrimRight(rpc, "/")+"/status")
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(raw, &s)
}

// Join points a home at the chain behind RPC addresses. The genesis is the first one's, and each is a peer: its host is the RPC's unless
// given, its port 26656 unless the host carries one.
func Join(ctx context.Context, h home.Home, rpcs, peerHosts []string) error {
	var join home.Join
	for i, rpc := range rpcs {
		host := ""
		if i < len(peerHosts) {
			host = peerHosts[i]
		}
		address, err := peerAddress(rpc, host)
		if err != nil {
			return err
		}
		err = retry(ctx, func() error { return ask(ctx, &join, rpc, address) })
		if err != nil {
			return err
		}
	}
	return join.Apply(h)
}

func peerAddress(rpc, peerHost string) (string, error) {
	u, err := url.Parse(rpc)
	if err != nil || u.Hostname() == "" {
		return "", fmt.Errorf("not an RPC address: %q", rpc)
	}
	if peerHost == "" {
		peerHost = u.Hostname()
	}
	if strings.Contains(peerHost, ":") {
		return peerHost, nil
	}
	return peerHost + ":26656", nil
}

// ask adds the node behind an RPC address to the peers, and takes the genesis from the first.
func ask(ctx context.Context, join *home.Join, rpc, address string) error {
	s, err := getStatus(ctx, rpc)
	if err != nil {
		return err
	}
	if join.Genesis == nil {
		if join.Genesis, err = getGenesis(ctx, rpc); err != nil {
			return err
		}
	}
	join.Peers = append(join.Peers, s.NodeInfo.ID+"@"+address)
	return nil
}

func getGenesis(ctx context.Context, rpc string) (json.RawMessage, error) {
	raw, err := Get(ctx, strings.TrimRight(rpc, "/")+"/genesis")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Genesis json.RawMessage `json:"genesis"`
	}
	err = json.Unmarshal(raw, &answer)
	return answer.Genesis, err
}

// WaitHeight returns once the node has the height.
func WaitHeight(ctx context.Context, rpc string, height int64) error {
	return retry(ctx, func() error {
		s, err := getStatus(ctx, rpc)
		if err != nil {
			return err
		}
		at, err := strconv.ParseInt(s.SyncInfo.Height, 10, 64)
		if err == nil && at < height {
			err = fmt.Errorf("height %d, waiting for %d", at, height)
		}
		return err
	})
}
