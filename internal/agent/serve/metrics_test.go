package serve

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// told are the samples of an agent with a status, by what they are told of: a line holds one of the words.
func told(t *testing.T, agent *Agent, status wire.NodeStatus, words ...string) (found []string) {
	t.Helper()
	agent.status.Store(&status)
	answer := httptest.NewRecorder()
	agent.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if answer.Code != http.StatusOK {
		t.Fatalf("%d: %s", answer.Code, answer.Body)
	}
	for line := range strings.Lines(answer.Body.String()) {
		for _, word := range words {
			if !strings.HasPrefix(line, "#") && strings.Contains(line, word) {
				found = append(found, strings.TrimSuffix(strings.TrimPrefix(line, "sei_node_"), "\n"))
			}
		}
	}
	return found
}

// TestWhatIsNotKnownHasNoValue: a height of 0 would be a node that is millions of blocks behind.
func TestWhatIsNotKnownHasNoValue(t *testing.T) {
	ofAnswers := []string{"_height ", "catching_up", "block_age", "peers ", "node_info"}
	agent := New(Options{MinPeers: 1}, func() time.Time { return noon })
	for name, test := range map[string]struct {
		status wire.NodeStatus
		want   []string
	}{
		"never heard": {wire.NodeStatus{}, nil},
		"heard":       {wire.NodeStatus{Answers: true, Height: 7}, []string{"block_age_seconds 0", "catching_up 0", "earliest_height 0", "height 7", `info{network="",node_id=""} 1`, "peers 0"}},
		"heard once, and silent": {wire.NodeStatus{HeardSeconds: 3, NodeID: "abc", Network: "pacific-1", Peers: 2}, []string{"block_age_seconds 0", "catching_up 0",
			"earliest_height 0", "height 0", `info{network="pacific-1",node_id="abc"} 1`, "peers 2"}},
	} {
		if diff := cmp.Diff(test.want, told(t, agent, test.status, ofAnswers...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestThePlannedUpgradeIsMeasured(t *testing.T) {
	agent := New(Options{}, func() time.Time { return noon })
	for name, test := range map[string]struct {
		plan *wire.Plan
		want []string
	}{
		"not asked yet":   {nil, nil},
		"none is planned": {&wire.Plan{}, nil},
		"one is planned":  {&wire.Plan{Name: "v7", Height: 500}, []string{`upgrade_planned_height{name="v7"} 500`}},
		"a name that is no text, which must not cost the other metrics": {&wire.Plan{Name: "v\xff7", Height: 500}, []string{`upgrade_planned_height{name="v?7"} 500`}},
		"a name without an end": {&wire.Plan{Name: strings.Repeat("ü", 1000), Height: 500},
			[]string{`upgrade_planned_height{name="` + strings.Repeat("ü", 64) + `"} 500`}},
	} {
		if diff := cmp.Diff(test.want, told(t, agent, wire.NodeStatus{Plan: test.plan}, "planned")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatAValidatorSignedIsMeasured(t *testing.T) {
	agent := New(Options{Signs: true}, func() time.Time { return noon })
	if got := told(t, agent, wire.NodeStatus{}, "sign"); got != nil {
		t.Errorf("there is no sign state: %q", got)
	}
	if got := told(t, agent, wire.NodeStatus{Signed: &wire.Signed{Height: 41}}, "sign"); !cmp.Equal(got, []string{"sign_height 41"}) {
		t.Errorf("%q", got)
	}
}

// TestTheVolumesRoomIsMeasured, of a seed's volume too, and told no longer than it is true: a disk that is sick may not answer any more.
func TestTheVolumesRoomIsMeasured(t *testing.T) {
	for name, options := range map[string]Options{"asked": {}, "a seed": {P2P: "127.0.0.1:1"}} {
		clock := noon
		options.Volume = t.TempDir()
		agent := New(options, func() time.Time { return clock })
		if got := told(t, agent, wire.NodeStatus{}, "volume"); got != nil {
			t.Errorf("%s: not measured yet, and told: %q", name, got)
		}
		agent.room.Store(&measured{volume.Room{Capacity: 1 << 30, Available: 1 << 20, Limited: true, Files: 12}, noon})
		want := []string{"volume_available_bytes 1.048576e+06", "volume_capacity_bytes 1.073741824e+09", "volume_inodes_available 12"}
		if diff := cmp.Diff(want, told(t, agent, wire.NodeStatus{}, "volume")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		agent.room.Store(&measured{volume.Room{Capacity: 1 << 30, Available: 1 << 20}, noon})
		if got := told(t, agent, wire.NodeStatus{}, "inodes"); got != nil {
			t.Errorf("%s: a file system without a limit: %q", name, got)
		}
		if clock = noon.Add(roomCounts); told(t, agent, wire.NodeStatus{}, "volume") == nil {
			t.Errorf("%s: nothing is told a minute later", name)
		}
		if clock = clock.Add(time.Second); told(t, agent, wire.NodeStatus{}, "volume") != nil {
			t.Errorf("%s: told longer than a minute", name)
		}
		agent.Measure()
		if len(told(t, agent, wire.NodeStatus{}, "volume_capacity_bytes", "volume_available_bytes")) != 2 {
			t.Errorf("%s: measured again, and not told", name)
		}
	}
	nowhere := New(Options{Volume: "/nowhere"}, time.Now)
	nowhere.Measure()
	if told(t, nowhere, wire.NodeStatus{}, "volume") != nil {
		t.Error("a volume that is not there has room")
	}
}

// TestTheMetricsAreWellNamed asks Prometheus' own linter.
func TestTheMetricsAreWellNamed(t *testing.T) {
	agent := New(Options{Volume: t.TempDir(), Signs: true, Sync: "x"}, time.Now)
	agent.Measure()
	agent.status.Store(&wire.NodeStatus{Answers: true, Plan: &wire.Plan{Name: "v7"}, Signed: &wire.Signed{}})
	for _, collector := range []prometheus.Collector{agent.Metrics(), RestoreMetrics(func() wire.Restore { return wire.Restore{} })} {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(collector)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		problems, err := promlint.NewWithMetricFamilies(families).Lint()
		if err != nil || len(problems) != 0 {
			t.Errorf("error %v, problems %v", err, problems)
		}
	}
}
