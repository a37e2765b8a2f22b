package main

import "slices"

// guard is something in the code that keeps a volume, or a key, from harm.
type guard struct {
	// danger is what it is against, as docs/architecture.md calls it, or "also: " and what is not in the table there.
	danger string
	// name says what is taken out.
	name string
	// file holds it, out is its text, found there once, and in takes its place.
	file, out, in string
	// tests is the package, and run the name of the test, that must turn red.
	tests, run string
}

// The packages whose tests see guards go.
const (
	storageTests  = "./internal/storage"
	taskTests     = "./internal/task"
	workloadTests = "./internal/workload"
	keysTests     = "./internal/keys"
	ownerTests    = "./internal/owner"
	reserveTests  = "./internal/reserve"
	statusTests   = "./internal/status"
	writeTests    = "./internal/write"
	inspectTests  = "./internal/agent/inspect"
	serveTests    = "./internal/agent/serve"
	durableTests  = "./internal/agent/durable"
	prepareTests  = "./internal/agent/prepare"
	restoreTests  = "./internal/agent/restore"
	syncTests     = "./internal/agent/statesync"
	trustTests    = "./internal/agent/trust"
	volumeTests   = "./internal/agent/volume"
	runTests      = "./internal/agent/run"
	worldTests    = "./internal/world"
	lockTests     = "./internal/controller"
)

// The dangers, in the words of docs/architecture.md.
const (
	otherClaim    = "the pod mounts another claim than the one validated"
	onlyTheName   = "a claim that only has the right name"
	otherData     = "same name, other data: a claim deleted and recreated"
	twoNodes      = "two SeiNodes on one claim"
	secondPod     = "a second pod on the claim, by `replicas: 2` set by hand"
	nextClaim     = "the next claim of a name mounted by a pod that waited for the one before"
	foreignPod    = "a foreign pod on the claim, imported or created, by whichever way of naming it"
	aliases       = "one disk under two names: two PersistentVolumes, claims in two namespaces"
	unseen        = "a volume used by somebody whom no claim shows"
	goesAlong     = "a claim, or its bytes, that go with something else: an owner, a reclaim policy, a volume that is being deleted"
	wiped         = "another claim of the name adopted after the status was wiped"
	wrongState    = "a message that is obeyed in the wrong state"
	destroyed     = "a claim destroyed that somebody still needs"
	copied        = "a copy of a node's pod, as `kubectl debug --copy-to --keep-labels` makes one"
	pruned        = "another tool prunes a claim that has no owner any more"
	silent        = "a second pod while the first may run on, on a machine that nobody hears from"
	foreign       = "the volume holds anything else: a PostgreSQL, another program's `config/`, another chain's bare `data/`"
	doubtful      = "what is there and not understood is taken for missing: a link that leads nowhere, a pipe, a genesis that is a page"
	beginsAnew    = "seid begins from nothing beside real data"
	unwritable    = "seid stops half-way on what it may not write to"
	grouped       = "Kubernetes gives an imported volume's files, keys included, to a group that may write them"
	restored      = "a validator on a volume that was restored from an older copy"
	clones        = "two signers with one key, in two Secrets, namespaces or clones of a volume"
	tooEarly      = "a pod before the verdict"
	importChanged = "an imported claim changed by the operator"
	takenOff      = "a claim that somebody took our reference off, by hand or with `--cascade=orphan`"
	retained      = "a retained claim garbage-collected with its node"
	imported      = "a claim goes with the node that created it, while another imports or mounts it"
	finalizer     = "the finalizer lets go while the old process still runs"
	doomed        = "a pod restarted on a doomed claim"
	wrongData     = "the volume is of another chain, role or database, or lacks wasm/"
	initialized   = "`seid init` on a populated volume"
	replacedFiles = "the user's configuration, keys or genesis replaced"
	oldKey        = "a key that an adopted volume, or a copy, carries signs again"
	fromZero      = "a validator that signs from zero, or with a new key"
	twoSigners    = "two signers with one Secret"
	otherImage    = "data opened by an image that is not its own: switched on a timer, a height or the file of a past upgrade, or switched back after a status was wiped"
	creeps        = "a node that was stopped at a block goes on, one block at each restart of its container"
	notAtHalt     = "a snapshot that is not of the data at the halt: taken while something writes, or what was written lies in a machine's memory, of another claim, or after the next image began"
	cutAway       = "a VolumeSnapshot that holds data is deleted, or somebody else's"
	onlyTried     = "an image that is only tried gets at a volume, a key or a token, or its pod is taken for the node's"
	halfSynced    = "half of a state taken for a home, or a state that came taken for half of one"
	otherFork     = "a state of somebody else's chain"
	halfRestored  = "half of an archive taken for a home: a run that was killed, a connection that broke, a server that has another file by now"
	evilArchive   = "an archive that brings more than data: a sign state, a key, a path or a link that leaves it"
	overwritten   = "an archive put over what is there"
	killed        = "SIGKILL in the middle of a write"
	stale         = "also: what is written is not what was seen"
	removed       = "also: what the spec no longer says stays in the pod"
	unstopped     = "also: a paused node is taken for stopped while its pod may still write"
	unasked       = "also: what the API server refused is asked for again and again"
	needless      = "also: a healthy node is stopped for an image that was not seen to run, or waits for one that nobody can try"
	untrue        = "also: an image is said to run, or not to, that was not tried"
	standsStill   = "also: a node with a halt height stays stopped below it, or for a doubt that has passed, and nobody is told"
	sick          = "also: what cannot be read is taken for missing"
)

// guards is the table. A row of a guard that moved is adapted; one of a guard that is gone needs another guard.
var guards = slices.Concat(claimGuards, contentGuards, trialGuards, restoreGuards, copyGuards, exposureGuards, snapshotGuards, syncGuards, peersGuards, pollGuards, faultGuards, cacheGuards)

// claimGuards keep what is around a volume: claims, pods, nodes.
var claimGuards = []guard{
	{otherClaim, "the imported claim's name", "internal/storage/claim.go", `return source.PVCName`, `return "data-" + node.Name`,
		storageTests, "TestTheClaimIsTheImportedOneElseDataDashNode"},
	{otherClaim, "the StatefulSet is built on that claim", "internal/task/decide.go", `ClaimName: storage.ClaimName(s.Node)`, `ClaimName: "data-" + s.Node.Name`,
		taskTests, "TestTheStatefulSetThatIsMadeMountsTheClaimThatWasValidated"},
	{otherClaim, "the pod mounts that claim", "internal/workload/volumes.go", `VolumeSource{ClaimName: claimName}`, `VolumeSource{ClaimName: "data-" + node.Name}`,
		workloadTests, "TestThePodMountsTheClaimThatItIsGiven"},

	{onlyTheName, "a claim is owned by UID", "internal/storage/claim.go", `return ref.UID == node.UID`, `return ref.Name == node.Name`,
		storageTests, "TestOwnershipIsAUIDNeverAName"},
	{onlyTheName, "an object is owned by UID", "internal/owner/owner.go", `return metav1.IsControlledBy(object, node)`, `return object.GetName() == node.Name`,
		ownerTests, "TestLeftByNamesakeAndControls"},
	{onlyTheName, "a created claim has to be owned", "internal/storage/create.go", `case !Owned(f.Claim, f.Node):`, `case false:`,
		storageTests, "TestDecideCreate"},
	{onlyTheName, "a claim is never made anew in the place of one that is gone", "internal/storage/create.go",
		`case f.Claim == nil && f.Node.AdoptedClaim() != "":`, `case false:`, storageTests, "TestDecideCreate"},

	{otherData, "an import of another UID is refused", "internal/storage/requirements.go", "	isTheAdoptedClaim,   //", "	//",
		storageTests, "TestValidateGivesEachDefectItsClassAndReasonAndNamesIt"},
	{otherData, "a created claim of another UID is refused", "internal/storage/create.go", `case f.Replaced():`, `case false:`, storageTests, "TestDecideCreate"},
	{otherData, "a replaced claim stops the pod", "internal/task/decide.go", `|| s.Data.Replaced() `, ``,
		taskTests, "TestReplicas"},
	{otherData, "only a claim that may be used is recorded", "internal/status/status.go", "if s.Claim.OK() && !s.Unproven {", "if !s.Unproven {",
		statusTests, "TestTheClaimThatWasAdoptedIsRemembered"},

	{twoNodes, "an import that another SeiNode has is refused", "internal/storage/requirements.go", `if other := f.rival(); other != nil {`,
		`if other := f.rival(); other != nil && false {`, storageTests, "TestAnyOfSeveralRivalsIsEnoughToYield"},
	{twoNodes, "a claim that another SeiNode names is not made", "internal/storage/create.go", `if other := f.rival(); other != nil {`,
		`if other := f.rival(); other != nil && false {`, storageTests, "TestDecideCreate"},
	{twoNodes, "the one that has it keeps it", "internal/owner/owner.go", `if held != holds {`, `if held != holds && false {`, ownerTests, "TestOfTwoNodesExactlyOneYields"},
	{twoNodes, "what the one before has taken is seen", "internal/storage/observe.go", `read.Anew(o.ctx, o.reader, Rivals(o.facts.Node, nodes.Items))`,
		`Rivals(o.facts.Node, nodes.Items), error(nil); _ = read.Anew`, storageTests, "TestARivalIsTakenAsItsOwnReconcileLeftIt"},
	{twoNodes, "the nodes of one claim are reconciled one after the other", "internal/controller/reconciler.go", `lockKey(r.claims, node.Namespace+"/"+storage.ClaimName(node), func() {})`, `func() { _ = storage.ClaimName }`,
		lockTests, "TestTheNodesOfOneClaimOrKeyComeOneAfterTheOther"},

	{secondPod, "replicas are 0 or 1 while the claim has trouble", "internal/task/decide.go", `return min(*s.Set.Spec.Replicas, 1)`, `return *s.Set.Spec.Replicas`,
		taskTests, "TestReplicas"},
	{secondPod, "replicas are put right in any state", "internal/controller/reconciler.go", `r.first(ctx, task.Scale(scope), task.Retry(scope), task.Nudge(scope))`,
		`r.first(ctx, task.Retry(scope), task.Nudge(scope))`, worldTests, "TestAReconcileStopsWhatMustNotRun"},

	{secondPod, "from every machine", "internal/workload/affinity.go", `TopologyKey:   corev1.LabelOSStable`, `TopologyKey:   corev1.LabelHostname`,
		worldTests, "TestTwoReplicasByHandAreOnePod"},
	{secondPod, "a node repels its own pods", "internal/workload/affinity.go", `*repelled = append(*repelled, repelsItsOwn(node))`, `_ = repelled`,
		workloadTests, "TestANodeRepelsItsOwnPods"},

	{nextClaim, "no replicas while the claim is gone", "internal/task/decide.go", ` || forsaken(s)`, ``, taskTests, "TestNoPodWaitsForTheNextClaimOfTheName"},
	{nextClaim, "nor while it goes", "internal/task/decide.go", "case claim.DeletionTimestamp != nil:\n\t\treturn !placed(s.Pod)", "case claim.DeletionTimestamp != nil:\n\t\treturn false",
		taskTests, "TestNoPodWaitsForTheNextClaimOfTheName"},
	{nextClaim, "a pod that has not mounted it holds on to nothing", "internal/task/decide.go", `return !placed(s.Pod) || unstarted(s.Pod)`, `return !placed(s.Pod)`,
		taskTests, "TestNoPodWaitsForTheNextClaimOfTheName"},

	{foreignPod, "an import that a foreign pod mounts is refused", "internal/storage/requirements.go", `if pod, _ := f.foreignPods(); pod != nil {`,
		`if pod, _ := f.foreignPods(); pod != nil && false {`, storageTests, "TestAForeignPodInAnyUnfinishedPhaseKeepsTheClaim"},
	{foreignPod, "a generic ephemeral volume is a claim, too", "internal/storage/claim.go", `case volume.Ephemeral != nil:`, `case false:`,
		storageTests, "TestAPodIsKnownByTheClaimsAmongItsVolumes"},
	{foreignPod, "a created claim that a foreign pod mounts is refused, too", "internal/storage/create.go", `if pod := isNoPodsClaim(f); pod != nil || f.Volume == nil {`,
		`if pod := (*verdict.Verdict)(nil); f.Volume == nil {`, storageTests, "TestWhoElseUsesTheData"},
	{foreignPod, "one that only reads is let in beside the node's own pod alone", "internal/storage/facts.go", `case f.runs() && readsOnly(`, `case readsOnly(`,
		storageTests, "TestWhoElseUsesTheData"},
	{foreignPod, "what a pod writes to through one of two volumes it does not only read", "internal/storage/claim.go", `&& !volume.PersistentVolumeClaim.ReadOnly,`,
		`&& false,`, storageTests, "TestWhoElseUsesTheData"},
	{foreignPod, "an ephemeral claim of another pod is in use", "internal/storage/claim.go", `volume.Ephemeral != nil && pod.Name+"-"+volume.Name == claimName:`,
		`false:`, storageTests, "TestAnEphemeralClaimIsInUse"},

	{aliases, "one disk is one, whatever a source is called", "internal/storage/identity.go", `if csi := translated(volume); csi != nil {`,
		`if csi := translated(volume); csi != nil && false {`, storageTests, "TestTheIdentityOfAVolumeIsItsSource"},
	{aliases, "upper and lower case of one name", "internal/storage/identity.go", `handle = strings.ToLower(handle)`, `_ = handle`,
		storageTests, "TestTheIdentityOfAVolumeIsItsSource"},
	{aliases, "a path is one, however it is written", "internal/storage/identity.go", `local + path.Clean("/"+spec.Local.Path)`, `local + spec.Local.Path`,
		storageTests, "TestTheIdentityOfAVolumeIsItsSource"},
	{aliases, "a folder of no machine may be one of any", "internal/storage/identity.go", `both && other != place {`, `!both || other != place {`,
		storageTests, "TestSame"},
	{aliases, "folders of two machines are two", "internal/storage/identity.go", `strings.Join(slices.Sorted(maps.Values(placesOf(volume))), ",") + place`, `strings.Join(slices.Sorted(maps.Values(map[string]string{})), ",") + place`,
		storageTests, "TestTheIdentityOfAVolumeIsItsSource"},
	{aliases, "an alias that a claim is bound to is refused", "internal/storage/requirements.go", `if other := f.boundAlias(); other != nil {`,
		`if other := f.boundAlias(); other != nil && false {`, storageTests, "TestWhoElseUsesTheData"},
	{aliases, "one that is bound beside another that is not", "internal/storage/facts.go", `return phase == corev1.VolumeBound`, `return phase == ""`,
		storageTests, "TestWhoElseUsesTheData"},
	{aliases, "a created claim's volume is looked at, too", "internal/storage/create.go", `return isNobodyElsesVolume(f)`, `return nil`, storageTests, "TestWhoElseUsesTheData"},
	{aliases, "what another holds is waited for", "internal/reserve/reserve.go", `case f.HolderGone:`, `case true:`, reserveTests, "TestOneNodeHoldsAThingUntilItAndItsPodAreGone"},
	{aliases, "the holder's pods outlive its SeiNode", "internal/reserve/observe.go", `return len(pods.Items) == 0 &&`, `return len(pods.Items) >= 0 &&`,
		reserveTests, "TestOneNodeHoldsAThingUntilItAndItsPodAreGone"},
	{aliases, "a holder is one by UID", "internal/reserve/reserve.go", `return node.Namespace + "/" + node.Name + "/" + string(node.UID)`,
		`return node.Namespace + "/" + node.Name + "/"`, reserveTests, "TestOneNodeHoldsAThingUntilItAndItsPodAreGone"},
	{aliases, "the holder's SeiNode is there", "internal/reserve/observe.go", `err == nil && string(node.UID) == holder.uid || apierrors`, `apierrors`,
		reserveTests, "TestOneNodeHoldsAThingUntilItAndItsPodAreGone"},
	{aliases, "a SeiNode that may not be read is there", "internal/reserve/observe.go", `holder.uid || apierrors.IsForbidden(err)`,
		`holder.uid && !apierrors.IsForbidden(err)`, reserveTests, "TestWhatCannotBeReadIsNotGone"},
	{aliases, "pods that may not be listed are there", "internal/reserve/observe.go", "\t\tif apierrors.IsForbidden(err) {\n\t\t\treturn false, nil",
		"\t\tif apierrors.IsForbidden(err) {\n\t\t\treturn true, nil", reserveTests, "TestWhatCannotBeReadIsNotGone"},
	{aliases, "a Lease is taken over in the version that was read", "internal/reserve/reserve.go", `taken.UID, taken.ResourceVersion = f.Lease.UID, f.Lease.ResourceVersion`,
		`taken.UID = f.Lease.UID`, reserveTests, "TestTwoThatTakeOverAtOnce"},
	{aliases, "only what the node holds itself is let go of", "internal/reserve/observe.go", `holder(held) == identityOf(node) && !IsOfKey`, `held != nil && !IsOfKey`,
		reserveTests, "TestReleaseDeletesWhatTheNodeHoldsAndNothingElse"},
	{aliases, "a node that has to leave the volume to another may not use it", "internal/task/decide.go", "\ts.Claim = held\n", "", taskTests, "TestWhatIsReserved"},
	{aliases, "nothing is done before the volume is reserved", "internal/controller/reservations.go", `for _, wanted := range scope.Reservations {`,
		`for _, wanted := range scope.Reservations[:0] {`, worldTests, "TestADiskIsItsHoldersAlsoWhereNoVolumeShowsIt"},
	{aliases, "who holds it is read", "internal/controller/observe.go", `seen.Reserved, seen.Unreserved = r.readReservations(ctx, seen)`, `_ = r.readReservations`,
		worldTests, "TestADiskIsItsHoldersAlsoWhereNoVolumeShowsIt"},
	{aliases, "a StatefulSet that was left makes the next pod", "internal/reserve/observe.go", `ptr.Deref(set.Spec.Replicas, 1) > 0`, `ptr.Deref(set.Spec.Replicas, 1) > 9`,
		reserveTests, "TestOneNodeHoldsAThingUntilItAndItsPodAreGone"},
	{aliases, "no status is believed about Leases", "internal/reserve/book.go", `case holder == identityOf(node):`,
		`case holder == identityOf(node) || node.Holds(namespace, thing.Lease()):`, reserveTests, "TestTheBookBelievesLeasesAndNoStatus"},
	{aliases, "who remembers comes first where the Leases are gone", "internal/reserve/reserve.go", `case f.Lease == nil && f.Remembered != nil:`,
		`case f.Lease == nil && f.Remembered != nil && false:`, reserveTests, "TestAThingThatAnotherRemembersIsLeftToIt"},
	{aliases, "attributes of a driver are read in either case", "internal/storage/identity.go", `lower[strings.ToLower(key)] = value`, `lower[key] = value`,
		storageTests, "TestTheIdentityOfAVolumeIsItsSource"},
	{aliases, "nothing starts while it is not known who holds it", "internal/task/decide.go", `if s.Unreserved != nil {`, `if s.Unreserved != nil && false {`,
		taskTests, "TestWhoHoldsItIsUnknown"},
	{aliases, "a Lease goes after the pod", "internal/controller/delete.go", "released := r.releaseClaim(ctx, node)\n\twaits,",
		"released := errors.Join(r.releaseClaim(ctx, node), reserve.Release(ctx, r.Live, r.Client, r.Namespace, node))\n\twaits,",
		worldTests, "TestADiskIsItsHoldersUntilItsPodIsGone"},

	{nextClaim, "the claim is the one that was judged, past the cache, when a pod starts", "internal/controller/reconciler.go", `live.UID != judged.UID || live.DeletionTimestamp != nil {`,
		`false {`, worldTests, "TestNoPodStartsOnAClaimThatTheCacheDoesNotShow"},
	{takenOff, "what garbage collection orphaned is told by what is left", "internal/controller/delete.go", `[]workload.Child{workload.ServiceChild, workload.DisruptionBudgetChild}`,
		`[]workload.Child{}`, worldTests, "TestCascadeOrphanLeavesEverything"},
	{otherData, "a claim is adopted that is there, past the cache", "internal/controller/reconciler.go", `scope.Unproven = scope.Adopts()`, ``,
		worldTests, "TestNoClaimIsAdoptedThatTheCacheDoesNotShow"},
	{nextClaim, "also when one is made again", "internal/controller/reconciler.go", `makesAgain := scope.StopsPod() && scope.Start.OK()`, `makesAgain := false`,
		worldTests, "TestNoPodIsStoppedOnAClaimThatTheCacheDoesNotShow"},
	{aliases, "a folder that holds the volume's, or lies in it", "internal/storage/requirements.go", `if other := f.sharer(); other != nil {`, `if other := f.sharer(); other != nil && false {`,
		storageTests, "TestTwoNodesOnVolumesThatShareFiles"},
	{aliases, "of two nodes on such folders none begins", "internal/storage/nested.go", `(!f.has() || adopted(other))`, `adopted(other)`,
		storageTests, "TestTwoNodesOnVolumesThatShareFiles"},
	{unseen, "a machine that it is attached to beside the pod", "internal/storage/facts.go", `own != nil && f.attachedBeside(own, at)`, `own != nil && false`,
		storageTests, "TestWhoElseUsesTheData"},
	{unseen, "a machine that the volume is attached to", "internal/storage/requirements.go", `if machine := f.foreignMachine(); machine != "" {`,
		`if machine := f.foreignMachine(); machine == "none" {`, storageTests, "TestWhoElseUsesTheData"},
	{unseen, "until the node has it", "internal/storage/facts.go", `own == nil && !f.has() ||`, `false ||`, storageTests, "TestWhoElseUsesTheData"},
	{unseen, "until it has this very claim", "internal/storage/facts.go", `f.Claim != nil && f.Node.AdoptedClaim() == f.Claim.UID`, `adopted(f.Node)`,
		storageTests, "TestWhoElseUsesTheData"},

	{goesAlong, "a claim that something else controls is refused", "internal/storage/requirements.go", "\tisNotOwnedElsewhere, //", "\t//",
		storageTests, "TestAClaimThatSomethingElseControlsIsRefused"},
	{goesAlong, "an owner is told", "internal/storage/risks.go", `{ownerGoes, volumeGoes,`, `{volumeGoes,`, storageTests, "TestWhatMayTakeTheDataAwayIsTold"},
	{goesAlong, "a volume that is being deleted is told", "internal/storage/risks.go", `volumeGoes, reclaimed`, `reclaimed`, storageTests, "TestWhatMayTakeTheDataAwayIsTold"},
	{goesAlong, "a reclaim policy is told", "internal/storage/risks.go", `reclaimed, anotherName`, `anotherName`, storageTests, "TestWhatMayTakeTheDataAwayIsTold"},
	{goesAlong, "another volume of the same bytes is told", "internal/storage/risks.go", `anotherName, nestedFiles, readBeside}`, `readBeside}`,
		storageTests, "TestWhatMayTakeTheDataAwayIsTold"},

	{wiped, "what the StatefulSet notes is recalled", "internal/controller/observe.go", "\trecall(seen)\n", "", worldTests, "TestAStatusThatWasWipedIsNoWayToOtherData"},
	{wiped, "of the node's own StatefulSet alone", "internal/controller/observe.go", `if set == nil || !owner.Controls(seen.Node, set) {`, `if set == nil || !owner.Controls(seen.Node, set) && false {`,
		worldTests, "TestOnlyTheNodesOwnStatefulSetIsRecalled"},

	{wrongState, "a volume is freed only where it is free", "internal/storage/unbound.go", `if f.Volume == nil || f.isFree() || f.volumeIsBound() || !f.isReserved() {`,
		`if true {`, storageTests, "TestMessagesAreWordForWordWhatTheContractPromises"},
	{wrongState, "the command fails on a volume that is not free any more", "internal/storage/unbound.go", `{"op":"test","path":"/status/phase",`, `{"op":"test","path":"/metadata/name",`,
		storageTests, "TestMessagesAreWordForWordWhatTheContractPromises"},

	{tooEarly, "no StatefulSet before the claim and the key are valid", "internal/task/decide.go", `case !there && s.Set == nil && !s.Start.OK():`, `case false:`,
		taskTests, "TestEachTaskDoesWhatItsStateAsksForAndNothingElse"},
	{tooEarly, "no pod before the claim and the key are valid", "internal/task/decide.go", `case s.Start.OK():`, `case true:`, taskTests, "TestAnUpdateStartsNoPodThatWasDown"},
	{tooEarly, "nothing is decided from a read that failed", "internal/task/decide.go", "if o.Err != nil {\n\t\treturn s\n\t}", ``,
		taskTests, "TestNothingIsDecidedFromAReadThatFailed"},

	{importChanged, "an import is never owned", "internal/storage/claim.go", `if Imports(node) || node.UID == "" {`, `if node.UID == "" {`,
		storageTests, "TestNoClaimButOurOwnIsEverWritten"},

	{destroyed, "a claim whose bytes have another name stays", "internal/storage/claim.go", `if len(f.Aliases) > 0 {`, `if len(f.Aliases) > 9 {`,
		storageTests, "TestToDestroyTakesEveryProof"},
	{destroyed, "an import is destroyed by nobody", "internal/storage/claim.go", "case Imports(f.Node):\n\t\treturn false", "case false:\n\t\treturn true",
		storageTests, "TestAnImportMayNeverBeDestroyed"},
	{destroyed, "only a claim that the node controls", "internal/storage/claim.go", `case !owner.Controls(f.Node, f.Claim):`, `case false:`,
		storageTests, "TestToDestroyTakesEveryProof"},
	{destroyed, "only one that is to go", "internal/storage/claim.go", `case Retains(f.Node):`, `case false:`, storageTests, "TestToDestroyTakesEveryProof"},
	{destroyed, "only where a claim was recorded", "internal/storage/claim.go", `case recorded == "":`, `case recorded == "": return true, ""
	case false:`, storageTests, "TestToDestroyTakesEveryProof"},
	{destroyed, "only the claim that was recorded", "internal/storage/claim.go", `case recorded != f.Claim.UID:`, `case false:`, storageTests, "TestToDestroyTakesEveryProof"},
	{destroyed, "only one that nobody else names", "internal/storage/claim.go", `return who == "", who`, `return true, who`, storageTests, "TestToDestroyTakesEveryProof"},
	{destroyed, "who names it is read past the cache", "internal/controller/delete.go", "claimFacts(ctx, r.Live, node)\n\tif err != nil {", "claimFacts(ctx, r.Client, node)\n\tif err != nil {",
		worldTests, "TestAWishOfTheLastMomentCounts"},
	{destroyed, "a namesake's claim is nobody else's to settle", "internal/controller/delete.go", `if facts.Node.UID != node.UID {`, `if false {`,
		lockTests, "TestANamesakesClaimIsNotSettledForOneThatIsGone"},

	{copied, "a copy of the pod is its maker's, though it bears the node's label", "internal/owner/owner.go", `return pod.Name == node.PodName()`, `return true`, ownerTests, "TestPod"},
	{copied, "a pod is ours by its controller", "internal/owner/owner.go", `return ref.Kind == "StatefulSet"`, `return true`, ownerTests, "TestPod"},
	{copied, "a copy is neither deleted nor waited for", "internal/controller/delete.go", `return !owner.Pod(&pod, node)`, `return false`,
		lockTests, "TestACopyOfThePodIsItsMakers"},

	{pruned, "the label of former versions comes off", "internal/storage/create.go", `case f.mayBePruned():`, `case false:`,
		storageTests, "TestTheLabelByWhichAClaimIsPrunedComesOff"},
	{pruned, "it comes off with our reference, too", "internal/storage/create.go", `if released.Labels[seiv1alpha1.LabelInstance] == f.Node.Name {`, `if false {`,
		storageTests, "TestTheLabelByWhichAClaimIsPrunedComesOff"},
	{pruned, "a claim bears our own labels alone", "internal/workload/labels.go", `labels := SelectorLabels(node)`, "labels := SelectorLabels(node)\n\tlabels[seiv1alpha1.LabelInstance] = node.Name", workloadTests, "TestNothingThatIsMadeIsTakenForAnApplications"},

	{takenOff, "only a claim that the node controls is deleted", "internal/storage/create.go", `if may, _ := MayDestroy(f); !may {`, `if Retains(f.Node) {`,
		worldTests, "TestAClaimWithoutOurReferenceStays"},
	{takenOff, "a deletion that the cache does not show stops no pod", "internal/controller/reconciler.go", `; err != nil || leaves {`,
		`; err != nil || leaves && false {`, worldTests, "TestADeletionThatTheCacheDoesNotShowStopsNoPod"},
	{takenOff, "--cascade=orphan leaves everything", "internal/controller/delete.go", "if kept {", "if kept && false {",
		worldTests, "TestCascadeOrphanLeavesEverything"},

	{retained, "a retained claim is made without a reference", "internal/storage/create.go", `if !f.Stays() {`, `if true {`,
		storageTests, "TestARetainedClaimCarriesNoReference"},
	{retained, "a claim that is to stay is released", "internal/controller/reconciler.go", `released := r.release(ctx, scope)`, `released := error(nil)`,
		worldTests, "TestAClaimThatIsToStayIsReleasedAtOnce"},
	{retained, "also where something else cannot be read", "internal/controller/reconciler.go", "\tif scope.Err != nil {\n\t\treturn r.releaseClaim(ctx, scope.Node)\n\t}\n", "",
		worldTests, "TestAClaimThatIsToStayIsReleasedAlsoWhereTheVolumeCannotBeRead"},
	{retained, "a validator's is, unless its policy says Delete", "internal/storage/claim.go", `return node.Mode() == seiv1alpha1.ModeValidator`, `return false`,
		storageTests, "TestToDestroyTakesEveryProof"},

	{imported, "a claim that another imports stays", "internal/storage/claim.go", `return Retains(f.Node) || len(f.Rivals) > 0`,
		`return Retains(f.Node)`, storageTests, "TestAClaimThatAnotherImportsIsRetained"},
	{imported, "a claim that a foreign pod mounts stays", "internal/storage/claim.go", `mountsClaim(pod, ClaimName(f.Node)) && !owner.Pod(pod, f.Node) {`, `false {`,
		storageTests, "TestToDestroyTakesEveryProof"},
	{imported, "a claim that is named already is made to stay", "internal/storage/create.go", `if !f.Stays() {`, `if !Retains(node) {`, storageTests, "TestAClaimThatAnotherNamesIsMadeToStay"},

	{finalizer, "the deletion waits until no pod is left", "internal/controller/delete.go", `case len(pods) > 0:`, `case false:`,
		worldTests, "TestTheFinalizerWaitsForTheLastPod"},
	{finalizer, "the deletion waits until the StatefulSet is gone", "internal/controller/delete.go", "case mine:", "case false:",
		worldTests, "TestTheStatefulSetGoesFirst"},
	{finalizer, "only what goes by itself is waited for on the cache's word", "internal/controller/delete.go", ` || !owner.Controls(node, set) || !takesItsPods(set) {`, ` {`,
		lockTests, "TestADeletionThatMayActReadsPastTheCache"},
	{finalizer, "a pod that nobody would stop is not waited for alone", "internal/controller/delete.go", `if err != nil || orphaned {`, `if err != nil || orphaned && false {`,
		lockTests, "TestADeletionThatMayActReadsPastTheCache"},
	{finalizer, "the StatefulSet is deleted in the foreground", "internal/controller/delete.go", `set, write.Foreground)`, `set)`,
		worldTests, "TestTheStatefulSetGoesFirst"},
	{finalizer, "the finalizer comes before the first write", "internal/controller/reconciler.go", `!controllerutil.AddFinalizer(node, seiv1alpha1.Finalizer)`,
		`!controllerutil.AddFinalizer(node, seiv1alpha1.Finalizer) || true`,
		worldTests, "TestTheFinalizerWaitsForTheLastPod"},
	{finalizer, "pods are selected by the node's UID", "internal/workload/labels.go", "\t\tseiv1alpha1.LabelNodeUID: string(node.UID),\n", ``,
		workloadTests, "TestTheSelectorIsByUIDToo"},

	{silent, "no pod's deletion is to be forced", "internal/workload/machine.go", "kubectl taint nodes %s node.kubernetes.io/out-of-service=nodeshutdown:NoExecute",
		"kubectl delete pod --force on %s", workloadTests, "TestUnreachable"},
	{silent, "the machine has to be off", "internal/workload/machine.go", "make sure that it is off, and then: ", "", workloadTests, "TestUnreachable"},
	{silent, "a deletion says so, too", "internal/controller/delete.go", `silent != "" {`, `silent == "none" {`, lockTests, "TestADeletionNeverAdvisesForce"},

	{silent, "no deletion of the operator's is forced", "internal/write/write.go", `writer.Delete(ctx, object, options...)`,
		`writer.Delete(ctx, object, append(options, client.GracePeriodSeconds(0))...)`, worldTests, "TestNoSecondPodWhileTheFirstMayRunOn"},
	{silent, "what is said is safe to do", "internal/workload/machine.go", "make sure that it is off, and then: kubectl", "kubectl",
		worldTests, "TestWhatIsSaidOfASilentMachineIsSafeToDo"},
	{unstopped, "a pause stops the pod", "internal/task/decide.go", ` || s.Node.Paused() ||`, ` ||`, worldTests, "TestAReconcileStopsWhatMustNotRun"},
	{unstopped, "also where something could not be read", "internal/task/scale.go", `return Scale(&Scope{Observation: s.Observation, Set: ownSet(s.Observation)})`, `return nil`,
		taskTests, "TestAPauseNeedsNoOtherRead"},
	{unstopped, "a pause says while there is one", "internal/status/ready.go", `if still := lingers(in); still != "" {`,
		`if still := lingers(in); still == "none" {`, statusTests, "TestReady"},

	{doomed, "no pod is replaced while the claim or the key has trouble", "internal/task/replace_pod.go", `case !s.Start.OK():`, `case false:`,
		taskTests, "TestEachTaskDoesWhatItsStateAsksForAndNothingElse"},

	{wrongData, "the layout", "internal/agent/inspect/defects.go", "\thasKnownLayout,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "the chain", "internal/agent/inspect/defects.go", "\tisOfTheChain,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "the database", "internal/agent/inspect/defects.go", "\topensItsStateStore,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "the role", "internal/agent/inspect/defects.go", "\tservesItsRole,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "an archive's history", "internal/agent/inspect/defects.go", "\tkeepsHistory,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "wasm/", "internal/agent/inspect/defects.go", "\thasWasm,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "inspect has the volume read-only", "internal/workload/containers.go", `append([]corev1.VolumeMount{dataMount(true)}, mounts...)`,
		`append([]corev1.VolumeMount{dataMount(false)}, mounts...)`, workloadTests, "TestThePodMountsTheClaimThatItIsGiven"},
}
