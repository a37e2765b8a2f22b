package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

const (
	// agentNetwork are the pods' addresses: of carriers' networks (RFC 6598), and this machine's own while it is measured. The operator asks none on loopback.
	agentNetwork = "100.80.0.0/13"
	agentPort    = int(seid.AgentPort)
)

// agents are all agents of the fleet: one server, which answers for each address as its pod would.
type agents struct {
	server http.Server
	mutex  sync.Mutex
	// behind are the addresses whose node is catching up, silent those that answer nobody.
	behind, silent map[string]bool
	// planned are those whose chain has planned an upgrade.
	planned map[string]bool
}

// free says whether nobody listens on a port.
func free(port int) error {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return fmt.Errorf("port %d, on which the simulated agents answer, is in use: %w", port, err)
	}
	return listener.Close()
}

// startAgents gives this machine the pods' addresses, and answers on them.
func startAgents() (*agents, error) {
	if output, err := exec.Command("ip", "route", "replace", "local", agentNetwork, "dev", "lo").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("giving this machine the addresses %s (which takes root): %w: %s", agentNetwork, err, output)
	}
	a := &agents{behind: map[string]bool{}, silent: map[string]bool{}, planned: map[string]bool{}}
	a.server = http.Server{Addr: fmt.Sprintf(":%d", agentPort), Handler: http.HandlerFunc(a.answer), ReadHeaderTimeout: time.Second}
	listener, err := net.Listen("tcp", a.server.Addr)
	if err != nil {
		return nil, errors.Join(err, dropAddresses())
	}
	go func() { _ = a.server.Serve(listener) }() // until it is closed
	return a, nil
}

func dropAddresses() error {
	return exec.Command("ip", "route", "del", "local", agentNetwork, "dev", "lo").Run()
}

func (a *agents) stop() error { return errors.Join(a.server.Close(), dropAddresses()) }

// answer says what the agent at the address that was asked would.
func (a *agents) answer(w http.ResponseWriter, r *http.Request) {
	address, _, _ := net.SplitHostPort(r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
	a.mutex.Lock()
	behind, silent, planned := a.behind[address], a.silent[address], a.planned[address]
	a.mutex.Unlock()
	if silent {
		hold(r.Context())
		return
	}
	answer := wire.NodeStatus{
		Ready: !behind, Answers: true, Network: chain, NodeID: fmt.Sprintf("%040x", net.ParseIP(address).To4()), Height: time.Now().Unix(), EarliestHeight: 1,
		CatchingUp: behind, Peers: 8, Plan: &wire.Plan{},
	}
	if behind {
		answer.Reason = "the node is catching up"
	}
	if planned {
		answer.Plan = &wire.Plan{Name: "v2", Height: 2_000_000_000}
	}
	_ = json.NewEncoder(w).Encode(answer) // who asked may have gone
}

// hold keeps whoever asks waiting, as an address behind which nobody is does.
func hold(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Minute):
	}
}

func (a *agents) set(addresses []string, in func(*agents) map[string]bool, to bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, address := range addresses {
		in(a)[address] = to
	}
}

// fallSilent has the agents at those addresses answer nobody from now on; fallBehind has their nodes catch up.
func (a *agents) fallSilent(addresses ...string) {
	a.set(addresses, func(a *agents) map[string]bool { return a.silent }, true)
}

func (a *agents) fallBehind(addresses ...string) {
	a.set(addresses, func(a *agents) map[string]bool { return a.behind }, true)
}

// plan has the chain of the nodes at those addresses plan an upgrade. It stays planned.
func (a *agents) plan(addresses ...string) {
	a.set(addresses, func(a *agents) map[string]bool { return a.planned }, true)
}

// recover has all of them answer again, and their nodes caught up.
func (a *agents) recover() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	clear(a.silent)
	clear(a.behind)
}
