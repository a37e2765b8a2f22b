package restore

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// The choices of whether an archive is fetched as a whole before it is unpacked, as the SeiNode's spec calls them. Auto does so where there is plenty of room.
const (
	Always = "Always"
	Never  = "Never"
)

// spooled fetches the archive into a file beside the tree, and opens that. A process that comes after one that was killed goes on behind what is there.
func (r *restorer) spooled(ctx context.Context, from *remote) (io.ReadCloser, error) {
	defer from.Close()
	flags := os.O_CREATE | os.O_WRONLY
	if from.at == 0 {
		flags |= os.O_EXCL // what lies there is of another archive, and the note on it goes first
		if err := errors.Join(r.stage.dropSpool(), r.stage.write(spoolNote, from.object)); err != nil {
			return nil, err
		}
	}
	file, err := r.stage.home.OpenFile(in(spoolFile), flags, fileMode)
	if err != nil {
		return nil, err
	}
	_, err = file.Seek(from.at, io.SeekStart)
	if err == nil {
		_, err = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{from}, make([]byte, chunk))
	}
	if err := errors.Join(err, file.Close(), ctx.Err()); err != nil {
		return nil, told("the file "+spoolFile, err)
	}
	return r.stage.home.Open(in(spoolFile))
}

// spoolBegun is what was fetched already of an archive, and how much of it; nil for nothing.
func (r *restorer) spoolBegun(a archive) (known *object, size int64) {
	known = &object{}
	info, err := r.stage.home.Lstat(in(spoolFile))
	if a.spool == Never || err != nil || !r.stage.read(spoolNote, known) || known.URL != a.address || known.Length > 0 && info.Size() > known.Length {
		return nil, 0
	}
	return known, info.Size()
}

// fits refuses an archive that there is no room for: what is unpacked is larger than the archive, by how much nobody says. Room for a
// second copy is asked for only where the user wants one.
func (r *restorer) fits(a archive, from *remote) error {
	length := from.object.Length
	if !a.main || length <= 0 {
		return nil
	}
	need := length / 10 * 13
	if a.spool == Always {
		need += length
	}
	if have := r.free() + from.at; have < need {
		return refuse(wire.ReasonNoSpace, "the archive has %d MiB and takes %d MiB at least; the volume has %d MiB: raise spec.dataVolume.size, or take a smaller archive",
			length>>20, need>>20, have>>20)
	}
	return nil
}

// spools says whether the archive is fetched as a whole first.
func (r *restorer) spools(a archive, from *remote) bool {
	switch a.spool {
	case Always:
		return true
	case Never:
		return false
	}
	return from.object.Length > 0 && r.free()+from.at >= from.object.Length/2*5
}
