package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// waitingFor makes nodes in a namespace that wait for their claims to be bound.
func (c *course) waitingFor(ctx context.Context, namespace string, n int) ([]*corev1.PersistentVolumeClaim, error) {
	claims := make([]*corev1.PersistentVolumeClaim, n)
	if err := c.namespace(ctx, namespace); err != nil {
		return nil, err
	}
	err := each(ctx, n, func(ctx context.Context, i int) (err error) {
		claims[i], err = c.claim(ctx, namespace, nodeName(i))
		return err
	})
	if err := errors.Join(err, c.apply(ctx, namespace, 0, n)); err != nil {
		return nil, err
	}
	_, err = c.board.wait(ctx, "waiting", namespace, n, func(s seen) time.Time { return s.waiting })
	return claims, err
}

// bindAll binds claims, one every 20 ms, and says how long it took for each until its node said that it may use it.
func (c *course) bindAll(ctx context.Context, namespace string, claims []*corev1.PersistentVolumeClaim) ([]time.Duration, error) {
	bound := map[string]time.Time{}
	for _, claim := range claims {
		if err := c.bind(ctx, claim); err != nil {
			return nil, err
		}
		bound[key(namespace, claim.Name)] = time.Now()
		time.Sleep(20 * time.Millisecond)
	}
	return c.took(ctx, bound, func(s seen) time.Time { return s.valid })
}

func (c *course) binds(ctx context.Context) error {
	for _, n := range []int{500, 2000} {
		if n > 2*c.size+100 {
			continue
		}
		namespace := fmt.Sprintf("waiting-%d", n)
		claims, err := c.waitingFor(ctx, namespace, n)
		if err != nil {
			return err
		}
		if err := c.quiet(ctx); err != nil {
			return err
		}
		began := time.Now()
		took, err := c.bindAll(ctx, namespace, claims)
		if err != nil {
			return err
		}
		answers, err := c.answers(began)
		if err != nil {
			return err
		}
		c.result.add(fmt.Sprintf(figureBind, n), float64(quantile(took, 0.99).Milliseconds()), fmt.Sprintf("p50 %s; the API server took p50 %s, p99 %s for each of the operator's requests",
			quantile(took, 0.5).Round(time.Millisecond), quantile(answers, 0.5).Round(time.Millisecond), quantile(answers, 0.99).Round(time.Millisecond)))
		if err := errors.Join(c.hurry(), c.calm(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// shares has ten healthy nodes wait for their claims, beside half as many broken ones as the fleet has: their pods are placed nowhere, and are looked at
// again and again.
func (c *course) shares(ctx context.Context) error {
	broken := c.broken()
	claims, err := c.waitingFor(ctx, "healthy", 10)
	if err != nil {
		return err
	}
	if err := errors.Join(c.namespace(ctx, stuck), c.volumes(ctx, stuck, broken), c.apply(ctx, stuck, 0, broken)); err != nil {
		return err
	}
	if _, err := c.board.wait(ctx, "given a StatefulSet", stuck, broken, func(s seen) time.Time { return s.set }); err != nil {
		return err
	}
	if err := sleep(ctx, 40*time.Second); err != nil { // each was looked at again since
		return err
	}
	began, before := time.Now(), spentBy()
	took, err := c.bindAll(ctx, "healthy", claims)
	c.result.add(figureFair, float64(quantile(took, 0.99).Milliseconds()), fmt.Sprintf("10 healthy ones, the slowest; %d broken; in %s, %s",
		broken, time.Since(began).Round(time.Second), spentBy().since(before)))
	return err
}

// broken is how many nodes are.
func (c *course) broken() int { return max(1, c.size/2) }

// mend takes a broken node away. All at once would be more than an API server deletes in the time of one request.
func (c *course) mend(ctx context.Context, i int) error {
	return c.k8s.Delete(ctx, &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: stuck, Name: nodeName(i)}})
}

// crowds starts the manager beside foreign objects, once the broken nodes are gone.
func (c *course) crowds(ctx context.Context) error {
	own, _, err := c.manager.memory()
	if err != nil {
		return err
	}
	if err := errors.Join(c.hurry(), each(ctx, c.broken(), c.mend)); err != nil {
		return err
	}
	if _, err := c.again(ctx, "operator:v2"); err != nil {
		return err
	}
	alone, alonePeak, err := c.manager.memory()
	if err != nil {
		return err
	}
	if err := c.foreign(ctx, "foreign", 2*c.size); err != nil {
		return err
	}
	if _, err := c.again(ctx, "operator:v2"); err != nil {
		return err
	}
	beside, besidePeak, err := c.manager.memory()
	c.result.add(figureForeign, float64(beside)/float64(alone), fmt.Sprintf("%.0f MiB beside %d foreign pods, claims and volumes each, %.0f without; peaks %.0f and %.0f; %.0f with the broken ones",
		mebi(beside), 2*c.size, mebi(alone), mebi(besidePeak), mebi(alonePeak), mebi(own)))
	return err
}
