package task_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

// stub says and does what it is told, and counts its acts.
type stub struct {
	verdict  storage.Verdict
	finished bool
	err      error
	acts     int
}

func (s *stub) Check(*task.Scope) storage.Verdict { return s.verdict }

func (s *stub) Act(context.Context, *task.Scope) (bool, error) {
	s.acts++
	return s.finished, s.err
}

// TestRun acts on a transient verdict alone, and takes a task for done only if it says so without an error.
func TestRun(t *testing.T) {
	refused := errors.New("refused")
	waits := storage.Verdict{Class: storage.Transient, Reason: "Waits", Message: "for something"}
	fails := storage.Verdict{Class: storage.Terminal, Reason: "Fails", Message: "for good"}
	done := storage.Verdict{Class: storage.Valid}
	tests := map[string]struct {
		task stub
		want task.Outcome
		acts int
	}{
		"valid":                     {stub{verdict: done, finished: true, err: refused}, task.Outcome{Verdict: done}, 0},
		"terminal":                  {stub{verdict: fails, finished: true, err: refused}, task.Outcome{Verdict: fails}, 0},
		"transient, goes on":        {stub{verdict: waits}, task.Outcome{Verdict: waits}, 1},
		"transient, finishes":       {stub{verdict: waits, finished: true}, task.Outcome{Verdict: done}, 1},
		"transient, error":          {stub{verdict: waits, err: refused}, task.Outcome{Verdict: waits, Err: refused}, 1},
		"transient, done and error": {stub{verdict: waits, finished: true, err: refused}, task.Outcome{Verdict: waits, Err: refused}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := task.Run(t.Context(), &test.task, nil)
			if diff := cmp.Diff(test.want, got, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if test.task.acts != test.acts {
				t.Errorf("%d acts, wanted %d", test.task.acts, test.acts)
			}
		})
	}
}
