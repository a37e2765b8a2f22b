package main

// served is what a node keeps for others, or is thought to.
const served = "also: the snapshots that a node keeps for others fill its volume, or end its seid"

var snapshotGuards = []guard{
	{served, "who has no state store makes none", "internal/workload/settings.go", `node.Spec.Snapshots == nil || serving(node) == ""`, `node.Spec.Snapshots == nil`,
		workloadTests, "TestSnapshotsForOthersAreMadeAsOftenAsAsked"},
	{served, "not all of them stay", "internal/workload/settings.go", `ptr.Deref(s.KeepRecent, snapshotsKept)`, `ptr.Deref(s.KeepRecent, 0)`,
		workloadTests, "TestSnapshotsForOthersAreMadeAsOftenAsAsked"},
}
