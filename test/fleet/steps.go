package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

func (c *course) prepare(ctx context.Context) (err error) {
	if c.token, err = c.reader(ctx); err != nil {
		return err
	}
	if err := errors.Join(c.namespace(ctx, fleet), c.machines(ctx, 2*c.size+3000)); err != nil {
		return err
	}
	if err := c.volumes(ctx, fleet, c.size); err != nil {
		return err
	}
	if c.board, err = c.watch(ctx); err != nil {
		return err
	}
	c.manager, err = c.operate(ctx, c.options, c.token, "operator:v1")
	return err
}

// applies has the whole fleet applied, the first 1,000 of them at once.
func (c *course) applies(ctx context.Context) error {
	first, began, before := min(c.size, burst), time.Now(), spentBy()
	profiled := c.profileServer(ctx)
	if err := c.apply(ctx, fleet, 0, first); err != nil {
		return err
	}
	last, err := c.board.wait(ctx, "given a StatefulSet", fleet, first, func(s seen) time.Time { return s.set })
	if err != nil {
		return err
	}
	c.result.add(figureBurst, last.Sub(began).Seconds(), fmt.Sprintf("%d SeiNodes; %s", first, spentBy().since(before)))
	if err := errors.Join(<-profiled, c.hurry()); err != nil {
		return err
	}
	if err := c.apply(ctx, fleet, first, c.size); err != nil {
		return err
	}
	all, err := c.board.wait(ctx, "Running", fleet, c.size, func(s seen) time.Time { return s.running })
	if err != nil {
		return err
	}
	if err := c.calm(ctx); err != nil {
		return err
	}
	writes, reads, _, err := c.requests(began, time.Now())
	c.result.add(figureBusiest, float64(c.trail.busiest(began)), "of the operator, as the API server received them")
	c.result.add(figureRunning, all.Sub(began).Seconds(), "")
	c.result.add(figureWrites, float64(writes.sum())/float64(c.size), writes.per(c.size)+"; reads: "+reads.per(c.size))
	return err
}

// calm waits until the operator has done what there was to do, and then lets Kubernetes' controllers ask as little as they do in a cluster.
func (c *course) calm(ctx context.Context) error {
	if err := errors.Join(c.quiet(ctx), c.control()); err != nil {
		return err
	}
	return c.controllers.rests(ctx)
}

// quiet waits until the operator has written nothing for a while: longer than the pause between two looks at anything.
func (c *course) quiet(ctx context.Context) error {
	const calm = 20 * time.Second
	for began := time.Now(); time.Since(began) < patience; time.Sleep(calm / 4) {
		writes, _, _, err := c.requests(time.Now().Add(-calm), time.Now())
		if err != nil || writes.sum() == 0 && time.Since(began) > calm {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.New("the operator does not stop to write")
}

// rests looks at a fleet of which nothing is to be done.
func (c *course) rests(ctx context.Context) error {
	began := time.Now()
	before, err := c.manager.busy()
	if err != nil {
		return err
	}
	if err := sleep(ctx, c.rest); err != nil {
		return err
	}
	after, err := c.manager.busy()
	if err != nil {
		return err
	}
	took := time.Since(began)
	writes, reads, watches, err := c.requests(began, time.Now())
	if err != nil {
		return err
	}
	now, peak, err := c.manager.memory()
	c.result.add(figureRestWrites, float64(writes.sum()), writes.per(1))
	c.result.add(figureRestReads, float64(reads.sum()), fmt.Sprintf("%s; watches begun again: %d; in %s", reads.per(1), watches.sum(), took.Round(time.Second)))
	c.result.add(figureCPU, 100*float64(after-before)/float64(took), "")
	c.result.add(figureSteady, mebi(now), "")
	c.result.add(figurePeak, mebi(peak), "since it was started before the fleet")
	return errors.Join(err, c.profiles(ctx))
}

func mebi(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// restarts kills the manager and starts it again over the fleet.
func (c *course) restarts(ctx context.Context) error {
	profiled := c.profileStart(ctx)
	s, err := c.again(ctx, "operator:v1")
	if err != nil {
		return err // a manager that does not come up is not profiled either
	}
	if err := <-profiled; err != nil {
		return err
	}
	_, peak, err := c.manager.memory()
	c.result.add(figureStart, s.took.Seconds(), s.by)
	c.result.add(figureStartWrites, float64(s.writes.sum()), s.writes.per(1))
	c.result.add(figureStartPeak, mebi(peak), "")
	return err
}

// start is how a manager came up: how long it took until it was through with everything, who took the processors then, and what it wrote.
type start struct {
	took   time.Duration
	by     string
	writes counts
}

// again starts the manager anew, with the agent of a release.
func (c *course) again(ctx context.Context, agent string) (s start, err error) {
	c.manager.stop()
	began, before := time.Now(), spentBy()
	if c.manager, err = c.operate(ctx, c.options, c.token, agent); err != nil {
		return s, err
	}
	if err := c.manager.reconciled(ctx, c.size); err != nil {
		return s, err
	}
	s.took, s.by = time.Since(began), spentBy().since(before)
	if err := c.quiet(ctx); err != nil {
		return s, err
	}
	s.writes, _, _, err = c.requests(began, time.Now())
	return s, err
}

// upgrades starts a manager that brings another agent.
func (c *course) upgrades(ctx context.Context) error {
	before := c.board.uids()
	s, err := c.again(ctx, "operator:v2")
	if err != nil {
		return err
	}
	restarted := 0
	for uid := range c.board.uids() {
		if !before[uid] {
			restarted++
		}
	}
	c.result.add(figureUpgradePods, float64(restarted), "")
	c.result.add(figureUpgradeWrites, float64(s.writes.sum()), s.writes.per(1))
	return nil
}
