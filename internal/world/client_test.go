package world

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/controller"
)

// errNoAnswer is what the operator hears where the API server does not answer.
var errNoAnswer = errors.New("the API server does not answer")

// fault is what goes wrong in one reconcile: its read, or its write, of that number, counted from 1; 0 for none.
type fault struct {
	read, write int
	// conflict has the write refused as one that was overtaken; applied has it done and its answer lost; else it is not done.
	conflict, applied bool
}

// reading is the operator's reader: past the cache, or from informers each of which may be behind.
type reading struct {
	w    *world
	live bool
}

// source is where a read finds a kind. One that waits does so until the cache shows the client's own last write to that object, or, of a list, to any of the kind.
func (r reading) source(kind string, waits func(client.ObjectKey) bool) objects {
	if r.live {
		return r.w.api.stored
	}
	if written := slices.Collect(maps.Keys(r.w.written[kind])); slices.ContainsFunc(written, waits) {
		r.w.sync(kind)
	}
	return r.w.cache
}

func (r reading) Get(_ context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	asked := (&client.GetOptions{}).ApplyOptions(options)
	if r.w.failsToRead() {
		return errNoAnswer
	}
	kind := kindOf(object)
	if r.live && r.w.rights == none && r.w.forbids(key.Namespace) {
		return r.w.forbidden(kind, key.Name)
	}
	found := r.source(kind, func(written client.ObjectKey) bool { return written == key && !asked.DisableReadYourWritesConsistency })[kind][key]
	if found == nil {
		return notFound(kind, key.Name)
	}
	if node, is := found.(*seiv1alpha1.SeiNode); is && r.w.reconciling == nil {
		r.w.reconciling = node // the first that a reconcile reads is its own
	}
	copyInto(object, found)
	return nil
}

func (r reading) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	if r.w.failsToRead() {
		return errNoAnswer
	}
	var asked client.ListOptions
	asked.ApplyOptions(options)
	kind := kindOf(list)
	if r.live && r.w.forbids(asked.Namespace) {
		return r.w.forbidden(kind, "")
	}
	source := r.source(kind, func(client.ObjectKey) bool { return !asked.DisableReadYourWritesConsistency })
	var items []runtime.Object
	for _, key := range source.keys(kind) {
		if object := source[kind][key]; r.w.isAskedFor(object, &asked, key) {
			items = append(items, object.DeepCopyObject())
		}
	}
	return meta.SetList(list, items)
}

func (w *world) isAskedFor(object client.Object, asked *client.ListOptions, key client.ObjectKey) bool {
	if asked.Namespace != "" && asked.Namespace != key.Namespace {
		return false
	}
	if asked.LabelSelector != nil && !asked.LabelSelector.Matches(labels.Set(object.GetLabels())) {
		return false
	}
	if asked.FieldSelector == nil {
		return true
	}
	for _, term := range asked.FieldSelector.Requirements() {
		by := indexes[kindOf(object)+" "+term.Field]
		if by == nil || !slices.Contains(by(object), term.Value) {
			return false
		}
	}
	return true
}

// indexer takes the operator's own indexes.
type indexer map[string]client.IndexerFunc

func (i indexer) IndexField(_ context.Context, object client.Object, field string, by client.IndexerFunc) error {
	i[kindOf(object)+" "+field] = by
	return nil
}

var indexes = func() indexer {
	i := indexer{}
	if err := controller.AddIndexes(context.Background(), i); err != nil {
		panic(err)
	}
	return i
}()

// transforms are what the operator's cache keeps of each kind.
var transforms = func() map[string]func(any) (any, error) {
	kinds := map[string]func(any) (any, error){}
	for object, options := range controller.CacheOptions().ByObject {
		kinds[kindOf(object)] = options.Transform
		if options.Transform == nil {
			kinds[kindOf(object)] = cache.TransformStripManagedFields()
		}
	}
	return kinds
}()

// sync brings an informer of the operator's up to date. What did not change since keeps its place, and so does what it may not see any more.
func (w *world) sync(kind string) {
	if w.held[kind] > 0 {
		return
	}
	shown := make(map[client.ObjectKey]client.Object, len(w.api.stored[kind]))
	for key, object := range w.cache[kind] {
		if w.forbids(key.Namespace) {
			shown[key] = object
		}
	}
	for key, object := range w.api.stored[kind] {
		if w.forbids(key.Namespace) {
			continue
		}
		if was := w.cache[kind][key]; was != nil && was.GetResourceVersion() == object.GetResourceVersion() {
			shown[key] = was
			continue
		}
		kept, err := transforms[kind](object.DeepCopyObject())
		if err != nil {
			panic(err)
		}
		shown[key] = kept.(client.Object)
	}
	w.cache[kind] = shown
	delete(w.written, kind)
}

func (w *world) syncAll() {
	for kind := range transforms {
		w.sync(kind)
	}
}

// failsToRead says whether this read is the one that fails.
func (w *world) failsToRead() bool {
	w.reads++
	return w.reads == w.fault.read
}

// writing is the operator's client: it reads from the cache, and writes to the API server.
type writing struct {
	client.WithWatch // what is not overridden here the operator does not use
	reading
}

func (c writing) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	return c.reading.Get(ctx, key, object, options...)
}

func (c writing) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return c.reading.List(ctx, list, options...)
}

// do makes one write of the operator's, with what may go wrong. call returns the object as it is after it, nil for one that is gone.
func (c writing) do(verb string, object client.Object, call func() (client.Object, error)) error {
	w := c.w
	w.writes++
	fails := w.writes == w.fault.write
	switch {
	case fails && w.fault.conflict:
		w.clean = false
		return conflict(kindOf(object), object.GetName())
	case fails && !w.fault.applied:
		w.clean = false
		return errNoAnswer
	case w.rights == none && w.forbids(object.GetNamespace()):
		w.clean = false
		return w.forbidden(kindOf(object), object.GetName())
	}
	broken, before := w.judge(verb, object), w.api.stored[kindOf(object)][client.ObjectKeyFromObject(object)]
	after, err := call()
	if err != nil {
		w.logf("  %s %s %s: %v", verb, kindOf(object), object.GetName(), err)
		w.clean = false
		return err
	}
	w.logf("  %s %s %s", verb, kindOf(object), object.GetName())
	w.breaks(broken)
	w.breaks(w.judgeRoom(before, after))
	w.breaks(w.judgeAdoption(before, after))
	if fails {
		w.clean = false
		return errNoAnswer
	}
	w.wrote(object)
	if after != nil {
		if verb == "create" {
			w.born[after.GetUID()] = w.now
		}
		copyInto(object, after)
	}
	return nil
}

// wrote notes a write that the client waits for.
func (w *world) wrote(object client.Object) {
	if w.stale {
		return
	}
	kind := kindOf(object)
	if w.written[kind] == nil {
		w.written[kind] = map[client.ObjectKey]bool{}
	}
	w.written[kind][client.ObjectKeyFromObject(object)] = true
}

func (c writing) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	return c.do("create", object, func() (client.Object, error) { return c.w.api.create(object) })
}

// before is the object as it is stored, or why there is none that the write may touch.
func (c writing) before(object client.Object) (client.Object, error) {
	found := c.w.api.stored[kindOf(object)][client.ObjectKeyFromObject(object)]
	if found == nil {
		return nil, notFound(kindOf(object), object.GetName())
	}
	return found, nil
}

func (c writing) Update(_ context.Context, object client.Object, _ ...client.UpdateOption) error {
	return c.do("update", object, func() (client.Object, error) {
		before, err := c.before(object)
		switch {
		case err != nil:
			return nil, err
		case object.GetResourceVersion() != "" && object.GetResourceVersion() != before.GetResourceVersion(),
			object.GetUID() != "" && object.GetUID() != before.GetUID():
			return nil, conflict(kindOf(object), object.GetName())
		}
		return c.w.api.replace(before, object.DeepCopyObject().(client.Object)), nil
	})
}

func (c writing) Patch(_ context.Context, object client.Object, patch client.Patch, _ ...client.PatchOption) error {
	return c.do("patch", object, func() (client.Object, error) {
		return c.patch(object, patch, func(changed, before reflect.Value) { setField(changed, before, "Status") })
	})
}

func (c writing) patch(object client.Object, patch client.Patch, keep func(changed, before reflect.Value)) (client.Object, error) {
	before, err := c.before(object)
	if err != nil {
		return nil, err
	}
	changed, err := result(before, object, patch)
	if err != nil {
		return nil, err
	}
	keep(reflect.ValueOf(changed).Elem(), reflect.ValueOf(before).Elem())
	return c.w.api.replace(before, changed), nil
}

// result is what a patch makes of the stored object. Of a SeiNode that is still as it was read, that is the object which the patch was made
// from: a third of the time of all worlds goes into finding that out by way of JSON.
func result(before, object client.Object, patch client.Patch) (client.Object, error) {
	if kindOf(object) == "SeiNode" && object.GetResourceVersion() == before.GetResourceVersion() && object.GetUID() == before.GetUID() {
		return object.DeepCopyObject().(client.Object), nil
	}
	data, err := patch.Data(object)
	if err != nil {
		return nil, err
	}
	return patched(before, data)
}

func setField(changed, before reflect.Value, field string) {
	if before.FieldByName(field).IsValid() {
		changed.FieldByName(field).Set(before.FieldByName(field))
	}
}

// Status writes the status, and nothing else.
func (c writing) Status() client.SubResourceWriter { return statusWriter{writing: c} }

type statusWriter struct {
	client.SubResourceWriter
	writing writing
}

func (s statusWriter) Patch(_ context.Context, object client.Object, patch client.Patch, _ ...client.SubResourcePatchOption) error {
	return s.writing.do("patch status", object, func() (client.Object, error) {
		return s.writing.patch(object, patch, func(changed, before reflect.Value) {
			setField(changed, before, "Spec")
			setField(changed, before, "ObjectMeta")
		})
	})
}

func (c writing) Delete(_ context.Context, object client.Object, options ...client.DeleteOption) error {
	var asked client.DeleteOptions
	asked.ApplyOptions(options)
	return c.do("delete", object, func() (client.Object, error) {
		before, err := c.before(object)
		if err != nil {
			return nil, err
		}
		if p := asked.Preconditions; p != nil &&
			(p.UID != nil && *p.UID != before.GetUID() || p.ResourceVersion != nil && *p.ResourceVersion != before.GetResourceVersion()) {
			return nil, conflict(kindOf(object), object.GetName())
		}
		if isForced := asked.GracePeriodSeconds != nil && *asked.GracePeriodSeconds == 0; isForced && kindOf(before) == "Pod" {
			c.w.api.remove(before) // its process hears of it from its kubelet, if that hears of it
			return nil, nil
		}
		policy := metav1.DeletePropagationBackground
		if asked.PropagationPolicy != nil {
			policy = *asked.PropagationPolicy
		}
		c.w.api.delete(before, policy)
		return nil, nil
	})
}
