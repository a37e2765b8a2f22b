package cluster

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Reader lets the operator's own rules read with the user's rights. What the operator finds by the indexes of its cache is found by looking at all. What the user
// may not read is read as if it was not there, and is noted: whoever judges has to ask for that.
type Reader struct {
	from    client.Reader
	indexes map[string]client.IndexerFunc
	lists   map[string][]runtime.Object
	refused Refusals
}

// Refusal is something that the user may not read.
type Refusal struct {
	// Kind is the kind, as Kubernetes spells it.
	Kind string
	// Namespace is where, "" for what has none, or for all of them.
	Namespace string
}

// Line says it to the user.
func (r Refusal) Line() string {
	if r.Namespace == "" {
		return fmt.Sprintf("you may not read the cluster's %ss: what rests on them is not known", r.Kind)
	}
	return fmt.Sprintf("you may not read %ss in namespace %q: what rests on them is not known", r.Kind, r.Namespace)
}

// Refusals are all that the user may not read.
type Refusals []Refusal

// Kinds are the kinds of it.
func (r Refusals) Kinds() (kinds []string) {
	for _, refusal := range r {
		kinds = append(kinds, refusal.Kind)
	}
	return kinds
}

// Lines say it to the user.
func (r Refusals) Lines() (lines []string) {
	for _, refusal := range r {
		lines = append(lines, refusal.Line())
	}
	return lines
}

// NewReader reads from a client.
func NewReader(from client.Reader) *Reader {
	r := &Reader{from: from, indexes: map[string]client.IndexerFunc{}, lists: map[string][]runtime.Object{}}
	add := func(_ client.Object, key string, values client.IndexerFunc) { r.indexes[key] = values }
	storage.Indexes(add)
	keys.Indexes(add)
	return r
}

// Refused is what the user may not read, of what was asked for.
func (r *Reader) Refused() Refusals { return r.refused }

// Get reads one object.
func (r *Reader) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	err := r.from.Get(ctx, key, object, options...)
	if !apierrors.IsForbidden(err) {
		return err
	}
	r.note(kindOf(object), key.Namespace)
	return apierrors.NewNotFound(schema.GroupResource{Resource: kindOf(object)}, key.Name)
}

// List reads all objects of a kind, and picks those that an index of the operator's cache would find.
func (r *Reader) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	asked := client.ListOptions{}
	asked.ApplyOptions(options)
	values, value := r.index(&asked)
	if values == nil {
		return r.list(ctx, list, &asked)
	}
	all, err := r.all(ctx, list, asked)
	if err != nil {
		return err
	}
	return meta.SetList(list, slices.DeleteFunc(slices.Clone(all), func(object runtime.Object) bool {
		return !slices.Contains(values(object.(client.Object)), value)
	}))
}

// index is the index that a list asks by, nil for none of the operator's.
func (r *Reader) index(asked *client.ListOptions) (values client.IndexerFunc, value string) {
	if asked.FieldSelector == nil {
		return nil, ""
	}
	for _, required := range asked.FieldSelector.Requirements() {
		if values := r.indexes[required.Field]; values != nil {
			return values, required.Value
		}
	}
	return nil, ""
}

// all reads the objects of a kind and a namespace, once.
func (r *Reader) all(ctx context.Context, list client.ObjectList, asked client.ListOptions) ([]runtime.Object, error) {
	key := fmt.Sprintf("%T/%s", list, asked.Namespace)
	if known, is := r.lists[key]; is {
		return known, nil
	}
	asked.FieldSelector = nil
	if err := r.list(ctx, list, &asked); err != nil {
		return nil, err
	}
	found, err := meta.ExtractList(list)
	r.lists[key] = found
	return found, err
}

func (r *Reader) list(ctx context.Context, list client.ObjectList, asked *client.ListOptions) error {
	err := r.from.List(ctx, list, asked)
	if !apierrors.IsForbidden(err) {
		return err
	}
	r.note(kindOfList(list), asked.Namespace)
	return nil
}

func (r *Reader) note(kind, namespace string) {
	if refusal := (Refusal{kind, namespace}); !slices.Contains(r.refused, refusal) {
		r.refused = append(r.refused, refusal)
	}
}

func kindOf(object runtime.Object) string {
	gvk, err := apiutil.GVKForObject(object, Scheme)
	if err != nil {
		return fmt.Sprintf("%T", object)
	}
	return gvk.Kind
}

func kindOfList(list runtime.Object) string {
	kind := kindOf(list)
	return kind[:max(0, len(kind)-len("List"))]
}
