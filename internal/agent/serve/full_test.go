package serve_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
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
	if !told(stale) || told(healthy()) {
		t.Errorf("stands still: %t, makes blocks: %t", told(stale), told(healthy()))
	}
}
