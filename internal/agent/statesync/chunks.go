package statesync

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// chunksDir is where in the home a snapshot is that was brought.
var chunksDir = path.Join(seid.SyncDir, seid.SyncChunks)

// point says which block is to be trusted. That of a snapshot that was brought is its own: the servers may not have an older one any more, and seid proves it
// by the blocks after it.
func (s *Syncer) point() (trust.Options, *trust.Doubt) {
	asked := s.Trust
	if !s.Chunks || asked.Pin.Height > 0 {
		return asked, nil
	}
	brought, err := s.chunks()
	if err != nil {
		return asked, &trust.Doubt{Reason: wire.ReasonRestoreFailed, Message: "the snapshot is not on the volume: " + err.Error() +
			"; the pod's container bootstrap brings it: delete the pod, and the next one begins with it"}
	}
	asked.Pin.Height = brought.Height
	return asked, nil
}

// chunks reads which snapshot was brought.
func (s *Syncer) chunks() (brought volume.Chunks, err error) {
	home, err := s.open()
	if err != nil {
		return brought, err
	}
	defer func() { _ = home.Close() }()
	content, err := home.ReadFile(path.Join(chunksDir, seid.ChunksNote))
	if err == nil {
		err = json.Unmarshal(content, &brought)
	}
	if err == nil && brought.Height < 1 {
		err = errors.New(path.Join(chunksDir, seid.ChunksNote) + " names no block")
	}
	return brought, err
}

// local is what tells seid of the snapshot that was brought. Its folder is seid's for this start alone: a later one has data/snapshots/.
func (s *Syncer) local() []string {
	if !s.Chunks {
		return nil
	}
	return []string{
		seid.Variable("statesync.use-local-snapshot") + "=true",
		seid.Variable("state-sync.snapshot-directory") + "=" + filepath.Join(volume.Path(s.Volume, s.home), chunksDir),
	}
}

func (s *Syncer) fetches() string {
	if s.Chunks {
		return "seid takes its state from the snapshot that was brought"
	}
	return "seid fetches a snapshot of the state from its peers"
}

func (s *Syncer) source() string {
	if s.Chunks {
		return "the snapshot that was brought"
	}
	return "the node's peers"
}

// clear takes away a snapshot that was brought, once the state has come, but for what is to stay. It only takes room: where it cannot be removed it stays.
func (s *Syncer) clear(note *volume.Sync, kept []string) {
	if note == nil || !note.Arrived {
		return
	}
	home, err := s.open()
	if err == nil {
		defer func() { _ = home.Close() }()
		err = s.removeFrom(home, chunksDir, kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.say("the snapshot that was brought, %s, cannot be removed: %v", chunksDir, err)
	}
}
