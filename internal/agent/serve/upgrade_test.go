package serve_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const v7 = `{"name":"v7","height":"500","info":""}`

// home is a volume with a home of seid's, and where the file of an upgrade lies in it.
func home(t *testing.T, below string) (volume, info string) {
	t.Helper()
	volume = t.TempDir()
	if err := os.MkdirAll(filepath.Join(volume, below, "data", "committer.db", "snapshot-1"), 0o755); err != nil {
		t.Fatal(err)
	}
	return volume, filepath.Join(volume, below, "data", "upgrade-info.json")
}

// writeAt writes a file as at a time.
func writeAt(t *testing.T, path, content string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestUpgradeHalt: a file of a past upgrade means nothing, however slow the start is. What seid writes after the agent began, means that it stopped
// for the upgrade.
func TestUpgradeHalt(t *testing.T) {
	down := healthy().with(func(r *rpc) { r.code = http.StatusBadGateway })
	long, since := now.Add(-time.Hour), now.Add(time.Second)
	v8 := strings.Replace(v7, "v7", "v8", 1)
	for name, test := range map[string]struct {
		below         string
		before, after string
		at            time.Time
		answers       rpc
		want          *wire.UpgradeHalt
	}{
		"written since":                         {"", "", v7, since, down, &wire.UpgradeHalt{Name: "v7", Height: 500}},
		"written since, in a nested home":       {".sei", "", v7, since, down, &wire.UpgradeHalt{Name: "v7", Height: 500}},
		"written again, the same":               {"", v7, v7, since, down, &wire.UpgradeHalt{Name: "v7", Height: 500}},
		"another than the past one":             {"", v7, v8, since, down, &wire.UpgradeHalt{Name: "v8", Height: 500}},
		"by a clock that is behind":             {"", v7, v8, long.Add(-time.Hour), down, &wire.UpgradeHalt{Name: "v8", Height: 500}},
		"of a past upgrade, and a slow start":   {"", v7, v7, long, down, nil},
		"written since, and seid answers again": {"", "", v7, since, healthy(), nil},
		"cut off":                               {"", "", v7[:20], since, down, nil},
		"nothing":                               {"", "", "", since, down, nil},
	} {
		t.Run(name, func(t *testing.T) {
			volume, info := home(t, test.below)
			if test.before != "" {
				writeAt(t, info, test.before, long)
			}
			agent := started(t, test.answers, volume)
			if test.after != "" {
				writeAt(t, info, test.after, test.at)
			}
			agent.Look(t.Context())
			var got wire.NodeStatus
			if err := json.Unmarshal(ask(agent, "/status").Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.UpgradeHalt); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if told := strings.Contains(got.Reason, "wrote upgrade"); told != (test.want != nil) {
				t.Errorf("reason %q", got.Reason)
			}
		})
	}
}

// TestAHaltThatComesAgain: seid was started again, and stopped for the same upgrade. One start that writes the file twice is none, and an answer
// in between begins anew.
func TestAHaltThatComesAgain(t *testing.T) {
	down := healthy().with(func(r *rpc) { r.code = http.StatusBadGateway })
	v8 := strings.Replace(v7, "v7", "v8", 1)
	for name, test := range map[string]struct {
		then  string
		after time.Duration
		want  bool
	}{
		"the same, much later": {v7, 30 * time.Second, true},
		"the same, at once":    {v7, 29 * time.Second, false},
		"the same file still":  {"", 0, false},
		"another, much later":  {v8, time.Hour, false},
	} {
		volume, info := home(t, "")
		agent := started(t, down, volume)
		writeAt(t, info, v7, now)
		agent.Look(t.Context())
		if test.then != "" {
			writeAt(t, info, test.then, now.Add(test.after))
		}
		agent.Look(t.Context())
		var got wire.NodeStatus
		if err := json.Unmarshal(ask(agent, "/status").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.UpgradeHalt == nil || got.UpgradeHalt.Again != test.want {
			t.Errorf("%s: %+v", name, got.UpgradeHalt)
		}
	}
}
