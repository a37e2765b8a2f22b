package faults

import (
	"context"
	"reflect"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// Injector notes the calls of a run, and does to one of them what goes wrong. Its zero value lets all of them through.
type Injector struct {
	// At is the call that goes wrong, and how.
	At    Call
	Fault Fault
	// Lags says whether the cache of a kind may show, to a read, what there was before its last write; nil for never.
	Lags func(kind string) bool
	// Age makes it show that, and says whether it does. after says that the last write is the call itself.
	Age func(kind string, after bool) bool

	mutex sync.Mutex
	calls []Call
	times map[What]int
	fired bool
	// done counts the writes that the API server took, by what they were about.
	done map[What]int
}

// Calls are those that were made and can go wrong, in their order.
func (i *Injector) Calls() []Call {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return append([]Call(nil), i.calls...)
}

// Fired says whether the call came, and went wrong.
func (i *Injector) Fired() bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.fired
}

// Done says how often each write was done, whatever its caller heard of it.
func (i *Injector) Done() map[What]int {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	done := make(map[What]int, len(i.done))
	for what, times := range i.done {
		done[what] = times
	}
	return done
}

// goesWrong notes a call, and says whether it is the one.
func (i *Injector) goesWrong(what What) bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.times == nil {
		i.times, i.done = map[What]int{}, map[What]int{}
	}
	i.times[what]++
	call := Call{What: what, Nth: i.times[what]}
	if !what.Cached || i.Lags != nil && i.Lags(what.Kind) {
		i.calls = append(i.calls, call)
	}
	return i.Fault != None && call == i.At
}

// do makes a call as it goes.
func (i *Injector) do(what What, call func() error) error {
	if !i.goesWrong(what) {
		return i.through(what, call)
	}
	i.note(func() { i.fired = true })
	switch i.Fault {
	case Conflict, Failure, Busy, Forbidden:
		return i.Fault.answer(what)
	case Stale:
		return i.late(what, call)
	}
	if err := i.through(what, call); err != nil {
		return err
	}
	if i.Fault == Crash {
		panic(ErrCrashed)
	}
	return i.Fault.answer(what)
}

// late makes a call that the cache does not show yet, or that reads what it does not show yet.
func (i *Injector) late(what What, call func() error) error {
	if !what.Writes() {
		i.note(func() { i.fired = i.Age(what.Kind, false) })
		return i.through(what, call)
	}
	err := i.through(what, call)
	i.note(func() { i.fired = err == nil && i.Age(what.Kind, true) })
	return err
}

func (i *Injector) through(what What, call func() error) error {
	err := call()
	if err == nil && what.Writes() {
		i.note(func() { i.done[what]++ })
	}
	return err
}

func (i *Injector) note(what func()) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	what()
}

// Client lets all that a client does go through the injector. cached says that it reads from a cache.
func (i *Injector) Client(inner client.WithWatch, cached bool) client.WithWatch {
	return interceptor.NewClient(inner, interceptor.Funcs{
		Get: func(ctx context.Context, inner client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			what := What{Cached: cached, Verb: Get, Kind: kindOf(object), Namespace: key.Namespace, Name: key.Name}
			return i.do(what, func() error { return inner.Get(ctx, key, object, options...) })
		},
		List: func(ctx context.Context, inner client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			what := What{Cached: cached, Verb: List, Kind: kindOf(list), Namespace: (&client.ListOptions{}).ApplyOptions(options).Namespace}
			return i.do(what, func() error { return inner.List(ctx, list, options...) })
		},
		Create: func(ctx context.Context, inner client.WithWatch, object client.Object, options ...client.CreateOption) error {
			return i.do(of(Create, object), func() error { return inner.Create(ctx, object, options...) })
		},
		Update: func(ctx context.Context, inner client.WithWatch, object client.Object, options ...client.UpdateOption) error {
			return i.do(of(Update, object), func() error { return inner.Update(ctx, object, options...) })
		},
		Patch: func(ctx context.Context, inner client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			return i.do(of(Patch, object), func() error { return inner.Patch(ctx, object, patch, options...) })
		},
		Delete: func(ctx context.Context, inner client.WithWatch, object client.Object, options ...client.DeleteOption) error {
			return i.do(of(Delete, object), func() error { return inner.Delete(ctx, object, options...) })
		},
		SubResourcePatch: func(ctx context.Context, inner client.Client, name string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
			return i.do(of(Verb("patch "+name), object), func() error { return patchSubResource(ctx, inner, name, object, patch, options...) })
		},
	})
}

// patchSubResource takes the short way to a status, the one that every client has.
func patchSubResource(ctx context.Context, inner client.Client, name string, object client.Object, patch client.Patch, options ...client.SubResourcePatchOption) error {
	if name == "status" {
		return inner.Status().Patch(ctx, object, patch, options...)
	}
	return inner.SubResource(name).Patch(ctx, object, patch, options...)
}

func of(verb Verb, object client.Object) What {
	return What{Verb: verb, Kind: kindOf(object), Namespace: object.GetNamespace(), Name: object.GetName()}
}

// kindOf is the kind of an object, or of those of a list.
func kindOf(object runtime.Object) string {
	if kind := object.GetObjectKind().GroupVersionKind().Kind; kind != "" {
		return strings.TrimSuffix(kind, "List")
	}
	return strings.TrimSuffix(reflect.TypeOf(object).Elem().Name(), "List")
}
