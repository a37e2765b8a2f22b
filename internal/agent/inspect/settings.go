package inspect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// keepsWhatIsSupported goes through the settings that the files decide: a database that lies elsewhere would be made anew, beside the real
// one.
func keepsWhatIsSupported(f facts) *defect {
	for _, rule := range seid.FileRules {
		value, file := f.setting(rule.Key)
		if file == "" || slices.Contains(rule.Allowed, value) || rule.Only != "" && !f.isOn(rule.Only, rule.Default) {
			continue
		}
		reason := wire.ReasonSettingUnsupported
		if rule.Engine {
			reason = wire.ReasonBackendUnsupported
		}
		return &defect{reason: reason, message: fmt.Sprintf("config/%s on the volume has %s = %q; wanted %s: %s",
			file, rule.Key, value, quoted(rule.Allowed), remedy(rule))}
	}
	return nil
}

func quoted(values []string) string {
	if len(values) == 0 {
		return "no such key"
	}
	var all []string
	for _, value := range values {
		all = append(all, strconv.Quote(value))
	}
	return strings.Join(all, " or ")
}

func remedy(rule seid.FileRule) string {
	if len(rule.Allowed) == 0 {
		return "remove the line"
	}
	if rule.Engine {
		return "take the volume of a node with that database, or correct the file if the data is of it"
	}
	return "move what it names to where a home of seid has it, and correct the file"
}

// sets says whether the environment sets a key, in whichever spelling.
func (f facts) sets(key string) bool {
	return slices.ContainsFunc(f.node.Settings, func(set string) bool { return seid.Variable(set) == seid.Variable(key) })
}

// setting is what a file on the volume says of a key, where the environment does not; file is "" where none does. app.toml comes first: seid
// lays it over config.toml.
func (f facts) setting(key string) (value, file string) {
	if f.sets(key) {
		return "", ""
	}
	for _, name := range []string{seid.AppTOML, seid.ConfigTOML} {
		if found, there := spelled(f.view.TOML(name), "", seid.Variable(key)); there {
			return text(found), name
		}
	}
	return "", ""
}

// isOn says whether a switch is on: what the environment sets is, for the switches of these rules.
func (f facts) isOn(key string, fallback bool) bool {
	value, file := f.setting(key)
	if file == "" {
		return fallback
	}
	on, err := strconv.ParseBool(value)
	return err == nil && on
}

// text is a setting as it is compared: quoted numbers and switches are what they say, as seid takes them.
func text(value any) string { return strings.TrimSpace(fmt.Sprint(value)) }

// goesOn: a node that has reached its halt-height commits one more block at each start, and stops again.
func goesOn(f facts) *defect {
	value, file := f.setting("halt-height")
	halt := number(value)
	if halt == 0 || halt > f.found.Height {
		return nil
	}
	return &defect{reason: wire.ReasonSettingUnsupported, message: fmt.Sprintf(
		"config/%s on the volume has halt-height = %d, and the data is at height %d or above: seid would stop at every start; set it to 0 there, or halt-height to \"0\" in spec.overrides; a node that is to stay stopped at a block has spec.haltHeight",
		file, halt, f.found.Height)}
}

// signer is the address of the remote signer that the files name, "" for none.
func (f facts) signer() string {
	value, _ := f.setting("priv-validator.laddr")
	return value
}

// signsBySignerOnlyAsValidator: a node with a remote signer waits for it at start, and signs whatever its mode is. A validator that names a
// Secret would sign with the signer's key instead.
func signsBySignerOnlyAsValidator(f facts) *defect {
	address := f.signer()
	if address == "" || f.node.Mode == validator && f.node.KeyOnVolume {
		return nil
	}
	return &defect{reason: wire.ReasonKeyUnreachable, always: true, message: fmt.Sprintf(
		"config/%s on the volume has laddr = %q in [priv-validator], a remote signer; wanted none for this node: seid would sign with the signer's key; remove it there",
		seid.ConfigTOML, address)}
}

// unreachable lists the settings that the environment cannot reach: no flag is bound to the key, and the files on the volume
// lack it. A file that is missing altogether will be this version's own, which has them all.
func (v view) unreachable(settings []string) []string {
	config, app := v.TOML(seid.ConfigTOML), v.TOML(seid.AppTOML)
	if config == nil || app == nil {
		return nil
	}
	var keys []string
	for _, key := range settings {
		variable := seid.Variable(key)
		_, inConfig := spelled(config, "", variable)
		_, inApp := spelled(app, "", variable)
		if !inConfig && !inApp && !bound(variable) {
			keys = append(keys, key)
		}
	}
	return keys
}

// spelled finds the value of a variable's key in a file: an override may be in another spelling than the file's.
func spelled(document map[string]any, section, variable string) (any, bool) {
	for name, value := range document {
		key := section + name
		if seid.Variable(key) == variable {
			return value, true
		}
		if below, isTable := value.(map[string]any); isTable {
			if found, there := spelled(below, key+".", variable); there {
				return found, true
			}
		}
	}
	return nil, false
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
