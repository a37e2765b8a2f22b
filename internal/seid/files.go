package seid

// FileRule says what a setting may be in the files on a volume, where the environment does not set it: the databases, the keys and the genesis
// lie where the layout of a home has them, and nowhere else.
type FileRule struct {
	// Key is seid's own.
	Key string
	// Allowed are the values with which the node runs; a key that is not there is allowed. Without any it has to be away.
	Allowed []string
	// Only is the key of a switch in the files that has to be on for the rule to count, "" for none. Absent, it is Default.
	Only    string
	Default bool
	// Engine says that the setting chooses a database, and not a place.
	Engine bool
}

// FileRules are those of all keys whose value is one of a few. Defaults are those of `seid init` v6.6.2, and of older versions' layout.
var FileRules = []FileRule{
	{Key: "db-dir", Allowed: []string{DataDir}},
	{Key: "genesis-file", Allowed: []string{ConfigDir + "/" + GenesisFile}},
	{Key: "node-key-file", Allowed: []string{ConfigDir + "/" + NodeKeyFile}},
	{Key: "wasm-dir", Allowed: []string{"", WasmDir}},
	{Key: "consensus.wal-file", Allowed: []string{WAL.Path + "/wal", WAL.Legacy + "/wal"}},
	{Key: "state-commit.sc-directory", Allowed: []string{""}},
	{Key: "state-commit.sc-enable", Allowed: []string{"true"}},
	{Key: "state-store.ss-db-directory", Allowed: []string{""}, Only: "state-store.ss-enable", Default: true},
	{Key: "state-store.evm-ss-db-directory", Allowed: []string{""}, Only: "state-store.evm-ss-split"},
	{Key: "receipt-store.db-directory", Allowed: []string{""}},
	{Key: "state-sync.snapshot-directory", Allowed: []string{""}},
	{Key: "statesync.temp-dir", Allowed: []string{""}, Only: "statesync.enable"},

	{Key: "db-backend", Allowed: []string{"goleveldb"}, Engine: true},
	{Key: "state-store.ss-backend", Allowed: []string{BackendPebble}, Only: "state-store.ss-enable", Default: true, Engine: true},
	{Key: "receipt-store.rs-backend", Allowed: []string{BackendPebble}, Engine: true},
	{Key: "receipt-store.backend", Engine: true}, // an older version's: seid panics where it is
}

// JudgedApart are the keys that inspect judges by rules of their own: what is right depends on the node, or on what else is there.
var JudgedApart = []string{"chain-id", "halt-height", "priv-validator.laddr", "min-retain-blocks"}

// OnCommandLine are the keys that the command line of `seid start` decides, so that a file cannot.
var OnCommandLine = []string{"home"}
