package inspect_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

func node(mode string) inspect.Options {
	return inspect.Options{ChainID: "pacific-1", Mode: mode, KeyOnVolume: true, Bootstrap: true}
}

// look inspects a planted volume, and sees to it that nothing on it changed.
func look(t *testing.T, volume tree, o inspect.Options) wire.Inspection {
	t.Helper()
	o.Volume = volume.plant(t)
	before := hash(t, o.Volume)
	found := inspect.Inspect(o)
	if hash(t, o.Volume) != before {
		t.Error("the volume was changed")
	}
	if found.Reason == "" || found.Message == "" || found.Layout == "" {
		t.Errorf("no verdict: %+v", found)
	}
	return found
}

func TestWhatIsFoundOnAFullNodesVolume(t *testing.T) {
	found := look(t, fullHome(), node("fullNode"))
	found.FreeBytes = 0
	want := wire.Inspection{
		Reason: wire.ReasonInspected, Message: `a home of chain "pacific-1" (layout Root), height 1200 or above`, Layout: wire.LayoutRoot,
		ChainID: "pacific-1", Height: 1200, StateCommit: true, StateStore: "pebbledb", Wasm: true, ConsensusKey: true, SignState: true,
		NodeKey: true, OwnerUID: int64(os.Getuid()),
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLayouts(t *testing.T) {
	home := fullHome()
	for name, test := range map[string]struct {
		volume  tree
		layout  wire.Layout
		refused bool
	}{
		"root":                        {home, wire.LayoutRoot, false},
		"nested":                      {home.below(".sei"), wire.LayoutNested, false},
		"nested, beside other things": {home.below(".sei").with(tree{".bashrc": "x"}), wire.LayoutNested, false},
		"a PostgreSQL":                {tree{"data/PG_VERSION": "16"}, wire.LayoutUnknown, true},
		"a Cosmos chain's data/":      {tree{"data/application.db/CURRENT": "x", "data/blockstore.db/CURRENT": "x"}, wire.LayoutUnknown, true},
		"data only":                   {home.with(tree{"config": "-"}), wire.LayoutDataOnly, false},
		"config only":                 {home.with(tree{"data": "-", "wasm": "-"}), wire.LayoutRoot, false},
		"empty":                       {tree{}, wire.LayoutEmpty, false},
		"empty but for lost+found":    {tree{"lost+found/": ""}, wire.LayoutEmpty, false},
		"the inside of data/":         {tree{"tendermint/blockstore.db/CURRENT": "x", "state_commit/memiavl/LOCK": ""}, wire.LayoutUnknown, true},
		"somebody's photos":           {tree{"photos/cat.jpg": "x"}, wire.LayoutUnknown, true},
		"two homes":                   {home.with(home.below(".sei")), wire.LayoutUnknown, true},
		"config is a file":            {tree{"config": "x"}, wire.LayoutUnknown, true},
		"config leaves the volume":    {tree{"config": "-> /etc"}, wire.LayoutUnknown, true},
		"config loops":                {tree{"config": "-> config"}, wire.LayoutUnknown, true},
	} {
		t.Run(name, func(t *testing.T) {
			found := look(t, test.volume, node("fullNode"))
			if found.Layout != test.layout || found.Refused != test.refused {
				t.Errorf("%+v; wanted layout %s, refused %t", found, test.layout, test.refused)
			}
		})
	}
}

// TestDefects has a line for each way in which a volume's content went wrong in the field.
func TestDefects(t *testing.T) {
	home := fullHome()
	validator := home.with(tree{"data/state_store": "-", "data/priv_validator_state.json": `{"height":"900"}`})
	for name, test := range map[string]struct {
		volume tree
		mode   string
		reason string
		says   string
	}{
		"genesis of another chain":                  {home.with(tree{"config/genesis.json": `{"chain_id":"atlantic-2"}`}), "fullNode", wire.ReasonChainMismatch, `genesis.json on the volume is of chain "atlantic-2"; wanted "pacific-1"`},
		"client.toml of another chain":              {home.with(tree{"config/client.toml": "chain-id = 'atlantic-2'"}), "fullNode", wire.ReasonChainMismatch, "client.toml"},
		"client.toml of no chain":                   {home.with(tree{"config/client.toml": "chain-id = ''"}), "fullNode", wire.ReasonChainMismatch, "client.toml"},
		"genesis with its id at the end":            {home.with(tree{"config/genesis.json": `{"app_state":{"chain_id":"x","l":[[],{}]},"chain_id":"atlantic-2"}`}), "fullNode", wire.ReasonChainMismatch, "atlantic-2"},
		"a broken genesis":                          {home.with(tree{"config/genesis.json": `{"app_state":{`}), "fullNode", wire.ReasonNotUnderstood, "config/genesis.json is not a genesis of seid's (it ends before chain_id)"},
		"a validator's as full node":                {validator, "fullNode", wire.ReasonRoleMismatch, "no state store"},
		"a validator's as archive":                  {validator, "archive", wire.ReasonRoleMismatch, "no state store"},
		"a validator's as validator":                {validator, "validator", wire.ReasonInspected, ""},
		"a validator's as seed":                     {validator, "seed", wire.ReasonInspected, ""},
		"a state store with only a lock":            {home.with(tree{"data/state_store/cosmos/pebbledb/000001.log": "-"}), "fullNode", wire.ReasonRoleMismatch, "no state store"},
		"a legacy state store":                      {home.with(tree{"data/state_store": "-", "data/pebbledb/000001.log": "x"}), "fullNode", wire.ReasonInspected, ""},
		"a pruned one as archive":                   {home.with(tree{"config/app.toml": "min-retain-blocks = 100000"}), "archive", wire.ReasonRoleMismatch, "min-retain-blocks = 100000"},
		"a pruned one as full node":                 {home.with(tree{"config/app.toml": "min-retain-blocks = 100000"}), "fullNode", wire.ReasonInspected, ""},
		"an archive":                                {home, "archive", wire.ReasonInspected, ""},
		"RocksDB":                                   {home.with(tree{"data/state_store/cosmos/pebbledb": "-", "data/state_store/cosmos/rocksdb/CURRENT": "x"}), "fullNode", wire.ReasonBackendUnsupported, "RocksDB"},
		"RocksDB, legacy":                           {home.with(tree{"data/state_store": "-", "data/rocksdb/CURRENT": "x"}), "archive", wire.ReasonBackendUnsupported, "RocksDB"},
		"no wasm":                                   {home.with(tree{"wasm": "-"}), "fullNode", wire.ReasonWasmMissing, "copy wasm/"},
		"no wasm, legacy":                           {home.with(tree{"wasm": "-", "data/state_commit": "-", "data/committer.db/LOCK": "", "data/committer.db/current": "-> snapshot-00000000000000000000", "data/committer.db/snapshot-00000000000000000000/kvs": "x", "data/priv_validator_state.json": `{"height":"900"}`}), "validator", wire.ReasonWasmMissing, "copy wasm/"},
		"no sign state":                             {validator.with(tree{"data/priv_validator_state.json": "-"}), "validator", wire.ReasonSignStateMissing, "priv_validator_state.json"},
		"no sign state, full node":                  {home.with(tree{"data/priv_validator_state.json": "-"}), "fullNode", wire.ReasonInspected, ""},
		"no consensus key":                          {validator.with(tree{"config/priv_validator_key.json": "-"}), "validator", wire.ReasonConsensusKeyMissing, "priv_validator_key.json"},
		"no consensus key, full node":               {home.with(tree{"config/priv_validator_key.json": "-"}), "fullNode", wire.ReasonInspected, ""},
		"a new validator":                           {tree{}, "validator", wire.ReasonInspected, ""},
		"a copy that broke off after the key":       {tree{"config/config.toml": home["config/config.toml"], "config/priv_validator_key.json": key(1)}, "validator", wire.ReasonSignStateMissing, "not empty"},
		"a copy that broke off after the settings":  {tree{"config/config.toml": home["config/config.toml"]}, "validator", wire.ReasonSignStateMissing, "not empty"},
		"the same, full node":                       {tree{"config/config.toml": home["config/config.toml"]}, "fullNode", wire.ReasonInspected, ""},
		"a sign state of a height and no key":       {tree{"data/priv_validator_state.json": `{"height":"900"}`}, "validator", wire.ReasonConsensusKeyMissing, "sign state"},
		"a preparation killed after its first file": {tree{"config/": "", "data/priv_validator_state.json": `{"height":"0","round":0,"step":0}`}, "validator", wire.ReasonInspected, ""},
		"a preparation killed before it":            {tree{"config/": "", "data/.seinode-agent-tmp-A": "ha"}, "validator", wire.ReasonInspected, ""},
		"config.toml lacks key-file":                {home.with(tree{"config/config.toml": "[priv-validator]\nstate-file = 'x'\n"}), "fullNode", wire.ReasonKeyUnreachable, "key-file"},
		"config.toml lacks state-file":              {home.with(tree{"config/config.toml": "[priv-validator]\nkey-file = 'x'\n"}), "archive", wire.ReasonKeyUnreachable, "state-file"},
		"a validator's lacks both, and it signs with what lies there": {validator.with(tree{"config/config.toml": "mode = 'validator'"}), "validator", wire.ReasonInspected, ""},
		"a validator's unknown layout":                                {tree{"old-home/config/config.toml": "x"}, "validator", wire.ReasonLayoutUnknown, "no single home"},
	} {
		t.Run(name, func(t *testing.T) {
			found := look(t, test.volume, node(test.mode))
			if found.Reason != test.reason || !strings.Contains(found.Message, test.says) {
				t.Errorf("%s: %s; wanted %s: …%s…", found.Reason, found.Message, test.reason, test.says)
			}
			if found.Refused != (test.reason != wire.ReasonInspected) {
				t.Errorf("refused is %t", found.Refused)
			}
			checkWarn(t, test.volume, node(test.mode), found)
		})
	}
}

// checkWarn: policy Warn tells the same and starts, but never a validator that would sign from zero or with a new key.
func checkWarn(t *testing.T, volume tree, o inspect.Options, enforced wire.Inspection) {
	t.Helper()
	o.Warn = true
	warned := look(t, volume, o)
	dangerous := enforced.Reason == wire.ReasonSignStateMissing || enforced.Reason == wire.ReasonConsensusKeyMissing ||
		enforced.Reason == wire.ReasonKeyUnreachable || enforced.Reason == wire.ReasonLayoutUnknown
	if warned.Reason != enforced.Reason || warned.Refused != dangerous {
		t.Errorf("with policy Warn: %s, refused %t; wanted %s, refused %t", warned.Reason, warned.Refused, enforced.Reason, dangerous)
	}
}

// TestADefectThatIsWavedThroughHidesNoOther: with policy Warn, what may never be waved through is found behind what may.
func TestADefectThatIsWavedThroughHidesNoOther(t *testing.T) {
	o := node("validator")
	o.Warn = true
	for gone, reason := range map[string]string{
		"config/priv_validator_key.json": wire.ReasonConsensusKeyMissing, "data/priv_validator_state.json": wire.ReasonSignStateMissing,
	} {
		found := look(t, fullHome().with(tree{"wasm": "-", gone: "-"}), o)
		if found.Reason != reason || !found.Refused {
			t.Errorf("without wasm/ and %s: %s, refused %t; wanted %s", gone, found.Reason, found.Refused, reason)
		}
	}
}

// TestASecretsKeyHasToBeReachable: without the setting in the file, seid would take the key on the volume, or make one.
func TestASecretsKeyHasToBeReachable(t *testing.T) {
	o := node("validator")
	o.KeyOnVolume, o.Warn = false, true
	found := look(t, validatorHome().with(tree{"config/config.toml": "mode = 'validator'"}), o)
	if found.Reason != wire.ReasonKeyUnreachable || !found.Refused {
		t.Errorf("%s, refused %t; wanted %s", found.Reason, found.Refused, wire.ReasonKeyUnreachable)
	}
}

func TestAKeyFromASecretIsNotLookedForOnTheVolume(t *testing.T) {
	o := node("validator")
	o.KeyOnVolume = false
	home := fullHome().with(tree{"config/priv_validator_key.json": "-", "data/priv_validator_state.json": `{"height":"900"}`})
	if found := look(t, home, o); found.Refused {
		t.Errorf("refused: %+v", found)
	}
}

func TestTheHeightIsALowerBound(t *testing.T) {
	home := fullHome()
	for name, test := range map[string]struct {
		volume tree
		want   int64
	}{
		"memiavl's current snapshot":   {home, 1200},
		"legacy memiavl":               {home.with(tree{"data/state_commit": "-", "data/committer.db/current": "-> snapshot-00000000000000000700", "data/committer.db/snapshot-00000000000000000700/kvs": "x"}), 700},
		"a changelog's newest file":    {home.with(tree{"data/state_commit/memiavl/changelog/00000000000000001300": "x", "data/state_commit/memiavl/changelog/00000000000000001200": "x"}), 1299},
		"the first changelog":          {home.with(tree{"data/state_commit": "-", "data/state_commit/memiavl/changelog/00000000000000000001": "x"}), 0},
		"no changelog's name":          {home.with(tree{"data/state_commit/memiavl/changelog/99999.log": "x", "data/state_commit/memiavl/changelog/00000000000000009999.START": "x"}), 1200},
		"the consensus' log":           {home.with(tree{"data/tendermint/cs.wal/wal": walEnd(1500)}), 1500},
		"the consensus' log, legacy":   {home.with(tree{"data/cs.wal/wal": "half a record" + walEnd(1500) + "half"}), 1500},
		"the log before, rolled":       {home.with(tree{"data/tendermint/cs.wal/wal": "", "data/tendermint/cs.wal/wal.009": walEnd(9), "data/tendermint/cs.wal/wal.010": walEnd(1500)}), 1500},
		"a log of another checksum":    {home.with(tree{"data/tendermint/cs.wal/wal": "x" + walEnd(1500)[1:]}), 1200},
		"a sign state, which outlives": {home.with(tree{"data/priv_validator_state.json": `{"height":"5000"}`}), 1200},
		"an upgrade, which outlives":   {home.with(tree{"data/upgrade-info.json": `{"name":"v7","height":9000}`}), 1200},
		"a snapshot for others":        {home.with(tree{"data/snapshots/2000/1/0": "x", "data/snapshots/metadata.db/LOCK": ""}), 1200},
		"snapshots that are not taken": {home.with(tree{"data/state_commit/memiavl/snapshot-00000000000000009000/kvs": "x"}), 1200},
		"nothing tells":                {tree{"data/tendermint/blockstore.db/CURRENT": "x"}, 0},
		"garbage":                      {home.with(tree{"data/state_commit/memiavl/current": "-> snapshot-xyz", "data/priv_validator_state.json": "{"}), 0},
		"a snapshot that is not there": {home.with(tree{"data/state_commit/memiavl/current": "-> snapshot-00000000000000007000"}), 0},
		"a height below zero":          {home.with(tree{"data/state_commit": "-", "data/priv_validator_state.json": `{"height":"-9"}`}), 0},
	} {
		t.Run(name, func(t *testing.T) {
			if found := look(t, test.volume, node("fullNode")); found.Height != test.want {
				t.Errorf("height %d, wanted %d", found.Height, test.want)
			}
		})
	}
}

func TestOlderVersionsStoresAreKnown(t *testing.T) {
	mixed := fullHome().with(tree{"data/tendermint": "-", "data/blockstore.db/CURRENT": "x", "data/cs.wal/wal": "x"})
	found := look(t, mixed, node("fullNode"))
	if diff := cmp.Diff([]string{"blockstore", "wal"}, found.Legacy); diff != "" || found.Refused {
		t.Errorf("refused %t, legacy (-want +got):\n%s", found.Refused, diff)
	}
}

// TestSettingsThatTheEnvironmentCannotReach: seid's viper sees a variable only for a key that the file has or a flag is bound to.
func TestSettingsThatTheEnvironmentCannotReach(t *testing.T) {
	o := node("fullNode")
	o.Settings = []string{"p2p.max-connections", "p2p.brand-new", "state-store.ss-enable", "evm.http_enabled", "pruning", "mode.deep",
		"p2p.max_connections", "rpc_laddr"} // the environment of another spelling is the same
	found := look(t, fullHome(), o)
	if diff := cmp.Diff([]string{"p2p.brand-new", "evm.http_enabled", "mode.deep"}, found.Unreachable); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.Contains(found.Message, "does not reach p2p.brand-new, evm.http_enabled, mode.deep") {
		t.Errorf("nobody is told: %s", found.Message)
	}
	fresh := fullHome().with(tree{"config/app.toml": "-"}) // prepare brings this version's own, which has every key
	if got := look(t, fresh, o).Unreachable; got != nil {
		t.Errorf("without app.toml: %v", got)
	}
}

func TestWhatCannotBeReadIsAVerdict(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root reads everything: a volume that is not there stands in for one that cannot be read")
		found := inspect.Inspect(inspect.Options{Volume: filepath.Join(t.TempDir(), "none")})
		if found.Reason != wire.ReasonUnreadable || !found.Refused {
			t.Errorf("%+v", found)
		}
		return
	}
	o := node("fullNode")
	o.Volume = fullHome().plant(t)
	if err := os.Chmod(filepath.Join(o.Volume, "config"), 0); err != nil {
		t.Fatal(err)
	}
	if found := inspect.Inspect(o); found.Reason != wire.ReasonUnreadable || !strings.Contains(found.Message, fmt.Sprintf("chown -R %d:%d", os.Getuid(), os.Getgid())) {
		t.Errorf("%+v", found)
	}
}

// TestAPipeIsNotOpened: opening one would block the pod's start for ever.
func TestAPipeIsNotOpened(t *testing.T) {
	o := node("fullNode")
	o.Volume = fullHome().with(tree{"config/client.toml": "-"}).plant(t)
	if err := syscall.Mkfifo(filepath.Join(o.Volume, "config", "client.toml"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan wire.Inspection, 1)
	go func() { done <- inspect.Inspect(o) }()
	select {
	case found := <-done:
		if found.Reason != wire.ReasonNotUnderstood || !strings.Contains(found.Message, "config/client.toml is a pipe where a file is wanted") {
			t.Errorf("%+v", found)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("inspect hangs on a pipe")
	}
}

func TestTheVerdictFitsATerminationMessage(t *testing.T) {
	found := wire.Inspection{Reason: "R", Layout: wire.LayoutRoot, Message: strings.Repeat("ö", 3000), ChainID: strings.Repeat("c", 5000)}
	for i := range 500 {
		found.Unreachable = append(found.Unreachable, fmt.Sprintf("a.very-long-key-%d", i))
	}
	text := inspect.Encode(found)
	if len(text) > 4096 || !json.Valid(text) {
		t.Fatalf("%d bytes, valid JSON: %t", len(text), json.Valid(text))
	}
	if _, ok := wire.ParseInspection(string(text)); !ok {
		t.Error("the operator cannot read it")
	}
}

// FuzzInspect builds a volume from bytes: whatever lies there, there is a verdict, and nothing changes.
func FuzzInspect(f *testing.F) {
	f.Add([]byte("config/genesis.json\x00{\"chain_id\":1}\x00data/state_commit/memiavl/current\x00-> snapshot-1\x00"), 0)
	f.Add([]byte(".sei/config\x00-> ../..\x00wasm\x00-> wasm\x00config/app.toml\x00min-retain-blocks = 1\x00"), 1)
	f.Fuzz(func(t *testing.T, data []byte, mode int) {
		root := t.TempDir()
		parts := strings.Split(string(data), "\x00")
		for i := 0; i+1 < len(parts) && i < 64; i += 2 {
			name := filepath.Clean("/" + parts[i])
			_ = plantOne(filepath.Join(root, name), parts[i], parts[i+1]) // many names cannot be
		}
		before := hash(t, root)
		o := node([]string{"fullNode", "archive", "validator", "seed", ""}[((mode%5)+5)%5])
		o.Volume = root
		found := inspect.Inspect(o)
		if found.Reason == "" || found.Message == "" || found.Layout == "" || len(inspect.Encode(found)) > 4096 {
			t.Errorf("no verdict: %+v", found)
		}
		if hash(t, root) != before {
			t.Error("the volume was changed")
		}
	})
}

// BenchmarkInspect prints what a look costs on a tree of 100,000 files.
func BenchmarkInspect(b *testing.B) {
	volume := fullHome()
	for i := range 100_000 {
		volume[fmt.Sprintf("data/state_store/cosmos/pebbledb/%06d.sst", i)] = ""
	}
	o := node("fullNode")
	o.Volume = volume.plant(b)
	for b.Loop() {
		inspect.Inspect(o)
	}
}
