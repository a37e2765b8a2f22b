package main

const (
	unheard   = "also: what an agent says is heard late, or never"
	pollTests = "./internal/poll"
)

// pollGuards have each agent heard in time, and a fleet at rest cost nothing.
var pollGuards = []guard{
	{unheard, "a change of the pod has it asked at once", "internal/poll/watch.go", ` || found.pulse != pulseOf(pod) {`, ` {`, pollTests, "TestAChangeOfThePodHasItsAgentAskedAtOnce"},
	{unheard, "a container that was started again is one", "internal/poll/watch.go", `now.starts += containers[i].RestartCount`, `_ = containers[i].RestartCount`,
		pollTests, "TestAChangeOfThePodHasItsAgentAskedAtOnce"},
	{unheard, "what a pod said is forgotten when it ends", "internal/poll/watch.go", `	if !mayAnswer(pod) {
		p.forget(key)`, `	if !mayAnswer(pod) {`, pollTests, "TestAChangeOfThePodHasItsAgentAskedAtOnce"},
	{unheard, "who is silent leaves the lane of those that answer", "internal/poll/watch.go", ` || found.silences == 0)`, ` || true)`,
		pollTests, "TestWhoIsSilentLeavesTheLaneOfThoseThatAnswer"},
	{unheard, "what cannot be read now is asked for again", "internal/poll/poll.go", `return askUnready, false`, `return 0, false`, pollTests, "TestWhatCannotBeReadIsTriedAgain"},
	{unheard, "the longest pause is bounded", "internal/poll/pace.go", `, time.Duration(among)*time.Second/perSecond), askSeldom)`,
		`, time.Duration(among)*time.Second/perSecond), 1000*askSeldom)`, pollTests, "TestPause"},
	{unheard, "many nodes are asked more seldom", "internal/poll/pace.go", `max(askReady, time.Duration(among)*time.Second/perSecond)`, `askReady`, pollTests, "TestPause"},
	{unheard, "all come not at once after the first answer", "internal/poll/pace.go", `case a.well && a.answers == 1:`, `case a.well && a.answers == -1:`,
		pollTests, "TestThoseThatAreWellComeWithABeat"},
	{unheard, "a node that is not well, of a pod that is, is asked soon", "internal/poll/poll.go", `now.ready && answer.Ready`, `now.ready`,
		pollTests, "TestWhoIsNotWellIsAskedSoon"},
	{restored, "much that was signed wakes the node", "internal/poll/poll.go", `if !isNews && toNote(`, `if false && toNote(`, pollTests, "TestMuchThatAValidatorSignedIsNoted"},
}
