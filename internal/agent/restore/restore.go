// Package restore brings the data of a published archive onto a volume that is empty. Nothing of it is to be seen as a home before it is whole, and
// inspected: it is unpacked into a folder of the agent's own, and moved from there. It may be killed at any moment, and run again.
package restore

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Options say what is to be restored, and onto which volume.
type Options struct {
	// Inspect has the volume, where on it the home is, and by what the result is judged.
	Inspect inspect.Options
	// URL is the archive's address, SHA256 what it has to sum up to, in hexadecimal digits, "" where nobody says.
	URL    string
	SHA256 string
	// Compression is Auto, None, Gzip, Zstd or Lz4.
	Compression string
	// WasmURL is the address of a second archive, of wasm/ alone, "" for none.
	WasmURL string
	// Spool is Auto, Always or Never.
	Spool string
	// Chunks says that the archive holds a snapshot for state sync, which seid takes its state from.
	Chunks bool
	// Auth is the folder of a Secret with credentials for the server, "" for none.
	Auth string
}

// restorer is one run.
type restorer struct {
	Options
	progress *Progress
	client   *http.Client
	home     string
	stage    *stage
	// taken is the object that was begun last.
	taken *object
	step  func(string) error
	// firstPause is how long to wait before the server is asked again, and idle how long it may send nothing.
	firstPause, idle time.Duration
	memory           int64
	free, size       func() int64
	now              func() time.Time
}

// Run restores, unless the volume has a home already, and says how that ended. It goes on for as long as the server gives hope.
func Run(ctx context.Context, o Options, progress *Progress) wire.Restore {
	return newRestorer(o, progress).run(ctx)
}

func newRestorer(o Options, progress *Progress) *restorer {
	if o.Chunks { // seid is yet to take its state
		o.Inspect.Bootstrap, o.Inspect.Syncs = true, true
	}
	return &restorer{
		Options: o, progress: progress, client: newClient(), step: func(string) error { return nil }, firstPause: firstPause, idle: idle,
		memory: memoryLimit(), free: func() int64 { return volume.FreeBytes(o.Inspect.Volume) }, size: func() int64 { return volume.SizeBytes(o.Inspect.Volume) }, now: time.Now,
	}
}

func (r *restorer) run(ctx context.Context) wire.Restore {
	message, err := r.onto(ctx)
	end := r.progress.Restore()
	var known *refusal
	switch {
	case err != nil && ctx.Err() != nil: // it was as far as that
		return end
	case errors.As(err, &known):
		end.Reason, end.Message = known.reason, known.message
		return end
	case err != nil:
		end.Reason, end.Message = wire.ReasonRestoreFailed, err.Error()
		return end
	case message == "":
		end.Reason, end.Message = wire.ReasonNotNeeded, "the volume holds a home of seid already; spec.bootstrap is for a volume that is empty"
	default:
		end.Reason, end.Message, end.Percent = wire.ReasonRestored, message, 100
	}
	return r.judged(end)
}

// judged adds the inspection of what is on the volume now, by everything that it is judged by before seid starts: the data of an archive may be
// beyond an upgrade that the pod's image is from before. Such data is fit, and stays.
func (r *restorer) judged(end wire.Restore) wire.Restore {
	found := inspect.Inspect(r.Inspect)
	if found.Refused {
		end.Reason, end.Message = found.Reason, found.Message
		found.Message = ""
		end.Inspection = &found
	}
	return end
}

// onto brings the archive onto the volume. It returns what was done, "" for nothing.
func (r *restorer) onto(ctx context.Context) (string, error) {
	if r.Chunks {
		return r.ontoChunks(ctx)
	}
	layout, home, err := r.look()
	if err != nil {
		return "", err
	}
	r.home = home
	if r.stage, err = openStage(r.Inspect.Volume, home, r.step); err != nil {
		return "", err
	}
	defer r.stage.close()
	if layout != wire.LayoutEmpty {
		return "", r.stage.discard()
	}
	if whole, is := r.stage.whole(); is {
		return restored(whole), r.stage.install()
	}
	return r.fetch(ctx)
}

// look says where the home is, or is to be. What is not understood is not written to.
func (r *restorer) look() (wire.Layout, string, error) {
	opened, err := volume.Open(r.Inspect.Volume, r.Inspect.Place)
	if err != nil {
		return "", "", refuse(wire.ReasonUnreadable, "the volume cannot be read: %v", err)
	}
	defer opened.Close()
	return known(opened)
}

// known is where the home is, on a volume that is understood.
func known(opened *volume.Volume) (wire.Layout, string, error) {
	layout, home := opened.Home()
	switch {
	case opened.Err != nil:
		return "", "", refuse(wire.ReasonUnreadable, "the volume cannot be read: %v", opened.Err)
	case layout == wire.LayoutUnknown:
		return "", "", refuse(wire.ReasonLayoutUnknown, "the volume is not empty, and holds no single home of seid: nothing is restored onto it")
	}
	return layout, home, nil
}

// fetch makes the tree and moves it to its place. What was unpacked of an archive that is refused is removed.
func (r *restorer) fetch(ctx context.Context) (string, error) {
	if err := r.pointless(); err != nil {
		return "", err
	}
	whole, err := r.build(ctx)
	if err != nil {
		return "", errors.Join(err, r.tidy(ctx, err))
	}
	return restored(whole), r.stage.install()
}

// tidy removes what came to nothing. What was fetched stays where the process is ended, or the server does not give the rest.
func (r *restorer) tidy(ctx context.Context, failure error) error {
	var known *refusal
	switch {
	case ctx.Err() != nil:
		return nil
	case !errors.As(failure, &known), known.reason == wire.ReasonArchiveNotFound:
		return r.stage.forget()
	}
	return errors.Join(r.stage.forget(), r.stage.dropSpool(), r.remember(known))
}

// pointless refuses what the inspection would refuse of any archive, before terabytes are fetched: none brings a key or a sign state.
func (r *restorer) pointless() error {
	o := r.Inspect
	if o.Mode == "validator" && o.KeyOnVolume && !o.RemoteSigner {
		return refuse(wire.ReasonConsensusKeyMissing, "a validator that signs with a key on its volume cannot begin from an archive, which brings neither key nor sign state: "+
			"name a Secret in spec.validator.signingKey, or take the volume of the validator")
	}
	return nil
}

// build makes the tree in the folder of ours, up to the mark that it is whole.
func (r *restorer) build(ctx context.Context) (volume.Whole, error) {
	var whole volume.Whole
	if err := r.stage.begin(); err != nil {
		return whole, err
	}
	if r.WasmURL != "" { // it is small, and what is wrong with it is known before the rest comes
		if err := r.take(ctx, archive{address: r.WasmURL, folders: []string{seid.WasmDir}, spool: Never}); err != nil {
			return whole, err
		}
	}
	main := archive{address: r.URL, sha256: r.SHA256, compression: r.Compression, folders: []string{seid.DataDir, seid.WasmDir}, spool: r.Spool, main: true}
	if r.WasmURL != "" {
		main.folders = main.folders[:1]
	}
	if err := r.take(ctx, main); err != nil {
		return whole, err
	}
	if err := r.inspect(); err != nil {
		return whole, err
	}
	whole = volume.Whole{Wasm: r.stage.exists(in(seid.RestoreTree, seid.WasmDir)), From: r.origin()}
	return whole, errors.Join(r.stage.dropSpool(), r.stage.finish(whole))
}

func (r *restorer) origin() string {
	if r.SHA256 == "" {
		return shown(r.URL) + ", which no checksum was given for"
	}
	return shown(r.URL) + ", which has the checksum that was given"
}

func restored(whole volume.Whole) string { return "the volume has the data of " + whole.From }

// inspect judges the tree as a volume of its own. What the pod lacks, and not the archive, is for later.
func (r *restorer) inspect() error {
	o := r.Inspect
	o.Volume, o.Place = filepath.Join(o.Volume, r.home, in(seid.RestoreTree)), volume.Place{}
	o.ImageUntil, o.Reservation = 0, ""
	found := inspect.Inspect(o)
	if !found.Refused {
		return nil
	}
	message := "the archive's data: " + found.Message
	if found.Reason == wire.ReasonWasmMissing && r.WasmURL == "" {
		message += ", or name the archive of it in spec.bootstrap.archive.wasmURL"
	}
	return &refusal{found.Reason, message}
}
