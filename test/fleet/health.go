package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// looks and probing are how often an agent looks at its seid, and the kubelet at the agent: whoever falls behind shows in his pod at a moment within both.
	looks   = time.Second
	probing = 2 * time.Second
)

// health has some agents fall silent, then other nodes fall behind, which turns their pods' readiness as the kubelet does, and then the chain plan an upgrade, which
// only the agents tell.
func (c *course) health(ctx context.Context) error {
	some := min(probes, c.size/4)
	if some == 0 {
		return nil
	}
	behind, silent := c.nodes(0, some), c.nodes(c.size-c.size/20, c.size)
	if err := c.silence(ctx, silent); err != nil {
		return err
	}
	if err := c.behind(ctx, behind); err != nil {
		return err
	}
	planned, began := c.nodes(some, 2*some), time.Now()
	c.agents.plan(c.addresses(planned)...)
	told, err := c.took(ctx, since(planned, began), func(s seen) time.Time { return s.planned })
	if err != nil {
		return err
	}
	c.result.add(figurePlan, quantile(told, 0.99).Seconds(), fmt.Sprintf("p50 %s; %d of them", quantile(told, 0.5).Round(time.Millisecond), len(told)))
	return c.recover(ctx, behind, silent)
}

// nodes are those of the fleet from one number up to another, by their keys.
func (c *course) nodes(from, to int) (keys []string) {
	for i := from; i < to; i++ {
		keys = append(keys, key(fleet, nodeName(i)))
	}
	return keys
}

func (c *course) addresses(keys []string) (all []string) {
	for _, key := range keys {
		all = append(all, c.board.podOf(key).address)
	}
	return all
}

func since(keys []string, began time.Time) map[string]time.Time {
	all := map[string]time.Time{}
	for _, key := range keys {
		all[key] = began
	}
	return all
}

// silence has agents fall silent, behind pods that still say that they are ready, and waits until that was found.
func (c *course) silence(ctx context.Context, silent []string) error {
	c.board.forget(silent...)
	began := time.Now()
	c.agents.fallSilent(c.addresses(silent)...)
	found, err := c.took(ctx, since(silent, began), func(s seen) time.Time { return s.unheard })
	if err != nil || len(found) == 0 {
		return err
	}
	c.result.add(figureSilent, quantile(found, 0.99).Seconds(), fmt.Sprintf("p50 %s; %d of them", quantile(found, 0.5).Round(time.Millisecond), len(found)))
	return nil
}

// fall has a node fall behind, and says when it did.
func (c *course) fall(ctx context.Context, key string) (began time.Time, err error) {
	began = time.Now()
	if err := sleep(ctx, rand.N(looks)); err != nil { //nolint:gosec // no secret
		return began, err
	}
	c.agents.fallBehind(c.board.podOf(key).address)
	if err := sleep(ctx, rand.N(probing)); err != nil { //nolint:gosec // no secret
		return began, err
	}
	return began, c.turn(ctx, key, corev1.ConditionFalse)
}

// behind has nodes fall behind.
func (c *course) behind(ctx context.Context, behind []string) error {
	c.board.forget(behind...)
	times := make([]time.Time, len(behind))
	if err := each(ctx, len(behind), func(ctx context.Context, i int) (err error) {
		times[i], err = c.fall(ctx, behind[i])
		return err
	}); err != nil {
		return err
	}
	began := map[string]time.Time{}
	for i, key := range behind {
		began[key] = times[i]
	}
	told, err := c.took(ctx, began, func(s seen) time.Time { return s.notSynced })
	if err != nil {
		return err
	}
	shown, err := c.took(ctx, began, func(s seen) time.Time { return s.notReady })
	if err != nil {
		return err
	}
	c.result.add(figureHealth, quantile(told, 0.99).Seconds(), fmt.Sprintf("p50 %s; Ready: p50 %s, p99 %s; %d of them, the agent's look and the probe included",
		quantile(told, 0.5).Round(time.Millisecond), quantile(shown, 0.5).Round(time.Millisecond), quantile(shown, 0.99).Round(time.Millisecond), len(behind)))
	return nil
}

// recover has all of them as they were, and waits until that was heard: what comes next is about a fleet that is well.
func (c *course) recover(ctx context.Context, behind, silent []string) error {
	c.board.forget(append(slices.Clone(behind), silent...)...)
	c.agents.recover()
	for _, key := range behind {
		if err := c.turn(ctx, key, corev1.ConditionTrue); err != nil {
			return err
		}
	}
	if _, err := c.took(ctx, since(append(slices.Clone(behind), silent...), time.Now()), func(s seen) time.Time { return s.running }); err != nil {
		return err
	}
	return c.quiet(ctx)
}

// turn turns the readiness of a node's pod.
func (c *course) turn(ctx context.Context, key string, ready corev1.ConditionStatus) error {
	pod := &corev1.Pod{}
	namespace, name, _ := strings.Cut(key, "/")
	if err := c.k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name + "-0"}, pod); err != nil {
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
