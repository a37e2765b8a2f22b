package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What the light client cannot believe ends the start, exit 1, with the usage text after it.
func TestStateSyncRefuses(t *testing.T) {
	t.Parallel()
	chain := serve(t, 1)
	trusted := hash(t, chain.validator, 3)
	for name, test := range map[string]struct {
		witnesses []env
		hash      string
		says      string
	}{
		"one server":      {[]env{chain.validator}, trusted, "at least 2 RPC servers are required, got 1"},
		"another hash":    {[]env{chain.validator, chain.full}, strings.Repeat("AB", 32), "expected header's hash"},
		"no hash":         {[]env{chain.validator, chain.full}, "", "expected hash size to be 32 bytes"},
		"nobody is there": {[]env{ports(t), ports(t)}, trusted, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := joined(t, "full", chain.validator, chain.full)
			syncs(t, home, 3, test.hash, test.witnesses)
			code, out := run(t, ports(t), "start", "--home", home)
			if code != 1 || !strings.Contains(out, "failed to initialize RPC state provider") || !strings.Contains(out, test.says) ||
				!strings.Contains(out[strings.LastIndex(out, "Error:"):], "Usage:") {
				t.Errorf("exit %d: %s", code, tail(out))
			}
		})
	}
}

// A witness that tells of other blocks: both ways of asking give the lie, each by itself consistent, and only from its height on.
func TestLyingWitness(t *testing.T) {
	t.Parallel()
	chain := serve(t, 1)
	liar := ports(t).with("SEID_STANDIN_LIES_FROM", "5")
	l := spawn(t, liar, "start", "--home", joined(t, "full", chain.validator, chain.full))
	l.reach(liar, 8)
	for height := int64(4); height <= 6; height++ {
		told, truth := hash(t, liar, height), hash(t, chain.validator, height)
		if lies := told != truth; lies != (height >= 5) {
			t.Errorf("height %d: told %s, and it is %s", height, told, truth)
		}
		if posted := post(t, liar, height).header(t); posted != told {
			t.Errorf("height %d: %s by GET, %s by POST", height, told, posted)
		}
	}
	home := joined(t, "full", chain.validator, chain.full)
	syncs(t, home, 4, hash(t, chain.validator, 4), []env{chain.validator, liar})
	code, out := run(t, ports(t), "start", "--home", home)
	if code != 1 || !strings.Contains(out, "No witnesses remaining") {
		t.Errorf("exit %d: %s", code, tail(out))
	}
}

// TestCommit tells the hash of a block without the block: the same as /block does, also of the last one, whose own commit no block has yet.
func TestCommit(t *testing.T) {
	t.Parallel()
	chain := serve(t, 1)
	last := chain.f.reach(chain.full, 12).height()
	for _, e := range []env{chain.validator, chain.full} {
		for _, height := range []int64{1, 3, last} {
			var answer commitAnswer
			check(t, get(t, fmt.Sprintf("%s/commit?height=%d", e.rpc(), height), &answer))
			if header := answer.Signed.Header; header.Height != fmt.Sprint(height) || header.ChainID != "sei-devnet-1" || answer.Signed.Commit.Height != header.Height ||
				answer.Signed.Commit.ID.Hash != hash(t, e, height) {
				t.Errorf("height %d: %+v", height, answer)
			}
		}
	}
}

// commitAnswer is the answer to a GET: it has no envelope.
type commitAnswer struct {
	Signed struct {
		Header struct {
			Height  string `json:"height"`
			ChainID string `json:"chain_id"`
		} `json:"header"`
		Commit struct {
			Height string `json:"height"`
			ID     struct {
				Hash string `json:"hash"`
			} `json:"block_id"`
		} `json:"commit"`
	} `json:"signed_header"`
}

// commitPost is the answer to a POST: it has an envelope.
type commitPost struct {
	Version string `json:"jsonrpc"`
	Result  struct {
		Signed struct {
			Header json.RawMessage `json:"header"`
			Commit struct {
				ID struct {
					Hash string `json:"hash"`
				} `json:"block_id"`
			} `json:"commit"`
		} `json:"signed_header"`
	} `json:"result"`
}

func (p commitPost) header(t *testing.T) string {
	t.Helper()
	if p.Version != "2.0" || len(p.Result.Signed.Header) == 0 {
		t.Errorf("%+v", p)
	}
	return p.Result.Signed.Commit.ID.Hash
}

func post(t *testing.T, e env, height int64) (answer commitPost) {
	t.Helper()
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"commit","params":{"height":"%d"}}`, height)
	response, err := http.Post(e.rpc(), "application/json", bytes.NewBufferString(body))
	check(t, err)
	defer response.Body.Close()
	check(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer
}
