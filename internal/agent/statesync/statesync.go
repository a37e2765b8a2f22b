// Package statesync gets a volume that is empty ready for seid to fetch its state from its peers, at each start of seid for as long as none has come: it has the
// block made that the chain is trusted by, removes what an attempt left behind that came to nothing, and notes that the state has come. It runs in
// seid's container, since nobody else is there whenever that starts, and may be killed at any moment.
//
// What is removed is in data/ of a home in which this package noted, while it held no data, that a state sync begins. From the moment that seid was heard to
// have a block nothing is removed any more.
package statesync

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/trust"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

const (
	// firstPause and longestPause are how long to wait before the servers are asked again.
	firstPause   = 10 * time.Second
	longestPause = 5 * time.Minute
	// patience is how many attempts may come to nothing before it is said that the sync stalls. It goes on.
	patience = 5
)

// Options say what is to come onto which volume.
type Options struct {
	// Volume is the folder at which the data volume is mounted, Place where on it the home is looked for.
	Volume string
	Place  volume.Place
	// Trust says by whom the chain is trusted, and Period for how long.
	Trust  trust.Options
	Period string
	// Chunks says that seid is to take its state from the snapshot that was brought onto the volume, and not from its peers.
	Chunks bool
	// Said is the file in which the agent beside seid finds how far it is.
	Said string
	// Agent is the URL of the /status of the agent beside seid.
	Agent string
}

// Syncer is the state sync of one container.
type Syncer struct {
	Options
	out io.Writer
	// home is where on the volume the home is.
	home string
	// attempt is how many were begun, and failed how many of those came to nothing.
	attempt, failed int
	// syncs says that seid was started to fetch its state, and not on one that is there.
	syncs, done         bool
	said                wire.Restore
	pause, longest, ask time.Duration
	step                func(string) error
	now                 func() time.Time
}

// New returns a state sync that has not looked yet. It writes to out what the log of seid's container is to say.
func New(o Options, out io.Writer) *Syncer {
	return &Syncer{Options: o, out: out, pause: firstPause, longest: longestPause, ask: time.Second, step: func(string) error { return nil }, now: time.Now}
}

// Ready returns once seid may start, or ctx is done, with what is to be in the environment of seid.
func (s *Syncer) Ready(ctx context.Context) []string {
	for pause := s.pause; ; pause = min(2*pause, s.longest) {
		env, trouble := s.prepare(ctx)
		if trouble == nil {
			return env
		}
		if said := s.stalled(trouble.Reason, trouble.Message); said != s.said && ctx.Err() == nil {
			s.say("seid is not started: %s", said.Message)
			s.tell(said)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// Done says that the volume has its data, and nothing is to be watched.
func (s *Syncer) Done() bool { return s.done }

// stalled is what is said of a sync that does not go on; after some attempts by another reason.
func (s *Syncer) stalled(reason, message string) wire.Restore {
	if s.failed >= patience {
		reason, message = wire.ReasonStalled, fmt.Sprintf("%d attempts at a state sync came to nothing, and it is tried on; now: %s", s.failed, message)
	}
	return wire.Restore{Reason: reason, Message: message, Attempts: s.attempt}
}

// prepare does what the volume wants before seid starts.
func (s *Syncer) prepare(ctx context.Context) ([]string, *trust.Doubt) {
	found, err := s.look()
	if err != nil {
		return nil, failed(err)
	}
	s.attempt, s.syncs = 0, false
	if found.note != nil {
		s.attempt = found.note.Attempts
	}
	s.failed = s.attempt
	switch what := next(found); what {
	case start:
		s.done = true
		s.clear(found.note, nil)
		s.tell(s.brought(found.note))
		return nil, nil
	case arrived:
		return nil, failed(s.arrive(found.note, 0))
	case try:
		s.say("the state may have come before seid was stopped: it is started on it")
		found.note.Tried++
		s.tell(s.stalled(wire.ReasonSyncing, "seid starts on the state that the last attempt may have brought"))
		return nil, failed(s.write(*found.note))
	default:
		return s.begin(ctx, found, what == empty)
	}
}

func failed(err error) *trust.Doubt {
	if err == nil {
		return nil
	}
	return &trust.Doubt{Reason: wire.ReasonRestoreFailed, Message: err.Error()}
}

// brought is said of a volume that has its data.
func (s *Syncer) brought(note *volume.Sync) wire.Restore {
	if note == nil {
		return wire.Restore{Reason: wire.ReasonNotNeeded, Message: "the volume holds chain data already; spec.bootstrap is for a volume that is empty"}
	}
	return wire.Restore{Reason: wire.ReasonStateSynced, Message: "the state has come from " + s.source(), Percent: 100, Attempts: note.Attempts}
}

// begin has seid fetch the state. What is to be trusted is known before anything is removed.
func (s *Syncer) begin(ctx context.Context, found facts, leftovers bool) ([]string, *trust.Doubt) {
	point, doubt := s.point()
	if doubt != nil {
		return nil, doubt
	}
	trusted, doubt := trust.Make(ctx, point)
	if doubt != nil {
		return nil, doubt
	}
	if leftovers {
		s.say("attempt %d at a state sync came to nothing: data/ is emptied for the next", s.attempt)
		if err := s.empty(*found.note); err != nil {
			return nil, failed(err)
		}
	}
	s.attempt++
	if err := s.write(volume.Sync{Attempts: s.attempt}); err != nil {
		return nil, failed(err)
	}
	s.syncs = true
	s.say("attempt %d: block %d, %s, is trusted by %s", s.attempt, trusted.Height, trusted.Hash, strings.Join(trusted.Servers, " and "))
	s.tell(s.stalled(wire.ReasonSyncing, s.fetches()))
	return append(s.environment(trusted), s.local()...), nil
}

// environment is how seid is told: each of these keys is in the file that a fresh home has. Snapshots are unpacked on the volume, since a container has
// little room of its own.
func (s *Syncer) environment(trusted trust.Trusted) []string {
	env := []string{"TMPDIR=" + filepath.Join(volume.Path(s.Volume, s.home), seid.SyncDir, seid.SyncTemp)}
	for _, setting := range [][2]string{
		{"statesync.enable", "true"},
		{"statesync.rpc-servers", strings.Join(trusted.Servers, ",")},
		{"statesync.trust-height", strconv.FormatInt(trusted.Height, 10)},
		{"statesync.trust-hash", trusted.Hash},
		{"statesync.trust-period", s.Period},
	} {
		env = append(env, seid.Variable(setting[0])+"="+setting[1])
	}
	return env
}

// say writes to the log of seid's container.
func (s *Syncer) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, "seinode-agent: "+format+"\n", args...)
}
