package run

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// getReady returns once the volume is ready for seid, true if somebody asks this program to stop before.
func (r *runner) getReady() (asked bool) {
	if r.options.Sync == nil {
		return false
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready := make(chan []string, 1)
	go func() { ready <- r.options.Sync.Ready(ctx) }()
	select {
	case r.env = <-ready:
		return false
	case <-r.signals:
		cancel()
		<-ready // nothing is done to the volume any more
		return true
	}
}

// inTheWay says that nobody is needed around seid: it stops at no block, and its state is there.
func (r *runner) inTheWay() bool { return r.options.HaltHeight == 0 && r.options.Sync.Done() }

// become starts seid in place of this program: it returns only where that fails, or where somebody asked to stop a moment before.
func (r *runner) become() int {
	signal.Stop(r.signals)
	if len(r.signals) > 0 {
		return 0
	}
	program, err := exec.LookPath(r.options.Command[0])
	if err == nil {
		err = syscall.Exec(program, r.options.Command, os.Environ())
	}
	r.say("starting %s: %v", r.options.Command[0], err)
	return notFound
}

// watch follows the state sync until it is called off, and has seid stop where nothing comes.
func (r *runner) watch() (callOff func()) {
	if r.options.Sync == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		r.options.Sync.Watch(ctx, func() { r.signals <- syscall.SIGTERM })
	}()
	return func() {
		cancel()
		<-over
		r.options.Sync.Ended()
	}
}

// environment is our own with what the state sync adds: of two values of one variable a program takes either.
func (r *runner) environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(own string) bool {
		name, _, _ := strings.Cut(own, "=")
		return slices.ContainsFunc(r.env, func(added string) bool { return strings.HasPrefix(added, name+"=") })
	})
	return append(env, r.env...)
}
