package inspect

import (
	"fmt"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// defect is what speaks against starting on the volume.
type defect struct {
	reason, message string
	// always: the user cannot wave it through.
	always bool
}

// facts is what a requirement looks at.
type facts struct {
	found wire.Inspection
	node  Options
	view  view
}

// requirements, in order; the first defect wins, so each may rely on the ones before it.
var requirements = []func(facts) *defect{
	hasKnownLayout,
	isOfTheChain,
	opensItsStateStore,
	servesItsRole,
	keepsHistory,
	hasWasm,
	hasSignState,
	hasConsensusKey,
	reachesItsKeys,
}

// firstDefect is the first; where the user waves defects through, the first of those that cannot be waved through comes before it.
func firstDefect(v view, found wire.Inspection, o Options) (first *defect) {
	for _, met := range requirements {
		d := met(facts{found, o, v})
		if d != nil && (d.always || !o.Warn) {
			return d
		}
		if first == nil {
			first = d
		}
	}
	return first
}

func hasKnownLayout(f facts) *defect {
	if f.found.Layout != wire.LayoutUnknown {
		return nil
	}
	// A validator's sign state may lie anywhere there.
	return &defect{reason: wire.ReasonLayoutUnknown, always: f.node.Mode == validator, message: fmt.Sprintf(
		"the volume holds %s, and no single home of seid; wanted config/ and data/ in its root or in .sei/, data/ alone, or nothing: "+
			"move the home there", strings.Join(f.view.Names(".", 8), ", "))}
}

// isOfTheChain compares both files that name the chain: seid panics where they differ from each other, and where client.toml names
// none.
func isOfTheChain(f facts) *defect {
	if id := f.view.genesisChainID(); id != "" && id != f.node.ChainID {
		return mismatch(seid.GenesisFile, id, f.node.ChainID)
	}
	if id := f.view.clientChainID(); id != f.node.ChainID && f.view.IsFile(seid.ConfigDir+"/"+seid.ClientTOML) {
		return mismatch(seid.ClientTOML, id, f.node.ChainID)
	}
	return nil
}

func mismatch(file, found, wanted string) *defect {
	return &defect{reason: wire.ReasonChainMismatch, message: fmt.Sprintf(
		"config/%s on the volume is of chain %q; wanted %q: give the node the volume of that chain, or correct the file or spec.chainId", file, found, wanted)}
}

func opensItsStateStore(f facts) *defect {
	if f.found.StateStore != seid.BackendRocks {
		return nil
	}
	return &defect{reason: wire.ReasonBackendUnsupported, message: fmt.Sprintf(
		"the state store on the volume (%s/rocksdb) is RocksDB; wanted pebbledb: seid would panic. Take a volume of a node with ss-backend pebbledb, or sync anew",
		seid.StateStores)}
}

// servesItsRole: without a state store no query of an older height can be answered, and seid panics when it finds none beside
// committed state. A validator's volume has none.
func servesItsRole(f facts) *defect {
	if (f.node.Mode != fullNode && f.node.Mode != archive) || !f.found.StateCommit || f.found.StateStore != "" {
		return nil
	}
	return &defect{reason: wire.ReasonRoleMismatch, message: fmt.Sprintf(
		"the volume has committed state and no state store (%s is missing or empty), like a validator's; a %s needs one: "+
			"take a volume of a full node", seid.StateStore(seid.BackendPebble).Path, f.node.Mode)}
}

// keepsHistory judges by min-retain-blocks alone: ss-keep-recent is 100000 after `seid init --mode archive` too. Whether blocks
// are missing already cannot be told without opening a database.
func keepsHistory(f facts) *defect {
	if f.node.Mode != archive {
		return nil
	}
	value, _ := lookup(f.view.toml(seid.AppTOML), "min-retain-blocks")
	kept, isNumber := value.(int64)
	if !isNumber || kept == 0 {
		return nil
	}
	return &defect{reason: wire.ReasonRoleMismatch, message: fmt.Sprintf(
		"config/app.toml on the volume has min-retain-blocks = %d: its node pruned; an archive keeps everything, 0. Take an archive's volume; "+
			"if nothing was pruned yet, set it to 0 there", kept)}
}

// hasWasm: contracts' code lies outside data/ and is forgotten by copies of data/ alone; seid panics at the first contract.
func hasWasm(f facts) *defect {
	if !f.found.StateCommit || f.found.Wasm {
		return nil
	}
	return &defect{reason: wire.ReasonWasmMissing, message: "the volume has committed state and no wasm/ beside data/: contracts' code is missing, and seid would panic; " +
		"copy wasm/ from where data/ came from"}
}

func (f facts) hasData() bool { return f.found.StateCommit || f.view.storeExists(seid.BlockStore) }

// hasSignState: seid would start signing from zero, and sign twice what it has signed before. Whatever lies on the volume may be what
// arrived of a copy that broke off. A volume that prepare began to fill has a sign state: it comes first.
func hasSignState(f facts) *defect {
	if f.node.Mode != validator || f.found.SignState || !f.view.holdsFiles() {
		return nil
	}
	return &defect{reason: wire.ReasonSignStateMissing, always: true, message: "the volume is not empty and has no data/" + seid.SignStateFile +
		": a validator would sign from zero and may sign twice, which is slashed; restore the file from where the validator ran last"}
}

// hasConsensusKey: seid would make a new key, and reset the sign state with it.
func hasConsensusKey(f facts) *defect {
	if f.node.Mode != validator || !f.node.KeyOnVolume || f.found.ConsensusKey || !f.hasData() && f.view.stateHeight() == 0 {
		return nil
	}
	return &defect{reason: wire.ReasonConsensusKeyMissing, always: true, message: "the volume has data or a sign state, and no config/" + seid.SigningKeyFile +
		": seid would make a new key and reset the sign state; restore the file, or name a Secret in spec.validator.signingKey of a new SeiNode"}
}

// reachesItsKeys: where config.toml lacks the key, the environment cannot point seid away from the key and the sign state on the
// volume, or at the Secret's key: it would sign with what lies there.
func reachesItsKeys(f facts) *defect {
	if !f.view.IsFile(seid.ConfigDir + "/" + seid.ConfigTOML) {
		return nil // this version's own will be copied there
	}
	config := f.view.toml(seid.ConfigTOML)
	key, state := lacks(config, "priv-validator.key-file"), lacks(config, "priv-validator.state-file")
	if f.node.Mode == validator {
		key, state = key && !f.node.KeyOnVolume, false // without a Secret both are where seid looks anyway
	}
	if !key && !state {
		return nil
	}
	return &defect{reason: wire.ReasonKeyUnreachable, always: true, message: "config/" + seid.ConfigTOML +
		" on the volume lacks key-file or state-file in [priv-validator]: seid would use the key and the sign state on the volume instead of those that this node is given; " +
		`add key-file = "config/` + seid.SigningKeyFile + `" and state-file = "data/` + seid.SignStateFile + `" there`}
}
