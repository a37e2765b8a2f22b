package statesync

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// brought is a snapshot that lies beside the data.
var brought = map[string]string{
	".seinode-agent-sync/chunks/chunks.json": `{"from":"a server","height":42}`, ".seinode-agent-sync/chunks/42/1/0": "x", ".seinode-agent-sync/chunks/metadata.db/CURRENT": "x",
}

// TestASnapshotThatWasBroughtIsTaken: its block is the one that is trusted, unless the user names one, and nothing of it is removed by an attempt that came to nothing.
func TestASnapshotThatWasBroughtIsTaken(t *testing.T) {
	for name, left := range map[string]map[string]string{"nothing": nil, "half an attempt": half} {
		root := plant(t, with(prepared, brought, left))
		s := syncer(t, root)
		s.Chunks = true
		env := ready(t, s)
		for _, want := range []string{
			"SEID_STATESYNC_ENABLE=true", "SEID_STATESYNC_TRUST_HEIGHT=42", "SEID_STATESYNC_USE_LOCAL_SNAPSHOT=true",
			"SEID_STATE_SYNC_SNAPSHOT_DIRECTORY=" + root + "/.seinode-agent-sync/chunks",
		} {
			if !slices.Contains(env, want) {
				t.Errorf("%s: %s is missing: %v", name, want, env)
			}
		}
		got := treeOf(t, root)
		delete(got, ".seinode-agent-sync/note.json")
		if diff := cmp.Diff(with(prepared, brought), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	s := syncer(t, plant(t, with(prepared, brought)))
	s.Chunks, s.Trust.Pin.Height = true, 7
	if env := ready(t, s); !slices.Contains(env, "SEID_STATESYNC_TRUST_HEIGHT=7") {
		t.Errorf("the user's block is not trusted: %v", env)
	}
	s = syncer(t, plant(t, with(prepared, brought))) // it was asked for before, and is not any more
	if env := strings.Join(ready(t, s), " "); strings.Contains(env, "LOCAL") || strings.Contains(env, "DIRECTORY") {
		t.Errorf("peers are not asked: %s", env)
	}
}

// TestWithoutTheSnapshotSeidIsNotStarted: it would ask nobody, and wait for ever.
func TestWithoutTheSnapshotSeidIsNotStarted(t *testing.T) {
	for name, files := range map[string]map[string]string{"none": nil, "a note of nothing": {".seinode-agent-sync/chunks/chunks.json": `{}`}} {
		s := syncer(t, plant(t, with(prepared, files)))
		s.Chunks = true
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		env := s.Ready(ctx)
		if env != nil || ctx.Err() == nil {
			t.Errorf("%s: seid starts with %v", name, env)
		}
		cancel()
		if said := saidBy(t, s); said.Reason != wire.ReasonRestoreFailed || !strings.Contains(said.Message, "delete the pod") {
			t.Errorf("%s: %+v", name, said)
		}
	}
}

// TestASnapshotGoesOnceItIsTaken: its parts at once, and the database that seid has open with the next start. Without our note of that it stays.
func TestASnapshotGoesOnceItIsTaken(t *testing.T) {
	root := plant(t, with(prepared, brought))
	s := syncer(t, root)
	s.Chunks = true
	ready(t, s)
	if err := s.arrive(&volume.Sync{Attempts: 1}, 43); err != nil {
		t.Fatal(err)
	}
	note := map[string]string{".seinode-agent-sync/note.json": `{"attempts":1,"arrived":true,"height":43}`}
	if diff := cmp.Diff(with(prepared, note, map[string]string{".seinode-agent-sync/chunks/metadata.db/CURRENT": "x"}), treeOf(t, root)); diff != "" {
		t.Errorf("volume (-want +got):\n%s", diff)
	}
	again := syncer(t, root)
	again.Chunks = true
	if env := ready(t, again); env != nil || !again.Done() {
		t.Errorf("seid starts with %v", env)
	}
	if diff := cmp.Diff(with(prepared, note), treeOf(t, root)); diff != "" {
		t.Errorf("volume, at the next start (-want +got):\n%s", diff)
	}
	own := with(prepared, brought, map[string]string{"data/x": "y"})
	root = plant(t, own)
	ready(t, syncer(t, root))
	if diff := cmp.Diff(own, treeOf(t, root)); diff != "" {
		t.Errorf("volume with data of its own (-want +got):\n%s", diff)
	}
}
