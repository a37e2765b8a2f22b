// Package serve tells the truth about the seid in the same pod: to Kubernetes (/readyz, /livez), to people and the operator
// (/status), and to Prometheus (/metrics). It asks seid's RPC once a second, or knocks at a seed's P2P port, and needs nobody else.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/rpc"
	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

const (
	// pollInterval is how often seid is asked; readiness is at most that and one probe late.
	pollInterval = time.Second
	// rpcTimeout bounds one question. A node under load answers /status in milliseconds or not at all.
	rpcTimeout = 2 * time.Second
	// knockInterval is how often a seed's port is tried. Each time costs seid a handshake that fails, and a line in its log.
	knockInterval = 5 * time.Second
	// apart is how long after the first time seid has to stop for an upgrade again for it to count: one start that writes the file twice does not.
	apart = 30 * time.Second
	// peersToCatchUp is how many peers seid must have at once to find that it has caught up (v6.6.2).
	peersToCatchUp = 2
)

// Options say what to watch, and when it is ready.
type Options struct {
	// Listen is the address to serve on; RPC is seid's, http://host:port.
	Listen, RPC string
	// P2P is the host:port of seid's P2P port, for a node that opens no other, such as a seed: it is ready while that accepts connections, and
	// is asked nothing. Empty, the RPC is asked.
	P2P string
	// Volume is the folder at which the data volume is mounted, Place where on it the home is looked for.
	Volume string
	Place  volume.Place
	// Signs says that the node is a validator: which key it signs with, and what it signed last, is told.
	Signs bool
	// HaltHeight is the block at which seid is to stop and stay stopped, 0 for none.
	HaltHeight int64
	// Sync is the file in which the agent around seid says how far a state sync is, "" where none is asked for; Metrics is the URL of seid's own.
	Sync, Metrics string
	// Trust has the servers that a block of a node is compared with whose state came from peers, or whose data from an archive.
	Trust trust.Options
	// MaxBlockAge is how old the last block may be.
	MaxBlockAge time.Duration
	// MinPeers is how many peers there must be; 0 for a node that is configured to have none.
	MinPeers int
}

// Agent knows the state of the seid beside it.
type Agent struct {
	options Options
	client  *http.Client
	now     func() time.Time
	status  atomic.Pointer[wire.NodeStatus]
	// room is what the volume was last measured to have, nil where it never answered.
	room atomic.Pointer[measured]
	// past is when the file of an upgrade was written that was there before seid started, zero for none.
	past time.Time
	// halted is the upgrade that seid was first seen to stop for since it last answered, and when it wrote it down.
	halted  wire.UpgradeHalt
	written time.Time
	// heard is when seid last answered.
	heard time.Time
	// connections are those of seid.
	connections connections
	// planned is when the chain was last asked what upgrade it has planned.
	planned time.Time
	// scraped is when seid's metrics were last read, for a state sync, and series what they said.
	scraped time.Time
	series  map[string]float64
	// waits is since when a state sync has found no snapshot, zero where it has.
	waits time.Time
	// block is one that seid has: the first one after a state sync; of an archive's data the last one, since servers seldom have the first. fork is how it differs from that of the servers, nil where it is not known to; compared says that they have the same,
	// comparedAt when they were last asked, and comparePause for how long they are not asked again.
	block        trust.Point
	fork         atomic.Pointer[trust.Doubt]
	compared     atomic.Bool
	comparedAt   time.Time
	comparePause time.Duration
}

// New returns an agent that has not looked yet: nothing is ready before the first look. now tells the time.
func New(o Options, now func() time.Time) *Agent {
	agent := &Agent{options: o, client: &http.Client{Timeout: rpcTimeout}, now: now}
	agent.status.Store(&wire.NodeStatus{Reason: "seid was not asked yet"})
	_, agent.past = agent.upgradeInfo()
	return agent
}

// Run serves until ctx is done. It returns an error if it cannot listen.
func (a *Agent) Run(ctx context.Context) error {
	return listen(ctx, a.options.Listen, a.Handler(), func() {
		go a.poll(ctx)
		go a.measureOften(ctx)
	})
}

// listen serves on an address until ctx is done. begin is called once it does.
func listen(ctx context.Context, address string, handler http.Handler, begin func()) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
	}
	begin()
	go func() {
		<-ctx.Done()
		_ = server.Close() // a probe that is cut off is asked again
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (a *Agent) poll(ctx context.Context) {
	interval := pollInterval
	if a.options.P2P != "" {
		interval = knockInterval
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for a.Look(ctx); ; a.Look(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Look asks seid once, and keeps what it says.
func (a *Agent) Look(ctx context.Context) {
	if a.options.P2P != "" {
		reason := a.knock(ctx)
		a.status.Store(&wire.NodeStatus{Ready: reason == "", Reason: reason})
		return
	}
	status := *a.status.Load()
	err := a.ask(ctx, &status)
	status.Answers, status.HeardSeconds = err == nil, a.heardAgo(err)
	if a.options.Signs {
		status.Signed = a.signed()
	}
	a.askPlan(ctx, &status)
	status.UpgradeHalt = a.upgradeHalt(&status)
	status.HeightHalt = a.heightHalt(&status)
	status.DiskFull = false
	status.Restore = a.withFork(a.stateSync(ctx), a.forked(ctx, &status))
	status.Reason = a.trouble(&status, err)
	status.Ready = status.Reason == ""
	a.status.Store(&status)
	a.lookAtDisk(status, err)
}

// heardAgo is how many seconds ago seid last answered, 0 where it never did.
func (a *Agent) heardAgo(err error) float64 {
	if err == nil {
		a.heard = a.now()
	}
	if err == nil || a.heard.IsZero() {
		return 0
	}
	return a.now().Sub(a.heard).Seconds()
}

// lookAtDisk says that a node which stands still has no room left, or one that does not answer: it may have stopped for that, or be unable to note that it
// stopped. One that is stopped for good needs none. It comes last, since a disk that is sick may not answer.
func (a *Agent) lookAtDisk(status wire.NodeStatus, err error) {
	moves := status.Answers && status.BlockAgeSeconds <= a.options.MaxBlockAge.Seconds()
	if moves || status.HeightHalt != nil || !volume.Full(a.options.Volume) {
		return
	}
	status.DiskFull = true
	status.Reason = a.trouble(&status, err)
	a.status.Store(&status)
}

// knock says why the P2P port is no sign of life, "" if it is.
func (a *Agent) knock(ctx context.Context) string {
	connection, err := (&net.Dialer{Timeout: rpcTimeout}).DialContext(ctx, "tcp", a.options.P2P)
	if err != nil {
		return fmt.Sprintf("seid's P2P port does not accept connections: %v", err)
	}
	_ = connection.Close()
	return ""
}

// ask fills the status from two answers. A field that must be there and is not is an error: nothing is ready on garbage.
func (a *Agent) ask(ctx context.Context, status *wire.NodeStatus) error {
	var answer statusAnswer
	var network netInfoAnswer
	if err := get(ctx, a.client, a.options.RPC+"/status", &answer); err != nil {
		return err
	}
	if err := get(ctx, a.client, a.options.RPC+"/net_info", &network); err != nil {
		return err
	}
	peers, err := network.peers()
	if err != nil {
		return err
	}
	if answer.SyncInfo.CatchingUp == nil || answer.SyncInfo.Time.IsZero() {
		return errors.New("the answer lacks catching_up or latest_block_time")
	}
	status.NodeID, status.Network = answer.NodeInfo.ID, answer.NodeInfo.Network
	status.Height, status.EarliestHeight = int64(answer.SyncInfo.Height), int64(answer.SyncInfo.Earliest)
	a.block = trust.Point{Height: int64(answer.SyncInfo.Earliest), Hash: answer.SyncInfo.EarliestHash}
	if a.options.Sync == "" {
		a.block = trust.Point{Height: int64(answer.SyncInfo.Height), Hash: answer.SyncInfo.Hash}
	}
	status.CatchingUp, status.Peers = *answer.SyncInfo.CatchingUp, peers
	status.Connected = a.connections.look(peers, a.now())
	if a.options.Signs {
		status.KeyAddress = answer.ValidatorInfo.Address
	}
	status.BlockAgeSeconds = a.now().Sub(answer.SyncInfo.Time).Seconds()
	return nil
}

// trouble is why the node is not ready, "" if it is. catching_up alone calls a node that is cut off healthy, and so does the
// age of the last block alone: all of them count. The text is a condition's: it holds no height and no time, which change for ever.
func (a *Agent) trouble(status *wire.NodeStatus, err error) string {
	switch {
	case status.DiskFull:
		return "the volume is full, and seid stands still: raise spec.resources.requests.storage of its PVC, if the StorageClass allows that"
	case status.UpgradeHalt != nil:
		return fmt.Sprintf("seid does not answer, and wrote upgrade %q at height %d to data/upgrade-info.json: it wants an image that knows the upgrade",
			status.UpgradeHalt.Name, status.UpgradeHalt.Height)
	case status.HeightHalt != nil:
		return status.HeightHalt.String()
	case errors.Is(err, errNoConnections):
		return err.Error()
	case err != nil && status.Restore != nil && !status.Restore.Done():
		return "seid has no state yet: " + status.Restore.Message
	case err != nil:
		return fmt.Sprintf("seid's RPC does not answer (it opens after replay and state sync): %v", err)
	case status.Height <= 0:
		return "seid has no block yet"
	case status.CatchingUp && status.Peers < peersToCatchUp:
		return fmt.Sprintf("seid is catching up, and has %d of the %d peers that it needs to find that it has caught up; see spec.peers", status.Peers, peersToCatchUp)
	case status.CatchingUp:
		return "seid is catching up"
	case status.Peers < a.options.MinPeers:
		return fmt.Sprintf("seid has %d peers; wanted at least %d", status.Peers, a.options.MinPeers)
	case status.BlockAgeSeconds > a.options.MaxBlockAge.Seconds():
		return fmt.Sprintf("the last block is older than the %s that are allowed", a.options.MaxBlockAge)
	}
	return ""
}

// upgradeHalt reads the upgrade that seid stopped for. The file stays after the upgrade, so it counts only if it was written since this agent
// began, which is before seid starts, and only while seid does not answer. seid writes it anew at each start (seen, v6.6.2).
func (a *Agent) upgradeHalt(status *wire.NodeStatus) *wire.UpgradeHalt {
	if status.Answers {
		a.halted = wire.UpgradeHalt{}
		return nil
	}
	content, written := a.upgradeInfo()
	if written.Equal(a.past) {
		return nil
	}
	var info struct {
		Name   string      `json:"name"`
		Height rpc.Integer `json:"height"`
	}
	if json.Unmarshal(content, &info) == nil && info.Name != "" {
		return a.haltFor(wire.UpgradeHalt{Name: info.Name, Height: int64(info.Height)}, written)
	}
	return nil
}

// haltFor adds whether seid was started again since, and stopped for the same again.
func (a *Agent) haltFor(halt wire.UpgradeHalt, written time.Time) *wire.UpgradeHalt {
	if a.halted != halt {
		a.halted, a.written = halt, written
	}
	halt.Again = written.Sub(a.written) >= apart
	return &halt
}

// upgradeInfo is the content of the file, and when it was written; both are empty where there is none.
func (a *Agent) upgradeInfo() (content []byte, written time.Time) {
	a.read(func(home *volume.Volume) {
		content, written = home.Read(seid.UpgradeInfo), home.Written(seid.UpgradeInfo)
	})
	return content, written
}

// signed is what the sign state on the volume says, nil if there is none.
func (a *Agent) signed() (state *wire.Signed) {
	a.read(func(home *volume.Volume) { state, _ = home.SignState() })
	return state
}

// read looks into the home on the volume, if that can be opened.
func (a *Agent) read(look func(home *volume.Volume)) {
	opened, err := volume.Open(a.options.Volume, a.options.Place)
	if err != nil {
		return
	}
	defer opened.Close()
	_, home := opened.Home()
	look(opened.At(home))
}
