package main

const blind = "also: a metric that says what is not so, or costs the others"

const telemetryTests = "./internal/telemetry"

// metricGuards keep the metrics true, and their cost small: alerts stand on them.
var metricGuards = []guard{
	{blind, "what was not heard is not 0", "internal/agent/serve/metrics.go", `if !s.Answers && s.HeardSeconds == 0 {`, `if false {`, serveTests, "TestWhatIsNotKnownHasNoValue"},
	{blind, "a name that is no text costs no other metric", "internal/agent/serve/metrics.go", `strings.ToValidUTF8(text[:min(len(text), longest)], "?")`, `strings.Clone(text[:min(len(text), longest)])`,
		serveTests, "TestThePlannedUpgradeIsMeasured"},
	{blind, "nobody makes a label without an end", "internal/agent/serve/metrics.go", `text[:min(len(text), longest)]`, `text`, serveTests, "TestThePlannedUpgradeIsMeasured"},
	{blind, "an upgrade that is not planned has no height", "internal/agent/serve/metrics.go", `s.Plan == nil || s.Plan.Name == ""`, `s.Plan == nil`, serveTests, "TestThePlannedUpgradeIsMeasured"},
	{blind, "room that nobody measures any more is not told", "internal/agent/serve/room.go", `a.now().Sub(room.at) > roomCounts`, `false`, serveTests, "TestTheVolumesRoomIsMeasured"},
	{blind, "a file system without a limit has no number of files left", "internal/agent/serve/room.go", `if !r.Limited {`, `if false {`, serveTests, "TestTheVolumesRoomIsMeasured"},
	{blind, "a volume that does not answer has no room", "internal/agent/serve/room.go", `; known {`, `; known || true {`, serveTests, "TestTheVolumesRoomIsMeasured"},
	{blind, "a scrape does not copy the fleet", "internal/telemetry/nodes.go", `nodes, client.UnsafeDisableDeepCopy)`, `nodes)`, telemetryTests, "TestANodesConditionIsTold"},
	{blind, "a fleet at rest has few series", "internal/telemetry/nodes.go", `|| !rests(condition) {`, `|| true {`, telemetryTests, "TestWhatRestsIsNotTold"},
	{blind, "an update that does not go on is told", "internal/telemetry/nodes.go", `condition.Status == metav1.ConditionFalse && condition.Reason == seiv1alpha1.ReasonUpToDate`,
		`condition.Status == metav1.ConditionFalse`, telemetryTests, "TestWhatRestsIsNotTold"},
	{blind, "a node that does not answer is told", "internal/telemetry/nodes.go", `|| condition.Reason == seiv1alpha1.ReasonNotApplicable`, `|| condition.Status == metav1.ConditionUnknown`,
		telemetryTests, "TestWhatRestsIsNotTold"},
	{blind, "what a cache shows that failed is not told", "internal/telemetry/nodes.go", `if n.reader.List(ctx, nodes, client.UnsafeDisableDeepCopy) != nil {`,
		`if err := n.reader.List(ctx, nodes, client.UnsafeDisableDeepCopy); err != nil { metrics <- prometheus.NewInvalidMetric(n.info, err)`, telemetryTests, "TestACacheThatIsNotFilledCostsNoOtherMetric"},
}
