package task

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Scale starts or stops the pod where the wanted number of replicas is not the live one, in any phase: it is no task, so that no plan
// stands in its way. It is nil where there is nothing to change.
func Scale(s *Scope) *write.Write {
	if s.Set == nil || s.Set.DeletionTimestamp != nil || s.Set.Spec.Replicas != nil && *s.Set.Spec.Replicas == s.Replicas {
		return nil
	}
	patch := fmt.Appendf(nil, `{"metadata":{"uid":%q,"resourceVersion":%q},"spec":{"replicas":%d%s}}`, s.Set.UID, s.Set.ResourceVersion, s.Replicas, told(s))
	return write.Patch(workload.StatefulSetChild.Kind, s.Set.DeepCopy(), client.RawPatch(types.MergePatchType, patch))
}

// Pause stops the pod of a paused node where something could not be read, and nothing else is decided: the StatefulSet is all that it takes. It
// is nil for any other node, and where there is nothing to stop.
func Pause(s *Scope) *write.Write {
	if !s.Node.Paused() {
		return nil
	}
	return Scale(&Scope{Observation: s.Observation, Set: ownSet(s.Observation)})
}

// told has the pod that starts told of what its validator's key is known to have signed, "" where there is nothing to tell.
func told(s *Scope) string {
	known := s.reservation()
	if s.Replicas == 0 || known == "" || s.Set.Spec.Template.Annotations[seiv1alpha1.AnnotationReservation] == known {
		return ""
	}
	return fmt.Sprintf(`,"template":{"metadata":{"annotations":{%q:%q}}}`, seiv1alpha1.AnnotationReservation, known)
}
