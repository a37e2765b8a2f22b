package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/seinode/seinode-operator/test/seid/internal/tool"
)

// shape reduces an answer to its keys and the kinds of their values.
func shape(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprintf("%T", v)
	}
	out := map[string]any{}
	for k, inner := range m {
		out[k] = shape(inner)
	}
	return out
}

func sameShape(t *testing.T, e env, sample string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", sample))
	if err != nil {
		t.Fatal(err)
	}
	var want, have map[string]any
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if err := get(t, e.rpc()+"/status", &have); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(shape(want), shape(have)) {
		t.Errorf("status differs from %s:\n%v\n%v", sample, shape(want), shape(have))
	}
}

func TestDevnetMakesBlocksAndGoesOn(t *testing.T) {
	t.Parallel()
	home, e := t.TempDir(), ports(t)
	p := spawn(t, e.with("SEID_HOME", home), "devnet")
	s := p.reach(e, 3)
	if s.SyncInfo.CatchingUp || s.ValidatorInfo.Power != "7000000000" {
		t.Errorf("unexpected status: %+v", s)
	}
	sameShape(t, e, "status-validator.json")
	checkRoutes(t, e)
	before := hashes(t, filepath.Join(home, "config"))
	if code := p.stop(); code != 0 {
		t.Fatalf("SIGTERM: exit %d", code)
	}
	p = spawn(t, e.with("SEID_HOME", home), "devnet")
	again := p.reach(e, s.height()+1)
	if again.NodeInfo.ID != s.NodeInfo.ID {
		t.Error("the node id changed over a restart")
	}
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	if code := p.wait(); code != 0 {
		t.Fatalf("SIGINT: exit %d", code)
	}
	if !maps.Equal(before, hashes(t, filepath.Join(home, "config"))) {
		t.Error("start changed config/")
	}
	checkValidatorLayout(t, home)
}

func checkRoutes(t *testing.T, e env) {
	t.Helper()
	for path, want := range map[string]string{
		"/health":         "{}",
		"/lag_status":     `"lag":"0"`,
		"/net_info":       `"n_peers":"0","peers":null,"peer_connections":null`,
		"/abci_info":      `"version":"v6.6.2"`,
		"/genesis":        `{"genesis":{`,
		"/block?height=2": `"height":"2"`,
		"/commit":         `"signed_header":{"header":{`,
	} {
		raw, err := tool.Get(t.Context(), e.rpc()+path)
		if err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("%s: want %s, got %v %s", path, want, err, raw)
		}
	}
}

func checkValidatorLayout(t *testing.T, home string) {
	t.Helper()
	for _, path := range []string{
		"data/tendermint/blockstore.db/LOCK", "data/tendermint/state.db/LOCK", "data/tendermint/evidence.db/LOCK",
		"data/tendermint/peerstore.db/LOCK", "data/tendermint/cs.wal/wal.lock", "data/snapshots/metadata.db/LOCK",
		"data/state_commit/memiavl/LOCK", "data/ledger/receipt/pebbledb/LOCK", "data/priv_validator_state.json",
		"data/state_store/cosmos/pebbledb/LOCK", "wasm/wasm/state/wasm",
	} {
		if !present(filepath.Join(home, path)) {
			t.Errorf("missing: %s", path)
		}
	}
	for _, path := range []string{"data/tendermint/tx_index.db", "data/application.db"} {
		if present(filepath.Join(home, path)) {
			t.Errorf("a validator has no %s", path)
		}
	}
	target, err := os.Readlink(filepath.Join(home, "data/state_commit/memiavl/current"))
	if err != nil || target != "snapshot-00000000000000000000" {
		t.Errorf("current: %q %v", target, err)
	}
}

func TestFullNodeJoinsHaltsAndGoesOn(t *testing.T) {
	t.Parallel()
	validator := ports(t)
	v := spawn(t, validator.with("SEID_HOME", t.TempDir()), "devnet")
	v.reach(validator, 7)
	companion, e := ports(t), ports(t)
	spawn(t, companion, "start", "--home", joined(t, "full", validator)).reach(companion, 1)
	home := joined(t, "full", validator, companion)
	before := hashes(t, filepath.Join(home, "config"))
	code, out := run(t, e, "start", "--home", home, "--halt-height", "5")
	if code != 0 {
		t.Fatalf("halt: exit %d: %s", code, tail(out))
	}
	f := spawn(t, e.with("SEID_INSTRUMENTATION_PROMETHEUS", "true",
		"SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR", strings.TrimPrefix(freePort(t), "127.0.0.1")), "start", "--home", home)
	s := f.reach(e, 5)
	if !regexp.MustCompile(`appHeight=([5-9]|\d\d)\b`).MatchString(f.out.String()) { // one that catches up stops at the block, or some later
		t.Errorf("the second start did not go on from height 5:\n%s", tail(f.out.String()))
	}
	f.reach(e, s.height()+5)
	f.poll("caught up", func() error {
		if s := f.reach(e, 5); s.SyncInfo.CatchingUp || s.ValidatorInfo.Power != "0" {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	sameShape(t, e, "status-full-catching-up.json")
	checkFullNode(t, f, e, home)
	if !maps.Equal(before, hashes(t, filepath.Join(home, "config"))) {
		t.Error("start changed config/")
	}
}

// joined makes a home of that mode whose peers are the nodes.
func joined(t *testing.T, mode string, nodes ...env) string {
	t.Helper()
	home := t.TempDir()
	must(t, "init", mode, "--home", home, "--chain-id", "sei-devnet-1", "--mode", mode)
	args := []string{"standin", "join", "--home", home}
	for _, node := range nodes {
		args = append(args, "--rpc", node.rpc(), "--peer-host", node.p2p())
	}
	must(t, args...)
	return home
}

func checkFullNode(t *testing.T, f *process, e env, home string) {
	t.Helper()
	metrics := ""
	for _, pair := range f.cmd.Env {
		if addr, ok := strings.CutPrefix(pair, "SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR="); ok {
			metrics = "http://127.0.0.1" + addr + "/metrics"
		}
	}
	f.poll("metrics", func() error { return hasMetrics(t, metrics) })
	for _, path := range []string{"data/state_store/cosmos/pebbledb/LOCK", "data/tendermint/tx_index.db/LOCK"} {
		if !present(filepath.Join(home, path)) {
			t.Errorf("missing: %s", path)
		}
	}
}

func hasMetrics(t *testing.T, address string) error {
	t.Helper()
	raw, err := tool.Get(t.Context(), address)
	if err != nil {
		return err
	}
	for _, name := range []string{
		"tendermint_consensus_latest_block_height", "tendermint_consensus_height", "tendermint_p2p_peers",
		"tendermint_consensus_block_syncing", "tendermint_consensus_validators",
	} {
		if !strings.Contains(string(raw), "\n"+name+"{") {
			return fmt.Errorf("no metric %s", name)
		}
	}
	return nil
}

func TestKilledNodeGoesOn(t *testing.T) {
	t.Parallel()
	home, e := t.TempDir(), ports(t).with("SEID_STANDIN_BLOCK_TIME", "20ms")
	height := int64(0)
	for range 4 {
		p := spawn(t, e.with("SEID_HOME", home), "devnet")
		height = p.reach(e, height+4).height()
		_ = p.cmd.Process.Kill()
		if code := p.wait(); code != -1 {
			t.Fatalf("killed: %d", code)
		}
	}
	p := spawn(t, e.with("SEID_HOME", home), "devnet")
	p.reach(e, height+2)
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}
