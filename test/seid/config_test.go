package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestInitModes(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string][]string{
		"full":      {`mode = "full"`, `laddr = "tcp://0.0.0.0:26657"`, `indexer = ["kv"]`},
		"archive":   {`mode = "full"`, `laddr = "tcp://0.0.0.0:26657"`, `indexer = ["kv"]`},
		"validator": {`mode = "validator"`, `laddr = "tcp://127.0.0.1:26657"`, `indexer = ["null"]`},
		"seed":      {`mode = "seed"`, `max-connections = 1000`, `allow-duplicate-ip = true`},
	} {
		home := t.TempDir()
		must(t, "init", "m-"+mode, "--home", home, "--chain-id", "c-1", "--mode", mode)
		raw, err := os.ReadFile(filepath.Join(home, "config/config.toml"))
		check(t, err)
		for _, line := range append(want, `moniker = "m-`+mode+`"`) {
			if !strings.Contains(string(raw), "\n"+line+"\n") && !strings.HasPrefix(string(raw), line) {
				t.Errorf("%s: no line %s", mode, line)
			}
		}
		checkModes(t, home)
	}
	if code, _ := run(t, nil, "init", "x", "--home", t.TempDir(), "--mode", "wrong"); code != 1 {
		t.Errorf("unknown mode: exit %d", code)
	}
}

func checkModes(t *testing.T, home string) {
	t.Helper()
	for name, want := range map[string]os.FileMode{
		"config": 0o750, "config/genesis.json": 0o644, "config/config.toml": 0o644, "config/app.toml": 0o600,
		"config/client.toml": 0o600, "config/node_key.json": 0o600, "config/priv_validator_key.json": 0o600,
		"config/node_pubkey.txt": 0o600, "config/validator_pubkey.txt": 0o600, "data/priv_validator_state.json": 0o600,
	} {
		info, err := os.Stat(filepath.Join(home, name))
		check(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, info.Mode().Perm(), want)
		}
	}
}

// A node can be configured through its environment alone: the volume's key
// and sign state are neither read nor written.
func TestEnvironmentOverridesFiles(t *testing.T) {
	t.Parallel()
	home, scratch := sample(t), t.TempDir()
	volume := []string{filepath.Join(home, "config"), filepath.Join(home, "data/priv_validator_state.json")}
	before := hashes(t, volume...)
	e := ports(t).with(
		"SEID_HOME", home, "SEID_MODE", "full", "SEID_STATE_STORE_SS_ENABLE", "false", "SEID_TX_INDEX_INDEXER", "kv",
		"SEID_MONIKER", "renamed", "SEID_P2P_MAX_CONNECTIONS", "7",
		"SEID_PRIV_VALIDATOR_KEY_FILE", filepath.Join(scratch, "key.json"),
		"SEID_PRIV_VALIDATOR_STATE_FILE", filepath.Join(scratch, "state.json"),
	)
	p := spawn(t, e, "start")
	s := p.reach(e, 3)
	if s.ValidatorInfo.Power != "0" || s.ValidatorInfo.Address != "66687AADF862BD776C8FC18B8E9F8E2008971485" {
		t.Errorf("a full node signs nothing: %+v", s)
	}
	var info struct {
		NodeInfo struct {
			Moniker string `json:"moniker"`
			Other   struct {
				TxIndex string `json:"tx_index"`
			} `json:"other"`
		} `json:"node_info"`
	}
	check(t, get(t, e.rpc()+"/status", &info))
	if info.NodeInfo.Moniker != "renamed" || info.NodeInfo.Other.TxIndex != "on" {
		t.Errorf("not overridden: %+v", info)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if !maps.Equal(before, hashes(t, volume...)) {
		t.Error("the volume's configuration or sign state changed")
	}
	if len(hashes(t, scratch)) != 2 {
		t.Error("key and state were not made in the scratch directory")
	}
}

// A key that the file lacks and that no flag carries is not seen.
func TestEnvironmentNeedsTheKeyInTheFile(t *testing.T) {
	t.Parallel()
	home := sample(t)
	scratch := filepath.Join(t.TempDir(), "key.json")
	edit(t, filepath.Join(home, "config/config.toml"), `key-file = "config/priv_validator_key.json"`, "")
	e := ports(t).with("SEID_PRIV_VALIDATOR_KEY_FILE", scratch)
	p := spawn(t, e, "start", "--home", home)
	p.reach(e, 4)
	if present(scratch) {
		t.Error("the variable of an absent key took effect")
	}
}

// A flag wins over the environment, that over the file.
func TestFlagBeatsEnvironment(t *testing.T) {
	t.Parallel()
	e := ports(t)
	p := spawn(t, e.with("SEID_RPC_LADDR", "tcp://"+freePort(t)), "start", "--home", sample(t), "--rpc.laddr", e["SEID_RPC_LADDR"])
	p.reach(e, 4)
}

func TestValidatorKeyMissingIsReplaced(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	state := filepath.Join(home, "data/priv_validator_state.json")
	check(t, os.Remove(filepath.Join(home, "config/priv_validator_key.json")))
	p := spawn(t, e, "start", "--home", home)
	if s := p.reach(e, 3); s.ValidatorInfo.Power != "0" {
		t.Errorf("a new key is in no validator set: %+v", s)
	}
	raw, err := os.ReadFile(state)
	check(t, err)
	if !strings.Contains(string(raw), `"height": "0"`) {
		t.Errorf("the sign state was not reset: %s", raw)
	}
}

func TestSignStateAheadSignsNothing(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	check(t, os.WriteFile(filepath.Join(home, "data/priv_validator_state.json"),
		[]byte(`{"height":"99999","round":0,"step":3}`), 0o600))
	p := spawn(t, e, "start", "--home", home)
	p.reach(e, 3)
	p.poll("height regression", func() error {
		if strings.Contains(p.out.String(), "height regression") {
			return nil
		}
		return os.ErrNotExist
	})
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// A validator among others signs nothing up to where its sign state is, while the chain goes on, and signs from there on.
func TestSecondValidatorSignsBeyondItsState(t *testing.T) {
	t.Parallel()
	home, first, e := t.TempDir(), ports(t), ports(t)
	must(t, "init", "second", "--home", home, "--chain-id", "sei-devnet-1", "--mode", "validator")
	var key struct {
		Public struct {
			Value string `json:"value"`
		} `json:"pub_key"`
	}
	raw, err := os.ReadFile(filepath.Join(home, "config/priv_validator_key.json"))
	check(t, err)
	check(t, json.Unmarshal(raw, &key))
	d := spawn(t, first.with("SEID_HOME", t.TempDir(), "SEID_STANDIN_VALIDATOR", key.Public.Value), "devnet")
	d.reach(first, 2)
	const signed = 25
	state := func() (height int64) {
		var s struct {
			Height int64 `json:"height,string"`
		}
		raw, err := os.ReadFile(filepath.Join(home, "data/priv_validator_state.json"))
		check(t, err)
		_ = json.Unmarshal(raw, &s) // it may be just being written
		return s.Height
	}
	check(t, os.WriteFile(filepath.Join(home, "data/priv_validator_state.json"), []byte(`{"height":"25","round":0,"step":3}`), 0o600))
	must(t, "standin", "join", "--home", home, "--rpc", first.rpc(), "--peer-host", first.p2p())
	p := spawn(t, e, "start", "--home", home)
	p.says("height regression")
	if height := d.reach(first, 1).height(); height < signed && state() != signed {
		t.Errorf("the sign state is of height %d, at height %d", state(), height)
	}
	p.poll("signing again", func() error {
		if height := state(); height <= signed {
			return fmt.Errorf("the sign state is of height %d", height)
		}
		return nil
	})
	d.reach(first, signed+1)
}

// A volume of an older version keeps its flat layout, store by store.
func TestLegacyDirectoriesAreUsed(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	for from, to := range map[string]string{
		"tendermint/blockstore.db": "blockstore.db", "tendermint/state.db": "state.db", "tendermint/cs.wal": "cs.wal",
		"state_commit/memiavl": "committer.db", "ledger/receipt/pebbledb": "receipt.db", "state_store/cosmos/pebbledb": "pebbledb",
	} {
		check(t, os.Rename(filepath.Join(home, "data", from), filepath.Join(home, "data", to)))
	}
	p := spawn(t, e, "start", "--home", home)
	p.reach(e, 5)
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	for _, path := range []string{"tendermint/blockstore.db", "tendermint/state.db", "tendermint/cs.wal", "state_commit/memiavl", "ledger/receipt/pebbledb", "state_store/cosmos/pebbledb"} {
		if present(filepath.Join(home, "data", path)) {
			t.Errorf("%s was made beside the legacy directory", path)
		}
	}
	if !present(filepath.Join(home, "data/tendermint/evidence.db")) {
		t.Error("evidence.db had no legacy directory and stays in the new place")
	}
}

func TestConfigMissingFallsBackToFull(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	check(t, os.Remove(filepath.Join(home, "config/config.toml")))
	p := spawn(t, e.with("SEID_STATE_STORE_SS_ENABLE", "false", "SEID_RPC_PPROF_LADDR", ""), "start", "--home", home)
	if s := p.reach(e, 3); s.ValidatorInfo.Power != "0" {
		t.Errorf("the node is still a validator: %+v", s)
	}
	raw, err := os.ReadFile(filepath.Join(home, "config/config.toml"))
	check(t, err)
	for _, line := range []string{`mode = "full"`, `laddr = "tcp://127.0.0.1:26657"`, `pprof-laddr = "localhost:6060"`} {
		if !strings.Contains(string(raw), line) {
			t.Errorf("no %s in the written file", line)
		}
	}
}

func TestAppMissingTurnsAllServicesOn(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	check(t, os.Remove(filepath.Join(home, "config/app.toml")))
	p := spawn(t, e, "start", "--home", home)
	p.reach(e, 3)
	raw, err := os.ReadFile(filepath.Join(home, "config/app.toml"))
	check(t, err)
	if strings.Count(string(raw), "enable = true") < 3 || !strings.Contains(string(raw), "http_enabled = true") {
		t.Errorf("the written file is %s", raw)
	}
}

func TestNodeKeyMissingIsReplaced(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	before := must(t, "tendermint", "show-node-id", "--home", home)
	check(t, os.Remove(filepath.Join(home, "config/node_key.json")))
	p := spawn(t, e, "start", "--home", home)
	if id := p.reach(e, 3).NodeInfo.ID; len(id) != 40 || id == strings.TrimSpace(before) {
		t.Errorf("node ID %q, before %q", id, before)
	}
}

// config/ is only read by a start that finds everything; data/ is written.
func TestReadOnlyFolders(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	readOnly(t, filepath.Join(home, "config"))
	p := spawn(t, e, "start", "--home", home)
	p.reach(e, 4)
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	home = sample(t)
	readOnly(t, filepath.Join(home, "data"))
	if code, out := run(t, e, "start", "--home", home); code != 2 || !strings.Contains(out, "read-only file system") {
		t.Errorf("exit %d: %s", code, tail(out))
	}
}

func readOnly(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("cannot mount: %v", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	check(t, syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
}

func TestServicePorts(t *testing.T) {
	t.Parallel()
	rest, evm := freePort(t), freePort(t)
	e := ports(t).with("SEID_API_ENABLE", "true", "SEID_API_ADDRESS", "tcp://"+rest,
		"SEID_EVM_HTTP_ENABLED", "true", "SEID_EVM_HTTP_PORT", evm[strings.Index(evm, ":")+1:])
	p := spawn(t, e, "start", "--home", sample(t))
	p.reach(e, 3)
	var answer struct {
		Syncing *bool `json:"syncing"`
	}
	check(t, get(t, "http://"+rest+"/cosmos/base/tendermint/v1beta1/syncing", &answer))
	if answer.Syncing == nil || *answer.Syncing {
		t.Errorf("REST: %+v", answer)
	}
	for method, want := range map[string]string{"eth_chainId": `"result":"0xae3f2"`, "eth_blockNumber": `"result":"0x`, "eth_syncing": `"error":`} {
		if got := ask(t, "http://"+evm, method); !strings.Contains(got, want) {
			t.Errorf("%s: %s", method, got)
		}
	}
}

// ask calls an EVM method without parameters.
func ask(t *testing.T, address, method string) string {
	t.Helper()
	response, err := http.Post(address, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":[]}`))
	check(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return string(body)
}
