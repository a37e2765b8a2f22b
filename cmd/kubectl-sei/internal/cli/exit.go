package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
)

// The exit codes.
const (
	// Fine: nothing is the matter.
	Fine = 0
	// Failed: the API server, or something else, did not do what was asked.
	Failed = 1
	// Usage: the command is not understood.
	Usage = 2
	// Refused: no waiting mends it.
	Refused = 3
	// Waits: it waits, or warns.
	Waits = 4
	// TimedOut: --timeout passed.
	TimedOut = 124
)

// coded is an error with its exit code.
type coded struct {
	code int
	err  error
}

func (c coded) Error() string { return c.err.Error() }

func (c coded) Unwrap() error { return c.err }

func usage(format string, args ...any) error { return coded{Usage, fmt.Errorf(format, args...)} }

// codeOf is the exit code of an error, and of what a verb found.
func codeOf(err error) int {
	known := coded{}
	switch {
	case err == nil:
		return Fine
	case errors.As(err, &known):
		return known.code
	}
	return Failed
}

// codeOfState is the exit code of what was found.
func codeOfState(state finding.State) int {
	switch state {
	case finding.Met, finding.Skipped:
		return Fine
	case finding.Refused:
		return Refused
	}
	return Waits
}

// oneLine is what an error says, in one line.
func oneLine(err error) string {
	return strings.Join(strings.Fields(cluster.Explain(err).Error()), " ")
}
