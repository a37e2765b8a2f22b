package workload

import (
	"maps"
	"slices"
	"strings"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Setting is a value for one of seid's own dotted keys, of config.toml or app.toml.
type Setting struct{ Key, Value string }

// Variable is the environment variable that carries the setting. seid reads SEID_<KEY> for any key, so that no file on the data
// volume is ever rewritten; its prefix is the name of the executable (seen: SEID_RPC_LADDR, SEID_TX_INDEX_INDEXER and others).
func (s Setting) Variable() string {
	return "SEID_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(s.Key))
}

// reachable make the Service's ports answer, in every mode. A validator's and a seed's default files bind RPC and P2P to
// loopback, where peers and probes do not come, and Prometheus is off everywhere (seid init v6.6.2).
var reachable = []Setting{
	{"rpc.laddr", "tcp://0.0.0.0:26657"},
	{"p2p.laddr", "tcp://0.0.0.0:26656"},
	{"instrumentation.prometheus", "true"},
	{"instrumentation.prometheus-listen-addr", ":26660"},
}

// presets are what makes a volume serve a role, whatever its files say.
//
// An adopted node keeps its tuning. What a preset forces is only what the role is unthinkable without; retention above all is
// forced in one direction alone: an archive keeps everything. A full node's is left to its files, since a smaller value than
// theirs would prune for good what the user has (`seid init --mode full` writes min-retain-blocks and ss-keep-recent 100000).
var presets = map[seiv1alpha1.Mode][]Setting{
	seiv1alpha1.ModeFullNode: append([]Setting{
		{"state-store.ss-enable", "true"}, // queries are answered from it; a validator's volume may have it off
	}, serving...),
	seiv1alpha1.ModeArchive: append([]Setting{
		{"min-retain-blocks", "0"},
		{"state-store.ss-enable", "true"},
		{"state-store.ss-keep-recent", "0"}, // init --mode archive leaves 100000 here, which prunes
	}, serving...),
}

// seidModes are what seid calls the modes. It knows no mode archive: `init --mode archive` writes full with min-retain-blocks 0.
var seidModes = map[seiv1alpha1.Mode]string{
	seiv1alpha1.ModeFullNode: "full", seiv1alpha1.ModeArchive: "full", seiv1alpha1.ModeValidator: "validator", seiv1alpha1.ModeSeed: "seed",
}

// serving opens what a full node's Service offers: on by default in a full home, off in one that was a validator's.
var serving = []Setting{
	{"api.enable", "true"},
	{"grpc.enable", "true"},
	{"evm.http_enabled", "true"},
	{"evm.ws_enabled", "true"},
}

// Settings returns what the operator decides for a node, in order: what the Service needs, keys, peers and the mode, which are fixed,
// the role's preset, and the user's overrides, which may take the place of a preset's. Each key occurs once.
func Settings(node *seiv1alpha1.SeiNode) []Setting {
	fixed := slices.Concat(reachable, keyFiles(node), network(node), []Setting{{"mode", seidModes[node.Mode()]}})
	return slices.Concat(fixed, override(fixed, presets[node.Mode()], node.Spec.Overrides))
}

// keyFiles points seid at its keys by absolute paths. Only a validator signs: every other mode gets a key and a sign state of its
// own in scratch space, so that those which an adopted volume may carry are neither used nor touched.
func keyFiles(node *seiv1alpha1.SeiNode) []Setting {
	key, state := seid.Scratch+"/"+seid.SigningKeyFile, seid.Scratch+"/"+seid.SignStateFile
	if node.Mode() == seiv1alpha1.ModeValidator {
		key, state = seid.Home+"/config/"+seid.SigningKeyFile, seid.Home+"/data/"+seid.SignStateFile
		if node.SigningSecret() != "" {
			key = seid.SigningKeyDir + "/" + seid.SigningKeyFile
		}
	}
	settings := []Setting{{"priv-validator.key-file", key}, {"priv-validator.state-file", state}}
	if node.Spec.NodeKey != nil {
		settings = append(settings, Setting{"node-key-file", seid.NodeKeyDir + "/" + seid.NodeKeyFile})
	}
	return settings
}

func network(node *seiv1alpha1.SeiNode) []Setting {
	var settings []Setting
	if len(node.Spec.Peers) > 0 {
		settings = append(settings, Setting{"p2p.persistent-peers", strings.Join(node.Spec.Peers, ",")})
	}
	if node.Spec.ExternalAddress != nil {
		settings = append(settings, Setting{"p2p.external-address", *node.Spec.ExternalAddress})
	}
	if node.Spec.Overrides["statesync.enable"] == "true" {
		// Snapshots are unpacked there, and a container's own file system is small. The key is in no template, so inspect reports it
		// where the file on the volume lacks it.
		settings = append(settings, Setting{"statesync.temp-dir", seid.Home + "/" + seid.DataDir})
	}
	return settings
}

// override lets the user's values take the place of a preset's, and adds the rest, sorted: the pod's template must not change with
// the order of a map. Keys are told apart by their variable, as seid does: rpc_laddr is rpc.laddr. What is fixed stays; admission
// refuses such overrides by name, and of two spellings of one key the second.
func override(fixed, preset []Setting, overrides map[string]string) []Setting {
	taken, values := map[string]bool{}, map[string]Setting{}
	for _, setting := range fixed {
		taken[setting.Variable()] = true
	}
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		setting := Setting{key, overrides[key]}
		if name := setting.Variable(); !taken[name] {
			taken[name], values[name] = true, setting
		}
	}
	var settings []Setting
	for _, setting := range preset {
		if own, set := values[setting.Variable()]; set {
			setting.Value = own.Value
			delete(values, setting.Variable())
		}
		settings = append(settings, setting)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		settings = append(settings, values[name])
	}
	return settings
}

// MinPeers is how many peers the node must have to be ready: one, but for a node that is configured to have no
// connections at all, such as the only validator of a devnet.
func MinPeers(node *seiv1alpha1.SeiNode) int {
	if node.Spec.Overrides["p2p.max-connections"] == "0" {
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
