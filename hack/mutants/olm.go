package main

const (
	amiss    = "also: OLM is told what is not so, again and again, or waits for a node that waits for a person"
	olmTests = "./internal/olm"
	ruleIn   = "internal/olm/rule.go"
	toldIn   = "internal/olm/reporter.go"
)

// olmGuards have OLM wait while something is under way, no longer, and at no cost.
var olmGuards = []guard{
	{amiss, "a node that waits for a person holds up nothing", ruleIn, ` || !slices.Contains(starting, unready(node)) {`, ` || unready(node) == "" {`, olmTests, "TestWhatANodeIsInTheMiddleOf"},
	{amiss, "a volume that is refused holds up nothing", ruleIn, `meta.IsStatusConditionFalse(node.Status.Conditions, seiv1alpha1.ConditionDataInspected)`, `false`, olmTests, "TestWhatANodeIsInTheMiddleOf"},
	{amiss, "nobody waits for a node that was stopped or goes", ruleIn, `if node.DeletionTimestamp != nil || node.Paused() {`, `if false {`, olmTests, "TestWhatANodeIsInTheMiddleOf"},
	{amiss, "an upgrade that is through is", ruleIn, `listed == nil || listed.Image == node.Status.CurrentImage`, `listed == nil`, olmTests, "TestWhatANodeIsInTheMiddleOf"},
	{amiss, "the cache's order is no news", ruleIn, "\tslices.Sort(busy) // the cache has them in no order\n", "", olmTests, "TestOLMIsToldWhoIsInTheMiddleOfSomething"},
	{amiss, "what OLM was told before the manager started again is not written again", toldIn, `!meta.SetStatusCondition(&all, wanted)`, `!(meta.SetStatusCondition(&all, wanted) || true)`, olmTests, "TestOLMIsToldOnce"},
	{amiss, "a height is no news", toldIn, `underWay(was) != underWay(is)`, `(underWay(was) != underWay(is) || true)`, olmTests, "TestOnlyWhatChangesWakes"},
	{amiss, "news that come together are told together", toldIn, "case <-time.After(r.together):", "case <-time.After(0):", olmTests, "TestNewsThatComeTogetherAreToldTogether"},
	{amiss, "what could not be told is told later", toldIn, `retry, pause = time.After(pause), min(2*pause, seldom)`, `retry, pause = nil, min(2*pause, seldom)`, olmTests, "TestWhatCannotBeToldIsTriedAgain"},
	{amiss, "nobody watches what may only be read", toldIn, `object, uncached)`, `object)`, olmTests, "TestOLMIsToldOnce"},
}
