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
	// Unread is the error of a read: nobody knows whether it is there.
	Unread error
	// Unmade is why it could not be made for long, "" for nothing. It may be there all the same.
	Unmade string
	// Undeletable is why it cannot be deleted, "" where nobody tried, or nothing speaks against it.
	Undeletable string
	// GivenUp says whether it was given up before this look: that is noted, whoever goes on from here.
	GivenUp bool
	// Now is when it was looked at.
	Now time.Time
}

// AtHalt is what is to become of the snapshot that a node is kept down for.
type AtHalt struct {
	// Waits says what the node waits for, "" for a node that waits for no snapshot.
	Waits string
	// Write makes the VolumeSnapshot, or deletes one that was not cut; nil where neither is to be done yet.
	Write *write.Write
	// GivesUp says whether it has just been given up, which is to be noted before anything else.
	GivesUp bool
	// Look is when to look again. A VolumeSnapshot wakes nobody: the cluster may not know the kind, and an informer of a kind that is not there keeps the
	// operator from starting.
	Look time.Duration
}

// SnapshotRefusal is what an error of VolumeSnapshots says that somebody has to mend, "" for one that may pass.
func SnapshotRefusal(err error) string {
	switch {
	case err == nil:
		return ""
	case meta.IsNoMatchError(err) || apierrors.IsNotFound(err):
		return "the cluster knows no VolumeSnapshots: install their CRDs, and the snapshot controller"
	case apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err):
		return fmt.Sprintf("the API server refuses it: %v; the operator needs get, create and delete on volumesnapshots.%s", err, workload.VolumeSnapshotKind.Group)
	}
	return ""
}

// snapshotTrouble is why there may never be a snapshot of this halt, and what to do, "" while nothing speaks against it.
func (o Observation) snapshotTrouble(pending *seiv1alpha1.ReachedUpgrade) string {
	found, wanted := o.Snapshot.Found, o.wantedSnapshot(pending)
	switch {
	case o.Snapshot.Refused != "":
		return o.Snapshot.Refused
	case o.Snapshot.Unmade != "":
		return o.Snapshot.Unmade
	case o.Snapshot.Unread != nil && o.isOver(pending.Time, snapshotTime):
		return fmt.Sprintf("it cannot be read: %v", o.Snapshot.Unread)
	case found == nil && o.Data.Reader() != nil:
		return fmt.Sprintf("pod %q reads PVC %q beside the node's own, which could not start again while that is there: end it, or wait for its end",
			o.Data.Reader().Name, storage.ClaimName(o.Node))
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
	return o.unfinished(found, wanted)
}

// unfinished is what speaks against a VolumeSnapshot of this halt that is not taken yet. One of another class than the spec's is made anew.
func (o Observation) unfinished(found, wanted *unstructured.Unstructured) string {
	made := found.GetCreationTimestamp()
	switch said, since := workload.SnapshotError(found); {
	case o.Snapshot.Undeletable != "" && workload.OtherClass(found, wanted):
		return fmt.Sprintf("it is of another class than the spec's, and cannot be deleted: %s; delete it yourself", o.Snapshot.Undeletable)
	case workload.OtherClass(found, wanted):
		return ""
	case said != "" && (o.isOver(&since, passing) || o.isOver(&made, snapshotTime)):
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

// awaitsSnapshot says whether the node waits for a snapshot alone. While the claim or the key has trouble no pod is stopped for it: a claim that is being
// deleted is gone with its pod.
func (s *Scope) awaitsSnapshot() bool {
	return s.Err == nil && s.Start.OK() && s.Node.PendingSnapshot() != nil && !s.mustStop()
}

// DownForSnapshot says whether there is to be no pod for the sake of a snapshot alone. None is stopped beside a pod that reads the claim: that would keep the
// next one from it.
func (s *Scope) DownForSnapshot() bool { return s.awaitsSnapshot() && !s.isReadBeside() }

// isReadBeside says whether the node's pod is there to stay, and somebody else's reads the claim beside it.
func (s *Scope) isReadBeside() bool {
	return s.Data.Reader() != nil && s.Set != nil && ptr.Deref(s.Set.Spec.Replicas, 1) > 0
}

// atHalt decides about the snapshot that the node is kept down for.
func (s *Scope) atHalt() AtHalt {
	if !s.awaitsSnapshot() {
		return AtHalt{}
	}
	pending, end := s.Node.PendingSnapshot(), "taken"
	if pending.Snapshot.Message != "" {
		end = "gone"
	}
	waits, wanted := s.waitsAtHalt(pending)
	return AtHalt{
		Waits: fmt.Sprintf("the node goes on from image %q once VolumeSnapshot %q of PVC %q is %s: %s",
			s.Node.NextImage(), pending.Snapshot.Name, storage.ClaimName(s.Node), end, waits),
		Write: wanted, GivesUp: pending.Snapshot.Message != "" && !s.Snapshot.GivenUp, Look: s.lookAgain(pending),
	}
}

// lookAgain is how long until a node is looked at again that waits for a snapshot: ever longer, since one that takes hours needs nobody to look every
// few seconds, and a fleet may wait.
func (o Observation) lookAgain(pending *seiv1alpha1.ReachedUpgrade) time.Duration {
	since := pending.Time
	if o.Snapshot.Found != nil {
		since = ptr.To(o.Snapshot.Found.GetCreationTimestamp())
	}
	switch {
	case !o.isOver(since, time.Minute):
		return 5 * time.Second
	case !o.isOver(since, snapshotTime):
		return 15 * time.Second
	}
	return 30 * time.Second
}

// waitsAtHalt says what keeps the snapshot, and what is to be written for it now: it is made while nothing of the node runs, and none is going to.
func (s *Scope) waitsAtHalt(pending *seiv1alpha1.ReachedUpgrade) (waits string, wanted *write.Write) {
	if pending.Snapshot.Message != "" {
		return s.waitsGivenUp(pending)
	}
	pods, snapshot := s.OwnPods(), s.wantedSnapshot(pending)
	switch trouble := s.snapshotTrouble(pending); {
	case trouble != "":
		return WithoutSnapshot(trouble) + s.anew(snapshot), nil
	case s.Snapshot.Unread != nil:
		return "it cannot be read now; the operator tries again", nil
	case s.Snapshot.Found != nil:
		return s.waitsForFound(snapshot)
	case len(pods) > 0:
		return fmt.Sprintf("pod %q is being stopped before it is made", pods[0].Name), nil
	case !s.isDown():
		return fmt.Sprintf("StatefulSet %q may still make a pod", s.Node.Name), nil
	case s.attached() != "":
		return s.attached() + ", from which it is to be detached before", nil
	}
	return "it is being made", write.Create(workload.VolumeSnapshotKind.Kind, snapshot, uncached)
}

// waitsForFound says what keeps a snapshot that is made. One of another class than the spec asks for now is made anew, as long as it is not cut.
func (s *Scope) waitsForFound(wanted *unstructured.Unstructured) (waits string, deletes *write.Write) {
	switch found := s.Snapshot.Found; {
	case found.GetDeletionTimestamp() != nil:
		return "somebody deleted it; another one is made when it is gone", nil
	case workload.OtherClass(found, wanted) && s.mayDelete(wanted):
		return "it is of another class than the spec's: it is deleted, and another one is made", s.deletes()
	}
	return "it is made, and the snapshot controller has not taken it yet", nil
}

// anew says how to have another snapshot made in place of one that is not taken, "" where none is there that is of this halt.
func (s *Scope) anew(wanted *unstructured.Unstructured) string {
	if !s.mayDelete(wanted) {
		return ""
	}
	return "; where the VolumeSnapshot itself is wrong, delete it, and another one is made"
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
