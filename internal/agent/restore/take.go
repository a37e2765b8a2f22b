package restore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// archive is one of the archives, and what is to be taken of it.
type archive struct {
	address, sha256, compression, spool string
	folders                             []string
	// main says that it is the one with data/: the volume has to have room for it.
	main bool
	// placed says where what it holds belongs; nil where it is folders of the home.
	placed func() placer
	// again says why it begins anew, "" where it does not.
	again string
}

func (a archive) layout() placer {
	if a.placed != nil {
		return a.placed()
	}
	return newLayout(a.folders...)
}

func (a archive) shown() string { return shown(a.address) + a.again }

// take fetches and unpacks one archive, and starts over for as long as the server has another one than was begun.
func (r *restorer) take(ctx context.Context, a archive) error {
	for pause := r.firstPause; ; pause = min(2*pause, longestPause) {
		err := r.attempt(ctx, a)
		if !errors.Is(err, errChanged) {
			return err
		}
		a.again = ", from the beginning again: the server had another archive by then, or does not go on in the middle of one (Range)"
		r.progress.fails("it starts over")
		if err := r.remove(a); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// remove takes away what came of one archive. What was fetched is the main one's.
func (r *restorer) remove(a archive) error {
	var all error
	if a.main {
		all = r.stage.dropSpool()
	}
	for _, folder := range a.folders {
		all = errors.Join(all, r.stage.home.RemoveAll(in(seid.RestoreTree, folder)))
	}
	return all
}

func (r *restorer) attempt(ctx context.Context, a archive) error {
	r.taken = nil
	known, at := r.spoolBegun(a)
	r.progress.begin("asking for "+a.shown(), at, 0)
	from, err := r.open(ctx, a.address, known, at)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := errors.Join(r.remembered(from.object), r.fits(a, from)); err != nil {
		return err
	}
	if !r.spools(a, from) {
		if at > 0 { // there was more room when it was begun
			return errors.Join(errChanged, r.stage.dropSpool())
		}
		r.taken = &from.object
		r.progress.begin("fetching and unpacking "+a.shown(), 0, from.object.Length)
		return r.unpack(a, from, from.Close)
	}
	r.progress.begin("fetching "+a.shown(), at, from.object.Length)
	file, err := r.spooled(ctx, from)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	r.taken = &from.object
	r.progress.begin("unpacking "+a.shown(), from.at, from.at)
	return r.unpack(a, stoppable{ctx, file}, func() {})
}

// stoppable reads until somebody says stop.
type stoppable struct {
	ctx context.Context
	io.Reader
}

// Read reads unless it is to stop.
func (s stoppable) Read(into []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(into)
}

// unpack decompresses, unpacks and sums up what a source gives. What comes of it counts only without an error.
func (r *restorer) unpack(a archive, source io.Reader, stop func()) error {
	var sum hash.Hash
	if a.sha256 != "" {
		sum = sha256.New()
		source = io.TeeReader(source, sum)
	}
	kept := &keeper{from: source}
	unpacked, err := decode(kept, a.compression, r.memory)
	if err != nil {
		return kept.cause(err)
	}
	defer func() {
		stop()
		_ = unpacked.Close()
	}()
	tree, err := r.stage.tree()
	if err != nil {
		return err
	}
	defer func() { _ = tree.Close() }()
	if err := extract(tree, unpacked, a.layout()); err != nil {
		return kept.cause(err)
	}
	if _, err := io.Copy(io.Discard, kept); err != nil { // what lies behind the last frame is summed up, too
		return kept.cause(err)
	}
	return verify(a, sum)
}

func verify(a archive, sum hash.Hash) error {
	if sum == nil {
		return nil
	}
	if found := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(found, a.sha256) {
		return refuse(wire.ReasonChecksumMismatch, "%s has SHA-256 %s; wanted %s: take the checksum of this very file, or another file", shown(a.address), found, a.sha256)
	}
	return nil
}
