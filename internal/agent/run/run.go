// Package run has seid stop at a block, and stay stopped. seid itself ends at its halt height with exit code 0, and commits one block more each time
// that it is started again (v6.6.2). So its container runs this program, and seid is a child of it: it notes on the volume that seid ended by itself,
// starts seid no more where that is noted, and stays, so that nobody starts the container again. Else it is seen from outside as seid is.
package run

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"strconv"
	"syscall"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Options say what to run, and where to stop.
type Options struct {
	// Volume is the folder at which the data volume is mounted, Place where on it the home is looked for.
	Volume string
	Place  volume.Place
	// HaltHeight is the block at which seid is to stop; its environment says so, too.
	HaltHeight int64
	// Command is seid's own.
	Command []string
}

// forwarded are the signals that seid gets in our place. Whoever sends one asks it to stop.
var forwarded = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP}

// again is how long to wait before what could not be noted is tried once more: a disk may be full, and be given room.
var again = 10 * time.Second

// Run runs seid and returns the exit code to end with: seid's own, or 0 once seid is stopped for good and somebody ends this program. It belongs on the
// main goroutine: seid is killed when its thread goes.
func Run(o Options, out io.Writer) int {
	r := runner{options: o, out: out, signals: make(chan os.Signal, 8)}
	signal.Notify(r.signals, forwarded...)
	if why, then := r.kept(); why != "" {
		r.say("seid is not started: %s", why)
		return r.stay(then)
	}
	code, byItself := r.child()
	if !byItself {
		return code
	}
	r.say("seid ended by itself, as it does at its halt height %d (exit code %d). It stays stopped, also when its container or its pod is started again, "+
		"until spec.haltHeight is removed or raised", o.HaltHeight, code)
	return r.stay(r.note)
}

type runner struct {
	options Options
	out     io.Writer
	signals chan os.Signal
	// home is where the home lies on the volume.
	home string
}

// say writes to the log of seid's container, and never where seid ended otherwise: its own words are to be the last.
func (r *runner) say(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, "seinode-agent: "+format+"\n", args...)
}

// kept says why seid is not to be started, "" if it is, and what is to be done then: it stopped at that height or above it, or the volume has that block
// already. In doubt it is not started.
func (r *runner) kept() (why string, then func() error) {
	opened, err := volume.Open(r.options.Volume, r.options.Place)
	if err != nil {
		return "the volume cannot be read: " + err.Error(), nil
	}
	defer opened.Close()
	layout, home := opened.Home()
	r.home = home
	halted, doubt := opened.At(home).Halted()
	height := inspect.Height(opened)
	const remedy = "; to go on, remove spec.haltHeight or raise it above that"
	switch wanted := r.options.HaltHeight; {
	case opened.Err != nil:
		return "the volume cannot be read: " + opened.Err.Error(), nil
	case layout == wire.LayoutUnknown || layout == wire.LayoutEmpty:
		return "the volume holds no home of seid any more", nil
	case doubt != "":
		return doubt, nil
	case halted >= wanted:
		return fmt.Sprintf("it stopped for halt height %d before, and is to stop at %d%s", halted, wanted, remedy), nil
	case height >= wanted:
		return fmt.Sprintf("it is to stop at block %d, and the volume has block %d%s", wanted, height, remedy), r.note
	}
	return "", nil
}

// stay returns once somebody asks this program to stop. Until then it does what is to be done, again and again while that fails.
func (r *runner) stay(do func() error) int {
	signal.Ignore(syscall.SIGCHLD) // what others leave behind in this container is taken away by the kernel
	retry := time.NewTicker(again)
	defer retry.Stop()
	for {
		if do != nil {
			err := do()
			if err == nil {
				do = nil
				continue
			}
			r.say("noting on the volume that seid is stopped failed, and is tried again: until then a restart may commit one block more: %v", err)
		}
		select {
		case <-r.signals:
			return 0
		case <-retry.C:
		}
	}
}

// note writes down, for each start to come, for which height seid stopped.
func (r *runner) note() error {
	root, err := os.OpenRoot(r.options.Volume)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return replace(root, path.Join(r.home, seid.DataDir, seid.HaltedFile), strconv.FormatInt(r.options.HaltHeight, 10)+"\n")
}

// replace makes a file of ours, in place of a former one, whole or not at all, and durable.
func replace(root *os.Root, name, content string) error {
	folder := path.Dir(name)
	written := path.Join(folder, seid.Temporary+rand.Text())
	file, err := root.OpenFile(written, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = root.Rename(written, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(written))
	}
	dir, err := root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
