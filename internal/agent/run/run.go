// Package run is around seid where it needs somebody at each of its starts: to get a volume ready for a state sync (package statesync), and to have it stop at
// a block, and stay stopped. seid itself ends at its halt height with exit code 0, and commits one block more each time
// that it is started again (v6.6.2). So its container runs this program, and seid is a child of it: it notes on the volume that seid ended by itself,
// starts seid no more where that is noted, and stays, so that nobody starts the container again. Else it is seen from outside as seid is.
package run

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/statesync"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Options say what to run, and where to stop.
type Options struct {
	// Volume is the folder at which the data volume is mounted, Place where on it the home is looked for.
	Volume string
	Place  volume.Place
	// HaltHeight is the block at which seid is to stop, 0 for none; its environment says so, too.
	HaltHeight int64
	// Sync gets the volume ready for a state sync; nil where none is asked for.
	Sync *statesync.Syncer
	// Agent is the URL of the /status of the agent beside seid.
	Agent string
	// Command is seid's own.
	Command []string
}

// forwarded are the signals that seid gets in our place. Whoever sends one asks it to stop.
var forwarded = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP}

// again is how long to wait before the volume is looked at once more, or what could not be noted is tried once more: a disk may be full, and be given room.
var again = 10 * time.Second

// Run runs seid and returns the exit code to end with: seid's own, or 0 where seid is kept stopped and somebody ends this program. It belongs on the main
// goroutine: seid is killed when its thread goes.
func Run(o Options, out io.Writer) int {
	r := runner{options: o, out: out, signals: make(chan os.Signal, 8)}
	signal.Notify(r.signals, forwarded...)
	for {
		if r.wait() || r.getReady() {
			return 0
		}
		if r.inTheWay() {
			return r.become()
		}
		code, byItself := r.child()
		if !byItself || r.farBelow() {
			return code
		}
		r.say("seid ended by itself, as it does at its halt height %d (exit code %d)", o.HaltHeight, code)
		r.due = true
	}
}

type runner struct {
	options Options
	out     io.Writer
	signals chan os.Signal
	// home is where the home lies on the volume.
	home string
	// env is added to the environment of seid.
	env []string
	// due says that seid is stopped for its halt height, and that the volume does not say so yet.
	due bool
}

// say writes to the log of seid's container, and never where seid ended otherwise: its own words are to be the last.
func (r *runner) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "seinode-agent: "+format+"\n", args...)
}

// wait returns once seid is to be started, true if somebody asks this program to stop before. Whatever keeps seid stopped may pass: it is looked at again.
func (r *runner) wait() (asked bool) {
	if r.options.HaltHeight == 0 {
		return false
	}
	retry := time.NewTicker(again)
	defer retry.Stop()
	for said := ""; ; {
		why := r.keeps()
		switch {
		case why == "":
			return false
		case why != said:
			r.say("seid is not started: %s", why)
			said = why
		}
		select {
		case <-r.signals:
			return true
		case <-retry.C:
			reap()
		}
	}
}

// keeps says why seid is not to be started, "" if it is, and notes on the volume what is due.
func (r *runner) keeps() string {
	why := r.kept()
	if !r.due {
		return why
	}
	if err := r.note(); err != nil {
		return fmt.Sprintf("%s. Noting that on the volume failed, and is tried again: until then a restart may commit one block more: %v", why, err)
	}
	r.due = false
	return why
}

// kept says why seid is not to be started, "" if it is: it stopped at that height or above it, or the volume has that block already. In doubt it is not.
func (r *runner) kept() string {
	const remedy = "; to go on, remove spec.haltHeight or raise it above that. Where seid was stopped below that block, delete data/" + seid.HaltedFile
	wanted := r.options.HaltHeight
	if r.due {
		return fmt.Sprintf("it stopped for halt height %d, and is to stop at %d%s", wanted, wanted, remedy)
	}
	home, halted, doubt := volume.Halted(r.options.Volume, r.options.Place)
	switch {
	case doubt != "":
		return doubt
	case halted >= wanted:
		return fmt.Sprintf("it stopped for halt height %d, and is to stop at %d%s", halted, wanted, remedy)
	}
	r.home = home
	height, err := r.committed()
	switch {
	case err != nil:
		return "the volume cannot be read: " + err.Error()
	case height >= wanted:
		r.due = true
		return fmt.Sprintf("it is to stop at block %d, and the volume has block %d; to go on, remove spec.haltHeight or raise it above that", wanted, height)
	}
	return ""
}

// committed is a lower bound of the last block that the volume has.
func (r *runner) committed() (int64, error) {
	opened, err := volume.Open(r.options.Volume, r.options.Place)
	if err != nil {
		return 0, err
	}
	defer opened.Close()
	return inspect.Committed(opened.At(r.home)), opened.Err
}
