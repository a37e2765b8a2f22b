package serve_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/trust"
)

// witness answers as a node does that has blocks from 3 to 100, all with the same hash, and another from the moment that it changes its mind.
func witness(t *testing.T, id string, hash *atomic.Value, asked *atomic.Int64) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/status":
			_, _ = fmt.Fprint(w, strings.Replace(status(100, time.Second, false), "abc", id, 1))
		case "/commit":
			asked.Add(1)
			height := r.URL.Query().Get("height")
			_, _ = fmt.Fprintf(w, `{"signed_header":{"header":{"chain_id":"pacific-1","height":%q},"commit":{"height":%q,"block_id":{"hash":%q}}},"canonical":true}`,
				height, height, strings.Repeat(hash.Load().(string), 64))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// synced answers as a node does whose state came from others: of its first block it has the header alone.
func synced(t *testing.T) string {
	t.Helper()
	first := fmt.Sprintf(`"latest_block_hash":%q,"earliest_block_hash":%q,"earliest_block_height"`, strings.Repeat("C", 64), strings.Repeat("A", 64))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/status":
			_, _ = fmt.Fprint(w, strings.Replace(status(100, time.Second, false), `"earliest_block_height"`, first, 1))
		case "/net_info":
			_, _ = fmt.Fprint(w, peers(4))
		default:
			_, _ = fmt.Fprintf(w, `{"block_id":{"hash":%q},"block":null}`, strings.Repeat("A", 64))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestTheFirstBlockIsCompared, after the state has come, until the servers have the same: what they have otherwise is told, until they have it no more.
func TestTheFirstBlockIsCompared(t *testing.T) {
	for name, test := range map[string]struct{ theirs, said, want, then string }{
		"the same":           {"A", "StateSynced", "StateSynced", "StateSynced"},
		"another":            {"B", "StateSynced", "WrongFork", "StateSynced"},
		"the data was there": {"B", "NotNeeded", "WrongFork", "NotNeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			var theirs atomic.Value
			theirs.Store(test.theirs)
			said, clock := filepath.Join(t.TempDir(), "sync.json"), now
			if err := os.WriteFile(said, []byte(`{"reason":"`+test.said+`","message":"it came"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			agent := serve.New(serve.Options{
				RPC: synced(t), Volume: t.TempDir(), Sync: said, Metrics: "http://127.0.0.1:1", MaxBlockAge: time.Minute,
				Trust: trust.Options{ChainID: "pacific-1", Servers: []string{witness(t, "one", &theirs, &asked), witness(t, "two", &theirs, &asked)}, Now: func() time.Time { return now }},
			}, func() time.Time { return clock })
			until := func(want string, step time.Duration) {
				deadline := time.Now().Add(10 * time.Second)
				for agent.Look(t.Context()); asked.Load() < 2 || statusOf(t, agent).Restore.Reason != want; agent.Look(t.Context()) {
					clock = clock.Add(step)
					if time.Now().After(deadline) {
						t.Fatalf("asked %d times, and told %+v; wanted %s", asked.Load(), statusOf(t, agent).Restore, want)
					}
				}
			}
			until(test.want, 0)
			if status := statusOf(t, agent); !status.Ready {
				t.Errorf("it is not ready: %s", status.Reason)
			}
			theirs.Store("A")
			until(test.then, time.Second)
			rests := func() bool {
				before := asked.Load()
				for range 100 {
					clock = clock.Add(time.Hour)
					agent.Look(t.Context())
				}
				return asked.Load() == before
			}
			for deadline := time.Now().Add(10 * time.Second); !rests(); {
				if time.Now().After(deadline) {
					t.Fatalf("asked %d times, and still asks", asked.Load())
				}
			}
		})
	}
}

// TestABlockOfAnArchiveIsCompared: the last one, since servers seldom have the first. Both ends are told, and nothing before.
func TestABlockOfAnArchiveIsCompared(t *testing.T) {
	for hash, want := range map[string]string{"C": "Restored", "B": "WrongFork"} {
		var asked atomic.Int64
		var theirs atomic.Value
		theirs.Store(hash)
		agent := serve.New(serve.Options{
			RPC: synced(t), Volume: t.TempDir(), Metrics: "http://127.0.0.1:1", MaxBlockAge: time.Minute,
			Trust: trust.Options{ChainID: "pacific-1", Servers: []string{witness(t, "one", &theirs, &asked), witness(t, "two", &theirs, &asked)}, Now: func() time.Time { return now }},
		}, func() time.Time { return now })
		deadline := time.Now().Add(10 * time.Second)
		for agent.Look(t.Context()); statusOf(t, agent).Restore == nil; agent.Look(t.Context()) {
			if time.Now().After(deadline) {
				t.Fatalf("asked %d times, and told nothing", asked.Load())
			}
		}
		said := statusOf(t, agent).Restore
		if said.Reason != want || want == "WrongFork" && !strings.Contains(said.Message, "block 100 of this node") {
			t.Errorf("theirs is %s: %+v", hash, said)
		}
	}
}
