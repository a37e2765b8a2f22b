package main

const lost = "also: what one call that went wrong took is lost for good"

// faultGuards keep a fault of one call from having a lasting effect.
var faultGuards = []guard{
	{lost, "what the node is seen to hold is remembered, whatever became of the status", "internal/controller/reservations.go",
		"\t\t\tseen.Node.SetHolds(r.Namespace, thing.Lease()) // which a status that was not written, or was wiped, does not say\n", "",
		worldTests, "TestFaultMatrix/init_of_an_import"},
	{lost, "an object whose deletion went through unheard is forgotten", "internal/task/decide.go",
		"\t\t\ts.Node.ForgetWritten(kind.Key()) // also where nobody heard that its deletion went through\n", "",
		worldTests, "TestFaultMatrix/a_policy,_and_none"},
	{lost, "a Lease that could not be made is looked at", "internal/controller/reservations.go",
		"\t\t\t\tr.leases.Doubt(wanted.Thing) // the next look is at the Lease itself\n", "",
		worldTests, "TestFaultMatrix/init_of_an_import"},
	{lost, "who lost to another writer comes again", "internal/controller/reconciler.go",
		`return ctrl.Result{RequeueAfter: r.conflicts.Get(string(node.UID))}, nil`, `return ctrl.Result{}, nil`,
		worldTests, "TestFaultMatrix/init_of_an_import"},
	{lost, "a status that was not written is an error", "internal/controller/report.go",
		`return client.IgnoreNotFound(r.Client.Status().Patch(ctx, node.DeepCopy(), patch))`, `_ = r.Client.Status().Patch(ctx, node.DeepCopy(), patch); return nil`,
		worldTests, "TestFaultMatrix/init_of_an_import"},
	{lost, "so is a step of a plan", "internal/controller/reconciler.go",
		`errors.Join(released, r.step(ctx, scope))`, `errors.Join(released, func() error { _ = r.step(ctx, scope); return nil }())`,
		worldTests, "TestFaultMatrix/init_of_an_import"},
}
