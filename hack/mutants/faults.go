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
		"patched, patch); err != nil {\n\t\treturn err\n", "patched, patch); err != nil {\n\t\treturn nil\n",
		worldTests, "TestFaultMatrix/init_of_an_import"},
	{lost, "what waits for the next news is told without any", "internal/controller/report.go",
		"\t\t\tresult.RequeueAfter = sooner(wait, result.RequeueAfter)\n", "",
		worldTests, "TestWhatWaitsForTheNextNewsIsTold"},
	{lost, "no plan acts that is not persisted", "internal/controller/reconciler.go",
		`if err != nil || !plan.Begins(`, `if !plan.Begins(`, worldTests, "TestNoPlanActsThatIsNotPersisted"},
	{lost, "nor for a SeiNode that is gone", "internal/controller/report.go",
		`if apierrors.IsNotFound(err) {`, `if apierrors.IsNotFound(err) { return nil }; if false {`, worldTests, "TestNoPlanActsThatIsNotPersisted"},
	{lost, "what a status that is left out says is known", "internal/controller/reconciler.go",
		"\tr.untold.recall(node)\n", "", worldTests, "TestWhatWaitsForTheNextNewsIsTold"},
	{lost, "a pod that does not start is told at once", "internal/status/starts.go", `!strings.HasSuffix(ready.Message, isStarting)`, `!strings.HasSuffix(ready.Message, "")`,
		statusTests, "TestThatAPodStartsWaitsForTheNextNews"},
	{lost, "so is a step of a plan", "internal/controller/reconciler.go",
		`errors.Join(released, r.step(ctx, scope))`, `errors.Join(released, func() error { _ = r.step(ctx, scope); return nil }())`,
		worldTests, "TestFaultMatrix/init_of_an_import"},
}
