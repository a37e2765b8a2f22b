package main

// served is what a node keeps for others, or is thought to.
const served = "also: the snapshots that a node keeps for others fill its volume, or end its seid"

// snapshotGuards keep those who serve a snapshot, and those who take one that was published.
var snapshotGuards = []guard{
	{served, "who has no state store makes none", "internal/workload/settings.go", `node.Spec.Snapshots == nil || serving(node) == ""`, `node.Spec.Snapshots == nil`,
		workloadTests, "TestSnapshotsForOthersAreMadeAsOftenAsAsked"},
	{served, "not all of them stay", "internal/workload/settings.go", `ptr.Deref(s.KeepRecent, snapshotsKept)`, `ptr.Deref(s.KeepRecent, 0)`,
		workloadTests, "TestSnapshotsForOthersAreMadeAsOftenAsAsked"},
	{overwritten, "no snapshot for who has a state", "internal/agent/restore/chunks.go", `return note == nil && !at.HasData() ||`, `return note == nil ||`,
		restoreTests, "TestASnapshotIsForWhoHasNoState"},
	{overwritten, "a state that came is not over", "internal/agent/restore/chunks.go", `note != nil && !note.Arrived`, `note != nil`, restoreTests, "TestASnapshotIsForWhoHasNoState"},
	{halfRestored, "a snapshot is seen whole alone", "internal/agent/restore/chunks.go", `errors.Join(s.write(path.Join(seid.RestoreTree, seid.SyncChunks, seid.ChunksNote), whole), s.step("whole"))`, `s.step("whole")`,
		restoreTests, "TestASnapshotIsBroughtBesideTheData"},
	{halfRestored, "another snapshot is another one", "internal/agent/restore/chunks.go", `case noted && there.From == r.origin():`, `case noted:`, restoreTests, "TestASnapshotIsForWhoHasNoState"},
	{evilArchive, "of a snapshot its parts alone", "internal/agent/restore/chunks.go", `return at, numbers(rest) && (len(rest) == snapshotParts || folder && len(rest) < snapshotParts)`, `return at, true`,
		restoreTests, "TestASnapshotIsBroughtBesideTheData"},
	{halfSynced, "a snapshot stays until the state has come", "internal/agent/statesync/chunks.go", `if note == nil || !note.Arrived {`, `if false {`, syncTests, "TestASnapshotGoesOnceItIsTaken"},
	{halfSynced, "without a snapshot seid does not wait for one", "internal/agent/statesync/chunks.go", `if err == nil && brought.Height < 1 {`, `if false {`, syncTests, "TestWithoutTheSnapshotSeidIsNotStarted"},
}
