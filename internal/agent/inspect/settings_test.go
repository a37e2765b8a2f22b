package inspect_test

import (
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// having is a home whose files have a setting, in a file of its own kind.
func having(key, value string) tree {
	home := fullHome()
	file := "config/app.toml"
	if strings.HasPrefix(key, "consensus.") || strings.HasPrefix(key, "statesync.") || strings.HasPrefix(key, "priv-validator.") || strings.HasSuffix(key, "-file") || strings.HasPrefix(key, "db-") {
		file = "config/config.toml"
	}
	section, name, nested := strings.Cut(key, ".")
	if !nested {
		return home.with(tree{file: section + " = " + value + "\n" + home[file]})
	}
	if strings.Contains(home[file], "["+section+"]\n") {
		return home.with(tree{file: strings.Replace(home[file], "["+section+"]\n", "["+section+"]\n"+name+" = "+value+"\n", 1)})
	}
	return home.with(tree{file: home[file] + "[" + section + "]\n" + name + " = " + value + "\n"})
}

// TestEachRuleOfTheFilesIsJudged ranges over the table: what is allowed is, anything else is not, and what the environment sets is
// nobody's business.
func TestEachRuleOfTheFilesIsJudged(t *testing.T) {
	for _, rule := range seid.FileRules {
		t.Run(rule.Key, func(t *testing.T) {
			reason := wire.ReasonSettingUnsupported
			if rule.Engine {
				reason = wire.ReasonBackendUnsupported
			}
			on := func(volume tree) tree {
				if rule.Only == "" || rule.Default {
					return volume
				}
				section, name, _ := strings.Cut(rule.Only, ".")
				for _, file := range []string{"config/app.toml", "config/config.toml"} {
					if strings.Contains(volume[file], "["+section+"]\n") {
						return volume.with(tree{file: strings.Replace(volume[file], "["+section+"]\n", "["+section+"]\n"+name+" = true\n", 1)})
					}
				}
				t.Fatalf("no section %s", section)
				return nil
			}
			found := look(t, on(having(rule.Key, "'/mnt/elsewhere'")), node("fullNode"))
			check(t, found, reason, rule.Key+` = "/mnt/elsewhere"`)
			for _, allowed := range rule.Allowed {
				check(t, look(t, on(having(rule.Key, "'"+allowed+"'")), node("fullNode")), wire.ReasonInspected, "")
			}
			o := node("fullNode")
			o.Settings = []string{strings.ReplaceAll(rule.Key, "-", "_")}
			check(t, look(t, on(having(rule.Key, "'/mnt/elsewhere'")), o), wire.ReasonInspected, "")
			o = node("fullNode")
			o.Warn = true
			if warned := look(t, on(having(rule.Key, "'/mnt/elsewhere'")), o); warned.Refused || warned.Reason != reason {
				t.Errorf("with policy Warn: %s, refused %t", warned.Reason, warned.Refused)
			}
		})
	}
}

func TestSettingsThatOnlyCountWithASwitch(t *testing.T) {
	off := fullHome().with(tree{"config/app.toml": "[state-store]\nss-enable = false\nss-backend = 'rocksdb'\n"})
	check(t, look(t, off, node("validator")), wire.ReasonSignStateOutdated, "") // the state store is not opened
	check(t, look(t, having("statesync.temp-dir", "'/tmp'"), node("fullNode")), wire.ReasonInspected, "")
	on := off.with(tree{"config/app.toml": "[state-store]\nss-enable = \"true\"\nss-backend = 'rocksdb'\n"})
	check(t, look(t, on, node("validator")), wire.ReasonBackendUnsupported, `state-store.ss-backend = "rocksdb"`)
}

// TestWhereTheNodeWouldStop: a node that has reached its halt-height commits one more block at each start.
func TestWhereTheNodeWouldStop(t *testing.T) {
	for value, reason := range map[string]string{
		"0": wire.ReasonInspected, "1201": wire.ReasonInspected, "1200": wire.ReasonSettingUnsupported, "7": wire.ReasonSettingUnsupported, `"1200"`: wire.ReasonSettingUnsupported,
	} {
		check(t, look(t, having("halt-height", value), node("fullNode")), reason, "")
	}
	o := node("fullNode")
	o.Settings = []string{"halt-height"}
	check(t, look(t, having("halt-height", "7"), o), wire.ReasonInspected, "")
}

// TestASecretsNodeKeyHidesTheVolumes: what is not used is not judged.
func TestASecretsNodeKeyHidesTheVolumes(t *testing.T) {
	o := node("fullNode")
	o.Settings = []string{"node-key-file"}
	check(t, look(t, fullHome().with(tree{"config/node_key.json": "<html>"}), o), wire.ReasonInspected, "")
}

// TestQuotedNumbersAreNumbers, as seid takes them.
func TestQuotedNumbersAreNumbers(t *testing.T) {
	for value, reason := range map[string]string{
		`"100"`: wire.ReasonRoleMismatch, "100": wire.ReasonRoleMismatch, `"0"`: wire.ReasonInspected, "0": wire.ReasonInspected, `""`: wire.ReasonInspected, "1e5": wire.ReasonRoleMismatch,
	} {
		check(t, look(t, fullHome().with(tree{"config/app.toml": "min-retain-blocks = " + value}), node("archive")), reason, "")
	}
}
