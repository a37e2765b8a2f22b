package task

import (
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

const (
	// snapshotTime is how long a snapshot that is not required may keep a node down.
	snapshotTime = 10 * time.Minute
	// passing is how long an error of a VolumeSnapshot may be one that passes: its controller says so of every conflict, and tries again.
	passing = time.Minute
)

// uncached is for writes of a kind that nothing reads from a cache: there is no informer to wait for, and none is to be started.
const uncached = client.DisableReadYourWritesConsistency

// SnapshotFacts are what is known of the VolumeSnapshot that a node is kept down for.
type SnapshotFacts struct {
	// Found is the object of that name, whoever's; nil if there is none, or it was not read.
	Found *unstructured.Unstructured
	// Refused is why VolumeSnapshots cannot be read or made here, "" where nothing speaks against it: what somebody has to mend.
	Refused string
	// Unread is the error of a read that the next look may make.
	Unread error
	// Now is when it was looked at.
	Now time.Time
}

// AtHalt is what is to become of the snapshot that a node is kept down for.
type AtHalt struct {
	// Waits says what the node waits for, "" for a node that waits for no snapshot.
	Waits string
	// Write makes the VolumeSnapshot; nil while it is there, or may not be made yet.
	Write *write.Write
}

// SnapshotRefusal is what an error of VolumeSnapshots says that somebody has to mend, "" for one that may pass.
func SnapshotRefusal(err error) string {
	switch {
	case err == nil:
		return ""
	case meta.IsNoMatchError(err) || apierrors.IsNotFound(err):
		return "the cluster knows no VolumeSnapshots: install their CRDs, and the snapshot controller"
	case apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err):
		return fmt.Sprintf("the API server refuses it: %v; the operator needs get and create on volumesnapshots.%s", err, workload.VolumeSnapshotKind.Group)
	}
	return ""
}

// SettledSnapshot is what the snapshot that a node is kept down for has come to, nil while the node waits for it. A paused node settles nothing.
func SettledSnapshot(o Observation) *seiv1alpha1.UpgradeSnapshot {
	pending, policy := o.Node.PendingSnapshot(), o.Node.SnapshotPolicy()
	if pending == nil || o.Node.Paused() {
		return nil
	}
	trouble := o.snapshotTrouble(pending)
	switch {
	case policy == nil:
		return cameTo(pending, seiv1alpha1.SnapshotSkipped, "spec.upgradePolicy.snapshot was taken away before it was taken")
	case trouble == "" && o.Snapshot.Found != nil && workload.SnapshotTaken(o.Snapshot.Found):
		return cameTo(pending, seiv1alpha1.SnapshotTaken, "")
	case trouble != "" && !ptr.Deref(policy.Required, false):
		return cameTo(pending, seiv1alpha1.SnapshotFailed, trouble)
	}
	return nil
}

func cameTo(pending *seiv1alpha1.ReachedUpgrade, state seiv1alpha1.SnapshotState, message string) *seiv1alpha1.UpgradeSnapshot {
	return &seiv1alpha1.UpgradeSnapshot{Name: pending.Snapshot.Name, State: state, Message: verdict.Bound(message, workload.MaxSnapshotMessage)}
}

// snapshotTrouble is why there may never be a snapshot of this halt, and what to do, "" while nothing speaks against it.
func (o Observation) snapshotTrouble(pending *seiv1alpha1.ReachedUpgrade) string {
	found, wanted := o.Snapshot.Found, o.wantedSnapshot(pending)
	switch {
	case o.Snapshot.Refused != "":
		return o.Snapshot.Refused
	case o.Snapshot.Unread != nil && o.isOver(pending.Time, snapshotTime):
		return fmt.Sprintf("it cannot be read: %v", o.Snapshot.Unread)
	case found == nil && o.attached() != "" && o.isOver(pending.Time, snapshotTime):
		return o.attached() + " for more than ten minutes: find what keeps it there"
	case found == nil:
		return ""
	case !workload.IsSameSnapshot(found, wanted):
		return fmt.Sprintf("the VolumeSnapshot of that name is not of this halt: its UID is %s, found annotations %s=%q and %s=%q, wanted %q and %q; delete it, or rename what makes it",
			found.GetUID(), seiv1alpha1.AnnotationClaimUID, found.GetAnnotations()[seiv1alpha1.AnnotationClaimUID],
			seiv1alpha1.AnnotationUpgrade, found.GetAnnotations()[seiv1alpha1.AnnotationUpgrade],
			wanted.GetAnnotations()[seiv1alpha1.AnnotationClaimUID], wanted.GetAnnotations()[seiv1alpha1.AnnotationUpgrade])
	case workload.SnapshotTaken(found):
		return ""
	}
	return o.unfinished(found)
}

// unfinished is what speaks against a VolumeSnapshot of this halt that is not taken yet.
func (o Observation) unfinished(found *unstructured.Unstructured) string {
	made := found.GetCreationTimestamp()
	switch said := workload.SnapshotError(found); {
	case said != "" && o.isOver(&made, passing):
		return fmt.Sprintf("the snapshot controller says: %s; mend that, it tries again by itself", verdict.Bound(said, workload.MaxSnapshotMessage/2))
	case o.isOver(&made, snapshotTime):
		return "it is not taken after ten minutes: does a snapshot controller run, and the sidecar of the volume's CSI driver?"
	}
	return ""
}

func (o Observation) isOver(since *metav1.Time, limit time.Duration) bool {
	return since != nil && o.Snapshot.Now.Sub(since.Time) > limit
}

// attached is where the node's volume is still attached, "" for nowhere. While it is, what seid wrote last may be in that machine's memory alone.
func (o Observation) attached() string {
	for i := range o.Data.Attachments {
		if at := &o.Data.Attachments[i]; at.Status.Attached {
			return fmt.Sprintf("volume %q is attached to machine %q", storage.AttachedVolume(at), at.Spec.NodeName)
		}
	}
	return ""
}

func (o Observation) wantedSnapshot(pending *seiv1alpha1.ReachedUpgrade) *unstructured.Unstructured {
	return workload.VolumeSnapshot(o.Node, storage.ClaimName(o.Node), *pending)
}

// DownForSnapshot says whether there is to be no pod for the sake of a snapshot alone. While the claim or the key has trouble none is stopped for it: a
// claim that is being deleted is gone with its pod.
func (s *Scope) DownForSnapshot() bool {
	return s.Err == nil && s.Start.OK() && s.Node.PendingSnapshot() != nil && !s.mustStop()
}

// atHalt decides about the snapshot that the node is kept down for.
func (s *Scope) atHalt() AtHalt {
	if !s.DownForSnapshot() {
		return AtHalt{}
	}
	pending := s.Node.PendingSnapshot()
	wanted := s.wantedSnapshot(pending)
	waits, ready := s.waitsAtHalt(pending)
	told := AtHalt{Waits: fmt.Sprintf("the node goes on from image %q once VolumeSnapshot %q of PVC %q is taken: %s",
		s.Node.NextImage(), wanted.GetName(), storage.ClaimName(s.Node), waits)}
	if ready {
		told.Write = write.Create(workload.VolumeSnapshotKind.Kind, wanted, uncached)
	}
	return told
}

// waitsAtHalt says what keeps the snapshot, and whether it is to be made now: nothing of the node runs, and none is going to.
func (s *Scope) waitsAtHalt(pending *seiv1alpha1.ReachedUpgrade) (waits string, ready bool) {
	pods := s.OwnPods()
	switch trouble := s.snapshotTrouble(pending); {
	case trouble != "":
		return WithoutSnapshot(trouble), false
	case s.Snapshot.Unread != nil:
		return "it cannot be read now; the operator tries again", false
	case s.Snapshot.Found != nil && s.Snapshot.Found.GetDeletionTimestamp() != nil:
		return "somebody deleted it; another one is made when it is gone", false
	case s.Snapshot.Found != nil:
		return "it is made, and the snapshot controller has not taken it yet", false
	case len(pods) > 0:
		return fmt.Sprintf("pod %q is being stopped before it is made", pods[0].Name), false
	case !s.isDown():
		return fmt.Sprintf("StatefulSet %q may still make a pod", s.Node.Name), false
	case s.attached() != "":
		return s.attached() + ", from which it is to be detached before", false
	}
	return "it is being made", true
}

// isDown says whether no pod of the node is going to be made: the StatefulSet's controller has seen that, and what it is for is noted. The claim is the one
// that the node has.
func (s *Scope) isDown() bool {
	return !s.Adopts() && s.Set != nil && s.Set.DeletionTimestamp == nil && ptr.Deref(s.Set.Spec.Replicas, 1) == 0 && workload.Observed(s.Set) &&
		workload.NotesReached(s.Set, s.Node)
}

// WithoutSnapshot adds to what keeps a snapshot that is required how to go on without it.
func WithoutSnapshot(trouble string) string {
	return trouble + "; set spec.upgradePolicy.snapshot.required to false to go on without it"
}

// RefuseSnapshot keeps that the API server refused to make the VolumeSnapshot, and says whether that is for good. One that is not required has failed with it.
func (s *Scope) RefuseSnapshot(err error) bool {
	s.Snapshot.Refused = SnapshotRefusal(err)
	if s.Snapshot.Refused == "" && s.isOver(s.Node.PendingSnapshot().Time, snapshotTime) {
		s.Snapshot.Refused = fmt.Sprintf("it cannot be made: %v", err)
	}
	if s.Snapshot.Refused == "" {
		return false
	}
	if failed := SettledSnapshot(s.Observation); failed != nil {
		s.Node.PendingSnapshot().Snapshot = failed
	}
	s.AtHalt = s.atHalt()
	return true
}
