package serve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestAStateSyncIsTold: what the agent around seid says, and while seid runs, how far its metrics are.
func TestAStateSyncIsTold(t *testing.T) {
	const (
		file   = `{"reason":"Syncing","message":"it begins","attempts":2}`
		syncs  = "tendermint_consensus_state_syncing{chain_id=\"x\"} 1\n"
		two    = syncs + "tendermint_p2p_peers{chain_id=\"x\"} 2\n"
		offer  = two + "tendermint_statesync_total_snapshots{chain_id=\"x\"} 3\n"
		begun  = offer + "tendermint_statesync_snapshot_chunk_total{chain_id=\"x\"} 200\n"
		late   = 31 * time.Second
		chunks = "tendermint_statesync_snapshot_chunk{chain_id=\"x\"} "
	)
	for name, test := range map[string]struct {
		file, metrics string
		after         time.Duration
		want          wire.Restore
		says          string
	}{
		"servers disagree":         {`{"reason":"WitnessDisagreement","message":"a and b","attempts":1}`, two, late, wire.Restore{Reason: "WitnessDisagreement", Attempts: 1}, "a and b"},
		"seid does not answer":     {file, "", late, wire.Restore{Reason: "Syncing", Attempts: 2}, "it begins"},
		"seid syncs no state":      {file, "tendermint_p2p_peers 2\n", late, wire.Restore{Reason: "Syncing", Attempts: 2}, "it begins"},
		"it looks for peers":       {file, syncs, 0, wire.Restore{Reason: "Syncing", Attempts: 2}, "fetches"},
		"it finds none":            {file, syncs, late, wire.Restore{Reason: "WaitingForPeers", Attempts: 2}, "two peers"},
		"it looks for snapshots":   {file, two, 0, wire.Restore{Reason: "Syncing", Attempts: 2, Awaits: true}, "fetches"},
		"it finds no snapshots":    {file, two, late, wire.Restore{Reason: "NoSnapshots", Attempts: 2, Awaits: true}, "no peer has offered a snapshot yet"},
		"it has been offered some": {file, offer, late, wire.Restore{Reason: "Syncing", Attempts: 2, Awaits: true, Parts: 3}, "fetches"},
		"chunks come":              {file, begun + chunks + "119\n", late, wire.Restore{Reason: "Syncing", Attempts: 2, Awaits: true, Parts: 122, Percent: 55}, "fetches"},
		"the last is taken":        {file, begun + chunks + "199\n", late, wire.Restore{Reason: "Syncing", Attempts: 2, Parts: 202, Percent: 95}, "takes it"},
		"the last has come":        {file, begun + chunks + "200\n", late, wire.Restore{Reason: "Syncing", Attempts: 2, Parts: 203, Percent: 100}, "fetches"},
		"of an earlier snapshot":   {file, begun + chunks + "250\n", late, wire.Restore{Reason: "Syncing", Attempts: 2, Parts: 253, Percent: 100}, "fetches"},
		"blocks before it come": {file, begun + chunks + "200\ntendermint_statesync_back_fill_blocks_total 9\ntendermint_statesync_back_filled_blocks 4\ntendermint_statesync_snapshot_height 40\n", late,
			wire.Restore{Reason: "Syncing", Attempts: 2, Parts: 207, Percent: 100, SnapshotHeight: 40}, "the blocks before it"},
		"it stalls":      {`{"reason":"Stalled","message":"5 attempts"}`, begun + chunks + "119\n", late, wire.Restore{Reason: "Stalled", Awaits: true, Parts: 122, Percent: 55}, "5 attempts"},
		"the state came": {`{"reason":"StateSynced","message":"it came","percent":100}`, begun, late, wire.Restore{Reason: "StateSynced", Percent: 100}, "it came"},
	} {
		t.Run(name, func(t *testing.T) {
			seid := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.metrics == "" {
					http.Error(w, "no", http.StatusServiceUnavailable)
					return
				}
				_, _ = w.Write([]byte("# HELP x\n" + test.metrics))
			}))
			defer seid.Close()
			said, clock := filepath.Join(t.TempDir(), "sync.json"), now
			if err := os.WriteFile(said, []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			agent := serve.New(serve.Options{RPC: "http://127.0.0.1:1", Volume: t.TempDir(), Sync: said, Metrics: seid.URL}, func() time.Time { return clock })
			agent.Look(t.Context())
			clock = clock.Add(test.after)
			agent.Look(t.Context())
			status := statusOf(t, agent)
			if status.Restore == nil || !strings.Contains(status.Restore.Message, test.says) {
				t.Fatalf("%+v", status.Restore)
			}
			status.Restore.Message = ""
			if *status.Restore != test.want {
				t.Errorf("%+v, wanted %+v", *status.Restore, test.want)
			}
			if done := test.want.Reason == "StateSynced"; strings.HasPrefix(status.Reason, "seid has no state yet") == done {
				t.Errorf("not ready: %q", status.Reason)
			}
		})
	}
}

// TestMetricsAreReadSeldom: seid answers three such questions at a time.
func TestMetricsAreReadSeldom(t *testing.T) {
	asked := 0
	seid := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer seid.Close()
	said, clock := filepath.Join(t.TempDir(), "sync.json"), now
	agent := serve.New(serve.Options{RPC: "http://127.0.0.1:1", Volume: t.TempDir(), Sync: said, Metrics: seid.URL}, func() time.Time { return clock })
	look := func() {
		for range 20 {
			clock = clock.Add(time.Second)
			agent.Look(t.Context())
		}
	}
	look()
	if asked != 0 || statusOf(t, agent).Restore != nil {
		t.Errorf("asked %d times while nobody says that a state comes", asked)
	}
	if err := os.WriteFile(said, []byte(`{"reason":"Syncing"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	look()
	if asked != 4 {
		t.Errorf("asked %d times in 20 s, wanted 4", asked)
	}
}

func statusOf(t *testing.T, agent *serve.Agent) (status wire.NodeStatus) {
	t.Helper()
	if err := json.Unmarshal(ask(agent, "/status").Body.Bytes(), &status); err != nil {
		t.Fatal(err)
	}
	return status
}

// TestTheHeightOfTheSnapshotIsToldAtTheEnd, which is when seid tells it, and asked for no longer.
func TestTheHeightOfTheSnapshotIsToldAtTheEnd(t *testing.T) {
	asked, page := 0, "tendermint_consensus_state_syncing 1\n"
	seid := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = w.Write([]byte(page))
	}))
	defer seid.Close()
	said, clock := filepath.Join(t.TempDir(), "sync.json"), now
	agent := serve.New(serve.Options{RPC: "http://127.0.0.1:1", Volume: t.TempDir(), Sync: said, Metrics: seid.URL}, func() time.Time { return clock })
	for _, step := range []struct{ said, page string }{
		{`{"reason":"Syncing"}`, page}, {`{"reason":"StateSynced"}`, "tendermint_consensus_state_syncing 0\ntendermint_statesync_snapshot_height 40\n"}, {`{"reason":"StateSynced"}`, ""},
	} {
		page = step.page
		if err := os.WriteFile(said, []byte(step.said), 0o600); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(time.Minute)
		agent.Look(t.Context())
	}
	if got := statusOf(t, agent).Restore; got.SnapshotHeight != 40 || asked != 2 {
		t.Errorf("%+v, asked %d times", got, asked)
	}
}
