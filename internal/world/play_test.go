package world

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/faults"
)

const (
	// patience is how many steps a play may take until it comes to rest, by far more than any does.
	patience = 300
	// idle is how often a node at rest that asked to be looked at again is looked at, until it is believed to rest.
	idle = 3
)

// play is a world in which nothing is drawn: a SeiNode is looked at when the operator's workqueue would have it looked at, and never else. An
// operator that forgets to come back is not helped.
type play struct {
	*world
	faults *faults.Injector
	// before is what there was of a kind before its last write, and shown what the cache showed of it to the last reconcile.
	before, shown objects
	// read are the kinds that the running reconcile has read from the cache.
	read map[string]bool
	// told is what of an object wakes a node, as the workqueue heard it last.
	told map[string]map[client.ObjectKey]string
	// due says when a node is looked at next.
	due map[string]time.Time
	// writes counts those of everybody.
	changes int
}

func newPlay(injector *faults.Injector) *play {
	p := &play{
		world: run(nil, nil, nature{}, false), told: map[string]map[client.ObjectKey]string{}, due: map[string]time.Time{},
	}
	p.machines["m-2"].cordoned = true // where a pod comes to does not depend on when it comes
	p.held = map[string]int{}
	p.api.changes = func(kind string) {
		p.changes++
		p.before[kind] = maps.Clone(p.api.stored[kind])
	}
	p.api.changed = p.judgeWrite
	p.begin(injector)
	return p
}

// begin has an operator start whose calls go through the injector.
func (p *play) begin(injector *faults.Injector) {
	injector.Age, injector.Lags = p.age, p.lags
	p.faults, p.before, p.shown = injector, objects{}, maps.Clone(p.cache)
	p.start()
}

// start starts an operator, with caches as they are: they may not show what the one before it wrote last.
func (p *play) start() {
	p.written = written{}
	p.boot(p.faults.Client(writing{reading: reading{w: p.world}}, true), p.faults.Client(asking{reading: reading{w: p.world, live: true}}, false))
}

// lags says whether a kind was written to since a reconcile was last shown what there is of it: no informer goes back. It is for the first read of a kind
// in a reconcile; what is late then is late for the others.
func (p *play) lags(kind string) bool {
	if p.read[kind] {
		return false
	}
	p.read[kind] = true
	return !maps.Equal(versions(p.shown[kind]), versions(p.api.stored[kind]))
}

// age has the cache of a kind show what there was before its last write.
func (p *play) age(kind string, after bool) bool {
	was, there := p.before[kind]
	if !there || p.held[kind] > 0 || transforms[kind] == nil {
		return false
	}
	is := p.api.stored[kind]
	p.api.stored[kind] = was
	p.sync(kind)
	p.api.stored[kind] = is
	p.told[kind] = map[client.ObjectKey]string{{}: "late"} // that something came is news once more, when it comes
	p.held[kind] = 1
	if after {
		p.held[kind] = 2
	}
	return true
}

func versions(of map[client.ObjectKey]client.Object) map[client.ObjectKey]string {
	versions := make(map[client.ObjectKey]string, len(of))
	for key, object := range of {
		versions[key] = object.GetResourceVersion()
	}
	return versions
}

// rest lets everybody do their part until there is nothing left to do.
func (p *play) rest() {
	quiet := 0
	for range patience {
		if p.step() {
			quiet = 0
			continue
		}
		quiet++
		if quiet > idle || !p.wait() {
			return
		}
	}
	p.breaks("the world comes to rest: it does not")
}

// step has the operator look at what is due, and Kubernetes do its part. It says whether there is more to do.
func (p *play) step() bool {
	p.pass(time.Second)
	changes := p.changes
	p.deliver()
	for _, name := range slices.Sorted(maps.Keys(p.due)) {
		if !p.due[name].After(p.clock.Now()) {
			p.turn(name)
		}
	}
	p.kubernetes()
	p.collect()
	p.protect()
	p.deliver()
	return p.changes != changes || p.isDue()
}

func (p *play) pass(span time.Duration) {
	p.now++
	p.clock.SetTime(p.clock.Now().Add(span))
}

func (p *play) isDue() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(p.due)), func(at time.Time) bool { return !at.After(p.clock.Now()) })
}

// wait lets time pass until a node is due, and says whether one will be.
func (p *play) wait() bool {
	if len(p.due) == 0 {
		return false
	}
	next := slices.MinFunc(slices.Collect(maps.Values(p.due)), time.Time.Compare)
	p.pass(max(0, next.Sub(p.clock.Now())))
	return true
}

// deliver brings the caches up to date, and wakes the nodes where something came that wakes one. Which it would be is tried elsewhere.
func (p *play) deliver() {
	p.syncAll()
	woken := false
	for kind := range transforms {
		now := make(map[client.ObjectKey]string, len(p.cache[kind]))
		for key, object := range p.cache[kind] {
			now[key] = wakes(object)
		}
		woken = woken || !maps.Equal(now, p.told[kind])
		p.told[kind] = now
	}
	if woken {
		p.wakeAll()
	}
}

func (p *play) wakeAll() {
	for key := range p.told["SeiNode"] {
		p.due[key.Name] = p.clock.Now()
	}
}

// wakes is what of an object wakes a node when it changes: of a SeiNode nothing that the operator itself says.
func wakes(object client.Object) string {
	node, is := object.(*seiv1alpha1.SeiNode)
	if !is || node.Status.Plan == nil {
		return object.GetResourceVersion()
	}
	return fmt.Sprint(node.UID, node.Generation, node.Annotations, node.DeletionTimestamp)
}

// turn is one look at a node, and what the workqueue makes of it.
func (p *play) turn(name string) {
	delete(p.due, name)
	p.syncAll()
	result, err := p.attempt(name)
	p.shown = maps.Clone(p.cache)
	for kind, times := range p.held {
		p.held[kind] = max(0, times-1)
	}
	p.deliver()
	switch {
	case err != nil:
		p.dueIn(name, 0)
	case result.RequeueAfter > 0:
		p.dueIn(name, result.RequeueAfter)
	}
}

func (p *play) dueIn(name string, wait time.Duration) {
	at := p.clock.Now().Add(wait)
	if was, waits := p.due[name]; !waits || at.Before(was) {
		p.due[name] = at
	}
}

// attempt reconciles a node. Where the process ends, the next one begins with all nodes.
func (p *play) attempt(name string) (result ctrl.Result, err error) {
	defer func() {
		p.reconciling = nil
		switch crash := recover(); crash {
		case nil:
		case faults.ErrCrashed:
			p.start()
			p.wakeAll()
		default:
			panic(crash)
		}
	}()
	p.clean, p.reconciling, p.read = false, nil, map[string]bool{}
	p.logf("%d reconcile %s", p.now, name)
	defer func() { p.logf("  %v, error: %v", result, err) }()
	return p.reconciler.Reconcile(quiet, ctrl.Request{NamespacedName: client.ObjectKey{Namespace: namespaceOf(name), Name: name}})
}

// asking is a reader as a client, since that is what goes through the faults.
type asking struct {
	client.WithWatch // which nobody uses
	reading
}

func (a asking) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	return a.reading.Get(ctx, key, object, options...)
}

func (a asking) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return a.reading.List(ctx, list, options...)
}
