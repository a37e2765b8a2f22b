package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble"
	"github.com/syndtr/goleveldb/leveldb"

	"github.com/seinode/seinode-operator/test/seid/internal/home"
)

// pair is one key written by a transaction.
type pair struct{ key, value []byte }

// StoreOptions say which stores a node keeps.
type StoreOptions struct {
	// StateStore is off on a validator: its volume has no queryable state.
	StateStore       bool
	Backend          string
	SnapshotInterval int64
	// Snapshots is the folder of the snapshots for state sync.
	Snapshots string
}

// Stores are the databases of the application, and the locks of those that
// the engine leaves alone.
type Stores struct {
	commit    *commitStore
	state     *pebble.DB
	receipts  *pebble.DB
	snapshots *snapshotStore
	peers     *leveldb.DB
	walLock   *os.File
	wasm      string
	current   version
}

// OpenStores checks the volume and opens everything in it. It panics as the
// real node does: a database that cannot be opened, a volume of another role.
func OpenStores(h home.Home, o StoreOptions) *Stores {
	guardVolume(h, o)
	s := &Stores{wasm: h.Wasm()}
	if err := s.open(h, o); err != nil {
		panic(InitFailure(err))
	}
	s.guardRole()
	if err := s.catchUp(); err != nil {
		panic(InitFailure(err))
	}
	return s
}

// guardVolume refuses what needs no database to see.
func guardVolume(h home.Home, o StoreOptions) {
	if o.StateStore && o.Backend != "pebbledb" {
		panic(fmt.Sprintf("unsupported state store backend: %s", o.Backend))
	}
	if _, err := os.Stat(h.StateStore("rocksdb")); err == nil && o.StateStore {
		panic("state store: found rocksdb data, configured backend is pebbledb")
	}
	if _, err := os.Stat(filepath.Dir(filepath.Dir(filepath.Dir(h.Wasm())))); err != nil && h.HasStores() {
		panic("wasm: directory missing")
	}
}

// open takes the locks in the order that makes a second process fail on the
// first of them, before it has written anything.
func (s *Stores) open(h home.Home, o StoreOptions) (err error) {
	if s.snapshots, err = openSnapshots(o.Snapshots); err != nil {
		return err
	}
	if err = os.MkdirAll(s.wasm, 0o750); err != nil {
		return err
	}
	if s.commit, err = openCommit(h.StateCommit(), o.SnapshotInterval); err != nil {
		return err
	}
	if s.receipts, err = openPebble(h.Receipts()); err != nil {
		return err
	}
	return s.openRest(h, o)
}

func (s *Stores) openRest(h home.Home, o StoreOptions) (err error) {
	if s.peers, err = openLevel(h.Tendermint("peerstore")); err != nil {
		return err
	}
	if s.walLock, err = flock(filepath.Join(h.ConsensusWAL(), "wal.lock")); err != nil {
		return err
	}
	if s.current, err = s.commit.load(); err != nil {
		return err
	}
	if o.StateStore {
		s.state, err = openPebble(h.StateStore(o.Backend))
	}
	return err
}

// guardRole refuses a validator's volume started as a full node: it has
// committed versions, and no state to answer queries from.
func (s *Stores) guardRole() {
	if s.state == nil || s.commit.height(s.current) <= 0 {
		return
	}
	if _, err := stateVersion(s.state); errors.Is(err, pebble.ErrNotFound) {
		panic(fmt.Sprintf("state commitment has version %d but the state store is empty", s.commit.height(s.current)))
	}
}

func stateVersion(db *pebble.DB) (v version, err error) {
	raw, closer, err := db.Get([]byte(versionKey))
	if err != nil {
		return v, err
	}
	defer closer.Close()
	return v, json.Unmarshal(raw, &v)
}

// catchUp repairs a state store that a kill left one block behind, or that
// missed blocks while it was switched off.
func (s *Stores) catchUp() error {
	if s.state == nil || s.current.Height == 0 {
		return nil
	}
	have, err := stateVersion(s.state)
	if err != nil || have.Height == s.current.Height {
		return err
	}
	return s.saveState(s.current, s.allPairs())
}

func (s *Stores) allPairs() []pair {
	var out []pair
	it := s.commit.db.NewIterator(nil, nil)
	defer it.Release()
	for it.Next() {
		out = append(out, pair{append([]byte(nil), it.Key()...), append([]byte(nil), it.Value()...)})
	}
	return out
}

// save commits a block, the commitment first: it decides.
func (s *Stores) save(v version, pairs []pair) error {
	if err := s.commit.save(v, pairs); err != nil {
		return err
	}
	s.current = v
	if s.state == nil {
		return nil
	}
	return s.saveState(v, pairs)
}

func (s *Stores) saveState(v version, pairs []pair) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	batch := s.state.NewBatch()
	for _, p := range pairs {
		if err := batch.Set(p.key, p.value, nil); err != nil {
			return err
		}
	}
	if err := batch.Set([]byte(versionKey), raw, nil); err != nil {
		return err
	}
	return batch.Commit(pebble.Sync)
}

// Close releases everything; the LOCK files stay.
func (s *Stores) Close() error {
	errs := []error{s.receipts.Close(), s.commit.db.Close(), s.peers.Close(), s.snapshots.close(), s.walLock.Close()}
	if s.state != nil {
		errs = append(errs, s.state.Close())
	}
	return errors.Join(errs...)
}
