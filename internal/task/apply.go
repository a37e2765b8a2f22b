package task

import (
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// apply returns the task that brings one kind of object to what the spec says. What is to be done about it was decided with the rest.
func apply(kind workload.Child) Task {
	return func(s *Scope) (verdict.Verdict, *write.Write) {
		child, decided := s.Children[kind.Key()]
		if !decided { // it is neither wanted nor there
			return verdict.Done(), nil
		}
		return child.Verdict, child.Write
	}
}
