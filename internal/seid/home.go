package seid

import (
	"slices"
	"strings"
)

// The home's layout, relative to it (seid v6.6.2).
const (
	// ConfigDir holds the configuration files, the genesis and the keys.
	ConfigDir = "config"
	// DataDir holds the databases and a validator's sign state.
	DataDir = "data"
	// WasmDir holds the code of contracts, beside data/ and not below it.
	WasmDir = "wasm"
	// NestedHome is where the home lies on a volume that was a user's home folder.
	NestedHome = ".sei"
	// Temporary begins the names of files that the agent is writing, and of those that a killed agent left half-written.
	Temporary = ".seinode-agent-tmp-"
	// BegunFile holds the address of the consensus key that began to sign on this volume, from nothing. The agent puts it there, so
	// that a validator which never signed may restart: its sign state says 0 for as long.
	BegunFile = ".seinode-agent-began"
	// HaltedFile, below DataDir, holds the halt height at which seid stopped by itself. The agent puts it there, so that no start below that height, and none
	// at it, goes on.
	HaltedFile = ".seinode-agent-halted"
	// Ours begins every name that the agent gives to a file or folder of its own on a volume.
	Ours = ".seinode-agent-"
	// RestoreDir is the folder, in the home's, in which the agent unpacks an archive. It is gone once data/ is there.
	RestoreDir = ".seinode-agent-restore"
	// RestoreTree has the home that comes of it, in RestoreDir, and RestoreWhole says, once it is there, that the tree is whole.
	RestoreTree  = "home"
	RestoreWhole = "whole.json"
	// SyncDir is the folder, in the home's, in which the agent notes how a state sync went, in SyncNote, and seid unpacks what it fetches, in SyncTemp.
	SyncDir  = ".seinode-agent-sync"
	SyncNote = "note.json"
	SyncTemp = "tmp"
	// SyncChunks, there, is a snapshot that was published, laid out as seid has its own ones, with ChunksNote on which it is, and SnapshotsDB, by which
	// seid knows of it.
	SyncChunks  = "chunks"
	ChunksNote  = "chunks.json"
	SnapshotsDB = "metadata.db"

	// ConfigTOML, AppTOML and ClientTOML are the configuration files, below ConfigDir.
	ConfigTOML = "config.toml"
	AppTOML    = "app.toml"
	ClientTOML = "client.toml"

	// UpgradeInfo is where seid leaves the upgrade that it stopped for.
	UpgradeInfo = DataDir + "/upgrade-info.json"
	// SnapshotsDir holds state-sync snapshots, one folder a height.
	SnapshotsDir = DataDir + "/snapshots"
	// StateStores holds the state store, one folder a backend.
	StateStores = DataDir + "/state_store/cosmos"
)

// Store is one of seid's databases: where v6.6 makes it, and where it is used on if an older version made it there. A
// volume may mix both: the rule applies to each store by itself.
type Store struct{ Name, Path, Legacy string }

// WasmFolders are what the contracts' code lies in, in wasm/wasm/ of the home.
var WasmFolders = []string{"state", "cache", "exclusive.lock"}

// Vendors are names in a volume's root that file systems, storage systems and desktops put there, and nobody's data; one that ends in * is
// a prefix.
var Vendors = []string{
	"lost+found", ".snapshot", ".snapshots", "~snapshot", ".zfs", ".glusterfs", ".Trash", ".Trashes", ".Trash-*", "$RECYCLE.BIN", "#recycle",
	"@eaDir", "System Volume Information", ".DS_Store", ".fseventsd", ".Spotlight-V100", ".TemporaryItems", "aquota.user", "aquota.group",
}

// Vendor says whether the name is one of Vendors.
func Vendor(name string) bool {
	return slices.ContainsFunc(Vendors, func(vendor string) bool {
		prefix, many := strings.CutSuffix(vendor, "*")
		return name == vendor || many && strings.HasPrefix(name, prefix)
	})
}

// StateCommit is memiavl: the application's state, with a link `current` to its newest snapshot.
var StateCommit = Store{"state-commit", DataDir + "/state_commit/memiavl", DataDir + "/committer.db"}

// BlockStore holds the blocks.
var BlockStore = Store{"blockstore", DataDir + "/tendermint/blockstore.db", DataDir + "/blockstore.db"}

// Stores are all but the state store, whose path depends on its backend.
var Stores = []Store{
	StateCommit, BlockStore,
	{"state", DataDir + "/tendermint/state.db", DataDir + "/state.db"},
	{"evidence", DataDir + "/tendermint/evidence.db", DataDir + "/evidence.db"},
	{"peerstore", DataDir + "/tendermint/peerstore.db", DataDir + "/peerstore.db"},
	{"tx-index", DataDir + "/tendermint/tx_index.db", DataDir + "/tx_index.db"},
	WAL, Receipts,
}

// WAL is the log of the consensus: what this node itself signed is in it before it is sent.
var WAL = Store{"wal", DataDir + "/tendermint/cs.wal", DataDir + "/cs.wal"}

// Receipts holds the receipts of the EVM's transactions.
var Receipts = Store{"receipt", DataDir + "/ledger/receipt/pebbledb", DataDir + "/receipt.db"}

// OwnFolders are those of databases that no other program has: a volume that has one of them holds a home of seid. What every chain of
// CometBFT has (data/blockstore.db, data/state.db and their kind) proves nothing.
var OwnFolders = []string{
	StateCommit.Path, StateCommit.Legacy, BlockStore.Path, Receipts.Path, Receipts.Legacy,
	StateStore(BackendPebble).Path, StateStore(BackendPebble).Legacy, StateStore(BackendRocks).Path, StateStore(BackendRocks).Legacy,
}

// DataNames are what seid has in data/, in this version and older ones.
var DataNames = []string{
	"state_commit", "state_store", "tendermint", "ledger", "snapshots", "flatkv", "evm_ss", "committer.db", "receipt.db", "blockstore.db", "state.db",
	"evidence.db", "peerstore.db", "tx_index.db", "cs.wal", BackendPebble, BackendRocks, SignStateFile, BegunFile, HaltedFile, "upgrade-info.json",
}

// The backends of the state store: the one that our nodes open, and the one that some operators built seid with.
const (
	BackendPebble = "pebbledb"
	BackendRocks  = "rocksdb"
)

// StateStore is where the state store of a backend lies.
func StateStore(backend string) Store {
	return Store{"state-store", StateStores + "/" + backend, DataDir + "/" + backend}
}

// Variable is the environment variable of one of seid's keys, in whichever spelling: rpc_laddr, rpc-laddr and rpc.laddr are one. seid
// reads SEID_<KEY> for any key; the prefix is the name of the executable (seen: SEID_RPC_LADDR, SEID_TX_INDEX_INDEXER and others).
func Variable(key string) string {
	return "SEID_" + strings.ToUpper(separators.Replace(key))
}

// separators are made once: a pod's template is built at each look at a node, and has this of every key.
var separators = strings.NewReplacer(".", "_", "-", "_")

// StartFlags are the keys that `seid start` binds to flags: the environment reaches them even where the file on the volume
// lacks them. Any other key it reaches only through the file.
var StartFlags = []string{
	"chain-id", "moniker", "mode", "log-level", "home",
	"rpc.laddr", "rpc.pprof-laddr",
	"p2p.laddr", "p2p.external-address", "p2p.persistent-peers", "p2p.bootstrap-peers", "p2p.unconditional-peer-ids",
	"p2p.private-peer-ids", "p2p.pex",
	"priv-validator.laddr", "state-sync.snapshot-interval", "state-sync.snapshot-keep-recent",
	"pruning", "pruning-keep-recent", "pruning-keep-every", "pruning-interval",
	"halt-height", "halt-time", "min-retain-blocks",
}
