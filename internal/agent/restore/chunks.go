package restore

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/durable"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// ontoChunks brings a published snapshot for state sync onto the volume, in chunks, beside where seid has its data: seid takes its state from them, and the
// chain's blocks prove it. It returns what was done, "" for nothing.
func (r *restorer) ontoChunks(ctx context.Context) (string, error) {
	wants, err := r.wantsChunks()
	if err != nil {
		return "", err
	}
	if r.stage, err = openStage(r.Inspect.Volume, r.home, r.step); err != nil {
		return "", err
	}
	defer r.stage.close()
	var there volume.Chunks
	switch noted := r.stage.readAt(path.Join(seid.SyncDir, seid.SyncChunks, seid.ChunksNote), &there); {
	case !wants:
		return "", r.stage.discard()
	case noted && there.From == r.origin():
		return brought(there), r.stage.discard()
	case r.stage.read(path.Join(seid.RestoreTree, seid.SyncChunks, seid.ChunksNote), &there) && there.From == r.origin():
		return brought(there), r.stage.installChunks()
	}
	return r.fetchChunks(ctx)
}

// wantsChunks says whether seid is still to take a state: there is none, and a state sync that began here is not over.
func (r *restorer) wantsChunks() (bool, error) {
	opened, err := volume.Open(r.Inspect.Volume, r.Inspect.Place)
	if err != nil {
		return false, refuse(wire.ReasonUnreadable, "the volume cannot be read: %v", err)
	}
	defer opened.Close()
	layout, home, err := known(opened)
	if r.home = home; err != nil || layout == wire.LayoutEmpty {
		return err == nil, err
	}
	at := opened.At(home)
	note, doubt := at.Sync()
	if err := errors.Join(doubt, at.Err); err != nil {
		return false, refuse(wire.ReasonUnreadable, "the volume cannot be read: %v", err)
	}
	return note == nil && !at.HasData() || note != nil && !note.Arrived, nil
}

// fetchChunks makes the tree, notes in it where it came from, and moves it to its place.
func (r *restorer) fetchChunks(ctx context.Context) (string, error) {
	kept := &chunks{}
	err := r.stage.begin()
	if err == nil {
		err = r.take(ctx, archive{
			address: r.URL, sha256: r.SHA256, compression: r.Compression, folders: []string{seid.SyncChunks}, spool: r.Spool, main: true,
			placed: func() placer { *kept = chunks{}; return kept },
		})
	}
	if err != nil {
		return "", errors.Join(err, r.tidy(ctx, err))
	}
	whole := volume.Chunks{From: r.origin(), Height: kept.height}
	if err := errors.Join(r.stage.dropSpool(), r.stage.finishChunks(whole)); err != nil {
		return "", err
	}
	return brought(whole), r.stage.installChunks()
}

func brought(whole volume.Chunks) string {
	return fmt.Sprintf("the volume has the snapshot of block %d, of %s; seid takes its state from it", whole.Height, whole.From)
}

// chunks say where in the tree the parts of a snapshot for state sync belong, below any one prefix: <height>/<format>/<number>, and metadata.db/, by which
// alone seid knows of them.
type chunks struct {
	prefix   []string
	known    bool
	first    []string
	metadata bool
	height   int64
}

// snapshotParts are a height, a format and the number of a chunk.
const snapshotParts = 3

func (c *chunks) told() []string { return c.first }

// place is where in the tree a name belongs, "" for nowhere.
func (c *chunks) place(name string, folder bool) (string, error) {
	parts, err := split(name)
	if err != nil || len(parts) == 0 {
		return "", err
	}
	if len(c.first) < 5 {
		c.first = append(c.first, clip(path.Join(parts...)))
	}
	at, is := ofSnapshot(parts, folder)
	switch {
	case !is:
		return "", nil
	case !c.known:
		c.prefix, c.known = parts[:at], true
	case at != len(c.prefix) || !inside(parts, c.prefix):
		return "", refuse(wire.ReasonArchiveLayoutUnknown, "the archive holds snapshots in two folders, %s and %s; wanted one",
			clip(path.Join(append(c.prefix[:len(c.prefix):len(c.prefix)], "…")...)), clip(path.Join(parts[:at+1]...)))
	}
	c.note(parts[at:])
	return path.Join(append([]string{seid.SyncChunks}, parts[at:]...)...), nil
}

// note keeps what was seen: a snapshot is there once its first chunk is.
func (c *chunks) note(parts []string) {
	switch {
	case parts[0] == seid.SnapshotsDB:
		c.metadata = c.metadata || len(parts) == 2 && parts[1] == "CURRENT"
	case len(parts) == snapshotParts && parts[2] == "0":
		height, _ := strconv.ParseInt(parts[0], 10, 64)
		c.height = max(c.height, height)
	}
}

// ofSnapshot is the index of the part by which a name is one of a snapshot's: metadata.db and what is in it, or up to three numbers.
func ofSnapshot(parts []string, folder bool) (int, bool) {
	for at, part := range parts {
		rest := parts[at:]
		if part == seid.SnapshotsDB {
			return at, len(rest) == 2 || len(rest) == 1 && folder
		}
		if isCount(part) && part != "0" {
			return at, numbers(rest) && (len(rest) == snapshotParts || folder && len(rest) < snapshotParts)
		}
	}
	return 0, false
}

func numbers(parts []string) bool {
	for _, part := range parts {
		if !isCount(part) {
			return false
		}
	}
	return true
}

// isCount says whether a name is a number as seid writes one: memiavl's have leading zeros.
func isCount(name string) bool {
	return name != "" && len(name) < 19 && strings.Trim(name, "0123456789") == "" && (name[0] != '0' || name == "0")
}

// judge says, at the archive's end, what it lacks, nil for nothing.
func (c *chunks) judge() error {
	found := "nothing"
	if len(c.first) > 0 {
		found = strings.Join(c.first, ", ")
	}
	switch {
	case c.height == 0:
		return refuse(wire.ReasonArchiveLayoutUnknown, "the archive holds %s; wanted a snapshot for state sync, <height>/<format>/<chunk> beside metadata.db/. "+
			"An archive of data/ goes into spec.bootstrap.archive", found)
	case !c.metadata:
		return refuse(wire.ReasonArchiveLayoutUnknown, "the archive holds the snapshot of block %d and no metadata.db/ beside it, without which seid does not know of it", c.height)
	}
	return nil
}

// finishChunks makes everything durable, with the note on what it is.
func (s *stage) finishChunks(whole volume.Chunks) error {
	if err := s.durable(); err != nil {
		return err
	}
	return errors.Join(s.write(path.Join(seid.RestoreTree, seid.SyncChunks, seid.ChunksNote), whole), s.step("whole"))
}

// installChunks moves the snapshot to where seid finds it, in place of another that it was to take.
func (s *stage) installChunks() error {
	to := path.Join(seid.SyncDir, seid.SyncChunks)
	if err := errors.Join(s.home.MkdirAll(seid.SyncDir, 0o750), s.home.RemoveAll(to), s.step("before chunks")); err != nil {
		return err
	}
	if err := errors.Join(s.home.Rename(in(seid.RestoreTree, seid.SyncChunks), to), durable.Sync(s.home, seid.SyncDir), durable.Sync(s.home, "."), s.step("chunks")); err != nil {
		return err
	}
	return s.discard()
}
