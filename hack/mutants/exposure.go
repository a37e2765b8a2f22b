package main

// reached is what can be asked, or found, from outside of a pod and is not to be.
const reached = "also: what is a validator's own answers others"

// exposureGuards keep what is for nobody else from those who are not asked in.
var exposureGuards = []guard{
	{reached, "a validator's RPC is its pod's", "internal/workload/settings.go", `if node.Mode() == seiv1alpha1.ModeValidator && !node.ServesRPC() {`, `if false {`,
		workloadTests, "TestSeidListensWhereTheServicePoints"},
	{reached, "and no rule of its policy", "internal/workload/networkpolicy.go", `if in.Node.ServesRPC() {`, `if true {`, workloadTests, "TestWhoIsLetIn"},
	{onlyTheName, "what is deleted because nobody asks for it is the node's own", "internal/task/decide.go", `case live != nil && owner.Controls(s.Node, live) &&`, `case live != nil &&`,
		taskTests, "TestWhatTheSpecAsksForNoMoreIsDeleted"},
	{reached, "and no port of its Service", "internal/workload/containers.go", `case !node.ServesRPC():`, `case false:`, workloadTests, "TestAValidatorHasTwoDoors"},
}
