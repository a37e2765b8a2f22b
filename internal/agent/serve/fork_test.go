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

// block answers as a node does that has blocks from 3 to 100, all with the same hash.
func block(t *testing.T, id, hash string, asked *atomic.Int64) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/status":
			_, _ = fmt.Fprint(w, strings.Replace(status(100, time.Second, false), "abc", id, 1))
		case "/net_info":
			_, _ = fmt.Fprint(w, peers(4))
		case "/block":
			asked.Add(1)
			_, _ = fmt.Fprintf(w, `{"block_id":{"hash":%q},"block":{"header":{"chain_id":"pacific-1","height":%q}}}`, strings.Repeat(hash, 64), r.URL.Query().Get("height"))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestTheFirstBlockIsComparedOnce, after the state has come: what the servers have otherwise is told.
func TestTheFirstBlockIsComparedOnce(t *testing.T) {
	for name, test := range map[string]struct {
		own, theirs, said, want string
	}{
		"the same":           {"A", "A", `{"reason":"StateSynced","message":"it came"}`, "StateSynced"},
		"another":            {"A", "B", `{"reason":"StateSynced","message":"it came"}`, "WrongFork"},
		"the data was there": {"A", "B", `{"reason":"NotNeeded","message":"there"}`, "WrongFork"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			said, clock := filepath.Join(t.TempDir(), "sync.json"), now
			if err := os.WriteFile(said, []byte(test.said), 0o600); err != nil {
				t.Fatal(err)
			}
			agent := serve.New(serve.Options{
				RPC: block(t, "own", test.own, &asked), Volume: t.TempDir(), Sync: said, Metrics: "http://127.0.0.1:1", MaxBlockAge: time.Minute,
				Trust: trust.Options{ChainID: "pacific-1", Servers: []string{block(t, "one", test.theirs, &asked), block(t, "two", test.theirs, &asked)}, Now: func() time.Time { return now }},
			}, func() time.Time { return clock })
			deadline := time.Now().Add(10 * time.Second)
			for agent.Look(t.Context()); asked.Load() < 3 || statusOf(t, agent).Restore.Reason != test.want; agent.Look(t.Context()) {
				if time.Now().After(deadline) {
					t.Fatalf("asked %d times, and told %+v; wanted %s", asked.Load(), statusOf(t, agent).Restore, test.want)
				}
			}
			if status := statusOf(t, agent); !status.Ready {
				t.Errorf("it is not ready: %s", status.Reason)
			}
			for range 100 {
				clock = clock.Add(time.Minute)
				agent.Look(t.Context())
			}
			if got := asked.Load(); got != 3 {
				t.Errorf("asked %d times, wanted once each", got)
			}
		})
	}
}
