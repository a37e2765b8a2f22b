package main

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
	statusTests   = "./internal/status"
	writeTests    = "./internal/write"
	inspectTests  = "./internal/agent/inspect"
	prepareTests  = "./internal/agent/prepare"
	volumeTests   = "./internal/agent/volume"
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
	foreignPod    = "a foreign pod on the claim"
	tooEarly      = "a pod before the verdict"
	importChanged = "an imported claim changed by the operator"
	takenOff      = "a claim that somebody took our reference off, by hand or with `--cascade=orphan`"
	retained      = "a retained claim garbage-collected with its node"
	imported      = "a claim goes with the node that created it, while another imports it"
	finalizer     = "the finalizer lets go while the old process still runs"
	doomed        = "a pod restarted on a doomed claim"
	wrongData     = "the volume is of another chain, role or database, or lacks wasm/"
	initialized   = "`seid init` on a populated volume"
	replacedFiles = "the user's configuration, keys or genesis replaced"
	oldKey        = "a key that an adopted volume carries signs again"
	fromZero      = "a validator that signs from zero, or with a new key"
	twoSigners    = "two signers with one Secret"
	killed        = "SIGKILL in the middle of a write"
	stale         = "also: what is written is not what was seen"
	removed       = "also: what the spec no longer says stays in the pod"
	sick          = "also: what cannot be read is taken for missing"
)

// guards is the table. A row of a guard that moved is adapted; one of a guard that is gone needs another guard.
var guards = []guard{
	{otherClaim, "the imported claim's name", "internal/storage/claim.go", `return source.PVCName`, `return "data-" + node.Name`,
		storageTests, "TestTheClaimIsTheImportedOneElseDataDashNode"},
	{otherClaim, "the StatefulSet is built on that claim", "internal/task/decide.go", `ClaimName: storage.ClaimName(s.Node)`, `ClaimName: "data-" + s.Node.Name`,
		taskTests, "TestTheStatefulSetThatIsMadeMountsTheClaimThatWasValidated"},
	{otherClaim, "the pod mounts that claim", "internal/workload/volumes.go", `VolumeSource{ClaimName: claimName}`, `VolumeSource{ClaimName: "data-" + node.Name}`,
		workloadTests, "TestThePodMountsTheClaimThatItIsGiven"},

	{onlyTheName, "a claim is owned by UID", "internal/storage/claim.go", `return owner.UID == node.UID`, `return owner.Name == node.Name`,
		storageTests, "TestOwnershipIsAUIDNeverAName"},
	{onlyTheName, "an object is owned by UID", "internal/owner/owner.go", `return metav1.IsControlledBy(object, node)`, `return object.GetName() == node.Name`,
		ownerTests, "TestLeftByNamesakeAndControls"},
	{onlyTheName, "a created claim has to be owned", "internal/storage/create.go", `case !Owned(f.Claim, f.Node):`, `case false:`,
		storageTests, "TestDecideCreate"},
	{onlyTheName, "a claim is never made anew in the place of one that is gone", "internal/storage/create.go",
		`case f.Claim == nil && f.Node.AdoptedClaim() != "":`, `case false:`, storageTests, "TestDecideCreate"},

	{otherData, "an import of another UID is refused", "internal/storage/requirements.go", "	isTheAdoptedClaim,  //", "	//",
		storageTests, "TestValidateGivesEachDefectItsClassAndReasonAndNamesIt"},
	{otherData, "a created claim of another UID is refused", "internal/storage/create.go", `case f.Replaced():`, `case false:`, storageTests, "TestDecideCreate"},
	{otherData, "a replaced claim stops the pod", "internal/task/decide.go", `case s.Node.Paused() || s.Data.Replaced():`, `case s.Node.Paused():`,
		taskTests, "TestReplicas"},
	{otherData, "only a claim that may be used is recorded", "internal/status/status.go", "if s.Claim.OK() {\n\t\tshown.ClaimUID", "if true {\n\t\tshown.ClaimUID",
		statusTests, "TestTheClaimThatWasAdoptedIsRemembered"},

	{twoNodes, "an import that another SeiNode has is refused", "internal/storage/requirements.go", `if other := f.rival(); other != nil {`,
		`if other := f.rival(); other != nil && false {`, storageTests, "TestAnyOfSeveralRivalsIsEnoughToYield"},
	{twoNodes, "a claim that another SeiNode names is not made", "internal/storage/create.go", `if other := f.rival(); other != nil {`,
		`if other := f.rival(); other != nil && false {`, storageTests, "TestDecideCreate"},
	{twoNodes, "the one that has it keeps it", "internal/owner/owner.go", `if held != holds {`, `if held != holds && false {`, ownerTests, "TestOfTwoNodesExactlyOneYields"},
	{twoNodes, "the nodes of one claim are reconciled one after the other", "internal/controller/reconciler.go", `r.claims.LockKey(claim)`, ``,
		lockTests, "TestTheNodesOfOneClaimOrKeyComeOneAfterTheOther"},

	{secondPod, "replicas are 0 or 1 while the claim has trouble", "internal/task/decide.go", `return min(*s.Set.Spec.Replicas, 1)`, `return *s.Set.Spec.Replicas`,
		taskTests, "TestReplicas"},
	{secondPod, "replicas are put right in any state", "internal/controller/reconciler.go", `return r.first(ctx, task.Scale(scope), task.Nudge(scope))`,
		`return r.first(ctx, task.Nudge(scope))`, worldTests, "TestAReconcileStopsWhatMustNotRun"},

	{foreignPod, "an import that a foreign pod mounts is refused", "internal/storage/requirements.go", `if pod := f.foreignPod(); pod != nil {`,
		`if pod := f.foreignPod(); pod != nil && false {`, storageTests, "TestAForeignPodInAnyUnfinishedPhaseKeepsTheClaim"},
	{foreignPod, "a generic ephemeral volume is a claim, too", "internal/storage/claim.go", `case volume.Ephemeral != nil:`, `case false:`,
		storageTests, "TestAPodIsKnownByTheClaimsAmongItsVolumes"},
	{foreignPod, "a pod is ours by its controller, too", "internal/owner/owner.go", `&& (ref == nil || ref.Kind == "StatefulSet")`, `&& (ref == nil || ref != nil)`,
		ownerTests, "TestPod"},

	{tooEarly, "no StatefulSet before the claim and the key are valid", "internal/task/decide.go", `case !there && s.Set == nil && !s.Start.OK():`, `case false:`,
		taskTests, "TestEachTaskDoesWhatItsStateAsksForAndNothingElse"},
	{tooEarly, "no pod before the claim and the key are valid", "internal/task/decide.go", `case s.Start.OK():`, `case true:`, taskTests, "TestAnUpdateStartsNoPodThatWasDown"},
	{tooEarly, "nothing is decided from a read that failed", "internal/task/decide.go", "if o.Err != nil {\n\t\treturn s\n\t}", ``,
		taskTests, "TestNothingIsDecidedFromAReadThatFailed"},

	{importChanged, "an import is never owned", "internal/storage/claim.go", `if Imports(node) || node.UID == "" {`, `if node.UID == "" {`,
		storageTests, "TestNoClaimButOurOwnIsEverWritten"},

	{takenOff, "only a claim that the node controls is deleted", "internal/storage/create.go", `|| !metav1.IsControlledBy(f.Claim, f.Node) `, ``,
		worldTests, "TestAClaimWithoutOurReferenceStays"},
	{takenOff, "--cascade=orphan leaves everything", "internal/controller/delete.go", "if kept {", "if kept && false {",
		worldTests, "TestCascadeOrphanLeavesEverything"},

	{retained, "a retained claim is made without a reference", "internal/storage/create.go", `if !Retains(node) {`, `if true {`,
		storageTests, "TestARetainedClaimCarriesNoReference"},
	{retained, "a claim that is to stay is released", "internal/controller/reconciler.go", `released := r.first(ctx, task.Release(scope))`, `released := error(nil)`,
		worldTests, "TestAClaimThatIsToStayIsReleasedAtOnce"},
	{retained, "a retained claim is not deleted", "internal/storage/claim.go", `return Retains(f.Node) || slices`, `return slices`, worldTests, "TestAWishOfTheLastMomentCounts"},
	{retained, "the deletion reads the policy past the cache", "internal/controller/delete.go", `storage.Facts{Node: live,`, `storage.Facts{Node: node,`,
		worldTests, "TestAWishOfTheLastMomentCounts"},

	{imported, "a claim that another imports stays", "internal/storage/claim.go", `func(rival seiv1alpha1.SeiNode) bool { return Imports(&rival) }`,
		`func(rival seiv1alpha1.SeiNode) bool { return false }`, storageTests, "TestAClaimThatAnotherImportsIsRetained"},
	{imported, "the deletion reads the importers past the cache", "internal/controller/delete.go", `r.Live.List(ctx, all,`, `r.Client.List(ctx, all,`,
		worldTests, "TestAWishOfTheLastMomentCounts"},

	{finalizer, "the deletion waits until no pod is left", "internal/controller/delete.go", `case len(pods) > 0:`, `case false:`,
		worldTests, "TestTheFinalizerWaitsForTheLastPod"},
	{finalizer, "the deletion waits until the StatefulSet is gone", "internal/controller/delete.go", "case mine:", "case false:",
		worldTests, "TestTheStatefulSetGoesFirst"},
	{finalizer, "the StatefulSet is deleted in the foreground", "internal/controller/delete.go", `set, write.Foreground)`, `set)`,
		worldTests, "TestTheStatefulSetGoesFirst"},
	{finalizer, "the finalizer comes before the first write", "internal/controller/reconciler.go", `!controllerutil.AddFinalizer(node, seiv1alpha1.Finalizer)`,
		`!controllerutil.AddFinalizer(node, seiv1alpha1.Finalizer) || true`,
		worldTests, "TestTheFinalizerWaitsForTheLastPod"},
	{finalizer, "pods are selected by the node's UID", "internal/workload/labels.go", "\t\tseiv1alpha1.LabelNodeUID: string(node.UID),\n", ``,
		workloadTests, "TestTheSelectorIsByUIDToo"},

	{doomed, "no pod is replaced while the claim or the key has trouble", "internal/task/replace_pod.go", `case !s.Start.OK():`, `case false:`,
		taskTests, "TestEachTaskDoesWhatItsStateAsksForAndNothingElse"},

	{wrongData, "the layout", "internal/agent/inspect/defects.go", "\thasKnownLayout,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "the chain", "internal/agent/inspect/defects.go", "\tisOfTheChain,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "the database", "internal/agent/inspect/defects.go", "\topensItsStateStore,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "the role", "internal/agent/inspect/defects.go", "\tservesItsRole,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "an archive's history", "internal/agent/inspect/defects.go", "\tkeepsHistory,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "wasm/", "internal/agent/inspect/defects.go", "\thasWasm,\n", ``, inspectTests, "TestDefects"},
	{wrongData, "inspect has the volume read-only", "internal/workload/containers.go", `[]corev1.VolumeMount{dataMount(true)}, args...)`,
		`[]corev1.VolumeMount{dataMount(false)}, args...)`, workloadTests, "TestThePodMountsTheClaimThatItIsGiven"},

	{initialized, "seid init never sees the volume", "internal/workload/containers.go", `config, []corev1.VolumeMount{scratchMount()},`,
		`config, []corev1.VolumeMount{scratchMount(), dataMount(false)},`, workloadTests, "TestThePodMountsTheClaimThatItIsGiven"},

	{replacedFiles, "a file that is there is not copied", "internal/agent/prepare/prepare.go", "func (p *preparer) copy(name, source string) {\n\tif p.err != nil || p.exists(name) {",
		"func (p *preparer) copy(name, source string) {\n\tif p.err != nil {", prepareTests, "TestOnlyWhatIsMissingIsCreated"},
	{replacedFiles, "a file that appears meanwhile is not replaced", "internal/agent/prepare/prepare.go",
		`errors.Join(p.root.Link(written, name), p.root.Remove(written))`, `p.root.Rename(written, name)`, prepareTests, "TestAFileThatAppearsMeanwhileIsNotReplaced"},
	{replacedFiles, "a link that leads nowhere is somebody's file", "internal/agent/prepare/prepare.go", `p.root.Lstat(name)`, `p.root.Stat(name)`,
		prepareTests, "TestADanglingLinkIsSomebodysFile"},
	{replacedFiles, "another genesis is refused", "internal/agent/prepare/prepare.go", `if err == nil && !same {`, `if err == nil && !same && false {`,
		prepareTests, "TestTheGenesisThatTheSeiNodeNames"},

	{oldKey, "a key of its own for every mode but validator", "internal/workload/settings.go", `case node.Mode() != seiv1alpha1.ModeValidator:`, `case false:`,
		workloadTests, "TestOnlyAValidatorUsesTheVolumesKeys"},
	{oldKey, "a sign state of its own for every mode but validator", "internal/workload/settings.go", "if node.Mode() != seiv1alpha1.ModeValidator {", `if false {`,
		workloadTests, "TestOnlyAValidatorUsesTheVolumesKeys"},
	{oldKey, "config.toml lets the environment reach the key", "internal/agent/inspect/defects.go", "\treachesItsKeys,\n", ``, inspectTests, "TestASecretsKeyHasToBeReachable"},

	{fromZero, "data without a sign state is refused", "internal/agent/inspect/defects.go", "\thasSignState,\n", ``, inspectTests, "TestDefects"},
	{fromZero, "data without a key is refused", "internal/agent/inspect/defects.go", "\thasConsensusKey,\n", ``, inspectTests, "TestDefects"},
	{fromZero, "whatever the policy", "internal/agent/inspect/inspect.go", `d.always || !o.Warn`, `!o.Warn`, inspectTests, "TestDefects"},
	{fromZero, "a defect that can be waved through hides none that cannot", "internal/agent/inspect/defects.go", `if d != nil && (d.always || !o.Warn) {`, `if d != nil {`,
		inspectTests, "TestADefectThatIsWavedThroughHidesNoOther"},
	{fromZero, "a sign state is made beside no data", "internal/agent/prepare/prepare.go", `if p.tidy(seid.DataDir) == 0 {`, `if p.tidy(seid.DataDir) >= 0 {`,
		prepareTests, "TestOnlyWhatIsMissingIsCreated"},
	{fromZero, "the sign state comes first", "internal/agent/prepare/prepare.go", "\tp.copy(state, filepath.Join(p.options.Scratch, state))\n", "\tdefer p.copy(state, filepath.Join(p.options.Scratch, state))\n",
		prepareTests, "TestTheSignStateComesFirst"},

	{twoSigners, "another SeiNode that signs", "internal/keys/keys.go", `if owner.Yields(f.Node, &f.Rivals[i], signs) {`, `if false {`, keysTests, "TestAKeySignsOnceOrNotAtAll"},
	{twoSigners, "another pod that has the key", "internal/keys/keys.go", `if !ended(pod) && !owner.Pod(pod, f.Node) {`, `if false && !ended(pod) {`, keysTests, "TestAKeySignsOnceOrNotAtAll"},
	{twoSigners, "a projected Secret is a Secret, too", "internal/keys/keys.go", `if volume.Projected != nil {`, `if false {`, keysTests, "TestMountedSecrets"},
	{twoSigners, "the key has to be free", "internal/task/decide.go", "\treturn s.Signing\n", "\treturn s.Claim\n", taskTests, "TestReplicas"},
	{twoSigners, "who signs is recorded", "internal/status/status.go", "return s.Node.SigningSecret()\n", "return s.Node.Status.SigningSecret\n", statusTests, "TestTheSigningKeyThatIsFreeIsTaken"},
	{twoSigners, "the nodes of one key are reconciled one after the other", "internal/controller/reconciler.go", `r.signers.LockKey(key)`, ``,
		lockTests, "TestTheNodesOfOneClaimOrKeyComeOneAfterTheOther"},

	{killed, "120 s", "internal/workload/statefulset.go", `graceSeconds        = 120`, `graceSeconds        = 30`, workloadTests, "TestTheGracePeriodIsTheModesOrTheUsers"},
	{killed, "300 s for an archive", "internal/workload/statefulset.go", `archiveGraceSeconds = 300`, `archiveGraceSeconds = 120`,
		workloadTests, "TestTheGracePeriodIsTheModesOrTheUsers"},
	{killed, "nothing but OnDelete replaces a pod", "internal/workload/statefulset.go", `Type: appsv1.OnDeleteStatefulSetStrategyType`,
		`Type: appsv1.RollingUpdateStatefulSetStrategyType`, workloadTests, "TestAPodIsReplacedOnlyOnPurpose"},

	{stale, "a deletion names the UID", "internal/write/write.go", "\tuid := object.GetUID()", "\tuid := object.GetUID()[:0]",
		writeTests, "TestADeletionNamesTheObjectThatWasSeen"},
	{stale, "the deletion of a claim names its version", "internal/write/write.go", `uid, version := object.GetUID(), object.GetResourceVersion()`,
		`uid, version := object.GetUID(), ""`, writeTests, "TestADeletionNamesTheObjectThatWasSeen"},
	{stale, "a release fails on a claim that changed", "internal/storage/create.go", `client.MergeFromWithOptions(f.Claim, client.MergeFromWithOptimisticLock{})`,
		`client.MergeFrom(f.Claim)`, storageTests, "TestReleaseFailsOnAClaimThatChanged"},
	{stale, "a status that rests on an old read is refused", "internal/controller/report.go", `client.MergeFromWithOptions(from, client.MergeFromWithOptimisticLock{})`,
		`client.MergeFrom(from)`, worldTests, "TestAnOldReadWritesNoStatus"},
	{stale, "nothing of anybody else's is written to", "internal/task/decide.go", `case there && !owner.Controls(s.Node, live):`, `case false:`,
		taskTests, "TestEachTaskDoesWhatItsStateAsksForAndNothingElse"},

	{removed, "the spec is replaced, not merged", "internal/workload/children.go", `live.(*appsv1.StatefulSet).Spec = wanted.(*appsv1.StatefulSet).Spec`,
		`_, _ = live, wanted`, workloadTests, "TestWhatTheSpecNoLongerSaysIsGone"},
	{removed, "what the user changes rolls the pod", "internal/workload/rollout.go", `decision := Decision{Rolls: asked && other}`, `decision := Decision{Rolls: false && asked && other}`,
		workloadTests, "TestEveryChangeOfTheSpecRolls"},

	{sick, "an error of the API is no absence", "internal/storage/observe.go", `o.fail(client.IgnoreNotFound(err), "%s %q", kind, key.Name)`, `_ = kind`,
		storageTests, "TestAnErrorOfTheAPIIsNeverTakenForAnAbsence"},
	{sick, "an error of the disk is no absence", "internal/agent/volume/volume.go", "	default:\n\t\tv.Err = err", "	default:", volumeTests, "TestASickVolumeIsNotAnEmptyOne"},
	{sick, "only regular files are opened", "internal/agent/volume/volume.go", `return info != nil && info.Mode().IsRegular()`, `return info != nil`, volumeTests, "TestOnlyARegularFileIsOne"},
}
