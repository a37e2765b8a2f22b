package world

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// rights are what the operator may do in the other namespace. Whatever it lacks, its informers show no news of that namespace.
type rights int

const (
	allRights rights = iota
	// noLists lets it read and write what it knows the name of.
	noLists
	none
)

// giveRights changes them: to all of them, half of the time.
func (w *world) giveRights(which uint32) {
	w.rights = []rights{allRights, noLists, allRights, none}[which%4]
}

// forbids says whether the operator lacks rights in a namespace.
func (w *world) forbids(namespace string) bool {
	return w.rights != allRights && namespace == otherNamespace
}

// forbidden is what it hears then.
func (w *world) forbidden(kind, name string) error {
	if w.reconciling != nil && w.reconciling.Namespace != otherNamespace {
		w.count("holder in a namespace without rights")
	}
	return apierrors.NewForbidden(schema.GroupResource{Resource: kind}, name, errNoAnswer)
}
