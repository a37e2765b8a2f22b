package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	abci "github.com/cometbft/cometbft/abci/types"
)

// restore is a snapshot that is being taken from a peer.
type restore struct {
	height int64
	hashes [][]byte
	raw    []byte
	next   int
}

// ListSnapshots are those that the node has to offer.
func (a *App) ListSnapshots(context.Context, *abci.ListSnapshotsRequest) (*abci.ListSnapshotsResponse, error) {
	var out abci.ListSnapshotsResponse
	for _, meta := range a.stores.snapshots.list() {
		out.Snapshots = append(out.Snapshots, meta.toABCI())
	}
	return &out, nil
}

// LoadSnapshotChunk reads a chunk; one that is not there is empty.
func (a *App) LoadSnapshotChunk(_ context.Context, req *abci.LoadSnapshotChunkRequest) (*abci.LoadSnapshotChunkResponse, error) {
	chunk, err := os.ReadFile(a.stores.snapshots.chunkPath(int64(req.Height), int(req.Chunk)))
	if err != nil {
		a.options.Log.Error("failed to load snapshot chunk", "height", req.Height, "chunk", req.Chunk, "err", err)
	}
	return &abci.LoadSnapshotChunkResponse{Chunk: chunk}, nil
}

// OfferSnapshot begins to restore. One that was begun and came to nothing, as where its chunks did not come, cannot be begun anew: that is the end of the start.
func (a *App) OfferSnapshot(_ context.Context, req *abci.OfferSnapshotRequest) (*abci.OfferSnapshotResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	hashes, err := decodeHashes(req.Snapshot.Metadata)
	switch {
	case req.Snapshot.Format != snapshotFormat:
		return &abci.OfferSnapshotResponse{Result: abci.OFFER_SNAPSHOT_RESULT_REJECT_FORMAT}, nil
	case err != nil || len(hashes) == 0 || len(hashes) != int(req.Snapshot.Chunks) || req.Snapshot.Height == 0:
		a.options.Log.Error("rejecting invalid snapshot", "height", req.Snapshot.Height)
		return &abci.OfferSnapshotResponse{Result: abci.OFFER_SNAPSHOT_RESULT_REJECT}, nil
	}
	if a.restore != nil {
		a.options.Log.Error("failed to restore snapshot", "height", req.Snapshot.Height, "err", "a restore operation is in progress")
		return &abci.OfferSnapshotResponse{Result: abci.OFFER_SNAPSHOT_RESULT_ABORT}, nil
	}
	a.restore = &restore{height: int64(req.Snapshot.Height), hashes: hashes}
	if err := a.stores.commit.beginImport(a.restore.height); err != nil {
		return nil, err
	}
	a.options.OnRestore(Restoring{Chunks: len(hashes)})
	return &abci.OfferSnapshotResponse{Result: abci.OFFER_SNAPSHOT_RESULT_ACCEPT}, nil
}

// ApplySnapshotChunk takes the next chunk, and with the last one the state. One of another hash is fetched again, from somebody else.
func (a *App) ApplySnapshotChunk(_ context.Context, req *abci.ApplySnapshotChunkRequest) (*abci.ApplySnapshotChunkResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.restore
	if r == nil || r.next >= len(r.hashes) {
		return nil, errors.New("no restore operation in progress")
	}
	if sum := sha256.Sum256(req.Chunk); !bytes.Equal(sum[:], r.hashes[r.next]) {
		a.options.Log.Error("chunk checksum mismatch; rejecting sender and requesting refetch", "chunk", req.Index, "sender", req.Sender)
		return &abci.ApplySnapshotChunkResponse{
			Result: abci.APPLY_SNAPSHOT_CHUNK_RESULT_RETRY, RefetchChunks: []uint32{req.Index}, RejectSenders: []string{req.Sender},
		}, nil
	}
	if err := a.stores.importChunk(r, req.Chunk); err != nil {
		a.options.Log.Error("failed to restore snapshot", "err", err)
		return &abci.ApplySnapshotChunkResponse{Result: abci.APPLY_SNAPSHOT_CHUNK_RESULT_ABORT}, nil
	}
	a.restored = r.next == len(r.hashes)
	a.options.OnRestore(Restoring{Applied: 1})
	return &abci.ApplySnapshotChunkResponse{Result: abci.APPLY_SNAPSHOT_CHUNK_RESULT_ACCEPT}, nil
}

// Restoring is what a restore tells as it goes on: how many chunks one that begins has, or that one more is applied.
type Restoring struct{ Chunks, Applied int }

// importChunk puts a chunk aside; the last one makes a state of them.
func (s *Stores) importChunk(r *restore, chunk []byte) error {
	r.raw = append(r.raw, chunk...)
	r.next++
	if err := s.commit.importPart(r.height, r.next, chunk); err != nil || r.next < len(r.hashes) {
		return err
	}
	var state image
	if err := json.Unmarshal(r.raw, &state); err != nil {
		return err
	}
	if state.Version.Height != r.height {
		return fmt.Errorf("a snapshot of height %d, offered as one of %d", state.Version.Height, r.height)
	}
	return s.importState(state)
}

// importState writes the state as a home has it that ran up to its height, the commitment last: it decides whether there is a state.
func (s *Stores) importState(state image) (err error) {
	pairs := make([]pair, len(state.Pairs))
	for i, p := range state.Pairs {
		pairs[i] = pair{p.Key, p.Value}
	}
	for name, raw := range state.Wasm {
		err = errors.Join(err, os.WriteFile(filepath.Join(s.wasm, filepath.Base(name)), raw, 0o600))
	}
	if s.state != nil {
		err = errors.Join(err, s.saveState(state.Version, pairs))
	}
	if err == nil {
		err = s.commit.finishImport(state.Version, pairs)
	}
	if err == nil {
		s.current = state.Version
	}
	return err
}

// importDir is where memiavl puts what it imports, until it is whole.
func (s *commitStore) importDir(height int64) string {
	return filepath.Join(s.dir, snapshotName(height)+tmpSuffix)
}

func (s *commitStore) beginImport(height int64) error {
	dir := s.importDir(height)
	return errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o750))
}

// importPart leaves something where a restore that is killed leaves something.
func (s *commitStore) importPart(height int64, part int, raw []byte) error {
	return os.WriteFile(filepath.Join(s.importDir(height), fmt.Sprintf("part-%d", part)), raw, 0o600)
}

// finishImport makes the state the newest version, with a snapshot of its own that current leads to.
func (s *commitStore) finishImport(v version, pairs []pair) error {
	if err := s.write(v, pairs); err != nil {
		return err
	}
	return errors.Join(s.takeSnapshot(v), os.RemoveAll(s.importDir(v.Height)))
}
