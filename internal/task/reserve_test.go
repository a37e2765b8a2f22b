package task_test

import (
	"testing"

	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// TestWhatIsReserved: the bytes behind a claim that may be used, and nothing on account of one that may not. Who has to leave them to another is
// looked at again, since that one may be of a namespace which is not watched.
func TestWhatIsReserved(t *testing.T) {
	for name, test := range map[string]struct {
		change fixture.Change
		things int
	}{
		"a valid import":                {func(*task.Observation) {}, 1},
		"no claim":                      {fixture.NoClaim, 0},
		"a created claim":               {fixture.Creates, 1},
		"created, waits for its volume": {func(o *task.Observation) { fixture.Creates(o); o.Data.Volume = nil }, 0},
	} {
		if got := task.Things(fixture.Observation(test.change)); len(got) != test.things {
			t.Errorf("%s: %d things, wanted %d", name, len(got), test.things)
		}
	}
	for name, test := range map[string]struct {
		change fixture.Change
		writes int
		waits  bool
	}{
		"free": {fixture.Free, 1, false}, "held by another": {fixture.HeldByAnother, 0, true},
		"trouble": {func(o *task.Observation) { fixture.Free(o); fixture.Terminating(o) }, 0, false},
	} {
		scope := fixture.Scope(test.change)
		if got := scope.Reservations; len(got) != test.writes || scope.Waits != test.waits {
			t.Errorf("%s: %d reservations, wanted %d; waits: %t", name, len(got), test.writes, scope.Waits)
		}
		if may := test.writes > 0; scope.Claim.OK() != may || scope.Start.OK() != may {
			t.Errorf("%s: the claim may be used: %t, a pod may start: %t, wanted %t", name, scope.Claim.OK(), scope.Start.OK(), may)
		}
	}
}
