package task

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Scale starts or stops the pod where the wanted number of replicas is not the live one, in any phase: it is no task, so that no plan
// stands in its way. It is nil where there is nothing to change.
func Scale(s *Scope) *write.Write {
	if s.Set == nil || s.Set.DeletionTimestamp != nil || s.Set.Spec.Replicas != nil && *s.Set.Spec.Replicas == s.Replicas || s.startsByWrite() {
		return nil
	}
	patch := fmt.Appendf(nil, `{"metadata":{"uid":%q,"resourceVersion":%q%s},"spec":{"replicas":%d%s}}`,
		s.Set.UID, s.Set.ResourceVersion, reached(s), s.Replicas, told(s))
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

// startsByWrite says whether the pod starts by the write of the whole StatefulSet, which is still to come: the pod that a number of replicas alone would start
// would be of the template before, with another image, on a claim that it was not made for.
func (s *Scope) startsByWrite() bool {
	return s.Replicas > 0 && ptr.Deref(s.Set.Spec.Replicas, 1) == 0 && s.Children[workload.StatefulSetChild.Kind].Write != nil
}

// reached has what the node has reached noted in the write that stops the pod for a snapshot: an operator that is killed after it goes on from there. It is
// "" where that is noted already.
func reached(s *Scope) string {
	if !s.DownForSnapshot() || workload.NotesReached(s.Set, s.Node) {
		return ""
	}
	note, err := json.Marshal(workload.ReachedBy(s.Node)) // %q quotes otherwise what a driver may say in an error
	if err != nil {
		panic(err) // strings always marshal
	}
	return fmt.Sprintf(`,"annotations":{%q:%s}`, seiv1alpha1.AnnotationReached, note)
}

// told has the pod that starts told of what its validator's key is known to have signed, "" where there is nothing to tell.
func told(s *Scope) string {
	known := s.reservation()
	if s.Replicas == 0 || known == "" || s.Set.Spec.Template.Annotations[seiv1alpha1.AnnotationReservation] == known {
		return ""
	}
	return fmt.Sprintf(`,"template":{"metadata":{"annotations":{%q:%q}}}`, seiv1alpha1.AnnotationReservation, known)
}
