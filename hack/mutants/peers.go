package main

const (
	gossiped = "also: a validator behind sentries is told of"
	restarts = "also: a node is restarted for what nobody asked for"
	sameID   = "also: two nodes with one ID"
)

const peersTests = "./internal/peers"

// peersGuards keep validators unseen, and fleets running.
var peersGuards = []guard{
	{gossiped, "nobody selects it", "internal/peers/peers.go", `node.Spec.Sentries == nil && other.Spec.Sentries == nil`, `node.Spec.Sentries == nil`, peersTests, "TestWhoIsSelected"},
	{gossiped, "it dials no sentry that tells of it", "internal/peers/peers.go", `f.Node.Spec.Sentries != nil && !shields(peer, f.Node):`, `false:`, peersTests, "TestWhoIsDialled"},
	{gossiped, "an ID is no list", "internal/peers/peers.go", `!isID(node.Status.Node.NodeID)`, `len(node.Status.Node.NodeID) != 40`, peersTests, "TestWhoIsDialled"},
	{gossiped, "a sentry keeps its ID to itself", "internal/workload/peers.go", `[]string{"p2p.unconditional-peer-ids", "p2p.private-peer-ids"}`, `[]string{"p2p.unconditional-peer-ids"}`,
		workloadTests, "TestWhoSeidIsToldOf"},
	{gossiped, "beside the user's own", "internal/workload/peers.go", `if seid.Variable(users) == seid.Variable(key) {`, `if users == key+"?" {`, workloadTests, "TestWhoSeidIsToldOf"},
	{gossiped, "it exchanges no addresses", "internal/workload/settings.go", `{"p2p.pex", OwnerIfSet, behindSentries("false")},`, `{"p2p.pex", OwnerIfSet, behindSentries("")},`,
		workloadTests, "TestWhoSeidIsToldOf"},
	{gossiped, "it dials none of its past", "internal/workload/settings.go", `behindSentries("0")}`, `behindSentries("")}`, workloadTests, "TestWhoSeidIsToldOf"},
	{gossiped, "its files' peers do not count", "internal/workload/peers.go", `const noPeers = ","`, `const noPeers = ""`, workloadTests, "TestWhoSeidIsToldOf"},
	{gossiped, "a sentry shields once its pod does", "internal/task/meet.go", `case s.Pod == nil || !s.Outdated:`, `case true:`, taskTests, "TestASentryIsSaidToShieldOnceItsPodDoes"},
	{gossiped, "a sentry's pod is replaced for it", "internal/workload/rollout.go", `if len(shields) > 0 { // as`, `if false { // as`, workloadTests, "TestPeersThatBecomeKnownReplaceNoPod"},
	{restarts, "which sentry is wired is seen as that one's reconcile left it", "internal/peers/observe.go", `r.anew(fellows)...`, `fellows...`, peersTests, "TestWhoGoesFirstIsReadAsItsOwnReconcileLeftIt"},
	{restarts, "sentries go one after the other", "internal/peers/shields.go", `if before := ahead(f, all); before != "" {`, `if before := ahead(f, all); false {`,
		peersTests, "TestSentriesAreWiredOneAfterTheOther"},
	{restarts, "whatever their names", "internal/peers/shields.go", `fellow.Name < f.Node.Name && lacks(`, `false && lacks(`, peersTests, "TestSentriesAreWiredOneAfterTheOther"},
	{restarts, "one that does not come up keeps nobody", "internal/peers/shields.go", `!isReady(fellow) && f.Now.Sub(unreadySince(fellow)) < comesUp:`, `!isReady(fellow):`, peersTests, "TestAllSentriesAreWiredInTheEnd"},
	{restarts, "nor does one that takes no more", "internal/peers/shields.go", `len(shielding(sentry)) < Most && slices`, `slices`, peersTests, "TestSentriesAreWiredOneAfterTheOther"},
	{restarts, "one that is replaced anyway is wired with that", "internal/peers/shields.go", `|| f.Rolls || !isReady(f.Node)`, `|| !isReady(f.Node)`, peersTests, "TestASentryThatIsReplacedAnywayIsWiredWithThat"},
	{restarts, "a sentry that does not run waits for nobody", "internal/peers/shields.go", `|| f.Rolls || !isReady(f.Node)`, `|| f.Rolls`, peersTests, "TestSentriesAreWiredOneAfterTheOther"},
	{restarts, "a validator that is gone replaces no sentry", "internal/peers/shields.go", `return !f.Rolls`, `return false`, peersTests, "TestAValidatorThatGoesReplacesNoSentry"},
	{restarts, "nor one whose ID is not known now", "internal/peers/shields.go", `case slices.ContainsFunc(f.Shielded, named):`, `case false:`, peersTests, "TestAValidatorThatGoesReplacesNoSentry"},
	{gossiped, "a sentry that the user takes away forgets it", "internal/peers/shields.go", `case slices.ContainsFunc(f.Left, named):`, `case false:`, peersTests, "TestAValidatorThatGoesReplacesNoSentry"},
	{restarts, "of too many validators it is always the same", "internal/peers/shields.go", "slices.SortFunc(all, byName)\n\tall = all[", "all = all[", peersTests, "TestOfTooManyValidatorsTheSameAreShielded"},
	{restarts, "other peers wait for the next change", "internal/workload/rollout.go", `if !asked && ownMark(PodMark(live)) != ownMark(Mark(&wanted.Spec.Template)) {`, `if !asked && other {`,
		workloadTests, "TestPeersThatBecomeKnownReplaceNoPod"},
	{restarts, "to convert the list of peers is no change", "internal/workload/rollout.go", `reflect.DeepEqual(*peers, seiv1alpha1.PeersSpec{Static: peers.Static})`, `reflect.DeepEqual(peers, nil)`,
		workloadTests, "TestToConvertTheListOfPeersAsksForNoOtherPod"},
	{restarts, "a first start waits no longer than it may", "internal/task/meet.go", `s.Meets.Awaits != "" && s.Now.Before(s.Meets.Until):`, `s.Meets.Awaits != "":`,
		taskTests, "TestTheFirstStartWaitsAWhile"},
	{restarts, "and only the first", "internal/task/decide.go", `if s.Set == nil && s.Signing.OK() {`, `if s.Signing.OK() {`, taskTests, "TestTheFirstStartWaitsAWhile"},
	{restarts, "peers are bounded", "internal/peers/peers.go", `if len(chosen) > Most {`, `if false {`, peersTests, "TestOfTenThousandEachTakesItsOwn"},
	{restarts, "fewer connections are told once that lasts", "internal/agent/serve/connected.go", `now.Sub(c.since) >= settle || fell`, `now.Sub(c.since) >= 0 || fell`,
		serveTests, "TestTooFewConnectionsAreToldOnceTheyLast"},
	{restarts, "a pod that dials all is not to be made again", "internal/workload/rollout.go", `dials, _, _ := strings.Cut(others, ".")`, `dials := others`, workloadTests, "TestWhomAPodDials"},
	{sameID, "the younger waits", "internal/task/meet.go", `case s.Meets.SameKey != "":`, `case false:`, taskTests, "TestTheFirstStartWaitsAWhile"},
	{sameID, "the nodes of one node key are reconciled one after the other", "internal/controller/reconciler.go", `lockKey(r.ids, node.Namespace+"/"+secret, unlock)`, `unlock`,
		lockTests, "TestTheNodesOfOneClaimOrKeyComeOneAfterTheOther"},
	{sameID, "a Secret's key is no volume's", "internal/agent/prepare/nodeid.go", `if o.NodeKeyElsewhere {`, `if false {`, "./internal/agent/prepare", "TestTheNodeIDIsTold"},
}
