package volume_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/volume"
)

// TestOnlyARegularFileIsOne: a key, or a sign state, that is a pipe or a folder is none.
func TestOnlyARegularFileIsOne(t *testing.T) {
	folder := t.TempDir()
	for name, err := range map[string]error{
		"file":    os.WriteFile(filepath.Join(folder, "file"), nil, 0o600),
		"folder":  os.Mkdir(filepath.Join(folder, "folder"), 0o700),
		"pipe":    syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600),
		"link":    os.Symlink("file", filepath.Join(folder, "link")),
		"outward": os.Symlink("/etc/passwd", filepath.Join(folder, "outward")),
	} {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	opened, err := volume.Open(folder, volume.Place{})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	for name, want := range map[string]bool{"file": true, "link": true, "folder": false, "pipe": false, "outward": false, "none": false} {
		if opened.IsFile(name) != want {
			t.Errorf("%s: a file: %t, wanted %t", name, !want, want)
		}
	}
}
