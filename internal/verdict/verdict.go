// Package verdict is the outcome of a check, in the words that the user will read: whether it is met, may come to be met, or will
// not without somebody's help, and why. It imports nothing of ours.
package verdict

import (
	"fmt"
	"strings"
)

// Class says what a verdict means for the node.
type Class string

// The classes.
const (
	// Valid: the check is met.
	Valid Class = "valid"
	// Transient: waiting may mend it.
	Transient Class = "transient"
	// Terminal: waiting alone will not mend it; a change of the claim, its volume or the node's spec may.
	Terminal Class = "terminal"
)

// MaxMessage bounds a message, in bytes. With its reason it fits the 2,048 characters of a task's error in status.plan.
const MaxMessage = 1536

// Verdict is the outcome of one check.
type Verdict struct {
	// Class says what the verdict means for the node.
	Class Class
	// Reason is one word for programs, one of the constants of the API.
	Reason string
	// Message is for people: the object, what was found, what was wanted, and the remedy. It holds nothing that changes by itself.
	Message string
}

// OK says whether the check is met.
func (v Verdict) OK() bool { return v.Class == Valid }

// String is the form that status.plan shows.
func (v Verdict) String() string { return v.Reason + ": " + v.Message }

// Done is the verdict of a check that is met and has nothing to say.
func Done() Verdict { return Verdict{Class: Valid} }

// Pass is the verdict of a check that is met.
func Pass(reason, format string, args ...any) Verdict { return of(Valid, reason, format, args) }

// Wait is the verdict of a check that may come to be met by itself.
func Wait(reason, format string, args ...any) Verdict { return of(Transient, reason, format, args) }

// Fail is the verdict of a check that somebody has to mend.
func Fail(reason, format string, args ...any) Verdict { return of(Terminal, reason, format, args) }

func of(class Class, reason, format string, args []any) Verdict {
	return Verdict{Class: class, Reason: reason, Message: Bound(fmt.Sprintf(format, args...), MaxMessage)}
}

// Bound cuts a text to at most limit bytes of valid UTF-8. A status that the API server refuses for its length says nothing at all.
func Bound(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
