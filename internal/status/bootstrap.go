package status

import (
	"fmt"
	"math"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

// What status.bootstrap.source may be.
const (
	sourceArchive   = "Archive"
	sourceStateSync = "StateSync"
	sourceSnapshot  = "VolumeSnapshot"
	sourceClaim     = "Claim"
)

// restore is what is said of the data that is brought onto an empty volume: by the container that brings it, while it runs, else in its termination
// message. A state sync is seid's own, and told of beside it. nil while nobody said anything.
func restore(in Input) *wire.Restore {
	container := bringer(in.Scope.Pod)
	switch {
	case in.Scope.Node.StateSync() != nil && (container == nil || hasBrought(container)):
		return heard(in)
	case container == nil:
		return nil
	case container.State.Running != nil:
		return heard(in)
	case hasBrought(container) && heard(in) != nil: // a block of the data was compared
		return heard(in)
	case hasBrought(container) && shownFork(in) != nil:
		return shownFork(in)
	}
	return task.RestoreIn(in.Scope.Pod)
}

// shownFork is what is shown of data that is of another fork, nil where it is not: the agent may have to compare it again.
func shownFork(in Input) *wire.Restore {
	if shown := before(in.Scope, seiv1alpha1.ConditionBootstrapped); shown != nil && shown.Reason == wire.ReasonWrongFork {
		return &wire.Restore{Reason: shown.Reason, Message: shown.Message}
	}
	return nil
}

// isFork says whether what was brought is of another fork of the chain.
func isFork(said *wire.Restore) bool { return said != nil && said.Reason == wire.ReasonWrongFork }

// heard is what the agent in the pod says of the data that is brought; nil where it does not.
func heard(in Input) *wire.Restore {
	if in.Scope.Pod == nil || in.Said == nil {
		return nil
	}
	return in.Said.Restore
}

// hasBrought says that the container that brings the data has ended well.
func hasBrought(container *corev1.ContainerStatus) bool {
	return container.Ready || container.State.Terminated != nil && container.State.Terminated.ExitCode == 0
}

// bringer is the container that brings the data, nil where the pod has none.
func bringer(pod *corev1.Pod) *corev1.ContainerStatus {
	if pod == nil {
		return nil
	}
	for i := range pod.Status.InitContainerStatuses {
		if found := &pod.Status.InitContainerStatuses[i]; found.Name == workload.ContainerBootstrap {
			return found
		}
	}
	return nil
}

// bootstrap shows how far the data has come. It stays as it was while nobody says anything new.
func bootstrap(in Input) *seiv1alpha1.BootstrapStatus {
	if in.Scope.Node.Spec.Bootstrap == nil {
		return nil
	}
	switch kind, _ := in.Scope.Node.CopyOf(); kind {
	case seiv1alpha1.KindVolumeSnapshot:
		return &seiv1alpha1.BootstrapStatus{Source: sourceSnapshot}
	case seiv1alpha1.KindClaim:
		return &seiv1alpha1.BootstrapStatus{Source: sourceClaim}
	}
	said, shown := restore(in), in.Scope.Node.Status.Bootstrap
	switch ended := said != nil && (said.Done() || isFork(said)); {
	case said == nil || said.Reason == seiv1alpha1.ReasonNotNeeded && shown != nil:
		return shown
	case in.Scope.Node.StateSync() != nil:
		return fetched(said, shown)
	case shown != nil && ended && said.BytesTotal == 0: // what is said of data that came tells no size
		return shown
	}
	now := &seiv1alpha1.BootstrapStatus{Source: sourceArchive}
	if said.BytesTotal > 0 {
		now.Percent, now.Size = ptr.To(int32(min(max(said.Percent, 0), 100))), resource.NewQuantity(said.BytesTotal, resource.BinarySI) //nolint:gosec // 0 to 100
	}
	return now
}

// fetched shows how far a state sync is, beside what was shown.
func fetched(said *wire.Restore, shown *seiv1alpha1.BootstrapStatus) *seiv1alpha1.BootstrapStatus {
	now := &seiv1alpha1.BootstrapStatus{Source: sourceStateSync}
	if shown != nil && said.Done() {
		now.SnapshotHeight = shown.SnapshotHeight // seid tells it in the run that fetched the state alone
	}
	if said.Percent > 0 {
		now.Percent = ptr.To(int32(min(said.Percent, 100))) //nolint:gosec // 0 to 100
	}
	if said.BytesTotal > 0 {
		now.Size = resource.NewQuantity(said.BytesTotal, resource.BinarySI)
	}
	if said.SnapshotHeight > 0 {
		now.SnapshotHeight = &said.SnapshotHeight
	}
	if said.Attempts > 0 {
		now.Attempts = ptr.To(int32(min(said.Attempts, math.MaxInt32))) //nolint:gosec // it fits
	}
	return now
}

// bootstrapped says whether the data has come. It stays as it was while nobody says anything new.
func bootstrapped(in Input) *condition {
	const kind = seiv1alpha1.ConditionBootstrapped
	said, shown := restore(in), before(in.Scope, kind)
	switch {
	case in.Scope.Err != nil || in.Scope.Node.Spec.Bootstrap == nil:
		return nil
	case in.Scope.Node.Copies():
		return copied(in, shown)
	case said != nil:
		return is(said.Done(), kind, said.Reason, "%s%s", said.Message, byOthers(in.Scope, said))
	}
	return asShown(shown)
}

// byOthers is how a pod whose witnesses cannot vouch comes to ask others, which were not known when it was made; "" for nothing.
func byOthers(s *task.Scope, said *wire.Restore) string {
	others := s.OtherWitnesses()
	if len(others) == 0 || said.Reason != wire.ReasonWitnessUnreachable && said.Reason != wire.ReasonWitnessTooOld {
		return ""
	}
	return fmt.Sprintf("; the pod asks those that spec.bootstrap.stateSync.witnessNodes selected when it was made; to have it ask %s, which replaces the pod: %s",
		strings.Join(others, ", "), workload.RolloutCommand(s.Set))
}

// copied says whether the volume that began as a copy holds what was copied, as soon as anybody looked. Whether that fits the node, DataInspected says.
func copied(in Input, shown *metav1.Condition) *condition {
	const kind = seiv1alpha1.ConditionBootstrapped
	s := in.Scope
	from, name := s.Node.CopyOf()
	switch found := s.Inspection; {
	case shown != nil && shown.Status == metav1.ConditionTrue:
		return asShown(shown)
	case storage.ConcernsSource(s.Claim):
		return no(kind, s.Claim.Reason, "%s", s.Claim.Message)
	case s.Data.Claim == nil && !s.CreateClaim:
		return asShown(shown)
	case found == nil:
		return no(kind, seiv1alpha1.ReasonCopying, "PVC %q is made as a copy of %s %q; where that takes long, the events of the PVC say what keeps its driver from it", storage.ClaimName(s.Node), from, name)
	case found.Layout == wire.LayoutEmpty:
		return no(kind, seiv1alpha1.ReasonSourceEmpty, "%s", found.Message)
	}
	return yes(kind, seiv1alpha1.ReasonRestored, "PVC %q began as a copy of %s %q", storage.ClaimName(s.Node), from, name)
}

// brings says why a node whose data is brought does not run yet, nil where it has come.
func brings(in Input) *condition {
	container := bringer(in.Scope.Pod)
	if container == nil || hasBrought(container) {
		return nil
	}
	said := restore(in)
	switch {
	case said != nil && container.State.Running == nil && !said.Done():
		return notReady(seiv1alpha1.ReasonBootstrapFailed, "%s: %s", said.Reason, verdict.Bound(said.Message, verdict.MaxMessage))
	case said != nil && container.State.Running != nil:
		return notReady(seiv1alpha1.ReasonBootstrapping, "%s: %s", said.Reason, verdict.Bound(said.Message, verdict.MaxMessage))
	case container.State.Running != nil:
		return notReady(seiv1alpha1.ReasonBootstrapping, "the data of the volume is on its way%s", from(in.Scope.Node))
	}
	return nil
}

// from says where the data comes from; nothing where the spec, meanwhile, names no archive any more.
func from(node *seiv1alpha1.SeiNode) string {
	if archive := node.Published(); archive != nil {
		return fmt.Sprintf(" from %q", archive.URL)
	}
	return ""
}

// fetches says that seid has no state yet, nil where a state sync is over, or none is asked for.
func fetches(in Input) *condition {
	said := restore(in)
	if in.Scope.Node.StateSync() == nil || said == nil || said.Done() {
		return nil
	}
	return notReady(seiv1alpha1.ReasonBootstrapping, "%s: %s", said.Reason, verdict.Bound(said.Message, verdict.MaxMessage))
}
