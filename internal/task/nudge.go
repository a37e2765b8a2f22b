package task

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Nudge has the StatefulSet's controller try again, once a change of the quotas: by itself it waits up to a quarter of an hour after a
// refusal. It is nil where no quota is in the way, or the controller has seen these quotas.
func Nudge(s *Scope) *write.Write {
	if s.Quotas == "" || s.Set == nil || s.Set.DeletionTimestamp != nil || s.Set.Annotations[seiv1alpha1.AnnotationQuotas] == s.Quotas {
		return nil
	}
	patch := fmt.Appendf(nil, `{"metadata":{"uid":%q,"resourceVersion":%q,"annotations":{%q:%q}}}`,
		s.Set.UID, s.Set.ResourceVersion, seiv1alpha1.AnnotationQuotas, s.Quotas)
	return write.Patch(workload.StatefulSetChild.Kind, s.Set.DeepCopy(), client.RawPatch(types.MergePatchType, patch))
}
