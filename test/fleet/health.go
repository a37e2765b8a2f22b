package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// health has some agents fall silent, and then other nodes fall behind: as their pods' readiness shows, and as their agents alone say.
func (c *course) health(ctx context.Context) error {
	some := min(probes, c.size/4)
	if some == 0 {
		return nil
	}
	for i := range c.size / 20 {
		c.agents.fallSilent(c.board.podOf(key(fleet, nodeName(c.size-1-i))).address)
	}
	if err := sleep(ctx, 35*time.Second); err != nil { // each was asked since
		return err
	}
	byAgent, byPod := map[string]time.Time{}, map[string]time.Time{}
	for i := range some {
		behind, unready := key(fleet, nodeName(2*i)), key(fleet, nodeName(2*i+1))
		c.board.forget(behind)
		c.board.forget(unready)
		byAgent[behind], byPod[unready] = time.Now(), time.Now()
		c.agents.fallBehind(c.board.podOf(behind).address)
		if err := c.turn(ctx, nodeName(2*i+1), corev1.ConditionFalse); err != nil {
			return err
		}
	}
	told, err := c.took(ctx, byAgent, func(s seen) time.Time { return s.notSynced })
	if err != nil {
		return err
	}
	shown, err := c.took(ctx, byPod, func(s seen) time.Time { return s.notReady })
	if err != nil {
		return err
	}
	c.result.add(figureHealth, quantile(told, 0.99).Seconds(), fmt.Sprintf("p50 %s; readiness that turned: p50 %s, p99 %s; %d of each",
		quantile(told, 0.5).Round(time.Millisecond), quantile(shown, 0.5).Round(time.Millisecond), quantile(shown, 0.99).Round(time.Millisecond), some))
	return c.recover(ctx, some)
}

// recover has all of them as they were: what comes next is about a fleet that is well.
func (c *course) recover(ctx context.Context, some int) error {
	c.agents.recover()
	for i := range some {
		if err := c.turn(ctx, nodeName(2*i+1), corev1.ConditionTrue); err != nil {
			return err
		}
	}
	if err := sleep(ctx, 40*time.Second); err != nil { // each was asked since
		return err
	}
	return c.quiet(ctx)
}

// turn turns the readiness of a node's pod.
func (c *course) turn(ctx context.Context, name string, ready corev1.ConditionStatus) error {
	pod := &corev1.Pod{}
	if err := c.k8s.Get(ctx, client.ObjectKey{Namespace: fleet, Name: name + "-0"}, pod); err != nil {
		return err
	}
	return c.setReady(ctx, pod, ready)
}

// took says how long it took for each, since what it began with, until something was seen.
func (c *course) took(ctx context.Context, since map[string]time.Time, of func(seen) time.Time) (all []time.Duration, err error) {
	giveUp := time.Now().Add(patience)
	for name, began := range since {
		for of(c.board.of(name)).IsZero() {
			if ctx.Err() != nil || time.Now().After(giveUp) {
				return nil, fmt.Errorf("SeiNode %s never showed it", name)
			}
			time.Sleep(10 * time.Millisecond)
		}
		all = append(all, of(c.board.of(name)).Sub(began))
	}
	return all, nil
}

// quantile is that of a list, 0 for an empty one.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(int(q*float64(len(all))), len(all)-1)]
}
