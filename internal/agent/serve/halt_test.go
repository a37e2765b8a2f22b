package serve_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// TestAHaltHeightIsTold, by what seid's container goes by: of a node that has one, while seid does not answer.
func TestAHaltHeightIsTold(t *testing.T) {
	down := healthy().with(func(r *rpc) { r.code = http.StatusBadGateway })
	for name, test := range map[string]struct {
		noted   string
		height  int64
		answers rpc
		want    *wire.HeightHalt
	}{
		"it stopped":                   {"500\n", 500, down, &wire.HeightHalt{Height: 500}},
		"it stopped above":             {"600\n", 500, down, &wire.HeightHalt{Height: 600}},
		"it is to stop later":          {"500\n", 501, down, nil},
		"it has no halt height":        {"500\n", 0, down, nil},
		"it goes on":                   {"500\n", 500, healthy(), nil},
		"it has not stopped yet":       {"", 500, down, nil},
		"what is there is none of its": {"half", 500, down, &wire.HeightHalt{Doubt: "data/.seinode-agent-halted is not the note of a halt height that the agent makes: move it away"}},
	} {
		t.Run(name, func(t *testing.T) {
			volume, info := home(t, "")
			if test.noted != "" {
				writeAt(t, filepath.Join(filepath.Dir(info), seid.HaltedFile), test.noted, now)
			}
			agent := agentWith(t, test.answers, serve.Options{Volume: volume, MinPeers: 1, HaltHeight: test.height})
			agent.Look(t.Context())
			var got wire.NodeStatus
			if err := json.Unmarshal(ask(agent, "/status").Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.HeightHalt); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if test.want != nil && got.Reason != test.want.String() {
				t.Errorf("reason %q", got.Reason)
			}
			if told := strings.Contains(got.Reason, "does not answer"); told != (test.want == nil && !got.Answers) {
				t.Errorf("reason %q", got.Reason)
			}
		})
	}
}

// TestWhatSeidsContainerIsInDoubtOfIsTold: a volume that cannot be read, and one that has no home any more.
func TestWhatSeidsContainerIsInDoubtOfIsTold(t *testing.T) {
	down := healthy().with(func(r *rpc) { r.code = http.StatusBadGateway })
	for volume, says := range map[string]string{
		t.TempDir():                        "the volume holds no home of seid any more",
		filepath.Join(t.TempDir(), "none"): "the volume cannot be read",
	} {
		agent := agentWith(t, down, serve.Options{Volume: volume, HaltHeight: 500})
		agent.Look(t.Context())
		if said := ask(agent, "/readyz").Body.String(); !strings.Contains(said, "seid is not started: "+says) {
			t.Errorf("%q, wanted %q", said, says)
		}
	}
}
