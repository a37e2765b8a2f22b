package prepare_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/prepare"
)

// files are a folder's regular files, by path.
type files map[string]string

// scratch is what `seid init` writes.
func scratch() files {
	return files{
		"config/config.toml": "fresh", "config/app.toml": "fresh", "config/client.toml": "fresh", "config/genesis.json": "fresh",
		"config/node_key.json": "fresh", "config/priv_validator_key.json": "fresh", "data/priv_validator_state.json": "zero",
	}
}

func plant(t *testing.T, root string, content files) {
	t.Helper()
	for name, text := range content {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func harvest(t *testing.T, root string) files {
	t.Helper()
	found := files{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// options plants a volume and a scratch home.
func options(t *testing.T, volume files, mode string) prepare.Options {
	t.Helper()
	o := prepare.Options{Volume: t.TempDir(), Scratch: t.TempDir(), Home: filepath.Join(t.TempDir(), ".sei"), Mode: mode}
	plant(t, o.Volume, volume)
	plant(t, o.Scratch, scratch())
	return o
}

func TestOnlyWhatIsMissingIsCreated(t *testing.T) {
	old := files{"config/config.toml": "mine", "config/genesis.json": "mine", "data/tendermint/blockstore.db/CURRENT": "x", "wasm/a": "x"}
	fresh := scratch()
	keyless := maps.Clone(fresh)
	delete(keyless, "config/priv_validator_key.json")
	for name, test := range map[string]struct {
		volume files
		mode   string
		adds   files
	}{
		"an empty volume":                {files{}, "fullNode", keyless},
		"an empty volume of a validator": {files{}, "validator", fresh},
		"an older home": {old, "archive", files{
			"config/app.toml": "fresh", "config/client.toml": "fresh", "config/node_key.json": "fresh",
		}},
		"an older home of a validator, no sign state, no key": {old, "validator", files{
			"config/app.toml": "fresh", "config/client.toml": "fresh", "config/node_key.json": "fresh",
		}},
		"an empty volume of a validator, killed half-way": {files{"data/.seinode-agent-tmp-A": "ha", "config/config.toml": "fresh"}, "validator", fresh},
		"data only": {files{"data/state_commit/memiavl/LOCK": ""}, "fullNode", files{
			"config/config.toml": "fresh", "config/app.toml": "fresh", "config/client.toml": "fresh", "config/genesis.json": "fresh",
			"config/node_key.json": "fresh",
		}},
		"complete": {fresh, "validator", files{}},
		"nested": {files{".sei/config/config.toml": "mine", ".sei/data/x": "", ".bashrc": "x"}, "fullNode", files{
			".sei/config/app.toml": "fresh", ".sei/config/client.toml": "fresh", ".sei/config/genesis.json": "fresh", ".sei/config/node_key.json": "fresh",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, test.volume, test.mode)
			if _, err := prepare.Prepare(o); err != nil {
				t.Fatal(err)
			}
			want := maps.Clone(test.volume)
			maps.DeleteFunc(want, func(name, _ string) bool { return strings.Contains(name, ".seinode-agent-tmp-") })
			maps.Copy(want, test.adds)
			got := harvest(t, o.Volume)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			again, err := prepare.Prepare(o) // a pod restarts its containers
			if err != nil || len(again) != 0 {
				t.Errorf("the second run created %v, %v", again, err)
			}
			if diff := cmp.Diff(got, harvest(t, o.Volume)); diff != "" {
				t.Errorf("the second run changed something:\n%s", diff)
			}
		})
	}
}

// TestTheSignStateComesFirst: whenever the run is killed, there is no file on a validator's volume without a sign state.
func TestTheSignStateComesFirst(t *testing.T) {
	created, err := prepare.Prepare(options(t, files{}, "validator"))
	created = slices.DeleteFunc(created, func(name string) bool { return strings.HasSuffix(name, "/") })
	if err != nil || len(created) != len(scratch()) || created[0] != "data/priv_validator_state.json" {
		t.Errorf("created %v, %v; wanted %d files, the sign state first", created, err, len(scratch()))
	}
}

func TestTheHomeBecomesALink(t *testing.T) {
	for name, test := range map[string]struct {
		volume files
		below  string
	}{
		"root": {files{"config/config.toml": ""}, ""}, "nested": {files{".sei/data/x": ""}, ".sei"}, "empty": {files{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, test.volume, "fullNode")
			if _, err := prepare.Prepare(o); err != nil {
				t.Fatal(err)
			}
			target, err := os.Readlink(o.Home)
			if want := filepath.Join(o.Volume, test.below); err != nil || target != want {
				t.Errorf("links to %s (%v), wanted %s", target, err, want)
			}
		})
	}
}

func TestNoLegacyFolderIsEverMade(t *testing.T) {
	o := options(t, files{}, "archive")
	if _, err := prepare.Prepare(o); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(o.Volume, "data"))
	if err != nil || len(entries) != 1 || entries[0].Name() != "priv_validator_state.json" {
		t.Errorf("data/ holds %v (%v): seid would take an empty legacy folder for a store", entries, err)
	}
}

func TestTheGenesisThatTheSeiNodeNames(t *testing.T) {
	genesis := filepath.Join(t.TempDir(), "genesis.json")
	plant(t, filepath.Dir(genesis), files{"genesis.json": "named"})
	for name, test := range map[string]struct {
		volume files
		want   string
		fails  bool
	}{
		"none on the volume":        {files{}, "named", false},
		"the same on the volume":    {files{"config/genesis.json": "named"}, "named", false},
		"another one on the volume": {files{"config/genesis.json": "mine"}, "mine", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, test.volume, "fullNode")
			o.Genesis = genesis
			_, err := prepare.Prepare(o)
			if (err != nil) != test.fails || (err != nil && !strings.Contains(err.Error(), "spec.genesis")) {
				t.Errorf("error %v, wanted one: %t", err, test.fails)
			}
			if got := harvest(t, o.Volume)["config/genesis.json"]; got != test.want {
				t.Errorf("the volume has %q, wanted %q", got, test.want)
			}
		})
	}
}

func TestAKilledRunsRestIsRemovedAndNothingElse(t *testing.T) {
	o := options(t, files{"config/.seinode-agent-tmp-ABC": "half", "config/.seinode-agent": "user's", "config/x.tmp": "user's", "data/.seinode-agent-tmp-D": ""}, "seed")
	if _, err := prepare.Prepare(o); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(harvest(t, o.Volume)))
	want := []string{"config/.seinode-agent", "config/app.toml", "config/client.toml", "config/config.toml", "config/genesis.json", "config/node_key.json", "config/x.tmp", "data/priv_validator_state.json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestALinkThatLeavesTheVolumeIsNotFollowed: nothing is written outside of the volume, wherever its links point.
func TestALinkThatLeavesTheVolumeIsNotFollowed(t *testing.T) {
	outside := t.TempDir()
	o := options(t, files{"data/x": ""}, "fullNode")
	if err := os.Symlink(outside, filepath.Join(o.Volume, "config")); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare.Prepare(o); err == nil {
		t.Error("no error")
	}
	if got := harvest(t, outside); len(got) != 0 {
		t.Errorf("written outside: %v", got)
	}
}

func TestADanglingLinkIsSomebodysFile(t *testing.T) {
	o := options(t, files{"config/config.toml": "mine"}, "fullNode")
	if err := os.Symlink("../elsewhere/app.toml", filepath.Join(o.Volume, "config", "app.toml")); err != nil {
		t.Fatal(err)
	}
	if _, err := prepare.Prepare(o); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(filepath.Join(o.Volume, "config", "app.toml")); err != nil || target != "../elsewhere/app.toml" {
		t.Errorf("the link is %q (%v)", target, err)
	}
}

// BenchmarkPrepare prints what it costs on a tree of 100,000 files to find that nothing is missing.
func BenchmarkPrepare(b *testing.B) {
	o := prepare.Options{Volume: b.TempDir(), Scratch: b.TempDir(), Home: filepath.Join(b.TempDir(), ".sei"), Mode: "archive"}
	store := filepath.Join(o.Volume, "data", "state_store", "cosmos", "pebbledb")
	if err := os.MkdirAll(store, 0o755); err != nil {
		b.Fatal(err)
	}
	for i := range 100_000 {
		if err := os.WriteFile(filepath.Join(store, fmt.Sprintf("%06d.sst", i)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := prepare.Prepare(o); err != nil {
			b.Fatal(err)
		}
	}
}
