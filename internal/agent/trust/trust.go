// Package trust makes the block from which a node trusts its chain: at least two servers that are not one have the same block at a height, and none has
// another. What the servers say is asked for here, and what it means is decided in judge.go.
package trust

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/rpc"
)

const (
	// timeout bounds one question: a public server may take seconds.
	timeout = 10 * time.Second
	// maxAnswer bounds an answer, in bytes: a commit has some 300 for each validator. The container that asks has memory for little more than eight of them.
	maxAnswer = 1 << 20
)

// Point is a block that is trusted.
type Point struct {
	// Height is the block's.
	Height int64 `json:"height"`
	// Hash is the block's, 64 upper-case hexadecimal digits.
	Hash string `json:"hash"`
}

// Options say whom to ask, and what for.
type Options struct {
	// ChainID is the chain that the node follows.
	ChainID string
	// Servers are addresses of RPCs, http(s)://host:port.
	Servers []string
	// Offset is how many blocks below the tip the point lies.
	Offset int64
	// Pin is a point that the user knows; zero for none. The servers are compared with it.
	Pin Point
	// Now tells the time; nil is the clock's.
	Now func() time.Time
}

// Trusted is what came of it.
type Trusted struct {
	Point
	// Servers are those that have the block, each another machine.
	Servers []string
}

// voice is what one server says, as far as it was asked.
type voice struct {
	server string
	// err is why it does not answer.
	err error
	// id is the node's, and network its chain.
	id, network string
	// latest and lowest are the heights that it has.
	latest, lowest int64
	// old is why its tip is not the chain's, "" if it is.
	old string
	// hash is that of its block at the height in question, "" where it was not asked, or has none.
	hash string
}

// Make asks every server, and says which block is trusted, or why none is.
func Make(ctx context.Context, o Options) (Trusted, *Doubt) {
	height, voices := o.ask(ctx, o.height)
	return o.judge(height, voices)
}

// Compare asks every server for the block that a node has at a height, and says whether they have the same, or another. It is neither where too few of them
// have one, or they differ from each other.
func Compare(ctx context.Context, o Options, own Point) (same bool, fork *Doubt) {
	_, voices := o.ask(ctx, func([]voice) int64 { return own.Height })
	return o.compare(own, voices)
}

// ask asks every server how far it is, and for its block at the height that follows from that.
func (o Options) ask(ctx context.Context, at func([]voice) int64) (int64, []voice) {
	a := asker{Options: o, client: &http.Client{Timeout: timeout}}
	if a.Now == nil {
		a.Now = time.Now
	}
	voices := make([]voice, len(o.Servers))
	a.each(voices, func(i int) { voices[i] = a.status(ctx, o.Servers[i]) })
	height := at(voices)
	a.each(voices, func(i int) {
		if voices[i].usable(o) && voices[i].lowest <= height {
			voices[i].hash, voices[i].err = a.block(ctx, o.Servers[i], height)
		}
	})
	return height, voices
}

type asker struct {
	Options
	client *http.Client
}

// each does the same for every server at once: one that is silent delays nobody twice.
func (a *asker) each(voices []voice, ask func(int)) {
	var all sync.WaitGroup
	for i := range voices {
		all.Go(func() { ask(i) })
	}
	all.Wait()
}

// status asks which node a server is, and how far it is.
func (a *asker) status(ctx context.Context, server string) voice {
	var answer struct {
		Node struct {
			ID      string `json:"id"`
			Network string `json:"network"`
		} `json:"node_info"`
		Sync struct {
			Latest rpc.Integer `json:"latest_block_height"`
			Time   time.Time   `json:"latest_block_time"`
			Lowest rpc.Integer `json:"earliest_block_height"`
		} `json:"sync_info"`
	}
	said := voice{server: server}
	if said.err = rpc.Get(ctx, a.client, server+"/status", maxAnswer, &answer); said.err != nil {
		return said
	}
	said.id, said.network = strings.ToLower(answer.Node.ID), answer.Node.Network
	said.latest, said.lowest = int64(answer.Sync.Latest), int64(answer.Sync.Lowest)
	switch { // that it catches up, a node at the tip says, too, which has but one peer
	case said.id == "" || said.network == "" || said.latest < 1:
		said.err = fmt.Errorf("%s/status names no node, no chain or no block", server)
	case a.Now().Sub(answer.Sync.Time) > maxAge:
		said.old = "has no block that is younger than a minute"
	}
	return said
}

// ofHash is the hash of a block, as every version writes it.
var ofHash = regexp.MustCompile(`^[0-9A-F]{64}$`)

// block asks a server for the hash of its block at a height: by its commit, since the block itself brings its transactions, of any size.
func (a *asker) block(ctx context.Context, server string, height int64) (string, error) {
	var answer struct {
		Signed struct {
			Header struct {
				Height rpc.Integer `json:"height"`
				Chain  string      `json:"chain_id"`
			} `json:"header"`
			Commit struct {
				Height rpc.Integer `json:"height"`
				ID     struct {
					Hash string `json:"hash"`
				} `json:"block_id"`
			} `json:"commit"`
		} `json:"signed_header"`
	}
	if err := rpc.Get(ctx, a.client, fmt.Sprintf("%s/commit?height=%d", server, height), maxAnswer, &answer); err != nil {
		return "", err
	}
	header, commit := answer.Signed.Header, answer.Signed.Commit
	hash := strings.ToUpper(commit.ID.Hash)
	if int64(header.Height) != height || commit.Height != header.Height || header.Chain != a.ChainID || !ofHash.MatchString(hash) {
		return "", fmt.Errorf("%s/commit?height=%d is not of that block of chain %q", server, height, a.ChainID)
	}
	return hash, nil
}
