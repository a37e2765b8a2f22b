package restore

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seinode/seinode-operator/internal/agent/durable"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/seid"
)

// What lies in seid.RestoreDir besides the tree: an archive that is fetched before it is unpacked, what the server said of it, and the
// note on one that was refused.
const (
	spoolFile   = "spool"
	spoolNote   = "spool.json"
	refusedNote = "refused.json"
)

// stage is the folder of ours in the home's, in which an archive becomes a home. Nothing else on the volume is written to or removed, until the
// tree in it is whole and moves to where it belongs.
type stage struct {
	home *os.Root
	// step is asked between any two things that are done to the volume: tests stop there.
	step func(string) error
}

// openStage opens the home's folder, which it makes on a volume that is empty.
func openStage(folder, home string, step func(string) error) (*stage, error) {
	root, err := durable.OpenHome(folder, home)
	return &stage{home: root, step: step}, err
}

func (s *stage) close() { _ = s.home.Close() }

func in(name ...string) string { return path.Join(append([]string{seid.RestoreDir}, name...)...) }

// begin makes the folder, with an empty tree in it. What was fetched already stays.
func (s *stage) begin() error {
	return errors.Join(s.forget(), s.home.MkdirAll(in(seid.RestoreTree), folderMode))
}

// forget removes what was unpacked, and first that it is whole.
func (s *stage) forget() error {
	return errors.Join(s.home.RemoveAll(in(seid.RestoreWhole)), s.home.RemoveAll(in(seid.RestoreTree)))
}

// dropSpool removes what was fetched.
func (s *stage) dropSpool() error {
	return errors.Join(s.home.RemoveAll(in(spoolNote)), s.home.RemoveAll(in(spoolFile)))
}

// discard removes the folder, whatever is in it.
func (s *stage) discard() error {
	return errors.Join(s.step("discard"), s.home.RemoveAll(seid.RestoreDir))
}

// tree opens the home-to-be.
func (s *stage) tree() (*os.Root, error) { return s.home.OpenRoot(in(seid.RestoreTree)) }

func (s *stage) exists(name string) bool {
	_, err := s.home.Lstat(name)
	return err == nil
}

// whole says whether the tree is whole, and still has data/, and what it came from.
func (s *stage) whole() (volume.Whole, bool) {
	var whole volume.Whole
	return whole, s.read(seid.RestoreWhole, &whole) && s.exists(in(seid.RestoreTree, seid.DataDir))
}

// finish makes everything durable, and then says that it is whole.
func (s *stage) finish(whole volume.Whole) error {
	if err := s.durable(); err != nil {
		return err
	}
	return errors.Join(s.write(seid.RestoreWhole, whole), s.step("whole"))
}

// durable has everything that was written reach the disk.
func (s *stage) durable() error {
	dir, err := s.home.Open(seid.RestoreDir)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return errors.Join(unix.Syncfs(int(dir.Fd())), s.step("durable")) //nolint:gosec // a file descriptor
}

// install moves the whole tree to where it belongs. data/ comes last: it is what a home is known by. Each name is put where none is, and what was moved before
// is not there any more.
func (s *stage) install() error {
	for _, name := range []string{seid.WasmDir, seid.DataDir} {
		if from := in(seid.RestoreTree, name); s.exists(from) {
			if err := errors.Join(s.emptied(name), s.step("before "+name)); err != nil {
				return err
			}
			if err := errors.Join(s.home.Rename(from, name), durable.Sync(s.home, "."), s.step(name)); err != nil {
				return err
			}
		}
	}
	return s.discard()
}

// emptied takes away a folder in which there is at most what a killed preparation left half-written, by the prefix that is ours alone. The kernel
// removes none that anything else is in.
func (s *stage) emptied(folder string) error {
	dir, err := s.home.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	for _, name := range names {
		if strings.HasPrefix(name, seid.Temporary) {
			err = errors.Join(err, s.home.Remove(path.Join(folder, name)))
		}
	}
	return errors.Join(err, s.home.Remove(folder))
}

// write puts a note into the folder, whole or not at all.
func (s *stage) write(name string, note any) error {
	content, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return durable.Replace(s.home, in(name), bytes.NewReader(content))
}

// read reads a note, false where there is none that is understood.
func (s *stage) read(name string, note any) bool { return s.readAt(in(name), note) }

func (s *stage) readAt(name string, note any) bool {
	content, err := s.home.ReadFile(name)
	return err == nil && json.Unmarshal(content, note) == nil
}
