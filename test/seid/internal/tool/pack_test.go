package tool

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestPack: data/ and wasm/ are in the archive, links as links, and nothing of config/.
func TestPack(t *testing.T) {
	home, out := t.TempDir(), filepath.Join(t.TempDir(), "deep", "a.tar")
	for _, name := range []string{"data/state_commit/memiavl/snapshot-1/kvs", "wasm/code", "config/priv_validator_key.json"} {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("snapshot-1", filepath.Join(home, "data/state_commit/memiavl/current")); err != nil {
		t.Fatal(err)
	}
	if err := Pack(home, "sei", out); err != nil {
		t.Fatal(err)
	}
	want := []string{"sei/data/state_commit/memiavl/current -> snapshot-1", "sei/data/state_commit/memiavl/snapshot-1/kvs", "sei/wasm/code"}
	if got := packed(t, out); !slices.Equal(got, want) {
		t.Errorf("%v, wanted %v", got, want)
	}
}

// TestPackSnapshots: what lies in data/snapshots, and nothing else.
func TestPackSnapshots(t *testing.T) {
	home, out := t.TempDir(), filepath.Join(t.TempDir(), "a.tar")
	for _, name := range []string{"data/snapshots/5/1/0", "data/snapshots/metadata.db/CURRENT", "data/state_commit/x", "wasm/code"} {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := PackSnapshots(home, "", out); err != nil {
		t.Fatal(err)
	}
	if got, want := packed(t, out), []string{"5/1/0", "metadata.db/CURRENT"}; !slices.Equal(got, want) {
		t.Errorf("%v, wanted %v", got, want)
	}
}

func packed(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(compressed); ; {
		header, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return names
		case err != nil:
			t.Fatal(err)
		case header.Typeflag == tar.TypeSymlink:
			names = append(names, header.Name+" -> "+header.Linkname)
		case header.Typeflag == tar.TypeReg:
			names = append(names, header.Name)
		}
	}
}
