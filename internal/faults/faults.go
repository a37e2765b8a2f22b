// Package faults makes one call to the API server go wrong. It sits between a reconciler and its client, notes every call that goes through,
// and does to one of them what was asked for. Which calls there are, a run without a fault says: nobody lists them. Nothing but tests imports it.
package faults

import (
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Verb is what a call does.
type Verb string

// The verbs. A status is written by a patch of its own.
const (
	Get         Verb = "get"
	List        Verb = "list"
	Create      Verb = "create"
	Update      Verb = "update"
	Patch       Verb = "patch"
	PatchStatus Verb = "patch status"
	Delete      Verb = "delete"
)

// What is what a call is about: the same for a call that is made again.
type What struct {
	// Cached says that the call reads from the cache.
	Cached bool
	// Verb is what is done, to the object of that kind, namespace and name; a list has no name, and perhaps no namespace.
	Verb                  Verb
	Kind, Namespace, Name string
}

func (w What) String() string {
	text := fmt.Sprintf("%s %s %s/%s", w.Verb, w.Kind, w.Namespace, w.Name)
	if w.Cached {
		text = "cached " + text
	}
	return text
}

// Writes says whether the call changes something.
func (w What) Writes() bool { return w.Verb != Get && w.Verb != List }

// Call is one call of a run.
type Call struct {
	What
	// Nth counts the calls that are about the same, from 1.
	Nth int
}

func (c Call) String() string { return fmt.Sprintf("%s, number %d", c.What, c.Nth) }

// Fault is what goes wrong.
type Fault string

// The faults.
const (
	None Fault = ""
	// Conflict is the answer to a write that was overtaken.
	Conflict Fault = "conflict"
	// Unanswered is a call that was done, and whose answer did not come.
	Unanswered Fault = "done, and the answer timed out"
	// Failure is a call that the API server could not do.
	Failure Fault = "500"
	// Busy is a call that the API server asks to make again later.
	Busy Fault = "429 with Retry-After"
	// Forbidden is a call that the operator has no right to make, this time.
	Forbidden Fault = "forbidden"
	// Stale has the cache show that kind as it was before its last write: to the rest of the reconcile that reads, or, after a write, also to the
	// next one.
	Stale Fault = "stale cache"
	// Crash is the end of the process right after the call. Its memory is lost.
	Crash Fault = "crash"
)

// All are the faults, in the order of a table.
var All = []Fault{Conflict, Unanswered, Failure, Busy, Forbidden, Stale, Crash}

// Of are the faults that a call can have. A read from the cache asks nobody: it can only be late.
func Of(call What) []Fault {
	switch {
	case call.Cached:
		return []Fault{Stale}
	case call.Writes():
		return All
	}
	return []Fault{Unanswered, Failure, Busy, Forbidden, Crash}
}

// ErrCrashed is what a call of a process that ends there panics with.
var ErrCrashed = errors.New("the process ends")

// retryAfter is in how many seconds a busy API server wants to be asked again.
const retryAfter = 1

// answer is what the caller hears.
func (f Fault) answer(call What) error {
	resource := schema.GroupResource{Resource: call.Kind}
	switch f {
	case Conflict:
		return apierrors.NewConflict(resource, call.Name, errors.New("somebody was faster"))
	case Unanswered:
		return apierrors.NewTimeoutError("the answer did not come in time", retryAfter)
	case Failure:
		return apierrors.NewInternalError(errors.New("etcd has no leader"))
	case Busy:
		return apierrors.NewTooManyRequests("the API server is busy", retryAfter)
	case Forbidden:
		return apierrors.NewForbidden(resource, call.Name, errors.New("a right is missing"))
	}
	return nil
}
