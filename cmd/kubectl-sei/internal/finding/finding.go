// Package finding is what was looked at and what came of it, in the words that the user reads and in the form that programs do.
package finding

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seinode/seinode-operator/internal/verdict"
)

// Report is what every report says of its form, for programs: it stays as it is until the version is another.
func Report(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: "cli.sei.io/v1", Kind: kind}
}

// State is what came of one look.
type State string

// The states.
const (
	// Met: nothing speaks against it.
	Met State = "Met"
	// Skipped: it was not looked at, since something before it has to be mended first.
	Skipped State = "Skipped"
	// Unknown: it could not be looked at.
	Unknown State = "Unknown"
	// Warns: nothing is wrong with it now, and something may come of it.
	Warns State = "Warns"
	// Waits: waiting may mend it.
	Waits State = "Waits"
	// Refused: somebody has to mend it.
	Refused State = "Refused"
)

// order has the worst last.
var order = []State{Met, Skipped, Unknown, Warns, Waits, Refused}

// Mark is the state in one character.
func (s State) Mark() string {
	return map[State]string{Met: "✓", Skipped: "-", Unknown: "?", Warns: "!", Waits: "…", Refused: "✗"}[s]
}

// Finding is one look, and what came of it.
type Finding struct {
	// Of is what was looked at.
	Of string `json:"of"`
	// State is what came of it.
	State State `json:"state"`
	// Reason is one word for programs, "" where there is none.
	Reason string `json:"reason,omitempty"`
	// Message names the found, the wanted and the remedy.
	Message string `json:"message,omitempty"`
}

// Judged is a look that a rule of the operator judged.
func Judged(of string, v verdict.Verdict) Finding {
	state := Met
	switch v.Class {
	case verdict.Transient:
		state = Waits
	case verdict.Terminal:
		state = Refused
	}
	return Finding{Of: of, State: state, Reason: v.Reason, Message: v.Message}
}

// Worst is the worst state of several, Met of none.
func Worst(findings []Finding) State {
	worst := Met
	for _, one := range findings {
		if slices.Index(order, one.State) > slices.Index(order, worst) {
			worst = one.State
		}
	}
	return worst
}
