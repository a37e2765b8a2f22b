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

// TestARestoreIsTold where seid will be: it lives, is not ready, and says how far it is.
func TestARestoreIsTold(t *testing.T) {
	handler := serve.RestoreHandler(func() wire.Restore {
		return wire.Restore{Reason: wire.ReasonDownloading, Message: "fetching x", Percent: 15, BytesDone: 16, BytesTotal: 100}
	})
	get := func(path string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		return answer
	}
	if live, ready := get("/livez"), get("/readyz"); live.Code != http.StatusOK || ready.Code != http.StatusServiceUnavailable || !strings.Contains(ready.Body.String(), "fetching x") {
		t.Errorf("%d, %d: %s", live.Code, ready.Code, ready.Body)
	}
	var status wire.NodeStatus
	if err := json.Unmarshal(get("/status").Body.Bytes(), &status); err != nil || status.Ready || status.Restore == nil || status.Restore.Percent != 15 {
		t.Errorf("%+v (%v)", status, err)
	}
	metrics := get("/metrics").Body.String()
	for _, line := range []string{`sei_node_restore_bytes{kind="done"} 16`, `sei_node_restore_bytes{kind="total"} 100`, "sei_node_ready 0", "sei_node_bootstrap_ratio 0.15"} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("no line %q in:\n%s", line, metrics)
		}
	}
}

// TestHowMuchOfAStateHasComeIsMeasured, on a node with a state sync, and on no other.
func TestHowMuchOfAStateHasComeIsMeasured(t *testing.T) {
	for said, want := range map[string]string{
		"": "", `{"reason":"Stalled","percent":35}`: "sei_node_bootstrap_ratio 0.35", `{"reason":"WitnessUnreachable"}`: "sei_node_bootstrap_ratio 0", `{"reason":"StateSynced"}`: "sei_node_bootstrap_ratio 1",
	} {
		o := serve.Options{RPC: "http://127.0.0.1:1", Metrics: "http://127.0.0.1:1", Volume: t.TempDir()}
		if said != "" {
			o.Sync = filepath.Join(t.TempDir(), "sync.json")
			if err := os.WriteFile(o.Sync, []byte(said), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		agent, answer := serve.New(o, time.Now), httptest.NewRecorder()
		agent.Look(t.Context())
		agent.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		if has := strings.Contains(answer.Body.String(), "sei_node_bootstrap_ratio"); has != (want != "") || want != "" && !strings.Contains(answer.Body.String(), want+"\n") {
			t.Errorf("%s: wanted %q in:\n%s", said, want, answer.Body)
		}
	}
}
