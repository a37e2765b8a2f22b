package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	// fleet is the namespace of the nodes that are measured, and stuck that of nodes whose pods nobody places.
	fleet, stuck = "fleet", "stuck"
	// patience is how long to wait for what should be so in seconds.
	patience = 40 * time.Minute
	// burst is how many SeiNodes are applied at once, at the most.
	burst = 1000
	// probes is of how many nodes the health is changed.
	probes = 100
)

// course is one run: the figures come from its steps, in their order.
type course struct {
	options
	*plane
	size    int
	rest    time.Duration
	board   *board
	agents  *agents
	manager *manager
	token   string
	result  result
}

// step is a part of the course. One without a name is always run: what comes after it needs it.
type step struct {
	name, what string
	do         func(*course, context.Context) error
}

var steps = []step{
	{"", "making the world", (*course).prepare},
	{"", "applying", (*course).applies},
	{"rest", "at rest", (*course).rests},
	{"health", "health", (*course).health},
	{"restart", "restarting", (*course).restarts},
	{"upgrade", "another release", (*course).upgrades},
	{"bind", "binding", (*course).binds},
	{"fair", "fairness", (*course).shares},
	{"foreign", "foreign objects", (*course).crowds},
}

func stepNames() (names []string) {
	for _, step := range steps {
		if step.name != "" {
			names = append(names, step.name)
		}
	}
	return names
}

// measure runs the course with a fleet of that size, which is looked at for that long while it rests.
func measure(ctx context.Context, o options, size int, rest time.Duration) (_ result, err error) {
	dir, err := filepath.Abs(filepath.Join(o.out, fmt.Sprint(size)))
	if err != nil {
		return result{}, err
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return result{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &course{options: o, size: size, rest: rest, result: begun(size)}
	if c.plane, err = startPlane(ctx, o, dir); err != nil {
		return c.result, err
	}
	defer func() {
		cancel() // an API server waits for its watches
		err = errors.Join(err, c.stop())
	}()
	if c.agents, err = startAgents(); err != nil {
		return c.result, err
	}
	defer func() { err = errors.Join(err, c.agents.stop()) }()
	defer func() { c.manager.kill() }()
	for _, step := range steps {
		if step.name != "" && !o.steps[step.name] {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s  %d nodes: %s\n", time.Now().Format(time.TimeOnly), size, step.what)
		if err := errors.Join(step.do(c, ctx), c.alive()); err != nil {
			return c.result, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return c.result, nil
}

func (m *manager) kill() {
	if m != nil {
		m.stop()
	}
}
