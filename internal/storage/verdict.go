package storage

import (
	"fmt"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Class says what a verdict means for the node.
type Class string

// The classes.
const (
	// Valid: every requirement is met.
	Valid Class = "valid"
	// Transient: waiting may mend it.
	Transient Class = "transient"
	// Terminal: waiting alone will not mend it; a change of the claim, its volume or the node's spec may.
	Terminal Class = "terminal"
)

// Verdict is the outcome of a check, in the words that the user will read.
type Verdict struct {
	Class   Class
	Reason  string
	Message string
}

// OK says whether the verdict is valid.
func (v Verdict) OK() bool { return v.Class == Valid }

// String is the form that status.plan shows.
func (v Verdict) String() string { return v.Reason + ": " + v.Message }

// ConcernsCapacity says whether the verdict is about the size of the claim or its volume alone.
func ConcernsCapacity(v Verdict) bool {
	return v.Reason == seiv1alpha1.ReasonImportCapacityTooSmall || v.Reason == seiv1alpha1.ReasonImportUnderlyingPVCapacityMismatch
}

func transient(reason, format string, args ...any) *Verdict {
	return &Verdict{Class: Transient, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func terminal(reason, format string, args ...any) *Verdict {
	return &Verdict{Class: Terminal, Reason: reason, Message: fmt.Sprintf(format, args...)}
}
