package task

import (
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/write"
)

// Release lets go of the node's created claim where it is to stay. It is no task, so that no plan stands in its way: garbage collection
// asks nobody. It is nil where there is nothing to release.
func Release(s *Scope) *write.Write {
	if s.Err != nil {
		return nil
	}
	return storage.Release(s.Data)
}
