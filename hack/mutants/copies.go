package main

const (
	noCopy    = "a copy that is no copy, or not of what was meant: too small, of a driver that copies nothing, of a source that is not there yet"
	sharedID  = "two nodes with one ID, since one's volume is a copy of the other's"
	originIn  = "internal/storage/origin.go"
	originRun = "TestACopyIsMadeOnceItCanBe"
)

// copyGuards keep a volume that begins as a copy of another.
var copyGuards = []guard{
	{noCopy, "a snapshot is ready before", originIn, `{snapshotReady, claimReady,`, `{claimReady,`, storageTests, originRun},
	{noCopy, "a snapshot that goes is not copied", originIn, `case from.GetDeletionTimestamp() != nil:`, `case false:`, storageTests, originRun},
	{noCopy, "one that is not ready is waited for", originIn, "\tcase !readyToUse(from):\n", "\tcase false:\n", storageTests, originRun},
	{noCopy, "a claim is bound before", originIn, `case from.Status.Phase != corev1.ClaimBound:`, `case false:`, storageTests, originRun},
	{noCopy, "a claim that goes is not copied", originIn, `case from.DeletionTimestamp != nil:`, `case false:`, storageTests, originRun},
	{noCopy, "the copy has room for it", originIn, `claimReady, fits, sameDriver}`, `claimReady, sameDriver}`, storageTests, originRun},
	{noCopy, "one driver has both", originIn, `claimReady, fits, sameDriver}`, `claimReady, fits}`, storageTests, originRun},
	{noCopy, "a volume of no driver is not copied", originIn, `case f.Origin.Volume != nil && from == "":`, `case false:`, storageTests, originRun},
	{noCopy, "the claim says what it is a copy of", "internal/storage/create.go", "\t\t\tDataSourceRef:    dataSource(node),\n", "", storageTests, "TestTheClaimSaysWhatItIsACopyOf"},
	{noCopy, "a copy that holds nothing is not begun on", "internal/agent/inspect/defects.go", "\tholdsWhatWasCopied,\n", "", inspectTests, "TestACopyThatHoldsNothingIsNotBegunOn"},
	{noCopy, "whatever the policy", "internal/agent/inspect/begin.go", `wire.ReasonBootstrapRequired, always: true,`, `wire.ReasonBootstrapRequired,`,
		inspectTests, "TestACopyThatHoldsNothingIsNotBegunOn"},

	{sharedID, "seid is pointed at a key of its own", "internal/workload/settings.go", `return seid.Home + "/" + seid.ConfigDir + "/" + seid.OwnNodeKeyFile(string(node.UID))`, `return ""`,
		workloadTests, "TestACopyHasAnIdentityOfItsOwn"},
	{sharedID, "seid is kept from the one that came along", "internal/agent/inspect/defects.go", "\thasAnIDOfItsOwn,\n", "", inspectTests, "TestACopyReachesTheKeyOfItsOwn"},
	{sharedID, "it is another one in a copy of the copy", "internal/seid/seid.go", `"seinode_node_key-" + uid + ".json"`, `"seinode_node_key-" + uid[:0] + ".json"`,
		workloadTests, "TestACopyHasAnIdentityOfItsOwn"},
	{sharedID, "prepare makes it, beside the one that came along", "internal/agent/prepare/prepare.go", `cmp.Or(o.OwnNodeKey, seid.NodeKeyFile)`, `cmp.Or(seid.NodeKeyFile, o.OwnNodeKey)`,
		prepareTests, "TestACopyGetsANodeKeyOfItsOwn"},
}
