package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"
)

// SnapshotChunksEnv cuts each snapshot into so many chunks. The real program's chunks have 10 MB, of which this state fills none.
const SnapshotChunksEnv = "SEID_STANDIN_SNAPSHOT_CHUNKS"

// snapshotFormat is the only one there is.
const snapshotFormat = 1

// chunkSize is the real program's.
const chunkSize = 10_000_000

// snapshotStore is data/snapshots: a file for each chunk, <height>/<format>/<number>, and a database that says which of them are whole.
type snapshotStore struct {
	dir      string
	metadata *leveldb.DB
	// writing is held while a snapshot is made: none is begun beside one.
	writing sync.Mutex
}

func openSnapshots(dir string) (*snapshotStore, error) {
	metadata, err := openLevel(filepath.Join(dir, "metadata.db"))
	return &snapshotStore{dir: dir, metadata: metadata}, err
}

// image is what a snapshot holds: all that a home needs to go on from its height.
type image struct {
	Version version           `json:"version"`
	Pairs   []imagePair       `json:"pairs"`
	Wasm    map[string][]byte `json:"wasm,omitempty"`
}

type imagePair struct {
	Key   []byte `json:"key"`
	Value []byte `json:"value"`
}

// image reads the state of the last block.
func (s *Stores) image() (image, error) {
	out := image{Version: s.current, Wasm: map[string][]byte{}}
	for _, p := range s.allPairs() {
		if string(p.key) != versionKey {
			out.Pairs = append(out.Pairs, imagePair{p.key, p.value})
		}
	}
	files, err := os.ReadDir(s.wasm)
	for _, file := range files {
		raw, readErr := os.ReadFile(filepath.Join(s.wasm, file.Name()))
		err = errors.Join(err, readErr)
		out.Wasm[file.Name()] = raw
	}
	return out, err
}

// take writes a snapshot of the state, and drops all but the newest ones; 0 keeps all.
func (s *snapshotStore) take(state image, keep int) error {
	raw, err := json.Marshal(state)
	if err != nil {
		return err
	}
	height := state.Version.Height
	if latest := s.list(); len(latest) > 0 && latest[0].Height >= height {
		return fmt.Errorf("a more recent snapshot already exists at height %d", latest[0].Height)
	}
	meta := snapshotMeta{Height: height, Format: snapshotFormat}
	for i, chunk := range cut(raw) {
		if err := s.writeChunk(height, i, chunk); err != nil {
			return err
		}
		sum := sha256.Sum256(chunk)
		meta.Hashes = append(meta.Hashes, sum[:])
	}
	sum := sha256.Sum256(raw)
	meta.Hash = sum[:]
	if err := s.metadata.Put(meta.key(), meta.encode(), &opt.WriteOptions{Sync: true}); err != nil {
		return err
	}
	return s.prune(keep)
}

// cut makes chunks of the real size, or as many as are asked for.
func cut(raw []byte) [][]byte {
	size := chunkSize
	if count, _ := strconv.Atoi(os.Getenv(SnapshotChunksEnv)); count > 0 {
		size = max(1, (len(raw)+count-1)/count)
	}
	return slices.Collect(slices.Chunk(raw, size))
}

func (s *snapshotStore) writeChunk(height int64, index int, chunk []byte) error {
	path := s.chunkPath(height, index)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, chunk, 0o644)
}

func (s *snapshotStore) chunkPath(height int64, index int) string {
	return filepath.Join(s.dir, strconv.FormatInt(height, 10), strconv.Itoa(snapshotFormat), strconv.Itoa(index))
}

// list are the snapshots that are whole, the newest first. Folders that the database does not know are none.
func (s *snapshotStore) list() (out []snapshotMeta) {
	it := s.metadata.NewIterator(util.BytesPrefix([]byte{snapshotPrefixKey}), nil)
	defer it.Release()
	for it.Next() {
		if meta, err := decodeMeta(bytes.Clone(it.Value())); err == nil {
			out = append(out, meta)
		}
	}
	slices.Reverse(out)
	return out
}

func (s *snapshotStore) prune(keep int) error {
	all := s.list()
	if keep <= 0 || len(all) <= keep {
		return nil
	}
	for _, old := range all[keep:] {
		err := s.metadata.Delete(old.key(), nil)
		if err := errors.Join(err, os.RemoveAll(filepath.Join(s.dir, strconv.FormatInt(old.Height, 10)))); err != nil {
			return err
		}
	}
	return nil
}

// close waits for a snapshot that is being made.
func (s *snapshotStore) close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.metadata.Close()
}
