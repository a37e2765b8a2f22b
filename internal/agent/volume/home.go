package volume

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// spare is how many names more than asked for are read of a folder, since those of vendors are left out.
var spare = len(seid.Vendors)

// nobodys says whether a name in a folder is nobody's content: a vendor's, or in the root one that the user has ignored. What seid itself
// has there is never ignored.
func (v *Volume) nobodys(folder, name string) bool {
	if seid.Vendor(name) {
		return true
	}
	own := []string{seid.ConfigDir, seid.DataDir, seid.WasmDir, seid.NestedHome, seid.RestoreDir, seid.SyncDir, first(v.place.HomePath)}
	return path.Clean(v.full(folder)) == "." && slices.Contains(v.place.Ignore, name) && !slices.Contains(own, name)
}

// first is the first folder of a path.
func first(of string) string {
	folder, _, _ := strings.Cut(of, "/")
	return folder
}

// Home is the one answer to where the home lies. A home is proven, by its stores or by its own configuration: folders of the right name are
// anybody's. Two homes on one volume are none: nobody can tell which one was meant. Where there is no home because something is
// not understood, Odd says what.
func (v *Volume) Home() (layout wire.Layout, home string) {
	candidates := []string{"", seid.NestedHome}
	if v.place.HomePath != "" {
		candidates = []string{v.place.HomePath}
	}
	var homes []string
	var odd []Oddity
	for _, candidate := range candidates {
		proof := v.prove(candidate)
		if proof.proven {
			homes = append(homes, candidate)
		} else {
			odd = append(odd, proof.odd...)
		}
	}
	switch {
	case len(homes) == 1:
		return v.layoutOf(homes[0]), homes[0]
	case len(homes) == 0 && len(odd) == 0 && v.untouched("", strings.FieldsFunc(v.place.HomePath, isSlash)):
		return wire.LayoutEmpty, v.place.HomePath
	case len(homes) == 0:
		v.Odd = append(v.Odd, odd...)
	}
	return wire.LayoutUnknown, ""
}

func isSlash(r rune) bool { return r == '/' }

func (v *Volume) layoutOf(home string) wire.Layout {
	switch {
	case home != "":
		return wire.LayoutNested
	case v.IsDir(seid.ConfigDir):
		return wire.LayoutRoot
	}
	return wire.LayoutDataOnly
}

// proof says whether a folder is a home of seid, and what there was not understood.
type proof struct {
	proven bool
	odd    []Oddity
}

func (v *Volume) prove(home string) proof {
	at := &Volume{root: v.root, base: v.full(home), place: v.place, Err: v.Err}
	config, data := at.IsDir(seid.ConfigDir), at.IsDir(seid.DataDir)
	found := proof{proven: (config || data) && !at.foreignData() && (at.hasOwnStore() || at.hasOwnConfig() || at.hasOnlySignState())}
	v.Err, found.odd = at.Err, at.Odd
	return found
}

// foreignData says that there is something in data/, and nothing of it is seid's: the data of a PostgreSQL has that name, too.
func (v *Volume) foreignData() bool {
	names := v.Names(seid.DataDir, 4096)
	return len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool {
		return slices.Contains(seid.DataNames, name) || strings.HasPrefix(name, seid.Temporary)
	})
}

func (v *Volume) hasOwnStore() bool {
	return slices.ContainsFunc(seid.OwnFolders, func(folder string) bool {
		return v.IsDir(folder) && slices.ContainsFunc(v.Names(folder, 64), ofDatabase)
	})
}

// ofDatabase says whether a name is one of LevelDB, Pebble, RocksDB or memiavl.
func ofDatabase(name string) bool {
	for _, prefix := range []string{"CURRENT", "MANIFEST-", "OPTIONS-", "marker.", "snapshot-", "current"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{".ldb", ".sst", ".log"}, path.Ext(name))
}

// hasOwnConfig says whether one of the files in config/ is seid's. The configuration of other Cosmos chains has the same names, and other
// keys: theirs is of another CometBFT, in snake_case and without a mode. client.toml and genesis.json are those of any chain; which, is
// for others to judge.
func (v *Volume) hasOwnConfig() bool {
	config, app := v.TOML(seid.ConfigTOML), v.TOML(seid.AppTOML)
	mode, _ := config["mode"].(string)
	if slices.Contains([]string{"full", "validator", "seed"}, mode) || isTable(config, "priv-validator") {
		return true
	}
	for _, table := range []string{"state-commit", "state-store", "receipt-store", "giga_executor"} {
		if isTable(app, table) {
			return true
		}
	}
	return v.ClientChainID() != "" || v.GenesisChainID() != ""
}

func isTable(document map[string]any, key string) bool {
	_, is := document[key].(map[string]any)
	return is
}

// hasOnlySignState says that data/ holds a sign state and nothing else: where a preparation was stopped, or what was saved of a
// validator.
func (v *Volume) hasOnlySignState() bool {
	for _, name := range v.Names(seid.DataDir, 64) {
		if name != seid.SignStateFile && name != seid.BegunFile && name != seid.HaltedFile && !strings.HasPrefix(name, seid.Temporary) {
			return false
		}
	}
	state, _ := v.SignState()
	return state != nil
}

// untouched says that there is nothing below a folder but the way to the home, and there at most what a preparation or a restore that was
// killed leaves behind, and what seid is to take its state from.
func (v *Volume) untouched(folder string, way []string) bool {
	for _, name := range v.Names(folder, 64) {
		below := path.Join(folder, name)
		switch {
		case len(way) > 0 && name == way[0] && v.IsDir(below):
			if !v.untouched(below, way[1:]) {
				return false
			}
		case len(way) == 0 && (name == seid.ConfigDir || name == seid.DataDir) && v.IsDir(below):
			if !v.onlyTemporary(below) {
				return false
			}
		case len(way) == 0 && (v.isOurs(below, seid.RestoreDir) || v.isOurs(below, seid.SyncDir) || name == seid.WasmDir && v.isRestored(folder)):
		default:
			return false
		}
	}
	return true
}

func (v *Volume) onlyTemporary(folder string) bool {
	return !slices.ContainsFunc(v.Names(folder, 64), func(name string) bool { return !strings.HasPrefix(name, seid.Temporary) })
}

// isOurs says whether a path is a folder of the agent's, in which it unpacks an archive, or has what seid takes its state from: by a name that is ours alone,
// and no link.
func (v *Volume) isOurs(name, folder string) bool {
	info, err := v.root.Lstat(v.full(name))
	v.keep(err)
	return err == nil && info.IsDir() && path.Base(name) == folder
}

// isRestored says whether wasm/ in a folder came from the archive beside it: the tree there is whole, had one, has it no more, and has data/
// still. Any other wasm/ is somebody's.
func (v *Volume) isRestored(folder string) bool {
	restore := path.Join(folder, seid.RestoreDir)
	tree := path.Join(restore, seid.RestoreTree)
	var whole Whole
	return v.isOurs(restore, seid.RestoreDir) && json.Unmarshal(v.Read(path.Join(restore, seid.RestoreWhole)), &whole) == nil && whole.Wasm &&
		v.Exists(path.Join(tree, seid.DataDir)) && !v.Exists(path.Join(tree, seid.WasmDir))
}

// Whole is what seid.RestoreWhole says of the tree beside it.
type Whole struct {
	// Wasm says that it has, or had, wasm/ beside data/.
	Wasm bool `json:"wasm"`
	// From says where it came from, in words.
	From string `json:"from"`
}
