// Package status derives the whole status of a SeiNode from what a reconcile observed, what it decided, and what the agent in the
// node's pod says. It is pure, every condition is set here and nowhere else, and each on every pass: setting one that did not change
// changes nothing.
package status

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Input is all that a status is derived from.
type Input struct {
	// Scope is what the reconcile observed and decided. Its node's status holds the plan as it is now, and else what was shown so far.
	Scope *task.Scope
	// Said is what the agent in the node's pod said last; nil while nobody has asked it.
	Said *wire.NodeStatus
	// Now is when conditions that change are said to have changed.
	Now time.Time
}

// Of returns the status of a node that is not being deleted. Where a read failed it leaves what was shown as it is, so that the last
// honest verdict stays, but for a pause, which stops the pod all the same; a node that showed nothing yet says that it could not be looked at.
func Of(in Input) seiv1alpha1.SeiNodeStatus {
	s := in.Scope
	status := *s.Node.Status.DeepCopy()
	if s.Err != nil && before(s, seiv1alpha1.ConditionReady) != nil {
		stoppedUnseen(in).set(&status, s.Node.Generation, in.Now)
		return status
	}
	status.ObservedGeneration, status.Mode = s.Node.Generation, s.Node.Mode()
	if s.Err == nil {
		status.DataVolume = dataVolume(s)
		status.CurrentImage = currentImage(s)
		status.SigningSecret = signingSecret(s)
		status.Signing = s.SignsWith
		status.Node = node(in)
		status.Peers = peersStatus(s)
		status.Upgrades = upgrades(in)
		status.Bootstrap = bootstrap(in)
		status.ExternalAddress = s.Address.Told
	}
	status.Phase = phase(s)
	for _, rule := range []func(Input) *condition{importReady, inspected, synced, ready, update, upgradeReady, bootstrapped, exposed, peered} {
		rule(in).set(&status, s.Node.Generation, in.Now)
	}
	if !s.Node.Exposes() {
		meta.RemoveStatusCondition(&status.Conditions, seiv1alpha1.ConditionExposed)
	}
	if s.Node.Spec.Bootstrap == nil && status.CurrentImage != "" { // before, it tells what is known of the volume
		meta.RemoveStatusCondition(&status.Conditions, seiv1alpha1.ConditionBootstrapped)
	}
	Bound(&status)
	return status
}

// Terminating returns the status of a node that is being deleted, and waits for something.
func Terminating(node *seiv1alpha1.SeiNode, waitsFor string, now time.Time) seiv1alpha1.SeiNodeStatus {
	status := *node.Status.DeepCopy()
	status.ObservedGeneration, status.Mode, status.Phase = node.Generation, node.Mode(), seiv1alpha1.PhaseTerminating
	no(seiv1alpha1.ConditionReady, seiv1alpha1.ReasonTerminating, "%s", waitsFor).set(&status, node.Generation, now)
	Bound(&status)
	return status
}

// Elsewhere returns the status of a node that another operator has. Whether its pod is ready nobody has looked at; all else is left as it is, also what that operator wrote.
func Elsewhere(node *seiv1alpha1.SeiNode, now time.Time) seiv1alpha1.SeiNodeStatus {
	status := *node.Status.DeepCopy()
	status.ObservedGeneration = node.Generation
	unknown(seiv1alpha1.ConditionReady, seiv1alpha1.ReasonManagedElsewhere,
		"SeiNode %q has finalizer %s of another operator, sei-k8s-controller: this operator makes, changes and deletes nothing for it, and does not look at it, so that the rest of this status may be old; "+
			"wanted a SeiNode without that finalizer: see docs/how-to/coming-from-sei-k8s-controller.md", node.Name, seiv1alpha1.FinalizerElsewhere).set(&status, node.Generation, now)
	return status
}

// phase is where the node is in its life. One that came up stays Running while it is changed, also after something failed.
func phase(s *task.Scope) seiv1alpha1.Phase {
	current := s.Node.Status.Plan
	switch {
	case current == nil:
		return seiv1alpha1.PhasePending
	case current.Phase == seiv1alpha1.PlanFailed:
		return seiv1alpha1.PhaseFailed
	case current.Phase == seiv1alpha1.PlanComplete, cameUp(s.Node), workload.PodReady(s.Pod):
		return seiv1alpha1.PhaseRunning
	}
	return seiv1alpha1.PhaseInitializing
}

// cameUp says whether the node ran once: its phase does not fall back to that of one which never did.
func cameUp(node *seiv1alpha1.SeiNode) bool { return node.Status.CurrentImage != "" }

// dataVolume shows the claim and its volume. The UID of the claim is kept from the moment that it was found usable: a claim
// of the same name with another UID is other data.
func dataVolume(s *task.Scope) *seiv1alpha1.DataVolumeStatus {
	claim := s.Data.Claim
	shown := &seiv1alpha1.DataVolumeStatus{
		ClaimName: storage.ClaimName(s.Node), ClaimUID: s.Node.AdoptedClaim(), Imported: storage.Imports(s.Node), Inspection: inspection(s),
	}
	if claim == nil {
		return shown
	}
	shown.VolumeName = claim.Spec.VolumeName
	if s.Data.Volume != nil {
		shown.VolumeIdentity = storage.Identity(s.Data.Volume)
	}
	if capacity, reported := claim.Status.Capacity[corev1.ResourceStorage]; reported {
		shown.Capacity = &capacity
	}
	if s.Claim.OK() && !s.Unproven {
		shown.ClaimUID = claim.UID
	}
	return shown
}

// signingSecret is kept from the moment that the key was found free, on a node that could start with it: no other may take it.
func signingSecret(s *task.Scope) string {
	if s.Start.OK() && !s.Unproven {
		return s.Node.SigningSecret()
	}
	return s.Node.Status.SigningSecret
}

// currentImage is the image that seid last ran with: that of a pod in which it has started. A container that gets ready for a state sync is not seid yet.
func currentImage(s *task.Scope) string {
	waits := workload.FetchesState(s.Pod) && !s.Node.Bootstrapped() // whatever the spec says by now
	if s.Pod == nil || !workload.PodReady(s.Pod) && (waits || !started(s.Pod)) {
		return s.Node.Status.CurrentImage
	}
	return workload.SeidImage(s.Pod.Spec)
}

func started(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.ContainerStatuses, func(c corev1.ContainerStatus) bool {
		return c.Name == workload.ContainerSeid && (c.State.Running != nil || c.State.Terminated != nil || c.LastTerminationState.Terminated != nil)
	})
}

// importReady follows the imported claim, also after the node runs. A node that imports nothing has none.
func importReady(in Input) *condition {
	s := in.Scope
	switch {
	case !storage.Imports(s.Node):
		return nil
	case s.Err != nil:
		return unknown(seiv1alpha1.ConditionImportPVCReady, seiv1alpha1.ReasonImportValidationError,
			"PVC %q could not be looked at: the API server does not answer or refuses; the operator tries again", storage.ClaimName(s.Node))
	}
	return is(s.Claim.OK(), seiv1alpha1.ConditionImportPVCReady, s.Claim.Reason, "%s", s.Claim.Message)
}

func before(s *task.Scope, kind string) *metav1.Condition {
	return meta.FindStatusCondition(s.Node.Status.Conditions, kind)
}
