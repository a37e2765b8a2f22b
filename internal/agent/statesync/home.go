package statesync

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/seinode/seinode-operator/internal/agent/durable"
	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// look finds out what is on the volume. What is not understood is an error, and nothing is done.
func (s *Syncer) look() (facts, error) {
	opened, err := volume.Open(s.Volume, s.Place)
	if err != nil {
		return facts{}, err
	}
	defer opened.Close()
	layout, home := opened.Home()
	switch {
	case opened.Err != nil:
		return facts{}, opened.Err
	case layout == wire.LayoutUnknown || layout == wire.LayoutEmpty:
		return facts{}, errors.New("the volume holds no home of seid; the pod's container prepare makes one: delete the pod, and the next one begins with it")
	}
	s.home = home
	return look(opened.At(home))
}

func look(home *volume.Volume) (found facts, err error) {
	if found.note, err = home.Sync(); err != nil {
		return found, err
	}
	found.data = home.HasData()
	state, blocks := inspect.Progress(home)
	found.state, found.blocks = state > 0, blocks > 0
	if home.Err == nil && len(home.Odd) > 0 {
		err = errors.New(home.Odd[0].String())
	}
	return found, errors.Join(home.Err, err)
}

// open opens the home's folder for writing.
func (s *Syncer) open() (*os.Root, error) { return durable.OpenHome(s.Volume, s.home) }

// write notes how far the sync is, and makes the folder that seid unpacks in.
func (s *Syncer) write(note volume.Sync) error {
	home, err := s.open()
	if err != nil {
		return err
	}
	defer func() { _ = home.Close() }()
	return errors.Join(s.noted(home, note), s.step("noted"))
}

func (s *Syncer) noted(home *os.Root, note volume.Sync) error {
	content, err := json.Marshal(note)
	if err != nil {
		return err
	}
	if err := home.MkdirAll(path.Join(seid.SyncDir, seid.SyncTemp), 0o750); err != nil {
		return err
	}
	return errors.Join(durable.Replace(home, path.Join(seid.SyncDir, seid.SyncNote), bytes.NewReader(content)), durable.Sync(home, "."))
}

// empty removes what an attempt left in data/. That it does is noted first: what is in the middle of being removed looks like anything.
func (s *Syncer) empty(note volume.Sync) error {
	note.Emptying = true
	home, err := s.open()
	if err != nil {
		return err
	}
	defer func() { _ = home.Close() }()
	if err := errors.Join(s.noted(home, note), s.step("emptying")); err != nil {
		return err
	}
	if err := s.removeFrom(home, seid.DataDir, volume.KeptInData); err != nil {
		return err
	}
	return errors.Join(s.removeFrom(home, path.Join(seid.SyncDir, seid.SyncTemp), nil), durable.Sync(home, seid.DataDir))
}

func (s *Syncer) removeFrom(home *os.Root, folder string, kept []string) error {
	dir, err := home.Open(folder)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	slices.Sort(names)
	for _, name := range names {
		if err == nil && !slices.Contains(kept, name) {
			err = errors.Join(home.RemoveAll(path.Join(folder, name)), s.step("removed "+name))
		}
	}
	return err
}

// tell puts what is to be known beside seid into its file, whole, in the pod's scratch space. Where that fails nobody knows, and seid starts all the same.
func (s *Syncer) tell(said wire.Restore) {
	s.said = said
	content, err := json.Marshal(said)
	if err != nil {
		panic(err) // text and numbers always marshal
	}
	written := filepath.Join(filepath.Dir(s.Said), seid.Temporary+filepath.Base(s.Said))
	if os.WriteFile(written, content, 0o600) == nil {
		_ = os.Rename(written, s.Said)
	}
}
