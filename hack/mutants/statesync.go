package main

// syncGuards keep what a state sync brought, and a node from a state that is not its chain's.
var syncGuards = []guard{
	{halfSynced, "nothing is removed that nobody noted", "internal/agent/statesync/next.go", `case note == nil && f.data, note != nil && note.Arrived:`, `case note != nil && note.Arrived:`,
		syncTests, "TestNextOverAllFacts"},
	{halfSynced, "nothing is removed once the state has come", "internal/agent/statesync/next.go", `case note == nil && f.data, note != nil && note.Arrived:`, `case note == nil && f.data:`,
		syncTests, "TestNextOverAllFacts"},
	{halfSynced, "nothing is removed where the consensus went on", "internal/agent/statesync/next.go", `case f.blocks:`, `case false:`, syncTests, "TestDataIsLeftAlone"},
	{halfSynced, "seid is started on what may have come", "internal/agent/statesync/next.go", `case f.state && note.Tried < tries:`, `case false:`, syncTests, "TestDataIsLeftAlone"},
	{halfSynced, "half of it is removed", "internal/agent/statesync/next.go", "	return empty\n}", "	return fetch\n}", syncTests, "TestKilledBetweenAnyTwoSteps"},
	{halfSynced, "what is being removed is removed to its end", "internal/agent/statesync/home.go", `note.Emptying = true`, `note.Emptying = false`, syncTests, "TestKilledBetweenAnyTwoSteps"},
	{halfSynced, "a sign state stays", "internal/agent/statesync/home.go", `s.removeFrom(home, seid.DataDir, volume.KeptInData)`, `s.removeFrom(home, seid.DataDir, nil)`,
		syncTests, "TestKilledBetweenAnyTwoSteps"},
	{halfSynced, "nothing is removed before a block is trusted", "internal/agent/statesync/statesync.go", "	if doubt != nil {\n		return nil, doubt\n	}\n	if leftovers {",
		"	if leftovers {\n		_ = s.empty(*found.note)\n	}\n	if doubt != nil {\n		return nil, doubt\n	}\n	if leftovers {", syncTests, "TestNothingIsRemovedBeforeABlockIsTrusted"},
	{halfSynced, "a note that is a link is nobody's", "internal/agent/volume/sync.go", `case linked:`, `case false && linked:`, syncTests, "TestWhatIsNotUnderstoodIsLeftAlone"},
	{halfSynced, "a note that is not understood is none", "internal/agent/volume/sync.go", `err != nil || note.Attempts < 1 {`, `err != nil && note.Attempts < 1 && false {`,
		syncTests, "TestWhatIsNotUnderstoodIsLeftAlone"},
	{halfSynced, "it has come once there is a block", "internal/agent/statesync/watch.go", `if heard.Answers && heard.Height > 0 {`, `if heard.Answers {`, syncTests, "TestThatTheStateHasComeIsNoted"},
	{halfSynced, "the note is made until it is there", "internal/agent/statesync/watch.go", "	if err := s.write(*note); err != nil {\n		return err\n	}\n	s.done = true", "	_ = s.write(*note)\n	s.done = true",
		syncTests, "TestWhatCannotBeNotedIsTriedAgain"},
	{halfSynced, "only what is ours, and not over, may be half", "internal/agent/inspect/inspect.go", `return note != nil && !note.Arrived`, `return note != nil`, inspectTests, "TestWhatAStateSyncLeftBehindIsJudgedByWhoSyncs"},
	{halfSynced, "seid is not stopped while it takes the last chunk", "internal/agent/serve/sync.go", `done < total-1 //`, `done < total //`, serveTests, "TestAStateSyncIsTold/the_last_is_taken"},

	{halfSynced, "a state sync is got ready for at each start", "internal/workload/containers.go", `haltHeight(node) != "" || node.StateSync() != nil`, `haltHeight(node) != ""`, workloadTests,
		"TestTheWorkloadIsWhatTheGoldenFilesSay"},

	{otherFork, "nobody vouches alone, nor the node for itself", "internal/peers/witnesses.go", `other.UID != f.Node.UID &&`, ``, "./internal/peers", "TestWhoVouchesForAChain"},
	{otherFork, "the first start waits for two", "internal/task/meet.go", `len(s.Meets.Witnesses) < peers.FewestWitnesses`, `len(s.Meets.Witnesses) < 1`, taskTests, "TestTheFirstStartWaitsAWhile"},
	{otherFork, "what came is compared", "internal/agent/serve/fork.go", `	a.fork.Store(fork)`, `	_ = fork`, serveTests, "TestTheFirstBlockIsComparedOnce"},
	{otherFork, "by two machines", "internal/agent/trust/judge.go", `|| len(differing) < wanted`, `|| len(differing) < 1`, trustTests, "TestWhetherTheNodeIsOnAFork"},
	{otherFork, "two agree", "internal/agent/trust/judge.go", `case len(agreeing) >= wanted:`, `case len(agreeing) > 0:`, trustTests, "TestWhomToTrust"},
	{otherFork, "two that are not one", "internal/agent/trust/judge.go", `return other.id == v.id`, `return other.server == v.server`, trustTests, "TestWhomToTrust"},
	{otherFork, "none has another", "internal/agent/trust/judge.go", `differ = differ || v.hash != hash`, `differ = false`, trustTests, "TestWhomToTrust"},
	{otherFork, "what the user knows counts", "internal/agent/trust/judge.go", `hash, all := strings.ToUpper(o.Pin.Hash), []string{}`, `hash, all := "", []string{}`, trustTests, "TestWhomToTrust"},
	{otherFork, "all follow the chain", "internal/agent/trust/judge.go", `if v.network != "" && v.network != o.ChainID {`, `if false {`, trustTests, "TestWhomToTrust"},
	{otherFork, "the block is the one that was asked for", "internal/agent/trust/trust.go", `int64(header.Height) != height ||`, ``, trustTests, "TestWhomToTrust"},
}
