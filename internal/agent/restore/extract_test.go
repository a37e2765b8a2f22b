package restore

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// file, dir, soft and hard are entries of an archive.
func file(name, content string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644, Uname: content}
}
func dir(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755} }
func soft(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
}
func hard(name, to string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: to}
}

// packed makes an archive of entries in their order; a file's content is in Uname.
func packed(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, header := range entries {
		content := header.Uname
		header.Uname, header.Format = "", tar.FormatPAX
		must(t, w.WriteHeader(&header))
		if header.Typeflag == tar.TypeReg {
			_, err := w.Write([]byte(content))
			must(t, err)
		}
	}
	must(t, w.Close())
	return out.Bytes()
}

var store = file("data/tendermint/blockstore.db/CURRENT", "x")

// leaving are archives that no honest program makes, and what would lie outside.
var leaving = map[string][]tar.Header{
	"a path that goes up":             {store, file("data/../../evil", "x")},
	"one that is left out anyway":     {store, file("config/../../evil", "x")},
	"an absolute path":                {store, file("/etc/evil", "x")},
	"an absolute folder":              {dir("/data/"), store},
	"a link out":                      {store, soft("data/x", "../../..")},
	"a link to the home":              {store, soft("data/x", "..")},
	"a link to config/":               {store, soft("data/tendermint/x", "../../config")},
	"an absolute link":                {store, soft("data/x", "/etc/passwd")},
	"a link that goes down and up":    {store, dir("data/a/b/"), soft("data/a/b/c", "../.."), soft("data/x", "a/b/c/..")},
	"data itself as a link":           {store, soft("data", "/tmp")},
	"wasm itself as a link":           {store, soft("wasm", "data")},
	"a file through a link":           {store, soft("data/x", "tendermint"), file("data/x/evil", "x")},
	"a folder through a link":         {store, soft("data/x", "tendermint"), dir("data/x/")},
	"a link through a link":           {store, soft("data/x", "tendermint"), soft("data/x/y", "blockstore.db")},
	"a hard link out":                 {store, hard("data/x", "../../../etc/passwd")},
	"an absolute hard link":           {store, hard("data/x", "/etc/passwd")},
	"a hard link to what is left out": {store, file("data/priv_validator_state.json", "x"), hard("data/x", "data/priv_validator_state.json")},
	"a hard link to a link":           {store, soft("data/y", "tendermint"), hard("data/x", "data/y")},
	"a hard link to nothing":          {store, hard("data/x", "data/nothing")},
	"a device":                        {store, {Name: "data/sda", Typeflag: tar.TypeBlock}},
	"another":                         {store, {Name: "data/tty", Typeflag: tar.TypeChar}},
	"a pipe":                          {store, {Name: "data/pipe", Typeflag: tar.TypeFifo}},
	"a pipe that is left out":         {store, {Name: "config/pipe", Typeflag: tar.TypeFifo}},
	"a folder in place of a file":     {store, dir("data/tendermint/blockstore.db/CURRENT/")},
	"a file in place of a folder":     {store, file("data/tendermint", "x")},
	"a path through a file":           {store, file("data/tendermint/blockstore.db/CURRENT/x", "x")},
	"too long a name":                 {store, file("data/"+strings.Repeat("x", 256), "x")},
	"too long a path":                 {store, file("data/"+strings.Repeat("y/", 2500)+"x", "x")},
	"too deep a path":                 {store, file("data/"+strings.Repeat("y/", 65)+"x", "x")},
}

// TestWhatLeavesTheArchiveIsRefused, by its name, and nothing is outside.
func TestWhatLeavesTheArchiveIsRefused(t *testing.T) {
	for name, entries := range leaving {
		t.Run(name, func(t *testing.T) {
			err := unpackInto(t, t.TempDir(), packed(t, entries...))
			var known *refusal
			if !errors.As(err, &known) || known.reason != wire.ReasonArchiveRefused {
				t.Fatalf("%v", err)
			}
			last := entries[len(entries)-1].Name
			if !strings.HasPrefix(name, "an absolute") && name != "a hard link out" && !strings.Contains(known.message, last[:min(len(last), 200)]) {
				t.Errorf("the message does not name %q: %s", last, known.message)
			}
		})
	}
}

// unpackInto unpacks into a folder below another one, and fails where anything is outside, or leads there.
func unpackInto(t testing.TB, outer string, archive []byte) error {
	t.Helper()
	inner := filepath.Join(outer, "volume", "home")
	must(t, os.MkdirAll(inner, 0o700))
	root, err := os.OpenRoot(inner)
	must(t, err)
	defer func() { _ = root.Close() }()
	found := extract(root, bytes.NewReader(archive), newLayout(seid.DataDir, seid.WasmDir))
	checkConfined(t, outer, inner)
	return found
}

// checkConfined: folders, files, and links that lead to somewhere in the same folder; nothing that no archive may bring.
func checkConfined(t testing.TB, outer, inner string) {
	t.Helper()
	must(t, filepath.WalkDir(outer, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(inner, at)
		top, _, _ := strings.Cut(name, "/")
		switch {
		case entry.IsDir() && (name == "." || name == ".." || name == "../.."):
		case top != seid.DataDir && top != seid.WasmDir:
			t.Errorf("%s is outside", name)
		case isNever(entry.Name()):
			t.Errorf("%s was brought", name)
		case entry.Type()&fs.ModeSymlink != 0:
			if to, err := filepath.EvalSymlinks(at); err == nil && to != filepath.Join(inner, top) && !strings.HasPrefix(to, filepath.Join(inner, top)+"/") {
				t.Errorf("%s leads to %s", name, to)
			}
		case !entry.IsDir() && !entry.Type().IsRegular():
			t.Errorf("%s is %s", name, entry.Type())
		}
		return nil
	}))
}

// TestWhatArchivesMayHold: links that stay, files that come twice, hard links within, and headers of all kinds.
func TestWhatArchivesMayHold(t *testing.T) {
	outer := t.TempDir()
	must(t, unpackInto(t, outer, packed(t,
		tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}},
		dir("./"), dir("./data/"), file("./data/tendermint/a", "old"), file("./data/tendermint/a", "new"), soft("data/state_commit/current", "./snapshot-1"),
		dir("data/state_commit/snapshot-1/"), soft("data/state_commit/current", "snapshot-1"), hard("./data/tendermint/b", "./data/tendermint/a"),
		soft("data/state_commit/up", "../tendermint"), soft("data/state_commit/was", "up"), file("data/state_commit/was", "a file"), dir("data/state_commit/snapshot-1/"))))
	want := tree{"data/tendermint/a": "new", "data/tendermint/b": "new", "data/state_commit/current": "-> snapshot-1", "data/state_commit/up": "-> ../tendermint",
		"data/state_commit/was": "a file"}
	if found := lies(t, filepath.Join(outer, "volume", "home")); !maps.Equal(found, want) {
		t.Errorf("%v", found)
	}
}

// TestOneLinkTooMany: each is kept in memory.
func TestOneLinkTooMany(t *testing.T) {
	entries := []tar.Header{store}
	for range maxLinks + 1 {
		entries = append(entries, soft("data/x"+strings.Repeat("x", len(entries)%100)+"/"+strings.Repeat("y", len(entries)/100+1), "z"))
	}
	if err := unpackInto(t, t.TempDir(), packed(t, entries...)); err == nil || !strings.Contains(err.Error(), "one link too many") {
		t.Errorf("%v", err)
	}
}

// TestHolesStayHoles: as Go's reader and GNU tar have them.
func TestHolesStayHoles(t *testing.T) {
	folder := t.TempDir()
	out, err := os.Create(filepath.Join(folder, "x"))
	must(t, err)
	content := append(bytes.Repeat([]byte{0}, 5<<20), []byte("end")...)
	must(t, sparse(out, bytes.NewReader(content), int64(len(content)), make([]byte, chunk)))
	must(t, out.Close())
	found, err := os.ReadFile(out.Name())
	must(t, err)
	info, err := os.Stat(out.Name())
	must(t, err)
	if taken := info.Sys().(*syscall.Stat_t).Blocks * 512; !bytes.Equal(found, content) || taken > 2<<20 {
		t.Errorf("%d bytes of %d, taking %d", len(found), len(content), taken)
	}
	if err := sparse(discarded(t), bytes.NewReader(content[:100]), 200, make([]byte, chunk)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("broken off: %v", err)
	}
}

func discarded(t *testing.T) *os.File {
	out, err := os.CreateTemp(t.TempDir(), "")
	must(t, err)
	t.Cleanup(func() { _ = out.Close() })
	return out
}

// TestArchivesOfGNUTar, in each of its formats, with holes, hard links and long names.
func TestArchivesOfGNUTar(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "tar", "--version").Output(); err != nil || !bytes.Contains(out, []byte("GNU tar")) {
		t.Skip("no GNU tar here")
	}
	packed := t.TempDir()
	long := "data/tendermint/" + strings.Repeat("long/", 30) + strings.Repeat("x", 200)
	plant(t, packed, tree{"data/tendermint/a": "a", "data/tendermint/link": "-> a", long: "y"})
	must(t, os.Link(filepath.Join(packed, "data", "tendermint", "a"), filepath.Join(packed, "data", "tendermint", "b")))
	holes := filepath.Join(packed, "data", "tendermint", "holes")
	must(t, os.WriteFile(holes, []byte("begin"), 0o600))
	must(t, os.Truncate(holes, 64<<20))
	want := lies(t, packed)
	for _, format := range []string{"gnu", "pax", "oldgnu", "posix"} {
		for _, sparse := range []string{"--sparse", "--no-acls"} {
			archive, err := exec.CommandContext(t.Context(), "tar", "-C", packed, "--format="+format, sparse, "-cf", "-", "./data").Output()
			must(t, err)
			outer := t.TempDir()
			must(t, unpackInto(t, outer, archive))
			if !maps.Equal(lies(t, filepath.Join(outer, "volume", "home")), want) {
				t.Errorf("%s %s is unpacked to something else", format, sparse)
			}
			info, err := os.Stat(filepath.Join(outer, "volume", "home", "data", "tendermint", "holes"))
			must(t, err)
			if taken := info.Sys().(*syscall.Stat_t).Blocks * 512; (taken < 8<<20) != (sparse == "--sparse") {
				t.Errorf("%s %s: %d bytes are taken", format, sparse, taken)
			}
		}
	}
}

// TestAFullVolume is no fault of the archive's.
func TestAFullVolume(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		var known *refusal
		if !errors.As(told("x", &fs.PathError{Op: "write", Err: err}), &known) || known.reason != wire.ReasonNoSpace {
			t.Errorf("%v", err)
		}
	}
}

// FuzzExtract: whatever the bytes are, nothing is outside, nothing leads there, and nothing panics.
func FuzzExtract(f *testing.F) {
	for _, name := range slices.Sorted(maps.Keys(leaving)) {
		if name != "too deep a path" && name != "too long a path" {
			f.Add(packed(f, leaving[name]...))
		}
	}
	f.Add(pack(f, evil.with(tree{"data/state_commit/current": "-> x", "wasm/y": "z"})))
	f.Add(packed(f, soft("sei/data/a", "b"), hard("sei/data/tendermint/x", "sei/data/y"), file("wasm/x", "y")))
	f.Fuzz(func(t *testing.T, archive []byte) {
		_ = unpackInto(t, t.TempDir(), archive)
	})
}

// FuzzNames: links and names are one thing to a file system, and what the words say of them has to hold there.
func FuzzNames(f *testing.F) {
	f.Add("data/a/b", "../c", "data/c/d", "..", "data/c/d/e")
	f.Add("data/a/b/c", "../..", "data/x", "a/b/c/..", "data/x/evil")
	f.Add("wasm/a", "b", "data/./tendermint//x", "y/../..", "sei/data/x")
	f.Fuzz(func(t *testing.T, one, to, other, toOther, name string) {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, header := range []tar.Header{dir("data/tendermint/"), dir("data/a/b/"), soft(one, to), soft(other, toOther), file(name, "x"), hard(other, one), file(one, "")} {
			header.Uname = ""
			if w.WriteHeader(&header) != nil {
				return
			}
			_, _ = w.Write(bytes.Repeat([]byte("x"), int(header.Size)))
		}
		_ = w.Close()
		_ = unpackInto(t, t.TempDir(), out.Bytes())
	})
}
