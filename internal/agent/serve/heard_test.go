package serve_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestHowLongAgoSeidAnsweredIsTold: whoever goes by its height has to know.
func TestHowLongAgoSeidAnsweredIsTold(t *testing.T) {
	up, at := true, now
	rpc := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if up {
			_, _ = fmt.Fprint(w, map[string]string{"/status": healthy().status, "/net_info": healthy().netInfo}[r.URL.Path])
		}
	}))
	defer rpc.Close()
	agent := serve.New(serve.Options{RPC: rpc.URL, Volume: t.TempDir()}, func() time.Time { return at })
	for _, step := range []struct {
		up    bool
		after time.Duration
		want  float64
	}{{false, time.Hour, 0}, {true, time.Second, 0}, {false, time.Minute, 60}, {false, time.Minute, 120}, {true, time.Minute, 0}} {
		up, at = step.up, at.Add(step.after)
		agent.Look(t.Context())
		var got wire.NodeStatus
		if err := json.Unmarshal(ask(agent, "/status").Body.Bytes(), &got); err != nil || got.HeardSeconds != step.want {
			t.Errorf("%v s, wanted %v (%v)", got.HeardSeconds, step.want, err)
		}
	}
}
