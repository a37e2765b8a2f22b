package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
)

// versionKey holds the last committed version in either store.
const versionKey = "v"

// version is the state of the application after a block.
type version struct {
	Height   int64    `json:"height"`
	Hash     []byte   `json:"hash"`
	Upgrades Upgrades `json:"upgrades"`
	Stores   []string `json:"stores,omitempty"`
}

// commitStore is the state commitment: memiavl's directory, with a database
// in place of its changelog. It alone says what height the app is at.
type commitStore struct {
	dir      string
	interval int64
	db       *leveldb.DB
}

// openCommit opens or makes the store. A LOCK file lies there as in the real
// one, but it was not among the locks seen held.
func openCommit(dir string, interval int64) (*commitStore, error) {
	db, err := openLevel(filepath.Join(dir, "changelog"))
	if err != nil {
		return nil, err
	}
	s := &commitStore{dir: dir, interval: interval, db: db}
	if err := errors.Join(touch(filepath.Join(dir, "LOCK")), removeImports(dir)); err != nil {
		return nil, err
	}
	if s.snapshot() >= 0 {
		return s, nil
	}
	return s, s.takeSnapshot(version{})
}

// tmpSuffix marks what is not whole.
const tmpSuffix = "-tmp"

// removeImports clears what an import that was killed has left, as memiavl does whenever it is opened.
func removeImports(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, "*"+tmpSuffix))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// load reads the last version; a new store is at height 0.
func (s *commitStore) load() (version, error) {
	var v version
	raw, err := s.db.Get([]byte(versionKey), nil)
	if errors.Is(err, leveldb.ErrNotFound) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(raw, &v)
}

// height is the newest version anything in the directory speaks of: a volume
// whose snapshot is newer than the log still "has versions".
func (s *commitStore) height(v version) int64 { return max(v.Height, s.snapshot()) }

// save makes a version durable before the engine is told so, or a kill could
// leave the app behind what the engine is able to replay.
func (s *commitStore) save(v version, pairs []pair) error {
	if err := s.write(v, pairs); err != nil {
		return err
	}
	if s.interval > 0 && v.Height%s.interval == 0 {
		return s.takeSnapshot(v)
	}
	return nil
}

// write has a version on the disk when it returns.
func (s *commitStore) write(v version, pairs []pair) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	batch := new(leveldb.Batch)
	for _, p := range pairs {
		batch.Put(p.key, p.value)
	}
	batch.Put([]byte(versionKey), raw)
	return s.db.Write(batch, &opt.WriteOptions{Sync: true})
}

const snapshotPrefix = "snapshot-"

// snapshot is the height that the relative symlink `current` names, -1 for
// none.
func (s *commitStore) snapshot() int64 {
	target, err := os.Readlink(filepath.Join(s.dir, "current"))
	if err != nil {
		return -1
	}
	height, err := strconv.ParseInt(strings.TrimPrefix(target, snapshotPrefix), 10, 64)
	if err != nil {
		return -1
	}
	return height
}

// takeSnapshot writes snapshot-<20 digits>, swings `current` to it, and drops
// the one before.
func (s *commitStore) takeSnapshot(v version) error {
	old, name := s.snapshot(), snapshotName(v.Height)
	if err := os.MkdirAll(filepath.Join(s.dir, name), 0o750); err != nil {
		return err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, name, "metadata"), raw, 0o600); err != nil {
		return err
	}
	if err := s.swing(name); err != nil {
		return err
	}
	if old < 0 || old == v.Height {
		return nil
	}
	return os.RemoveAll(filepath.Join(s.dir, snapshotName(old)))
}

func snapshotName(height int64) string { return fmt.Sprintf("%s%020d", snapshotPrefix, height) }

func (s *commitStore) swing(name string) error {
	tmp := filepath.Join(s.dir, "current-tmp")
	_ = os.Remove(tmp)
	if err := os.Symlink(name, tmp); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(s.dir, "current"))
}
