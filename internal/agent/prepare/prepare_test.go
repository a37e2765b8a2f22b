package prepare_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
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

// What `seid init` writes, and what an older home has.
const (
	fresh = "mode = 'full' # fresh"
	mine  = "mode = 'full' # mine"
	zero  = `{"height":"0","round":0,"step":0}`
)

// scratch is what `seid init` writes.
func scratch() files {
	return files{
		"config/config.toml": fresh, "config/app.toml": fresh, "config/client.toml": fresh, "config/genesis.json": `{"chain_id":"fresh"}`,
		"config/node_key.json": fresh, "config/priv_validator_key.json": key(1), "data/priv_validator_state.json": zero,
	}
}

// began is the note of which key began on a volume.
const began = "data/.seinode-agent-began"

func seedOf(number byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{number}, ed25519.SeedSize))
}

// address is that of the key of that number.
func address(number byte) string {
	sum := sha256.Sum256(seedOf(number)[ed25519.SeedSize:])
	return fmt.Sprintf("%X", sum[:20])
}

// key is a priv_validator_key.json.
func key(number byte) string {
	private, public := []byte(seedOf(number)), []byte(seedOf(number)[ed25519.SeedSize:])
	content, _ := json.Marshal(map[string]any{
		"address": address(number), "pub_key": map[string]any{"type": "tendermint/PubKeyEd25519", "value": public},
		"priv_key": map[string]any{"type": "tendermint/PrivKeyEd25519", "value": private},
	})
	return string(content)
}

// and is the files with some others.
func (f files) and(others files) files {
	all := maps.Clone(f)
	maps.Copy(all, others)
	return all
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
	o := prepare.Options{Volume: t.TempDir(), Scratch: t.TempDir(), Home: filepath.Join(t.TempDir(), ".sei"), Mode: mode, KeyOnVolume: true}
	plant(t, o.Volume, volume)
	plant(t, o.Scratch, scratch())
	return o
}

func TestOnlyWhatIsMissingIsCreated(t *testing.T) {
	old := files{"config/config.toml": mine, "config/genesis.json": `{"chain_id":"mine"}`, "data/tendermint/blockstore.db/CURRENT": "x", "wasm/a": "x"}
	whole := scratch()
	keyless := maps.Clone(whole)
	delete(keyless, "config/priv_validator_key.json")
	signing := maps.Clone(whole)
	signing[began] = address(1) + "\n"
	config := maps.Clone(keyless)
	delete(config, "data/priv_validator_state.json")
	for name, test := range map[string]struct {
		volume files
		mode   string
		adds   files
	}{
		"an empty volume":                {files{}, "fullNode", keyless},
		"an empty volume of a validator": {files{}, "validator", signing},
		"an older home": {old, "archive", files{
			"config/app.toml": fresh, "config/client.toml": fresh, "config/node_key.json": fresh,
		}},
		"an older home of a validator, no sign state, no key": {old, "validator", files{
			"config/app.toml": fresh, "config/client.toml": fresh, "config/node_key.json": fresh,
		}},
		"an empty volume of a validator, killed half-way": {files{"data/.seinode-agent-tmp-A": "ha", "config/config.toml": fresh}, "validator", signing},
		"a validator's, killed after the sign state": {files{"data/priv_validator_state.json": zero}, "validator", files{
			"config/config.toml": fresh, "config/app.toml": fresh, "config/client.toml": fresh, "config/genesis.json": `{"chain_id":"fresh"}`,
			"config/node_key.json": fresh, "config/priv_validator_key.json": key(1), began: address(1) + "\n",
		}},
		"a key that the user brought, and nothing signed": {whole.and(files{"config/priv_validator_key.json": key(2)}), "validator", files{}},
		"a validator's, killed after the note":            {keyless.and(files{began: address(9)}), "validator", files{"config/priv_validator_key.json": key(1), began: address(1) + "\n"}},
		"a key that began, and a database":                {whole.and(files{"data/tendermint/blockstore.db/CURRENT": "x"}), "validator", files{}},
		"a key that signed":                               {whole.and(files{"data/priv_validator_state.json": `{"height":"7"}`}), "validator", files{}},
		"a key that is none":                              {whole.and(files{"config/priv_validator_key.json": "{}"}), "validator", files{}},
		"no key, nothing signed, and a database":          {keyless.and(files{"data/committer.db/current": "x"}), "validator", files{}},
		"the note of another key stays":                   {whole.and(files{began: address(9)}), "validator", files{}},
		"data only":                                       {files{"data/state_commit/memiavl/current": ""}, "fullNode", config},
		"complete":                                        {signing, "validator", files{}},
		"nested": {files{".sei/config/config.toml": mine, ".sei/data/upgrade-info.json": "", ".bashrc": "x"}, "fullNode", files{
			".sei/config/app.toml": fresh, ".sei/config/client.toml": fresh, ".sei/config/genesis.json": `{"chain_id":"fresh"}`, ".sei/config/node_key.json": fresh,
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
	if err != nil || len(created) != len(scratch())+1 || created[0] != "data/priv_validator_state.json" {
		t.Errorf("created %v, %v; wanted %d files, the sign state first", created, err, len(scratch())+1)
	}
}

func TestTheHomeBecomesALink(t *testing.T) {
	for name, test := range map[string]struct {
		volume files
		below  string
	}{
		"root": {files{"config/config.toml": mine}, ""}, "nested": {files{".sei/config/config.toml": mine}, ".sei"}, "empty": {files{}, ""},
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
	const named, other = `{"chain_id":"named"}`, `{"chain_id":"mine"}`
	genesis := filepath.Join(t.TempDir(), "genesis.json")
	plant(t, filepath.Dir(genesis), files{"genesis.json": named})
	for name, test := range map[string]struct {
		volume files
		want   string
		fails  bool
	}{
		"none on the volume":        {files{}, named, false},
		"the same on the volume":    {files{"config/genesis.json": named}, named, false},
		"another one on the volume": {files{"config/genesis.json": other}, other, true},
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
	o := options(t, files{"config/.seinode-agent-tmp-ABC": "half", "config/.seinode-agent": "user's", "config/x.tmp": "user's", "config/config.toml": mine, "data/.seinode-agent-tmp-D": ""}, "seed")
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
	o := options(t, files{"data/state_commit/memiavl/current": ""}, "fullNode")
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
	o := options(t, files{"config/config.toml": mine}, "fullNode")
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
