package inspect

import (
	"fmt"
	"path"
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

// requirements, in order; the first defect wins, so each may rely on the ones before it. What the operator has yet to do comes last.
var requirements = []func(facts) *defect{
	hasKnownLayout,
	isUnderstood,
	isOfTheChain,
	hasItsState,
	isWhole,
	opensItsStateStore,
	servesItsRole,
	keepsHistory,
	hasWasm,
	keepsWhatIsSupported,
	goesOn,
	signsBySignerOnlyAsValidator,
	hasSignState,
	hasConsensusKey,
	reachesItsKeys,
	hasAnIDOfItsOwn,
	hasUpToDateSignState,
	hasNotRegressed,
	holdsWhatWasCopied,
	hasWhatToBeginWith,
	isForTheImage,
	isReserved,
}

// firstDefect is the first; where the user waves defects through, the first of those that cannot be waved through comes before it.
func firstDefect(f facts) (first *defect) {
	for _, met := range requirements {
		d := met(f)
		if d != nil && (d.always || !f.node.Warn) {
			return d
		}
		if first == nil {
			first = d
		}
	}
	return first
}

// hasKnownLayout: what is not proven to be a home of seid is never written to, by nobody's leave. prepare goes by the same answer.
func hasKnownLayout(f facts) *defect {
	if f.found.Layout != wire.LayoutUnknown {
		return nil
	}
	if odd := f.view.Odd; len(odd) > 0 {
		return &defect{reason: wire.ReasonNotUnderstood, always: true, message: odd[0].String() + "; without it nothing proves that the volume holds a home of seid"}
	}
	return &defect{reason: wire.ReasonLayoutUnknown, always: true, message: fmt.Sprintf("the volume holds %s, and %s", f.contents(), f.wantedHome())}
}

func (f facts) contents() string {
	names := f.view.Names(".", 8)
	if len(names) == 0 {
		return "no folder " + f.node.Place.HomePath
	}
	return strings.Join(names, ", ")
}

// wantedHome says what a home would be, and what to do.
func (f facts) wantedHome() string {
	wanted := "no single home of seid; wanted config/ with its configuration or data/ with its databases, in the root or in .sei/, or nothing"
	if f.node.Place.HomePath != "" {
		wanted = fmt.Sprintf("%s is no home of seid; wanted config/ with its configuration or data/ with its databases there, or an empty volume", f.node.Place.HomePath)
	}
	return wanted + f.hint() + "; spec.dataVolume.homePath of another SeiNode may say where else it lies (it is immutable), and spec.dataVolume.ignore what is nobody's content"
}

// hint names what was likely meant.
func (f facts) hint() string {
	base := f.node.Place.HomePath
	switch v := f.view; {
	case v.Exists(path.Join(base, seid.DataDir, seid.DataDir)):
		return ": data/data is one folder too deep, move what is in it up to data"
	case v.Exists(path.Join(base, seid.DataDir, "application.db")):
		return ": data/application.db is another Cosmos chain's, or of a seid before SeiDB, which no current one opens"
	case v.Exists(path.Join(base, "state_commit")), v.Exists(path.Join(base, "tendermint")), v.Exists(path.Join(base, "committer.db")):
		return ": what lies there looks like the inside of data/, move it into a folder data"
	}
	return ": move the home there"
}

// isUnderstood: what is there and is not what seid has there is not taken for missing. What the node signs with comes first, since the user
// cannot wave that through.
func isUnderstood(f facts) (first *defect) {
	for _, odd := range f.view.Odd {
		always := f.ofItsKeys(odd.Path)
		if always || first == nil {
			first = &defect{reason: wire.ReasonNotUnderstood, message: odd.String(), always: always}
		}
		if always {
			return first
		}
	}
	return first
}

// ofItsKeys says whether a path is of what a validator signs with: seid would make it anew.
func (f facts) ofItsKeys(at string) bool {
	if f.node.Mode != validator {
		return false
	}
	keys := []string{path.Join(f.home, seid.ConfigDir, seid.SigningKeyFile), path.Join(f.home, seid.DataDir, seid.SignStateFile)}
	for _, key := range keys {
		if key == at || strings.HasPrefix(key, at+"/") {
			return true
		}
	}
	return path.Join(f.home, seid.ConfigDir, seid.ConfigTOML) == at // it says where they are
}

// isOfTheChain compares both files that name the chain: seid panics where they differ from each other, and where client.toml names
// none.
func isOfTheChain(f facts) *defect {
	if id := f.view.GenesisChainID(); id != "" && id != f.node.ChainID {
		return mismatch(seid.GenesisFile, id, f.node.ChainID)
	}
	if id := f.view.ClientChainID(); id != f.node.ChainID && f.view.IsFile(seid.ConfigDir+"/"+seid.ClientTOML) {
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
	if (f.node.Mode != fullNode && f.node.Mode != archive) || !f.found.StateCommit || f.found.StateStore != "" || f.syncing {
		return nil
	}
	return &defect{reason: wire.ReasonRoleMismatch, message: fmt.Sprintf(
		"the volume has committed state and no state store (%s is missing or empty), like a validator's; a %s needs one: "+
			"take a volume of a full node", seid.StateStore(seid.BackendPebble).Path, f.node.Mode)}
}

// keepsHistory judges by min-retain-blocks alone: ss-keep-recent is 100000 after `seid init --mode archive` too. Whether blocks
// are missing already cannot be told without opening a database.
func keepsHistory(f facts) *defect {
	value, there := lookup(f.view.TOML(seid.AppTOML), "min-retain-blocks")
	if f.node.Mode != archive || !there {
		return nil
	}
	kept := text(value)
	if strings.Trim(kept, "0") == "" {
		return nil
	}
	return &defect{reason: wire.ReasonRoleMismatch, message: fmt.Sprintf(
		"config/app.toml on the volume has min-retain-blocks = %s: its node pruned; an archive keeps everything, 0. Take an archive's volume; "+
			"if nothing was pruned yet, set it to 0 there", kept)}
}

// hasWasm: contracts' code lies outside data/ and is forgotten by copies of data/ alone; seid panics at the first contract.
func hasWasm(f facts) *defect {
	if !f.found.StateCommit || f.found.Wasm || f.syncing {
		return nil
	}
	return &defect{reason: wire.ReasonWasmMissing, message: "the volume has committed state and no wasm/ beside data/: contracts' code is missing, and seid would panic; " +
		"copy wasm/ from where data/ came from"}
}
