package task

import (
	"cmp"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// SettledSnapshot is what the snapshot that a node is kept down for has come to, nil where nothing is new. A paused node settles nothing. One that is given up
// stays Pending, and says why, until it can be cut no more: a snapshot controller that is mended hours later would cut it from data after the upgrade.
func SettledSnapshot(o Observation) *seiv1alpha1.UpgradeSnapshot {
	pending := o.Node.PendingSnapshot()
	if pending == nil || o.Node.Paused() {
		return nil
	}
	why := o.givesUp(pending)
	switch {
	case o.isOfHalt(pending) && workload.SnapshotTaken(o.Snapshot.Found):
		return cameTo(pending, seiv1alpha1.SnapshotTaken, "")
	case why == "" && pending.Snapshot.Message == "":
		return nil
	case why == "" || o.mayStillGo(pending):
		return cameTo(pending, seiv1alpha1.SnapshotPending, why)
	case o.Node.SnapshotPolicy() != nil || o.remains(pending):
		left := o.left(pending)
		return cameTo(pending, seiv1alpha1.SnapshotFailed, verdict.Bound(why, workload.MaxSnapshotMessage-len(left))+left)
	}
	return cameTo(pending, seiv1alpha1.SnapshotSkipped, why)
}

func cameTo(pending *seiv1alpha1.ReachedUpgrade, state seiv1alpha1.SnapshotState, message string) *seiv1alpha1.UpgradeSnapshot {
	return &seiv1alpha1.UpgradeSnapshot{Name: pending.Snapshot.Name, State: state, Message: verdict.Bound(message, workload.MaxSnapshotMessage)}
}

// givesUp is why the node goes on without its snapshot, "" where it does not. What was given up stays so, unless the snapshot is required now.
func (o Observation) givesUp(pending *seiv1alpha1.ReachedUpgrade) string {
	switch policy := o.Node.SnapshotPolicy(); {
	case policy == nil:
		return "spec.upgradePolicy.snapshot was taken away before it was taken"
	case ptr.Deref(policy.Required, false):
		return ""
	}
	return cmp.Or(pending.Snapshot.Message, o.snapshotTrouble(pending))
}

// isOfHalt says whether the VolumeSnapshot that is there is of this halt.
func (o Observation) isOfHalt(pending *seiv1alpha1.ReachedUpgrade) bool {
	return o.Snapshot.Found != nil && workload.IsSameSnapshot(o.Snapshot.Found, o.wantedSnapshot(pending))
}

// mayStillGo says whether the node waits for the end of a snapshot that was given up: it is to be deleted, or to be found not to be there. A deletion is
// never taken back, so that one whose finalizers nobody takes off is waited for no longer than a minute.
func (o Observation) mayStillGo(pending *seiv1alpha1.ReachedUpgrade) bool {
	switch found := o.Snapshot.Found; {
	case o.Snapshot.Unmade != "":
		return true
	case o.Snapshot.Unread != nil:
		return o.Snapshot.Refused == "" && !o.isOver(pending.Time, snapshotTime)
	case !o.isOfHalt(pending):
		return false
	case found.GetDeletionTimestamp() != nil:
		return !o.isOver(found.GetDeletionTimestamp(), passing)
	}
	return o.Snapshot.Undeletable == "" && workload.SnapshotUncut(o.Snapshot.Found)
}

// remains says whether a VolumeSnapshot of this halt is left behind, or may be.
func (o Observation) remains(pending *seiv1alpha1.ReachedUpgrade) bool {
	return o.Snapshot.Unread != nil || o.isOfHalt(pending)
}

// left is what is left of a snapshot that was given up, and what to do about it, "" where it was not even made.
func (o Observation) left(pending *seiv1alpha1.ReachedUpgrade) string {
	const later = "may still be cut, with data after the upgrade: delete it"
	name := pending.Snapshot.Name
	switch {
	case o.Snapshot.Unread != nil:
		return fmt.Sprintf("; if VolumeSnapshot %q is there, it %s", name, later)
	case o.Snapshot.GivenUp && o.Snapshot.Found == nil && o.Snapshot.Refused == "":
		return "; no VolumeSnapshot is left of it"
	case !o.isOfHalt(pending):
		return ""
	case o.Snapshot.Found.GetDeletionTimestamp() != nil:
		return fmt.Sprintf("; VolumeSnapshot %q is deleted, and its finalizers hold it: do not use it", name)
	case o.Snapshot.Undeletable != "":
		return fmt.Sprintf("; the operator cannot delete VolumeSnapshot %q, which %s", name, later)
	}
	return fmt.Sprintf("; VolumeSnapshot %q %s", name, later)
}

// waitsGivenUp says what becomes of a snapshot that was given up, and deletes it once that is noted.
func (s *Scope) waitsGivenUp(pending *seiv1alpha1.ReachedUpgrade) (waits string, deletes *write.Write) {
	waits = pending.Snapshot.Message + "; it is given up, and deleted before the node goes on: it might be cut later, with data after the upgrade"
	if !s.Snapshot.GivenUp || !s.mayDelete(s.wantedSnapshot(pending)) {
		return waits, nil
	}
	return waits, s.deletes()
}

// mayDelete says whether the VolumeSnapshot that is there is one of the operator's own, of this halt, that holds nothing: no other is ever deleted.
func (o Observation) mayDelete(wanted *unstructured.Unstructured) bool {
	found := o.Snapshot.Found
	return found != nil && workload.IsSameSnapshot(found, wanted) && workload.SnapshotUncut(found) && found.GetDeletionTimestamp() == nil
}

// deletes deletes the VolumeSnapshot as it was seen: one that was cut since is another version.
func (o Observation) deletes() *write.Write {
	return write.DeleteUnchanged(workload.VolumeSnapshotKind.Kind, o.Snapshot.Found, uncached)
}

// RefuseSnapshot keeps that the API server refused to make the VolumeSnapshot, or to delete it, and says whether that is for good. One that is not required
// has failed with it, or is given up where it may have been made all the same.
func (s *Scope) RefuseSnapshot(err error) bool {
	if !s.keepRefusal(err) {
		return false
	}
	if settled := SettledSnapshot(s.Observation); settled != nil {
		s.Node.PendingSnapshot().Snapshot = settled
	}
	s.AtHalt = s.atHalt()
	return true
}

func (s *Scope) keepRefusal(err error) (forGood bool) {
	refused, since, facts := SnapshotRefusal(err), s.Node.PendingSnapshot().Time, &s.Snapshot
	switch deletes := facts.Found != nil; {
	case apierrors.IsConflict(err):
		return false // it has changed since: the next look decides
	case deletes && (refused != "" || s.isOver(since, 2*snapshotTime)):
		facts.Undeletable = cmp.Or(refused, err.Error())
	case deletes:
		return false
	case refused != "":
		facts.Refused = refused
	case s.isOver(since, snapshotTime):
		facts.Unmade = fmt.Sprintf("it cannot be made: %v", err)
	default:
		return false
	}
	return true
}
