package workload

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Setting is a value for one of seid's own dotted keys, of config.toml or app.toml.
type Setting struct{ Key, Value string }

// Variable is the environment variable that carries the setting, so that no file on the data volume is ever rewritten.
func (s Setting) Variable() string { return seid.Variable(s.Key) }

// Owner says who decides a setting.
type Owner string

const (
	// OwnerOperator is a setting that the operator decides; admission refuses an override.
	OwnerOperator Owner = "operator"
	// OwnerField is one that a field of the spec decides; admission refuses an override and names the field.
	OwnerField Owner = "field"
	// OwnerIfSet is one that a field of the spec decides where it is set, and admission refuses an override beside it. Else an override counts.
	OwnerIfSet Owner = "field, if set"
	// OwnerRole is one that the mode's preset decides, unless an override takes its place.
	OwnerRole Owner = "role"
)

// Row is one line of the table of settings.
type Row struct {
	Key   string
	Owner Owner
	// Value is what a node gets, "" where the files on its volume decide. Nil, they always do, and nobody may move what the key names.
	Value func(*seiv1alpha1.SeiNode) string
}

func (r Row) setting(node *seiv1alpha1.SeiNode) Setting {
	if r.Value == nil {
		return Setting{Key: r.Key}
	}
	return Setting{r.Key, r.Value(node)}
}

// Table has every key that is not simply the user's. The environment of seid, what inspect is asked to check and what admission
// refuses all come from it.
//
// An adopted node keeps its tuning. What a role forces is only what it is unthinkable without; retention above all is forced in
// one direction alone: an archive keeps everything. A full node's is left to its files, since a smaller value than theirs would prune
// for good what the user has (`seid init --mode full` writes min-retain-blocks and ss-keep-recent 100000).
var Table = []Row{
	// What makes the Service's ports answer. A validator's and a seed's default files bind P2P to loopback, where peers do not come, and Prometheus is off
	// everywhere (seid init v6.6.2). A validator's RPC is for its own pod, unless it is to serve others.
	{"rpc.laddr", OwnerOperator, listens("tcp://%s:26657")},
	{"p2p.laddr", OwnerOperator, always("tcp://0.0.0.0:26656")},
	{"instrumentation.prometheus", OwnerOperator, always("true")},
	{"instrumentation.prometheus-listen-addr", OwnerOperator, always(":26660")},
	{"api.address", OwnerOperator, listens("tcp://%s:1317")},
	{"grpc.address", OwnerOperator, listens("%s:9090")},
	{"grpc-web.address", OwnerOperator, listens("%s:9091")},
	{"evm.http_port", OwnerOperator, always("8545")},
	{"evm.ws_port", OwnerOperator, always("8546")},

	{"priv-validator.key-file", OwnerOperator, signingKey},
	{"priv-validator.state-file", OwnerOperator, signState},
	{"node-key-file", OwnerOperator, nodeKey},
	{"p2p.persistent-peers", OwnerField, persistentPeers},
	{"p2p.bootstrap-peers", OwnerIfSet, bootstrapPeers},
	{"p2p.blocksync-peers", OwnerIfSet, behindSentries(noPeers)}, // seid keeps a connection to these, too
	{"p2p.pex", OwnerIfSet, behindSentries("false")},
	{"p2p.max-outbound-connections", OwnerIfSet, behindSentries("0")}, // else it dials whom its volume says that it was connected to; persistent peers do not count
	{"p2p.external-address", OwnerField, (*seiv1alpha1.SeiNode).ExternalAddress},
	{"halt-height", OwnerIfSet, haltHeight},
	{"halt-time", OwnerIfSet, func(node *seiv1alpha1.SeiNode) string { // it would stop seid below the block, and be taken for that
		if haltHeight(node) == "" {
			return ""
		}
		return "0"
	}},
	{"state-sync.snapshot-interval", OwnerIfSet, func(node *seiv1alpha1.SeiNode) string {
		return ofSnapshots(node, func(s *seiv1alpha1.SnapshotsSpec) int64 { return s.Interval })
	}},
	{"state-sync.snapshot-keep-recent", OwnerIfSet, func(node *seiv1alpha1.SeiNode) string {
		return ofSnapshots(node, func(s *seiv1alpha1.SnapshotsSpec) int64 { return int64(ptr.Deref(s.KeepRecent, snapshotsKept)) })
	}},
	{"statesync.temp-dir", OwnerOperator, stateSyncFolder},
	{"mode", OwnerOperator, func(node *seiv1alpha1.SeiNode) string { return seidModes[node.Mode()] }},

	{"min-retain-blocks", OwnerRole, in("0", seiv1alpha1.ModeArchive)},
	{"state-store.ss-enable", OwnerRole, serving},                               // queries are answered from it; a validator's volume may have it off
	{"state-store.ss-keep-recent", OwnerRole, in("0", seiv1alpha1.ModeArchive)}, // init --mode archive leaves 100000, which prunes
	// What a full node's Service offers: on by default in a full home, off in one that was a validator's.
	{"api.enable", OwnerRole, serving},
	{"grpc.enable", OwnerRole, serving},
	{"evm.http_enabled", OwnerRole, serving},
	{"evm.ws_enabled", OwnerRole, serving},

	// What the home's own layout decides. Inspect judges what the files on the volume say of them (seid.FileRules).
	{"home", OwnerOperator, nil},
	{"chain-id", OwnerOperator, nil},
	{"genesis-file", OwnerOperator, nil},
	{"db-dir", OwnerOperator, nil},
	{"wasm-dir", OwnerOperator, nil},
	{"consensus.wal-file", OwnerOperator, nil},
	{"state-commit.sc-directory", OwnerOperator, nil},
	{"state-store.ss-db-directory", OwnerOperator, nil},
	{"receipt-store.db-directory", OwnerOperator, nil},
	{"state-sync.snapshot-directory", OwnerOperator, nil},
}

// seidModes are what seid calls the modes. It knows no mode archive: `init --mode archive` writes full with min-retain-blocks 0.
var seidModes = map[seiv1alpha1.Mode]string{
	seiv1alpha1.ModeFullNode: "full", seiv1alpha1.ModeArchive: "full", seiv1alpha1.ModeValidator: "validator", seiv1alpha1.ModeSeed: "seed",
}

// Settings returns what the environment of seid holds, each key once: the table's, where an override may take the place of a role's, and
// then the other overrides, sorted, since the pod's template must not change with the order of a map. An override of what the
// operator or a field decides has no effect; admission refuses it by name.
func Settings(node *seiv1alpha1.SeiNode) []Setting {
	users := overrides(node)
	var settings []Setting
	for _, row := range Table {
		setting := row.setting(node)
		decided, own := setting.Value != "", users[setting.Variable()]
		if row.Owner == OwnerRole && own.Key != "" {
			setting.Value = own.Value
		}
		if decided {
			settings = append(settings, setting)
		}
		if decided || row.Owner == OwnerOperator || row.Owner == OwnerField {
			delete(users, setting.Variable())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		settings = append(settings, users[name])
	}
	return settings
}

// overrides are the user's by their variable. Of two spellings of one key, which admission refuses, the first in order counts.
func overrides(node *seiv1alpha1.SeiNode) map[string]Setting {
	users := map[string]Setting{}
	for _, key := range slices.Backward(slices.Sorted(maps.Keys(node.Spec.Overrides))) {
		setting := Setting{key, node.Spec.Overrides[key]}
		users[setting.Variable()] = setting
	}
	return users
}

func overridden(node *seiv1alpha1.SeiNode, key string) string {
	return overrides(node)[seid.Variable(key)].Value
}

func always(value string) func(*seiv1alpha1.SeiNode) string {
	return func(*seiv1alpha1.SeiNode) string { return value }
}

// listens is an address of seid's for questions: of a validator that serves nobody but its own pod on loopback, where the agent asks.
func listens(address string) func(*seiv1alpha1.SeiNode) string {
	return func(node *seiv1alpha1.SeiNode) string {
		if node.Mode() == seiv1alpha1.ModeValidator && !node.ServesRPC() {
			return fmt.Sprintf(address, "127.0.0.1")
		}
		return fmt.Sprintf(address, "0.0.0.0")
	}
}

// in is the value for nodes of those modes.
func in(value string, modes ...seiv1alpha1.Mode) func(*seiv1alpha1.SeiNode) string {
	return func(node *seiv1alpha1.SeiNode) string {
		if slices.Contains(modes, node.Mode()) {
			return value
		}
		return ""
	}
}

var serving = in("true", seiv1alpha1.ModeFullNode, seiv1alpha1.ModeArchive)

// signingKey and signState point seid at its keys by absolute paths. Only a validator signs: every other mode gets a key and a sign
// state of its own in scratch space, so that those which an adopted volume may carry are neither used nor touched.
func signingKey(node *seiv1alpha1.SeiNode) string {
	switch {
	case node.Mode() != seiv1alpha1.ModeValidator:
		return seid.Scratch + "/" + seid.SigningKeyFile
	case node.SigningSecret() != "":
		return seid.SigningKeyDir + "/" + seid.SigningKeyFile
	}
	return seid.Home + "/" + seid.ConfigDir + "/" + seid.SigningKeyFile
}

func signState(node *seiv1alpha1.SeiNode) string {
	if node.Mode() != seiv1alpha1.ModeValidator {
		return seid.Scratch + "/" + seid.SignStateFile
	}
	return seid.Home + "/" + seid.DataDir + "/" + seid.SignStateFile
}

// nodeKey points seid at the key of a Secret, or, where the volume began as a copy, at one that no other node has.
func nodeKey(node *seiv1alpha1.SeiNode) string {
	switch {
	case node.Spec.NodeKey != nil:
		return seid.NodeKeyDir + "/" + seid.NodeKeyFile
	case node.Copies():
		return seid.Home + "/" + seid.ConfigDir + "/" + seid.OwnNodeKeyFile(string(node.UID))
	}
	return ""
}

// haltHeight is the block at which seid is to stop, "" for none. A seed follows no chain.
func haltHeight(node *seiv1alpha1.SeiNode) string {
	if node.Spec.HaltHeight == nil || node.Mode() == seiv1alpha1.ModeSeed {
		return ""
	}
	return strconv.FormatInt(*node.Spec.HaltHeight, 10)
}

// snapshotsKept is seid's own default. It is written where the user names none: a file that says 0 would keep all of them.
const snapshotsKept = 2

// ofSnapshots is a number of the snapshots that the node makes for others, "" where it makes none. Only who has a state store may: seid panics without.
func ofSnapshots(node *seiv1alpha1.SeiNode, number func(*seiv1alpha1.SnapshotsSpec) int64) string {
	if node.Spec.Snapshots == nil || serving(node) == "" {
		return ""
	}
	return strconv.FormatInt(number(node.Spec.Snapshots), 10)
}

// stateSyncFolder is where snapshots are unpacked: a container's own file system is small. The key is in no template, so inspect
// reports it where the file on the volume lacks it.
func stateSyncFolder(node *seiv1alpha1.SeiNode) string {
	if on, _ := strconv.ParseBool(overridden(node, "statesync.enable")); on {
		return seid.Home + "/" + seid.DataDir
	}
	return ""
}

// MinPeers is how many peers the node must have to be ready: one, but for a node that is configured to have no
// connections at all, such as the only validator of a devnet.
func MinPeers(node *seiv1alpha1.SeiNode) int {
	if overridden(node, "p2p.max-connections") == "0" {
		return 0
	}
	return 1
}

// InitMode is what `seid init --mode` calls the mode.
func InitMode(mode seiv1alpha1.Mode) string {
	if mode == seiv1alpha1.ModeFullNode {
		return "full"
	}
	return string(mode)
}
