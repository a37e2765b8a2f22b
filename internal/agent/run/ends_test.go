package run

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestASignalToEveryProcessIsNoHalt: it ends seid before this program has taken its own.
func TestASignalToEveryProcessIsNoHalt(t *testing.T) {
	for script, want := range map[string]int{
		"(sleep 0.1; kill -TERM $PPID) & exit 0":    0,
		"kill -TERM $PPID; kill -TERM $$; sleep 10": 128 + int(syscall.SIGTERM),
	} {
		volume := home(t)
		if code, last := begin(t, volume, script).code(); code != want {
			t.Errorf("%s: exit code %d, %q", script, code, last)
		}
		expectNoted(t, volume, "")
	}
}

// TestSeidGetsOneSignal: a second one would kill a seid that is stopping.
func TestSeidGetsOneSignal(t *testing.T) {
	w := begin(t, home(t), "trap 'echo stopping >&2; trap \"exit 6\" TERM; sleep 0.5; exit 5' TERM; echo up >&2; while :; do sleep 0.01; done")
	w.says("up")
	w.ask(syscall.SIGTERM)
	w.says("stopping")
	w.ask(syscall.SIGTERM)
	if code, _ := w.code(); code != 5 {
		t.Errorf("exit code %d, wanted that of a seid that was asked once", code)
	}
}

// TestSeidHasAProcessGroupOfItsOwn: what is sent to ours does not reach it twice.
func TestSeidHasAProcessGroupOfItsOwn(t *testing.T) {
	w := begin(t, home(t), "echo pid $$ >&2; exec sleep 1000")
	pid, err := strconv.Atoi(strings.TrimPrefix(w.says("pid"), "pid "))
	must(t, err)
	if group, err := syscall.Getpgid(pid); group != pid {
		t.Errorf("seid %d is of process group %d (%v)", pid, group, err)
	}
	w.ask(syscall.SIGTERM)
	_, _ = w.code()
}

// TestASeidThatEndsFarBelowItsBlockGoesOn: a signal that did not come by way of this program ended it. What nobody knows is not far below.
func TestASeidThatEndsFarBelowItsBlockGoesOn(t *testing.T) {
	const at = 1_000_000
	for name, test := range map[string]struct {
		said wire.NodeStatus
		far  bool
	}{
		"far below":              {wire.NodeStatus{Height: at - 2000}, true},
		"heard a moment ago":     {wire.NodeStatus{Height: at - 2000, HeardSeconds: 50}, true},
		"heard long ago":         {wire.NodeStatus{Height: at - 2000, HeardSeconds: 70}, false},
		"just below":             {wire.NodeStatus{Height: at - 20}, false},
		"it may have caught up":  {wire.NodeStatus{Height: at - 2000, CatchingUp: true}, false},
		"it cannot have done so": {wire.NodeStatus{Height: at - 200_000, CatchingUp: true}, true},
		"never heard":            {wire.NodeStatus{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(test.said) }))
			defer agent.Close()
			volume := home(t)
			w := beginAt(t, at, volume, agent.URL, "kill -TERM $$")
			if test.far {
				if code, last := w.code(); code != 143 || last != "" {
					t.Errorf("exit code %d, %q", code, last)
				}
				expectNoted(t, volume, "")
				return
			}
			w.says("ended by itself")
			until(t, "it is noted", func() bool { return isFile(noteOn(volume)) })
			w.endsInOrder()
		})
	}
}
