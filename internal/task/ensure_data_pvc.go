package task

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// ensureDataPVC creates the node's own claim. An imported claim is only ever read: there is nothing to do but to wait.
func ensureDataPVC(s *Scope) (verdict.Verdict, *write.Write) {
	if s.CreateClaim {
		return s.Claim, storage.Create(newClaim(s))
	}
	return s.Claim, nil
}

func newClaim(s *Scope) *corev1.PersistentVolumeClaim {
	size := corev1.ResourceList{corev1.ResourceStorage: s.Platform.Required(s.Node)}
	return storage.NewClaim(s.Data, s.Platform.StorageClass(s.Node), size, workload.ClaimLabels(s.Node))
}
