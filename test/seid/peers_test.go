package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

type netInfo struct {
	Count string `json:"n_peers"`
	Peers []struct {
		ID  string `json:"node_id"`
		URL string `json:"url"`
	} `json:"peers"`
	Connections []struct {
		ID    string `json:"node_id"`
		State string `json:"state"`
		Score string `json:"score"`
	} `json:"peer_connections"`
}

// connections waits until the node has so many.
func (p *process) connections(e env, want int) (info netInfo) {
	p.t.Helper()
	p.poll(fmt.Sprintf("%d connections", want), func() error {
		info = netInfo{}
		if err := get(p.t, e.rpc()+"/net_info", &info); err != nil {
			return err
		}
		if len(info.Connections) != want {
			return fmt.Errorf("%+v", info)
		}
		return nil
	})
	return info
}

// says waits for a text in the output.
func (p *process) says(text string) {
	p.t.Helper()
	p.poll(text, func() error {
		if strings.Contains(p.out.String(), text) {
			return nil
		}
		return os.ErrNotExist
	})
}

// A node with one peer is at the tip and still catching up; a second one ends it. What /net_info counts are addresses: a node that
// has only inbound connections knows none, and one that lost all of its connections still has its own.
func TestCatchingUpAndConnections(t *testing.T) {
	t.Parallel()
	validator, companion, e := ports(t), ports(t), ports(t)
	v := spawn(t, validator.with("SEID_HOME", t.TempDir()), "devnet")
	v.reach(validator, 2)
	c := spawn(t, companion, "start", "--home", joined(t, "full", validator))
	c.says("SwitchToConsensus") // the engine's own block sync is over
	for range 10 {              // heights, each with the tip in reach
		s := c.reach(companion, v.reach(validator, 1).height())
		if !s.SyncInfo.CatchingUp {
			t.Fatalf("caught up with one peer: %+v", s)
		}
		v.reach(validator, s.height()+1)
	}

	f := spawn(t, e, "start", "--home", joined(t, "full", validator, companion))
	for process, at := range map[*process]env{f: e, c: companion} {
		process.poll("caught up with two peers", func() error {
			if s := process.reach(at, 1); s.SyncInfo.CatchingUp {
				return fmt.Errorf("%+v", s)
			}
			return nil
		})
	}
	if info := v.connections(validator, 2); info.Count != "0" || info.Peers != nil || info.Connections[0].State != "ready,connected" || info.Connections[0].Score != "100" {
		t.Errorf("two inbound connections, and no address: %+v", info)
	}
	if info := f.connections(e, 2); info.Count != "2" || !strings.HasPrefix(info.Peers[0].URL, "mconn://"+info.Peers[0].ID+"@127.0.0.1:") {
		t.Errorf("two configured peers: %+v", info)
	}
	v.stop()
	c.stop()
	if info := f.connections(e, 0); info.Count != "2" {
		t.Errorf("the addresses stay: %+v", info)
	}
	if s := f.reach(e, 1); s.SyncInfo.CatchingUp {
		t.Errorf("a node that lost its peers says that it catches up: %+v", s)
	}
}

// A seed opens the port of its peers alone, and ends on SIGKILL alone.
func TestSeed(t *testing.T) {
	t.Parallel()
	validator, e := ports(t), ports(t)
	v := spawn(t, validator.with("SEID_HOME", t.TempDir()), "devnet")
	v.reach(validator, 1)
	metrics, rest, evm := freePort(t), freePort(t), freePort(t)
	home := joined(t, "seed", validator)
	s := spawn(t, e.with("SEID_INSTRUMENTATION_PROMETHEUS", "true", "SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR", metrics,
		"SEID_API_ENABLE", "true", "SEID_API_ADDRESS", "tcp://"+rest,
		"SEID_EVM_HTTP_ENABLED", "true", "SEID_EVM_HTTP_PORT", evm[strings.Index(evm, ":")+1:]), "start", "--home", home)
	s.poll("P2P", func() error { return dial(e.p2p()) })
	v.connections(validator, 1)
	for what, address := range map[string]string{"RPC": strings.TrimPrefix(e["SEID_RPC_LADDR"], "tcp://"), "metrics": metrics, "REST": rest, "EVM": evm} {
		if dial(address) == nil {
			t.Errorf("a seed opens its port of %s", what)
		}
	}
	s.says("node is running")
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		_ = s.cmd.Process.Signal(sig)
		for range 15 { // blocks: any other node ends within the time of ten
			v.reach(validator, v.reach(validator, 1).height()+1)
			v.connections(validator, 1)
		}
	}
}

func dial(address string) error {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		err = connection.Close()
	}
	return err
}
