package main

// reached is what can be asked, or found, from outside of a pod and is not to be.
const reached = "also: what is a validator's own answers others"

// misled is what peers are told, or a pod is stopped for, and should not be.
const misled = "also: peers are told an address that does not lead to the node, or a node is restarted for one again and again"

// exposureGuards keep what is for nobody else from those who are not asked in.
var exposureGuards = []guard{
	{reached, "a validator's RPC is its pod's", "internal/workload/settings.go", `if node.Mode() == seiv1alpha1.ModeValidator && !node.ServesRPC() {`, `if false {`,
		workloadTests, "TestSeidListensWhereTheServicePoints"},
	{reached, "and no rule of its policy", "internal/workload/networkpolicy.go", `if in.Node.ServesRPC() {`, `if true {`, workloadTests, "TestWhoIsLetIn"},
	{onlyTheName, "what is deleted because nobody asks for it is the node's own", "internal/task/decide.go", `case live != nil && owner.Controls(s.Node, live) &&`, `case live != nil &&`,
		taskTests, "TestWhatTheSpecAsksForNoMoreIsDeleted"},
	{reached, "and no port of its Service", "internal/workload/containers.go", `case !node.ServesRPC():`, `case false:`, workloadTests, "TestAValidatorHasTwoDoors"},
	{misled, "no name that does not resolve", "internal/task/address.go", `case question.Name != "" && answer.Address == "":`, `case false:`,
		taskTests, "TestWhereANodeIsReached"},
	{misled, "no Service of somebody else's", "internal/task/address.go", `!owner.Controls(o.Node, service) ||`, `false && owner.Controls(o.Node, service) ||`, taskTests, "TestWhereANodeIsReached"},
	{misled, "a validator is not restarted for an address", "internal/task/address.go", `case o.Node.Mode() == seiv1alpha1.ModeValidator:`, `case false:`,
		taskTests, "TestWhatPeersAreTold"},
	{misled, "no pod is restarted for its machine", "internal/task/address.go", `case onlyTheMachine(o, told):`, `case false:`, taskTests, "TestAPodIsNotReplacedForItsMachine"},
	{misled, "no pod is restarted again at once", "internal/task/address.go", `if may && wait == 0 {`, `if may {`, taskTests, "TestWhatPeersAreTold"},
	{misled, "the order of a load balancer's addresses says nothing", "internal/task/address.go", `if stillLeads(o, address.Told) {`, `if false {`,
		taskTests, "TestWhatPeersAreTold"},
	{misled, "an answer is that of the question", "internal/lookup/lookup.go", `if !asked || known.question != question {`, `if !asked {`,
		"./internal/lookup", "TestAnAnswerToAQuestionThatIsGoneIsNoAnswer"},
	{stale, "what is allocated stays", "internal/workload/p2pservice.go", `port.NodePort = before.Ports[0].NodePort`, `port.NodePort = 0`,
		workloadTests, "TestWhatIsAllocatedIsNoDrift"},
	{removed, "an annotation of a Service", "internal/workload/p2pservice.go", `delete(live.Annotations, name)`, `_ = name`,
		workloadTests, "TestAnAnnotationThatIsTakenOutIsTakenOff"},
	{onlyTheName, "a SeiNode's object is not advised to be deleted", "internal/task/decide.go", `if other := owner.OfSeiNode(live); other != nil {`,
		`if other := owner.OfSeiNode(live); other != nil && false {`, taskTests, "TestTheObjectOfAnotherSeiNodeStays"},
}
