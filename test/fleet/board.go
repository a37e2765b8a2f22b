package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// seen is when something was first so of a SeiNode, as a watch showed it; zero for never.
type seen struct{ waiting, valid, running, notSynced, unheard, notReady, planned, set time.Time }

// pod is what is kept of a node's pod.
type pod struct{ uid, address string }

// board is what the objects say, in the order in which a watch brings it.
type board struct {
	mutex sync.Mutex
	nodes map[string]*seen
	pods  map[string]pod
}

// watch fills a board until ctx is done, and places each pod on a machine, as a scheduler does; not those of a namespace that is called stuck.
func (p *plane) watch(ctx context.Context) (*board, error) {
	b := &board{nodes: map[string]*seen{}, pods: map[string]pod{}}
	watched, err := cache.New(p.config, cache.Options{
		Scheme: p.k8s.Scheme(), DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{&appsv1.StatefulSet{}: {Transform: bare}},
	})
	if err != nil {
		return nil, err
	}
	placed := 0
	place := func(pod *corev1.Pod) {
		if pod.Spec.NodeName != "" || pod.Namespace == stuck {
			return
		}
		placed++
		binding := &corev1.Binding{Target: corev1.ObjectReference{Kind: "Node", Name: machine(placed / podsEach)}}
		_ = p.k8s.SubResource("binding").Create(ctx, pod, binding) // where it was placed before, the watch is behind
	}
	for _, kind := range []client.Object{&seiv1alpha1.SeiNode{}, &appsv1.StatefulSet{}, &corev1.Pod{}} {
		informer, err := watched.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
		if err != nil {
			return nil, err
		}
		note := func(object any) { b.note(object, place) }
		if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{AddFunc: note, UpdateFunc: func(_, now any) { note(now) }}); err != nil {
			return nil, err
		}
	}
	go func() { _ = watched.Start(ctx) }() // until ctx is done
	if !watched.WaitForCacheSync(ctx) {
		return nil, errors.New("nothing can be watched")
	}
	return b, nil
}

// bare keeps of a StatefulSet its name alone.
func bare(object any) (any, error) {
	set, is := object.(*appsv1.StatefulSet)
	if !is {
		return object, nil
	}
	return &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: set.Namespace, Name: set.Name, UID: set.UID, ResourceVersion: set.ResourceVersion}}, nil
}

func key(namespace, name string) string { return namespace + "/" + name }

func (b *board) note(object any, place func(*corev1.Pod)) {
	switch object := object.(type) {
	case *corev1.Pod:
		b.notePod(object)
		place(object)
	case *appsv1.StatefulSet:
		b.first(key(object.Namespace, object.Name), true, func(s *seen) *time.Time { return &s.set })
	case *seiv1alpha1.SeiNode:
		name, conditions := key(object.Namespace, object.Name), object.Status.Conditions
		b.first(name, meta.FindStatusCondition(conditions, seiv1alpha1.ConditionImportPVCReady) != nil, func(s *seen) *time.Time { return &s.waiting })
		b.first(name, meta.IsStatusConditionTrue(conditions, seiv1alpha1.ConditionImportPVCReady), func(s *seen) *time.Time { return &s.valid })
		running := object.Status.Phase == seiv1alpha1.PhaseRunning && meta.IsStatusConditionTrue(conditions, seiv1alpha1.ConditionSynced)
		b.first(name, running, func(s *seen) *time.Time { return &s.running })
		b.first(name, meta.IsStatusConditionFalse(conditions, seiv1alpha1.ConditionSynced), func(s *seen) *time.Time { return &s.notSynced })
		b.first(name, meta.IsStatusConditionPresentAndEqual(conditions, seiv1alpha1.ConditionSynced, metav1.ConditionUnknown), func(s *seen) *time.Time { return &s.unheard })
		planned := object.Status.Upgrades != nil && object.Status.Upgrades.Planned != nil
		b.first(name, planned, func(s *seen) *time.Time { return &s.planned })
		b.first(name, meta.IsStatusConditionFalse(conditions, seiv1alpha1.ConditionReady), func(s *seen) *time.Time { return &s.notReady })
	}
}

func (b *board) notePod(object *corev1.Pod) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.pods[key(object.Namespace, object.Name)] = pod{string(object.UID), object.Status.PodIP}
}

// first notes when something was first so.
func (b *board) first(name string, is bool, of func(*seen) *time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.nodes[name] == nil {
		b.nodes[name] = &seen{}
	}
	if at := of(b.nodes[name]); is && at.IsZero() {
		*at = time.Now()
	}
}

// of is what was seen of a node.
func (b *board) of(name string) seen {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if found := b.nodes[name]; found != nil {
		return *found
	}
	return seen{}
}

// forget notes anew what may become so again.
func (b *board) forget(names ...string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, name := range names {
		now := b.nodes[name]
		now.running, now.notSynced, now.unheard, now.notReady = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	}
}

func (b *board) podOf(name string) pod {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.pods[name+"-0"]
}

// uids are the pods of the fleet, by UID.
func (b *board) uids() map[string]bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	uids := map[string]bool{}
	for _, pod := range b.pods {
		uids[pod.uid] = true
	}
	return uids
}

// wait waits until something was seen of each of n nodes, and returns when it was of the last one.
func (b *board) wait(ctx context.Context, what, namespace string, n int, of func(seen) time.Time) (last time.Time, err error) {
	giveUp := time.Now().Add(patience)
	for i := 0; i < n; {
		at := of(b.of(key(namespace, nodeName(i))))
		switch {
		case !at.IsZero():
			if at.After(last) {
				last = at
			}
			i++
		case ctx.Err() != nil:
			return last, ctx.Err()
		case time.Now().After(giveUp):
			return last, fmt.Errorf("%s/%s was not %s after %s", namespace, nodeName(i), what, patience)
		default:
			time.Sleep(20 * time.Millisecond)
		}
	}
	return last, nil
}
