package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/seinode/seinode-operator/test/seid/internal/tool"
)

// serving is a chain of a validator and a full node that both have snapshots to offer.
type serving struct {
	validator, full env
	v, f            *process
	home            string
}

// serve makes the chain, with so many chunks a snapshot, and waits until it has some.
func serve(t *testing.T, chunks int, extra ...string) serving {
	t.Helper()
	with := append([]string{"SEID_STATE_SYNC_SNAPSHOT_INTERVAL", "5", "SEID_STATE_SYNC_SNAPSHOT_KEEP_RECENT", "20",
		"SEID_STANDIN_SNAPSHOT_CHUNKS", strconv.Itoa(chunks)}, extra...)
	s := serving{validator: ports(t).with(with...), full: ports(t).with(with...), home: t.TempDir()}
	s.v = spawn(t, s.validator.with("SEID_HOME", s.home), "devnet")
	s.v.reach(s.validator, 3)
	s.f = spawn(t, s.full, "start", "--home", joined(t, "full", s.validator))
	s.f.reach(s.full, 12)
	return s
}

type blockAnswer struct {
	ID struct {
		Hash string `json:"hash"`
	} `json:"block_id"`
	Block struct {
		Header struct {
			AppHash string `json:"app_hash"`
			Height  string `json:"height"`
		} `json:"header"`
	} `json:"block"`
}

// hash is the hash of a block, as a node tells it.
func hash(t *testing.T, e env, height int64) string {
	t.Helper()
	var answer blockAnswer
	check(t, get(t, fmt.Sprintf("%s/block?height=%d", e.rpc(), height), &answer))
	return answer.ID.Hash
}

// syncs writes [statesync] into a home: trust in a block of that height and hash, two witnesses, and what is given besides.
func syncs(t *testing.T, home string, height int64, hash string, witnesses []env, more ...string) {
	t.Helper()
	servers := make([]string, len(witnesses))
	for i, witness := range witnesses {
		servers[i] = strings.TrimPrefix(witness.rpc(), "http://")
	}
	section := fmt.Sprintf("enable = true\nrpc-servers = %q\ntrust-height = %d\ntrust-hash = %q\ntrust-period = \"168h0m0s\"\ndiscovery-time = \"5s\"\n%s\n[consensus]\n",
		strings.Join(servers, ","), height, hash, strings.Join(more, "\n"))
	path := filepath.Join(home, "config/config.toml")
	raw, err := os.ReadFile(path)
	check(t, err)
	raw = regexp.MustCompile(`(?s)enable = false\nuse-p2p.*\[consensus\]\n`).ReplaceAll(raw, []byte(section))
	check(t, os.WriteFile(path, raw, 0o600))
}

// syncing starts a node that takes its state from the chain.
func (s serving) syncing(t *testing.T, home string, more ...string) (*process, env) {
	t.Helper()
	syncs(t, home, 3, hash(t, s.validator, 3), []env{s.validator, s.full}, more...)
	e := ports(t).with("SEID_INSTRUMENTATION_PROMETHEUS", "true", "SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR", freePort(t))
	return spawn(t, e, "start", "--home", home), e
}

type syncStatus struct {
	SyncInfo struct {
		Earliest string `json:"earliest_block_height"`
		Latest   string `json:"latest_block_height"`
	} `json:"sync_info"`
}

// A full node on an empty home takes a snapshot from its peers, and goes on from there: its home is as one that ran, and its RPC is
// open only when all of that is done.
func TestStateSync(t *testing.T) {
	t.Parallel()
	chain := serve(t, 7)
	_, err := tool.Get(t.Context(), chain.validator.rpc()+"/broadcast_tx_commit?tx=0x"+fmt.Sprintf("%x", "colour=green"))
	check(t, err)
	after := chain.v.reach(chain.validator, 1).height()
	chain.f.reach(chain.full, after+11)
	home := joined(t, "full", chain.validator, chain.full)
	n, e := chain.syncing(t, home)
	n.poll("metrics", func() error { return shows(t, e, "tendermint_consensus_state_syncing", "1") })
	if dial(strings.TrimPrefix(e["SEID_RPC_LADDR"], "tcp://")) == nil {
		t.Error("the RPC is open before the state sync is over")
	}
	n.reach(e, after)
	var s syncStatus
	check(t, get(t, e.rpc()+"/status", &s))
	first, _ := strconv.ParseInt(s.SyncInfo.Earliest, 10, 64)
	snapshot := first - 1
	if snapshot%5 != 0 || snapshot < after {
		t.Errorf("the first block is %d: not one after a snapshot", first)
	}
	for name, want := range map[string]string{
		"consensus_state_syncing": "0", "statesync_snapshot_height": strconv.FormatInt(snapshot, 10),
		"statesync_snapshot_chunk_total": "7", "statesync_snapshot_chunk": "7",
		"statesync_back_filled_blocks": "1", "statesync_back_fill_blocks_total": "1",
	} {
		check(t, shows(t, e, "tendermint_"+name, want))
	}
	raw, err := tool.Get(t.Context(), e.rpc()+`/abci_query?path="/key"&data=0x`+fmt.Sprintf("%x", "colour"))
	if err != nil || !strings.Contains(string(raw), "Z3JlZW4=") {
		t.Errorf("the state did not come along: %v %s", err, raw)
	}
	n.poll("caught up", func() error {
		if s := n.reach(e, 1); s.SyncInfo.CatchingUp {
			return errors.New("it catches up")
		}
		return nil
	})
	if own, other := hash(t, e, first+1), hash(t, chain.validator, first+1); own != other {
		t.Errorf("block %d: %s, the chain has %s", first+1, own, other)
	}
	checkSynced(t, n, e, home, snapshot)
}

func checkSynced(t *testing.T, n *process, e env, home string, snapshot int64) {
	t.Helper()
	if code := n.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	target, err := os.Readlink(filepath.Join(home, "data/state_commit/memiavl/current"))
	if want := fmt.Sprintf("snapshot-%020d", snapshot); err != nil || target != want {
		t.Errorf("current leads to %q, %v; wanted %s", target, err, want)
	}
	left, _ := filepath.Glob(filepath.Join(home, "data/state_commit/memiavl/*-tmp"))
	if len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	n = spawn(t, e, "start", "--home", home) // with [statesync] as it was: it has a state, and needs none
	if height := n.reach(e, snapshot+1).height(); height <= snapshot {
		t.Errorf("at %d", height)
	}
}

// shows looks for a metric and its value.
func shows(t *testing.T, e env, name, value string) error {
	t.Helper()
	raw, err := tool.Get(t.Context(), "http://"+e["SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR"]+"/metrics")
	if err != nil {
		return err
	}
	found := regexp.MustCompile(`(?m)^` + name + `\{.*\} (.*)$`).FindSubmatch(raw)
	if found == nil {
		return fmt.Errorf("no metric %s", name)
	}
	if string(found[1]) != value {
		return fmt.Errorf("%s is %s, wanted %s", name, found[1], value)
	}
	return nil
}

// Of the snapshots as many stay as are asked for; a folder for each, as the real node lays them out.
func TestSnapshotsAreMadeAndKept(t *testing.T) {
	t.Parallel()
	chain := serve(t, 3, "SEID_STATE_SYNC_SNAPSHOT_KEEP_RECENT", "1")
	chain.v.poll("one snapshot", func() error {
		folders, _ := filepath.Glob(filepath.Join(chain.home, "data/snapshots/[0-9]*"))
		chunks, _ := filepath.Glob(filepath.Join(chain.home, "data/snapshots/[0-9]*/1/[0-9]*"))
		if len(folders) != 1 || len(chunks) != 3 || strings.HasSuffix(folders[0], "/5") {
			return fmt.Errorf("%v, %v", folders, chunks)
		}
		return nil
	})
}

// SS serves the snapshots: without it the start panics.
func TestSnapshotsNeedAStateStore(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	must(t, "init", "v", "--home", home, "--chain-id", "sei-devnet-1")
	code, out := run(t, ports(t).with("SEID_STATE_SYNC_SNAPSHOT_INTERVAL", "5", "SEID_STATE_STORE_SS_ENABLE", "false"), "start", "--home", home)
	if code != 2 || !strings.Contains(out, "SS store needs to be enabled when snapshot interval 5 > 0") {
		t.Errorf("exit %d: %s", code, tail(out))
	}
}

// State sync waits for two peers, for ever, and no port but theirs is open; a signal ends it at once, with nothing in order.
func TestStateSyncWaitsForTwoPeers(t *testing.T) {
	t.Parallel()
	chain := serve(t, 1)
	n, e := chain.syncing(t, joined(t, "full", chain.validator))
	chain.v.connections(chain.validator, 2)
	for range 40 { // blocks: eight seconds
		chain.v.reach(chain.validator, chain.v.reach(chain.validator, 1).height()+1)
	}
	if strings.Contains(n.out.String(), "Finished waiting for 2 peers") || dial(strings.TrimPrefix(e["SEID_RPC_LADDR"], "tcp://")) == nil {
		t.Errorf("it went on with one peer:\n%s", tail(n.out.String()))
	}
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	if n.wait(); n.cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", n.cmd.ProcessState)
	}
}

// Where no peer has a snapshot a node waits, and asks nobody twice: one that is made later is not seen.
func TestStateSyncWithoutSnapshots(t *testing.T) {
	t.Parallel()
	chain := serve(t, 1, "SEID_STATE_SYNC_SNAPSHOT_INTERVAL", "60")
	n, e := chain.syncing(t, joined(t, "full", chain.validator, chain.full))
	n.says("starting state sync")
	chain.f.reach(chain.full, 75) // twelve seconds and more
	if dial(strings.TrimPrefix(e["SEID_RPC_LADDR"], "tcp://")) == nil || strings.Contains(n.out.String(), "Offering snapshot") {
		t.Errorf("it went on:\n%s", tail(n.out.String()))
	}
}

// A state sync that is killed leaves what memiavl began and the folder of the chunks; the next start begins anew, and memiavl's part is
// cleared. The folder stays.
func TestKilledStateSync(t *testing.T) {
	t.Parallel()
	chain := serve(t, 20, "SEID_STANDIN_CHUNK_DELAY", "300ms")
	home, chunks := joined(t, "full", chain.validator, chain.full), t.TempDir()
	n, _ := chain.syncing(t, home, fmt.Sprintf("temp-dir = %q", chunks))
	left := func(pattern string) int {
		found, _ := filepath.Glob(pattern)
		return len(found)
	}
	n.poll("a chunk", func() error {
		if left(filepath.Join(home, "data/state_commit/memiavl/*-tmp/part-2")) == 0 {
			return errors.New("none")
		}
		return nil
	})
	_ = n.cmd.Process.Kill()
	n.wait()
	if left(filepath.Join(chunks, "tm-statesync*")) != 1 || left(filepath.Join(home, "data/state_commit/memiavl/snapshot-*-tmp")) != 1 {
		t.Error("a state sync that is killed leaves nothing")
	}
	n, e := chain.syncing(t, home)
	n.reach(e, 1)
	if left(filepath.Join(chunks, "tm-statesync*")) != 1 || left(filepath.Join(home, "data/state_commit/memiavl/*-tmp")) != 0 {
		t.Error("the folder of the chunks is gone, or what memiavl began is there")
	}
}

// A snapshot that lies on the volume is taken without waiting for two peers, if the database of the snapshots knows it: folders alone
// are nothing.
func TestLocalSnapshot(t *testing.T) {
	t.Parallel()
	chain := serve(t, 3)
	source, e := joined(t, "full", chain.validator, chain.full), ports(t)
	maker := spawn(t, e.with("SEID_STATE_SYNC_SNAPSHOT_INTERVAL", "5"), "start", "--home", source)
	maker.reach(e, 14)
	maker.stop()
	for name, without := range map[string]string{"all of it": "nothing", "folders alone": "metadata.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := joined(t, "full", chain.validator)
			check(t, os.CopyFS(filepath.Join(home, "data/snapshots"), os.DirFS(filepath.Join(source, "data/snapshots"))))
			check(t, os.RemoveAll(filepath.Join(home, "data/snapshots", without)))
			n, e := chain.syncing(t, home, "use-local-snapshot = true")
			if without == "nothing" {
				n.reach(e, 5)
				return
			}
			n.says("starting state sync")
			chain.v.reach(chain.validator, chain.v.reach(chain.validator, 1).height()+40)
			if strings.Contains(n.out.String(), "Offering snapshot") {
				t.Error("it took a snapshot that the database does not know")
			}
		})
	}
}
