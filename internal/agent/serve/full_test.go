package serve_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// TestAFullDiskIsTold where seid stands still on it: it neither ends nor says so. A node that makes blocks has what it needs.
func TestAFullDiskIsTold(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root mounts")
	}
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("no mounts here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, 0) })
	stale := healthy().with(func(r *rpc) { r.status = status(100, time.Hour, false) })
	told := func(answers rpc) bool {
		var got wire.NodeStatus
		if err := json.Unmarshal(ask(watch(t, answers, small, 1), "/status").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.DiskFull != strings.Contains(got.Reason, "the volume is full") {
			t.Errorf("full %t, reason %q", got.DiskFull, got.Reason)
		}
		return got.DiskFull
	}
	if told(stale) {
		t.Error("there is room")
	}
	if err := os.WriteFile(filepath.Join(small, "ballast"), make([]byte, 6<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	silent := healthy().with(func(r *rpc) { r.code = http.StatusBadGateway }) // it never answered: its pod is new
	if !told(stale) || !told(silent) || told(healthy()) {
		t.Errorf("stands still: %t, does not answer: %t, makes blocks: %t", told(stale), told(silent), told(healthy()))
	}
	if err := os.MkdirAll(filepath.Join(small, seid.DataDir, "committer.db", "snapshot-1"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeAt(t, filepath.Join(small, seid.DataDir, seid.HaltedFile), "500", now)
	stopped := agentWith(t, silent, serve.Options{Volume: small, HaltHeight: 500})
	stopped.Look(t.Context())
	if said := ask(stopped, "/readyz").Body.String(); !strings.Contains(said, "stopped for halt height 500") {
		t.Errorf("it is stopped for good, and says %q", said)
	}
}

// TestAVolumeWithoutRoomIsToldWhereSeidDoesNotAnswer, and never did: a new pod's may have stopped for it. The file system of /proc has no room anywhere.
func TestAVolumeWithoutRoomIsToldWhereSeidDoesNotAnswer(t *testing.T) {
	silent := healthy().with(func(r *rpc) { r.code = http.StatusBadGateway })
	if said := ask(watch(t, silent, "/proc", 1), "/readyz").Body.String(); !strings.Contains(said, "the volume is full") {
		t.Errorf("%q", said)
	}
	if said := ask(watch(t, healthy(), "/proc", 1), "/readyz"); said.Code != http.StatusOK {
		t.Errorf("it makes blocks: %d %s", said.Code, said.Body)
	}
}
