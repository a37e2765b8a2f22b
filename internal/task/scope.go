// Package task holds the decisions of a reconcile, and the steps that bring a node up or change it, one file each. A task carries no
// parameters: what it does is derived from the Scope of this reconcile, so a wrong spec can always be corrected. All of it is pure: a
// task returns the write that it wants, and does not make it.
package task

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/peers"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Observation is what one reconcile read. It is read once, in the controller, and nothing reads the API after it.
type Observation struct {
	// Platform is the operator's configuration.
	Platform platform.Config
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Data are the facts about the node's data volume.
	Data storage.Facts
	// Keys are the facts about the node's signing key.
	Keys keys.Facts
	// Peers are the facts about the nodes that this one is to be connected to.
	Peers peers.Facts
	// Now is when all of this was read.
	Now time.Time
	// Signer is the key that a validator signs with, or would, as the agent in its pod says.
	Signer Signer
	// Halt is the upgrade of the chain that the node's pod stopped for; nil without evidence.
	Halt *wire.UpgradeHalt
	// Ahead is the SeiNode that takes an upgrade early now, so that this one waits; "" for none.
	Ahead string
	// Snapshot is what is known of the VolumeSnapshot that the node is kept down for; empty where there is none.
	Snapshot SnapshotFacts
	// Planned is the name of the upgrade that the chain has planned, as it was last heard; "" for none.
	Planned string
	// PrePullPod has the name of the node's pre-pull pod, whoever's it is; nil for none.
	PrePullPod *corev1.Pod
	// PrePullRefused is why the API server did not take the node's pre-pull pod a short while ago, so that it is not asked; "" where it may be.
	PrePullRefused string
	// Address is where peers reach a node from outside of the cluster.
	Address Address
	// Namespace is the operator's own, where the Leases are.
	Namespace string
	// Reserved are the things that the node wants to use and is not known to hold, and who holds them.
	Reserved []reserve.Facts
	// Unreserved is the error of a read of who holds them: nothing starts then, and a pause still stops.
	Unreserved error
	// Live are the objects of the node's name, by kind, whoever's; no entry where there is none.
	Live map[string]workload.Object
	// Warning is what Kubernetes last warned of the pod that does not come up, or of the StatefulSet that has none: a failed mount, a
	// quota. "" if nobody had to ask, or nothing was warned of.
	Warning string
	// Quotas is a mark of what the namespace's quotas allow, read only where a quota keeps the pod from being made; "" else.
	Quotas string
	// Err is the error of the first read that failed; nothing is decided then.
	Err error
}

// Scope is what one reconcile knows: what it observed, and what it decided from that, once.
type Scope struct {
	Observation
	// Claim says whether the node's claim may be mounted now: the verdict of this reconcile, not of an earlier one.
	Claim verdict.Verdict
	// Reservations are the writes by which the node comes to hold what only one may use. They come before everything else.
	Reservations []Reservation
	// Unproven says that the node would adopt a claim that was not found, past the cache, to be the one that was judged, or take what only one may use and did not
	// get it: it has neither yet, and neither is noted as its own.
	Unproven bool
	// Former are the names of Leases that the node holds for what nothing of it uses any more.
	Former []string
	// Waits says that another node holds what this one would use.
	Waits bool
	// SignsWith is the key that the node holds, and the most that it is known to have signed; nil for a node that signs with none.
	SignsWith *seiv1alpha1.SigningStatus
	// floor is what the key's Lease says that the key signed, where it was read.
	floor *wire.Signed
	// CreateClaim says whether the node's own claim is to be created now.
	CreateClaim bool
	// Signing says whether the node may sign with its key.
	Signing verdict.Verdict
	// Meets is who the node is to be connected to.
	Meets peers.Set
	// Start says whether a pod may start now: on its claim, and with its key.
	Start verdict.Verdict
	// Set is the node's own StatefulSet, by UID; nil if there is none.
	Set *appsv1.StatefulSet
	// Pod is the node's own pod; nil if there is none.
	Pod *corev1.Pod
	// Inspection is what the agent in the pod found on the volume; nil while it has not spoken.
	Inspection *wire.Inspection
	// Replicas is how many pods there are to be: 0 or 1.
	Replicas int32
	// AtHalt is what is to become of the snapshot that the node is kept down for.
	AtHalt AtHalt
	// Children are the decisions about the objects that are made for the node, by kind; none about one that is neither wanted nor there.
	Children map[string]Child
	// Outdated says whether the pod was made from another template than the StatefulSet's.
	Outdated bool
	// PrePull is what becomes of the image of an upgrade that is still to come.
	PrePull PrePull
	// Ready says whether the pod is ready and of what the spec says: right after a change of the spec it is not.
	Ready bool
}

// Reservation is the write by which the node comes to hold a thing.
type Reservation struct {
	// Thing is what it comes to hold.
	Thing reserve.Thing
	// Write makes or takes over the Lease; nil where the Lease says already that the node holds it.
	Write *write.Write
}

// Child is the decision about one object that is made for the node.
type Child struct {
	// Verdict is valid where the object is as it should be.
	Verdict verdict.Verdict
	// Write is what brings it there; nil where there is nothing to write, or nothing that may be written.
	Write *write.Write
	// Rolls says whether the write replaces the pod.
	Rolls bool
	// Pending says what waits for the user's next change, "" for nothing.
	Pending string
}

// Task is one step of a plan. It is pure: it says how far the step is, and what is to be written for it now. Without a write there is
// nothing to do but to wait.
type Task func(*Scope) (verdict.Verdict, *write.Write)

// All finds a task by its type: one applies each kind of child, and there are three more.
var All = all()

func all() map[seiv1alpha1.TaskType]Task {
	tasks := map[seiv1alpha1.TaskType]Task{
		seiv1alpha1.TaskEnsureDataPVC:  ensureDataPVC,
		seiv1alpha1.TaskReplacePod:     replacePod,
		seiv1alpha1.TaskAwaitNodeReady: awaitNodeReady,
	}
	for _, kind := range workload.Children {
		tasks[kind.Task] = apply(kind)
	}
	return tasks
}

// Differs says whether anything that is made for the node differs from what the spec says.
func (s *Scope) Differs() bool {
	for _, child := range s.Children {
		if !child.Verdict.OK() {
			return true
		}
	}
	return s.Outdated
}

// StopsPod says whether this reconcile is about to have the pod made again, or stopped for a snapshot.
func (s *Scope) StopsPod() bool {
	return s.Err == nil && s.Pod != nil && (s.Outdated || Retry(s) != nil || s.DownForSnapshot())
}

// Adopts says whether the node is about to take a claim that it does not have yet.
func (s *Scope) Adopts() bool {
	return s.Err == nil && s.Claim.OK() && s.Data.Claim != nil && s.Data.Claim.UID != s.Node.AdoptedClaim()
}

// StartsPod says whether this reconcile is about to have the pod made where there is to be none so far.
func (s *Scope) StartsPod() bool {
	return s.Err == nil && s.Replicas > 0 && s.Start.OK() && (s.Set == nil || s.Set.Spec.Replicas != nil && *s.Set.Spec.Replicas == 0)
}

// Rolls says whether the pod has to be replaced for what the spec says.
func (s *Scope) Rolls() bool { return s.Outdated || s.Children[workload.StatefulSetChild.Kind].Rolls }

// Awaited is what a pod that does not come up is to be asked about: the pod, where the kubelet has not started its containers yet, or
// the StatefulSet, where nobody has made the pod. It is nil where no pod is expected, or one runs. What keeps a pod, only events say.
func (o Observation) Awaited() workload.Object {
	set, pod := ownSet(o), PodOf(o)
	switch {
	case set == nil || set.Spec.Replicas != nil && *set.Spec.Replicas == 0:
		return nil
	case pod == nil:
		return set
	case unstarted(pod):
		return pod
	}
	return nil
}

// unstarted says whether a pod that has a machine is not known to have its volumes mounted and its network up.
func unstarted(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodPending && workload.IsTrue(pod, corev1.PodScheduled) && !workload.IsTrue(pod, corev1.PodReadyToStartContainers)
}
