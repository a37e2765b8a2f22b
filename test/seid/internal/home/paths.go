package home

import (
	"os"
	"path/filepath"
)

// Home is the root of a node's files.
type Home string

// Join resolves a configured path: absolute ones stay, others are relative
// to the home.
func (h Home) Join(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(string(h), path)
}

// Config is the path of a file in config/.
func (h Home) Config(name string) string { return filepath.Join(string(h), "config", name) }

// Data is the path of something in data/.
func (h Home) Data(elem ...string) string {
	return filepath.Join(append([]string{string(h), "data"}, elem...)...)
}

// store applies the rule of v6.6 to one store: where the flat directory of
// an older version exists it goes on being used, otherwise the new path is.
func (h Home) store(legacy string, elem ...string) string {
	if old := h.Data(legacy); exists(old) {
		return old
	}
	return h.Data(elem...)
}

// Tendermint is the directory of one of the engine's databases.
func (h Home) Tendermint(name string) string {
	return h.store(name+".db", "tendermint", name+".db")
}

// ConsensusWAL is the directory of the consensus write-ahead log. The config
// file names the new path, but the legacy directory wins when it is there.
func (h Home) ConsensusWAL() string { return h.store("cs.wal", "tendermint", "cs.wal") }

// StateCommit is the memiavl directory.
func (h Home) StateCommit() string { return h.store("committer.db", "state_commit", "memiavl") }

// StateStore is the directory of the queryable state under a backend.
func (h Home) StateStore(backend string) string {
	return h.store(backend, "state_store", "cosmos", backend)
}

// Receipts is the receipt store.
func (h Home) Receipts() string { return h.store("receipt.db", "ledger", "receipt", "pebbledb") }

// Snapshots is where the snapshots for state sync lie: the folder that app.toml names, if any. Its database is always made, and the
// first lock to be taken.
func (h Home) Snapshots(configured string) string {
	if configured == "" {
		return h.Data("snapshots")
	}
	return h.Join(configured)
}

// Wasm lies outside data/.
func (h Home) Wasm() string { return filepath.Join(string(h), "wasm", "wasm", "state", "wasm") }

// UpgradeInfo is where a halting node leaves the plan.
func (h Home) UpgradeInfo() string { return h.Data("upgrade-info.json") }

// HasStores tells whether a node has run here: any store, new or legacy.
func (h Home) HasStores() bool {
	for _, dir := range []string{h.Tendermint("blockstore"), h.StateCommit()} {
		if exists(dir) {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
