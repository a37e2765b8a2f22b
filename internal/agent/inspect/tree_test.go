package inspect_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree is a volume: names ending in / are folders, content beginning with -> is a link.
type tree map[string]string

// fullHome is the home of a full node of pacific-1 at height 1200, as seid v6.6 lays it out.
func fullHome() tree {
	return tree{
		"config/genesis.json":                                         `{"genesis_time":"2023","chain_id":"pacific-1","app_state":{"a":[1,{"b":2}]}}`,
		"config/client.toml":                                          "chain-id = \"pacific-1\"\n",
		"config/config.toml":                                          "mode = \"full\"\n[p2p]\nmax-connections = 100\n[priv-validator]\nkey-file = \"config/priv_validator_key.json\"\nstate-file = \"data/priv_validator_state.json\"\n",
		"config/app.toml":                                             "min-retain-blocks = 0\n[state-store]\nss-enable = true\n",
		"config/node_key.json":                                        "{}",
		"config/priv_validator_key.json":                              key(1),
		"data/priv_validator_state.json":                              `{"height":"0","round":0,"step":0}`,
		"data/tendermint/blockstore.db/CURRENT":                       "x",
		"data/state_commit/memiavl/current":                           "-> snapshot-00000000000000001200",
		"data/state_commit/memiavl/snapshot-00000000000000001200/kvs": "x",
		"data/state_store/cosmos/pebbledb/000001.log":                 "x",
		"data/state_store/cosmos/pebbledb/LOCK":                       "",
		"wasm/wasm/state/":                                            "",
		"lost+found/":                                                 "",
	}
}

// seedOf is the secret of the key of that number.
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
	private := base64.StdEncoding.EncodeToString(seedOf(number))
	public := base64.StdEncoding.EncodeToString(seedOf(number)[ed25519.SeedSize:])
	return fmt.Sprintf(`{"address":%q,"pub_key":{"type":"tendermint/PubKeyEd25519","value":%q},"priv_key":{"type":"tendermint/PrivKeyEd25519","value":%q}}`,
		address(number), public, private)
}

// with returns the tree with some files changed; a value of "-" takes away what begins with the name.
func (t tree) with(changes tree) tree {
	changed := maps.Clone(t)
	for name, content := range changes {
		if content == "-" {
			maps.DeleteFunc(changed, func(file, _ string) bool { return strings.HasPrefix(file, name) })
		}
	}
	for name, content := range changes {
		if content != "-" {
			changed[name] = content
		}
	}
	return changed
}

// below moves the tree into a folder.
func (t tree) below(folder string) tree {
	moved := tree{}
	for name, content := range t {
		moved[folder+"/"+name] = content
	}
	return moved
}

// plant makes the tree in a temporary folder.
func (t tree) plant(test testing.TB) string {
	test.Helper()
	root := test.TempDir()
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if err := plantOne(filepath.Join(root, name), name, t[name]); err != nil {
			test.Fatal(err)
		}
	}
	return root
}

func plantOne(path, name, content string) error {
	if strings.HasSuffix(name, "/") {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if target, isLink := strings.CutPrefix(content, "-> "); isLink {
		return os.Symlink(target, path)
	}
	return os.WriteFile(path, []byte(content), 0o600)
}

// hash is of all names, modes, times, links and bytes below a folder.
func hash(test testing.TB, root string) string {
	test.Helper()
	sum := sha256.New()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(sum, path, info.Mode(), info.ModTime().UnixNano(), info.Size())
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			_, _ = fmt.Fprintln(sum, target)
			return err
		}
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			_, _ = sum.Write(content)
			return err
		}
		return nil
	})
	if err != nil {
		test.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
