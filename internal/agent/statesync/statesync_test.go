package statesync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const chain, hash = "sei-1", "00000000000000000000000000000000000000000000000000000000000000AA"

// witness is a server that has one block, and may be mistaken about it.
func witness(t *testing.T, id string, lies *atomic.Bool) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		block := hash
		if lies != nil && lies.Load() {
			block = strings.Replace(hash, "A", "B", 1)
		}
		if r.URL.Path == "/status" {
			_, _ = fmt.Fprintf(w, `{"node_info":{"id":%q,"network":%q},"sync_info":{"latest_block_height":"60","earliest_block_height":"1","latest_block_time":%q}}`, id, chain, time.Now().UTC().Format(time.RFC3339Nano))
			return
		}
		height := r.URL.Query().Get("height")
		_, _ = fmt.Fprintf(w, `{"signed_header":{"header":{"chain_id":%q,"height":%q},"commit":{"height":%q,"block_id":{"hash":%q}}}}`, chain, height, height, block)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// prepared is what lies on a volume that prepare made ready, and kept what is never taken away.
var prepared = map[string]string{
	"config/client.toml": "chain-id = '" + chain + "'", "data/priv_validator_state.json": `{"height":"0","round":0,"step":0}`,
	"data/.seinode-agent-began": "x\n", "wasm/wasm/state/wasm/code": "x", "lost+found/x": "x",
}

// half is what an attempt leaves behind that was killed in the middle, and whole what one does after the application has its state.
var (
	half = map[string]string{
		"data/state_commit/memiavl/snapshot-00000000000000000040-tmp/part-1": "x", "data/tendermint/blockstore.db/CURRENT": "x", "data/snapshots/metadata.db/CURRENT": "x",
		".seinode-agent-sync/tmp/tm-statesync1/0": "x", ".seinode-agent-sync/note.json": `{"attempts":2}`,
	}
	whole = map[string]string{
		"data/state_commit/memiavl/snapshot-00000000000000000040/x": "x", "data/state_commit/memiavl/current": "-> snapshot-00000000000000000040",
		"data/tendermint/blockstore.db/CURRENT": "x", ".seinode-agent-sync/note.json": `{"attempts":2}`,
	}
)

func with(trees ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, tree := range trees {
		for name, content := range tree {
			all[name] = content
		}
	}
	return all
}

func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		at := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(at), 0o750)
		if target, is := strings.CutPrefix(content, "-> "); is {
			err = errors.Join(err, os.Symlink(target, at))
		} else {
			err = errors.Join(err, os.WriteFile(at, []byte(content), 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// treeOf is every file of a volume, and every folder that is empty.
func treeOf(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, at)
		switch {
		case err != nil:
			return err
		case entry.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(at)
			found[name] = "-> " + target
			return err
		case !entry.IsDir():
			content, err := os.ReadFile(at)
			found[name] = string(content)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// syncer is one on a volume, with two servers, that waits for nothing.
func syncer(t *testing.T, root string) *Syncer {
	t.Helper()
	s := New(Options{
		Volume: root, Period: "168h", Said: filepath.Join(t.TempDir(), "said.json"),
		Trust: trust.Options{ChainID: chain, Offset: 1000, Servers: []string{witness(t, "aa", nil), witness(t, "bb", nil)}},
	}, t.Output())
	s.pause, s.longest, s.ask = time.Millisecond, time.Millisecond, time.Millisecond
	return s
}

func saidBy(t *testing.T, s *Syncer) (said wire.Restore) {
	t.Helper()
	content, err := os.ReadFile(s.Said)
	if err := errors.Join(err, json.Unmarshal(content, &said)); err != nil {
		t.Fatal(err)
	}
	return said
}

// ready is the environment that seid gets; the test fails where it may not start.
func ready(t *testing.T, s *Syncer) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	env := s.Ready(ctx)
	if ctx.Err() != nil {
		t.Fatalf("seid does not start: %+v", saidBy(t, s))
	}
	return env
}

// TestAnEmptyVolumeIsSynced, by a block that is found out when seid starts, and unpacked on the volume.
func TestAnEmptyVolumeIsSynced(t *testing.T) {
	root := plant(t, prepared)
	s := syncer(t, root)
	want := []string{
		"TMPDIR=" + root + "/.seinode-agent-sync/tmp", "SEID_STATESYNC_ENABLE=true", "SEID_STATESYNC_RPC_SERVERS=" + strings.Join(s.Trust.Servers, ","),
		"SEID_STATESYNC_TRUST_HEIGHT=1", "SEID_STATESYNC_TRUST_HASH=" + hash, "SEID_STATESYNC_TRUST_PERIOD=168h",
	}
	if diff := cmp.Diff(want, ready(t, s)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(root + "/.seinode-agent-sync/tmp"); err != nil || !info.IsDir() {
		t.Errorf("what seid unpacks in: %v, %v", info, err)
	}
	if diff := cmp.Diff(with(prepared, map[string]string{".seinode-agent-sync/note.json": `{"attempts":1}`}), treeOf(t, root)); diff != "" {
		t.Errorf("volume (-want +got):\n%s", diff)
	}
	if said := saidBy(t, s); said.Reason != wire.ReasonSyncing || said.Attempts != 1 {
		t.Errorf("%+v", said)
	}
}

// TestTheHomeMayLieElsewhere on the volume.
func TestTheHomeMayLieElsewhere(t *testing.T) {
	files := map[string]string{}
	for name, content := range prepared {
		files["chains/sei/"+name] = content
	}
	root := plant(t, files)
	s := syncer(t, root)
	s.Place.HomePath = "chains/sei"
	if env := ready(t, s); env[0] != "TMPDIR="+root+"/chains/sei/.seinode-agent-sync/tmp" {
		t.Error(env)
	}
}

// TestDataIsLeftAlone: what nobody noted to be of a state sync of ours, or what was noted to have come. seid starts on it, and fetches nothing.
func TestDataIsLeftAlone(t *testing.T) {
	for name, test := range map[string]struct {
		files  map[string]string
		reason string
		note   string
	}{
		"of somebody else":        {with(half, map[string]string{".seinode-agent-sync/note.json": ""}), wire.ReasonNotNeeded, ""},
		"whole, and nobody's":     {with(whole, map[string]string{".seinode-agent-sync/note.json": ""}), wire.ReasonNotNeeded, ""},
		"it came":                 {with(half, map[string]string{".seinode-agent-sync/note.json": `{"attempts":2,"arrived":true,"height":40}`}), wire.ReasonStateSynced, `{"attempts":2,"arrived":true,"height":40}`},
		"the state may have come": {whole, wire.ReasonSyncing, `{"attempts":2,"tried":1}`},
		"and again":               {with(whole, map[string]string{".seinode-agent-sync/note.json": `{"attempts":2,"tried":2}`}), wire.ReasonSyncing, `{"attempts":2,"tried":3}`},
		"the consensus went on":   {with(half, map[string]string{"data/tendermint/cs.wal/wal": ended(t)}), wire.ReasonStateSynced, `{"attempts":2,"arrived":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			files := with(prepared, test.files)
			if files[".seinode-agent-sync/note.json"] == "" {
				delete(files, ".seinode-agent-sync/note.json")
			}
			root := plant(t, files)
			s := syncer(t, root)
			s.Trust.Servers = nil // nobody is asked
			if env := ready(t, s); env != nil {
				t.Errorf("seid fetches a state: %v", env)
			}
			if said := saidBy(t, s); said.Reason != test.reason {
				t.Errorf("%+v, wanted %s", said, test.reason)
			}
			if test.note != "" {
				files[".seinode-agent-sync/note.json"] = test.note
			}
			if diff := cmp.Diff(files, treeOf(t, root)); diff != "" {
				t.Errorf("volume (-want +got):\n%s", diff)
			}
		})
	}
}

// ended is a log in which the consensus ended a height.
func ended(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("../inspect/testdata/cs.wal")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var errKilled = errors.New("killed")

// TestKilledBetweenAnyTwoSteps of removing what an attempt left behind: the next start goes on, and the end is always the same.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	left := with(prepared, half, map[string]string{".seinode-agent-sync/note.json": `{"attempts":2}`})
	inVain := with(prepared, whole, map[string]string{".seinode-agent-sync/note.json": `{"attempts":2,"tried":3}`})
	for name, files := range map[string]map[string]string{"half of it": left, "tried in vain": inVain} {
		for kills := 1; ; kills++ {
			root, steps := plant(t, files), 0
			s := syncer(t, root)
			s.step = func(string) error {
				steps++
				if steps == kills {
					return errKilled
				}
				return nil
			}
			ctx, cancel := context.WithCancel(t.Context())
			s.step, s.pause = stopping(s.step, cancel), time.Hour
			s.Ready(ctx)
			killed := ctx.Err() != nil
			cancel()
			if env := ready(t, syncer(t, root)); env == nil {
				t.Fatalf("%s, killed at step %d: the next start does not fetch the state", name, kills)
			}
			got := treeOf(t, root)
			note := got[".seinode-agent-sync/note.json"]
			delete(got, ".seinode-agent-sync/note.json")
			if diff := cmp.Diff(prepared, got); diff != "" || !slices.Contains([]string{`{"attempts":3}`, `{"attempts":4}`}, note) {
				t.Errorf("%s, killed at step %d: %s (-want +got):\n%s", name, kills, note, diff)
			}
			if !killed {
				if steps < 4 {
					t.Errorf("%s: only %d steps", name, steps)
				}
				break
			}
		}
	}
}

// stopping ends the run where a step fails, as a kill would.
func stopping(step func(string) error, cancel func()) func(string) error {
	return func(name string) error {
		err := step(name)
		if err != nil {
			cancel()
		}
		return err
	}
}

// TestNothingIsRemovedBeforeABlockIsTrusted: servers that lie cost nothing but time.
func TestNothingIsRemovedBeforeABlockIsTrusted(t *testing.T) {
	files := with(prepared, half)
	root := plant(t, files)
	s := syncer(t, root)
	var lies atomic.Bool
	lies.Store(true)
	s.Trust.Servers[1] = witness(t, "bb", &lies)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if env := s.Ready(ctx); env != nil {
		t.Errorf("seid starts with %v", env)
	}
	if said := saidBy(t, s); said.Reason != wire.ReasonWitnessDisagreement || said.Attempts != 2 {
		t.Errorf("%+v", said)
	}
	if diff := cmp.Diff(files, treeOf(t, root)); diff != "" {
		t.Errorf("volume (-want +got):\n%s", diff)
	}
	lies.Store(false)
	if env := ready(t, s); env == nil {
		t.Error("once they agree nothing is fetched")
	}
}

// TestWhatIsNotUnderstoodIsLeftAlone, and seid is not started: it would begin on what nobody knows.
func TestWhatIsNotUnderstoodIsLeftAlone(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		says  string
	}{
		"a note of something else": {with(prepared, half, map[string]string{".seinode-agent-sync/note.json": `{}`}), "is not the note of a state sync"},
		"a note cut off":           {with(prepared, half, map[string]string{".seinode-agent-sync/note.json": `{"attem`}), "is not the note of a state sync"},
		"a note that is a link":    {with(prepared, map[string]string{"data/x": "x", ".seinode-agent-sync/note.json": "-> ../other.json", "other.json": `{"attempts":1}`}), "is a link"},
		"a folder that is a link":  {with(prepared, map[string]string{"data/x": "x", ".seinode-agent-sync": "-> other", "other/note.json": `{"attempts":1}`}), "is a link"},
		"no home":                  {map[string]string{"photos/cat.jpg": "x"}, "holds no home of seid"},
		"nothing":                  {nil, "holds no home of seid"},
		"data that leads off":      {with(map[string]string{"config/client.toml": "chain-id = 'x'", "data": "-> /etc"}), "off the volume"},
	} {
		t.Run(name, func(t *testing.T) {
			root := plant(t, test.files)
			s := syncer(t, root)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if env := s.Ready(ctx); env != nil || ctx.Err() == nil {
				t.Errorf("seid starts with %v", env)
			}
			if said := saidBy(t, s); said.Reason != wire.ReasonRestoreFailed || !strings.Contains(said.Message, test.says) {
				t.Errorf("%+v, wanted …%s…", said, test.says)
			}
			if diff := cmp.Diff(with(test.files), treeOf(t, root)); diff != "" {
				t.Errorf("volume (-want +got):\n%s", diff)
			}
		})
	}
}

// TestManyAttemptsInVainAreSaid, and it is tried on.
func TestManyAttemptsInVainAreSaid(t *testing.T) {
	for attempts, want := range map[string]string{"4": wire.ReasonSyncing, "5": wire.ReasonStalled, "50": wire.ReasonStalled} {
		s := syncer(t, plant(t, with(prepared, half, map[string]string{".seinode-agent-sync/note.json": `{"attempts":` + attempts + `}`})))
		if env := ready(t, s); env == nil {
			t.Errorf("after %s attempts it is not tried on", attempts)
		}
		if said := saidBy(t, s); said.Reason != want {
			t.Errorf("after %s attempts: %+v, wanted %s", attempts, said, want)
		}
	}
}
