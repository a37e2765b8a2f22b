package inspect

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/seinode/seinode-operator/internal/seid"
)

// chainID is what genesis.json names, else client.toml, "" where neither does.
func (v view) chainID() string {
	if id := v.genesisChainID(); id != "" {
		return id
	}
	return v.clientChainID()
}

// genesisChainID reads no more of the genesis file than it must: a public chain's has hundreds of megabytes.
func (v view) genesisChainID() string {
	file := v.File(seid.ConfigDir + "/" + seid.GenesisFile)
	if file == nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	return topLevelString(json.NewDecoder(file), "chain_id")
}

// topLevelString returns the value of a key of a JSON object, "" if there is none or the JSON is broken before it.
func topLevelString(decoder *json.Decoder, key string) string {
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return ""
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return ""
		}
		if name == key {
			value, _ := decoder.Token()
			text, _ := value.(string)
			return text
		}
		if skipValue(decoder) != nil {
			return ""
		}
	}
	return ""
}

// skipValue reads over one value without keeping it.
func skipValue(decoder *json.Decoder) error {
	for depth := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func (v view) clientChainID() string {
	value, _ := lookup(v.toml(seid.ClientTOML), "chain-id")
	text, _ := value.(string)
	return text
}

// toml parses a configuration file, nil if it is not there or not TOML.
func (v view) toml(name string) map[string]any {
	content := v.Read(seid.ConfigDir + "/" + name)
	if content == nil {
		return nil
	}
	document := map[string]any{}
	if toml.Unmarshal(content, &document) != nil {
		return nil
	}
	return document
}

// height is a lower bound of the last block: the best of what files tell without a database being opened.
func (v view) height() int64 {
	return max(v.snapshotHeight(), v.signedHeight(), v.haltHeight(), v.stateSyncHeight())
}

// snapshotHeight is that of memiavl's current snapshot: `current` links to snapshot-<20 digits>.
func (v view) snapshotHeight() int64 {
	var best int64
	for _, folder := range []string{seid.StateCommit.Path, seid.StateCommit.Legacy} {
		digits, found := strings.CutPrefix(v.Link(folder+"/current"), "snapshot-")
		if found {
			best = max(best, number(digits))
		}
	}
	return best
}

// signedHeight is one below the last height that was signed: that block need not have been committed.
func (v view) signedHeight() int64 { return max(0, v.stateHeight()-1) }

// stateHeight is the height that the sign state names: 0 in one that seid makes anew.
func (v view) stateHeight() int64 {
	var state struct {
		Height json.RawMessage `json:"height"`
	}
	_ = json.Unmarshal(v.Read(seid.DataDir+"/"+seid.SignStateFile), &state)
	return number(strings.Trim(string(state.Height), `"`))
}

// holdsFiles says that there is a file in config/ or data/, but for those that a killed preparation left half-written.
func (v view) holdsFiles() bool {
	for _, folder := range []string{seid.ConfigDir, seid.DataDir} {
		for _, name := range v.Names(folder, 64) {
			if !strings.HasPrefix(name, seid.Temporary) {
				return true
			}
		}
	}
	return false
}

// haltHeight is one below an upgrade's: that block waits for the new version.
func (v view) haltHeight() int64 {
	var upgrade struct {
		Height json.RawMessage `json:"height"`
	}
	_ = json.Unmarshal(v.Read(seid.UpgradeInfo), &upgrade)
	return max(0, number(strings.Trim(string(upgrade.Height), `"`))-1)
}

// stateSyncHeight is that of the newest snapshot for others to sync from.
func (v view) stateSyncHeight() int64 {
	if !v.IsDir(seid.SnapshotsDir) {
		return 0
	}
	var best int64
	for _, name := range v.Names(seid.SnapshotsDir, 1000) {
		best = max(best, number(name))
	}
	return best
}

// number parses a height, 0 for anything that is none.
func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 {
		return 0
	}
	return value
}

// unreachable lists the settings that the environment cannot reach: no flag is bound to the key, and the files on the volume
// lack it. A file that is missing altogether will be this version's own, which has them all.
func (v view) unreachable(settings []string) []string {
	config, app := v.toml(seid.ConfigTOML), v.toml(seid.AppTOML)
	if config == nil || app == nil {
		return nil
	}
	var keys []string
	for _, key := range settings {
		variable := seid.Variable(key)
		if !reaches(config, "", variable) && !reaches(app, "", variable) && !bound(variable) {
			keys = append(keys, key)
		}
	}
	return keys
}

// reaches says that the file has the key of the variable: an override may be in another spelling than the file's.
func reaches(document map[string]any, section, variable string) bool {
	for name, value := range document {
		key := section + name
		below, isTable := value.(map[string]any)
		if seid.Variable(key) == variable || isTable && reaches(below, key+".", variable) {
			return true
		}
	}
	return false
}

// bound says that a flag of `seid start` is bound to the variable's key.
func bound(variable string) bool {
	return slices.ContainsFunc(seid.StartFlags, func(key string) bool { return seid.Variable(key) == variable })
}

func lacks(document map[string]any, key string) bool {
	_, has := lookup(document, key)
	return !has
}

// lookup finds a dotted key in a parsed file.
func lookup(document map[string]any, key string) (any, bool) {
	section, rest, nested := strings.Cut(key, ".")
	value, found := document[section]
	if !found || !nested {
		return value, found
	}
	below, isTable := value.(map[string]any)
	if !isTable {
		return nil, false
	}
	return lookup(below, rest)
}
