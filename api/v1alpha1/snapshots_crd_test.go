package v1alpha1_test

import "testing"

// TestSnapshotsForOthers: how often and how many, for whom, and beside what.
func TestSnapshotsForOthers(t *testing.T) {
	expectAccepted(t,
		"{snapshots: {interval: 5}}",
		"{archive: null, fullNode: {}, snapshots: {interval: 1000000, keepRecent: 100}, overrides: {p2p.max-connections: '5'}}",
		"{overrides: {state-sync.snapshot-interval: '2000', state-sync.snapshot-keep-recent: '3'}}",
	)
	expectRefused(t, map[string]string{
		"{snapshots: {}}":                                                                    "spec.snapshots.interval",
		"{snapshots: {keepRecent: 2}}":                                                       "spec.snapshots.interval",
		"{snapshots: {interval: 0}}":                                                         "spec.snapshots.interval",
		"{snapshots: {interval: 4}}":                                                         "spec.snapshots.interval",
		"{snapshots: {interval: 1000001}}":                                                   "spec.snapshots.interval",
		"{snapshots: {interval: 100, keepRecent: 0}}":                                        "spec.snapshots.keepRecent",
		"{snapshots: {interval: 5, keepRecent: 101}}":                                        "spec.snapshots.keepRecent",
		"{archive: null, validator: {}, snapshots: {interval: 100}}":                         "spec.snapshots is for full nodes and archives",
		"{archive: null, seed: {}, nodeKey: {secretName: node}, snapshots: {interval: 100}}": "spec.snapshots is for full nodes and archives",
		"{snapshots: {interval: 100}, overrides: {state-sync.snapshot-interval: '2000'}}":    "beside spec.snapshots",
		"{snapshots: {interval: 100}, overrides: {state_sync_snapshot.keep.recent: '0'}}":    "beside spec.snapshots",
	})
}
