package run

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/statesync"
	"github.com/seinode/seinode-operator/internal/agent/trust"
)

// trustedBy has the runner fetch a state, by those servers.
const trustedBy = "SEINODE_TEST_SYNC"

// syncFor is the state sync that the runner is told of, nil for none.
func syncFor(volume string) *statesync.Syncer {
	servers := os.Getenv(trustedBy)
	if servers == "" {
		return nil
	}
	return statesync.New(statesync.Options{
		Volume: volume, Period: "168h", Said: volume + ".json", Agent: os.Getenv(besideIt),
		Trust: trust.Options{ChainID: "x", Servers: strings.Split(servers, ","), Offset: 1000},
	}, os.Stderr)
}

// witnesses are two servers that agree, or not, with the RPC of a seid that has a block.
func witnesses(t *testing.T, agree bool) string {
	t.Helper()
	var all []string
	for i := range 2 {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hash := strings.Repeat("A", 64)
			if i > 0 && !agree {
				hash = strings.Repeat("B", 64)
			}
			if r.URL.Path == "/status" {
				_, _ = fmt.Fprintf(w, `{"node_info":{"id":"%d","network":"x"},"sync_info":{"latest_block_height":"9","latest_block_time":%q,"earliest_block_height":"1"}}`, i, time.Now().UTC().Format(time.RFC3339Nano))
				return
			}
			_, _ = fmt.Fprintf(w, `{"signed_header":{"header":{"chain_id":"x","height":"1"},"commit":{"height":"1","block_id":{"hash":%q}}}}`, hash)
		}))
		t.Cleanup(server.Close)
		all = append(all, server.URL)
	}
	return strings.Join(all, ",")
}

// syncing runs a script in place of a seid that is to stop at no block and to fetch its state, on a volume.
func syncing(t *testing.T, volume, servers, script string) *wrapped {
	t.Helper()
	t.Setenv(trustedBy, servers)
	t.Setenv("TMPDIR", "/nowhere")
	return beginAt(t, 0, volume, "http://127.0.0.1:1", script)
}

// TestSeidIsToldWhatToTrust, in variables that were others before, and its end is its own.
func TestSeidIsToldWhatToTrust(t *testing.T) {
	volume := home(t)
	w := syncing(t, volume, witnesses(t, true), "env | grep -c -e ^TMPDIR= -e ^SEID_STATESYNC_ >&2; echo $SEID_STATESYNC_TRUST_HASH $TMPDIR >&2; exit 0")
	w.says("6")
	code, last := w.code()
	if want := strings.Repeat("A", 64) + " " + volume + "/.seinode-agent-sync/tmp"; code != 0 || last != want {
		t.Errorf("exit code %d, %q; wanted %q", code, last, want)
	}
	expectNoted(t, volume, "")
	said, err := os.ReadFile(volume + ".json")
	must(t, err)
	if !strings.Contains(string(said), "seid ended before its state had come") {
		t.Errorf("%s", said)
	}
}

// TestSeidWaitsForServersThatAgree, and whoever asks it to stop meanwhile is heard.
func TestSeidWaitsForServersThatAgree(t *testing.T) {
	volume := home(t)
	w := syncing(t, volume, witnesses(t, false), "echo started >&2; exit 3")
	w.says("seid is not started: block 1 is not the same everywhere")
	w.endsInOrder()
	if isFile(filepath.Join(volume, ".seinode-agent-sync", "note.json")) {
		t.Error("a state sync is noted that nobody began")
	}
}

// TestSeidThatFetchesIsStoppedAsAnyOther: it gets the signal.
func TestSeidThatFetchesIsStoppedAsAnyOther(t *testing.T) {
	w := syncing(t, home(t), witnesses(t, true), "trap 'exit 5' TERM; echo up >&2; while :; do sleep 0.01; done")
	w.says("up")
	w.ask(syscall.SIGTERM)
	if code, _ := w.code(); code != 5 {
		t.Errorf("exit code %d", code)
	}
}

// TestSeidWithAStateTakesThePlaceOfItsRunner: nobody is needed around it.
func TestSeidWithAStateTakesThePlaceOfItsRunner(t *testing.T) {
	volume := home(t)
	must(t, os.MkdirAll(filepath.Join(volume, ".seinode-agent-sync"), 0o755))
	must(t, os.WriteFile(filepath.Join(volume, ".seinode-agent-sync", "note.json"), []byte(`{"attempts":1,"arrived":true}`), 0o600))
	w := syncing(t, volume, "http://127.0.0.1:1,http://127.0.0.1:2", "echo pid $$ $TMPDIR $SEID_STATESYNC_ENABLE >&2; exit 4")
	if said := w.says("pid"); said != "pid "+strconv.Itoa(w.cmd.Process.Pid)+" /nowhere" {
		t.Errorf("%q is not %d", said, w.cmd.Process.Pid)
	}
	if code, _ := w.code(); code != 4 {
		t.Errorf("exit code %d", code)
	}
}
