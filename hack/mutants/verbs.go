package main

const (
	objectIn  = "cmd/kubectl-sei/internal/redact/object.go"
	bundleIn  = "cmd/kubectl-sei/internal/report/bundle.go"
	mayIn     = "cmd/kubectl-sei/internal/inspection/may.go"
	runIn     = "cmd/kubectl-sei/internal/inspection/run.go"
	exportIn  = "cmd/kubectl-sei/internal/export/export.go"
	agentIn   = "cmd/kubectl-sei/internal/report/agent.go"
	canaryRun = "TestNoSecretIsInAReport"
	mayRun    = "TestWhoMayLook"
	goneRun   = "TestThePodIsGoneInEveryCase"
	askedRun  = "TestAnAgentThatDoesNotAnswerIsALine"
)

// verbGuards keep keys out of what kubectl sei gathers, and a volume from being looked at, or moved, while somebody else may have it.
var verbGuards = []guard{
	{sentAlong, "every text is gone through", bundleIn, `[]byte(redact.Text(text))`, `[]byte(text)`, pluginTests, canaryRun},
	{sentAlong, "every object is gone through", bundleIn, `yaml.Marshal(redact.Object(found))`, `yaml.Marshal(found)`, pluginTests, canaryRun},
	{sentAlong, "what users annotate is taken out", objectIn, `case "annotations", "podAnnotations":`, `case "podAnnotations":`, pluginTests, canaryRun},
	{sentAlong, "what variables are set to is taken out", objectIn, `case "env", "httpHeaders":`, `case "httpHeaders":`, pluginTests, canaryRun},
	{sentAlong, "what follows an option for a secret is taken out", objectIn, `follows = option.MatchString(text)`, `follows = false`, pluginTests, canaryRun},
	{sentAlong, "of a status only what is known of one is taken", agentIn, `known := &wire.NodeStatus{}`, `_ = wire.NodeStatus{}; known := &map[string]any{}`, pluginTests, canaryRun},
	{heldUp, "an agent has five seconds to answer", agentIn, `context.WithTimeout(g.ctx, answering)`, `context.WithCancel(g.ctx)`, pluginTests, askedRun},
	{heldUp, "no more is read than an answer may have", agentIn, `io.LimitReader(stream, maxAnswer+1)`, `stream`, pluginTests, askedRun},
	{heldUp, "an answer that is too long is none", agentIn, `if len(said) > maxAnswer {`, `if false {`, pluginTests, askedRun},
	{heldUp, "one that did not answer is not asked again", agentIn, "\tif err == nil {\n\t\terr = g.metrics", "\tif true {\n\t\terr = g.metrics", pluginTests, askedRun},
	{heldUp, "the agent of a pod that is not the node's is not asked", "cmd/kubectl-sei/internal/report/gather.go", `if owner.Pod(pod, node) {`, `if true {`, pluginTests, askedRun},
	{tokenAlong, "no redirect is followed", "cmd/kubectl-sei/internal/cluster/core.go", `return http.ErrUseLastResponse`, `return nil`, clusterTests, "TestNoRedirectIsFollowed"},

	{lookedInto, "nobody looks into a SeiNode's volume", mayIn, `unbound, ofANode, mounted`, `unbound, mounted`, lookTests, mayRun},
	{lookedInto, "nor while a pod mounts it", mayIn, `ofANode, mounted, elsewhere`, `ofANode, elsewhere`, lookTests, mayRun},
	{lookedInto, "nor where it is attached, or another claim's", mayIn, `mounted, elsewhere}`, `mounted}`, lookTests, mayRun},
	{lookedInto, "nor where it is not known who has it", mayIn, `noImport, unknown, unbound`, `noImport, unbound`, lookTests, mayRun},
	{lookedInto, "the pod is deleted", runIn, `defer func() { err = errors.Join(err, r.remove()) }()`, ``, lookTests, goneRun},
	{lookedInto, "also after an interrupt", runIn, "context.WithTimeout(context.WithoutCancel(r.ctx), removing)\n\tdefer cancel()\n\toptions", "context.WithTimeout(r.ctx, removing)\n\tdefer cancel()\n\toptions", lookTests, goneRun},
	{lookedInto, "also where nobody said that it was made", runIn, `r.made = !refused(err)`, `r.made = err == nil`, lookTests, goneRun},

	{letGo, "an exported node is paused", exportIn, `spec.Bootstrap, spec.Paused = &data, nil, ptr.To(true)`, `spec.Bootstrap = &data, nil`, exportTests, "TestTheNodeThatMoves"},
	{letGo, "an exported volume is retained", exportIn, `moved.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain`, ``, pluginTests, "TestExport/export-created"},
	{letGo, "a folder of a machine is not exported", exportIn, `case storage.IsLocal(v):`, `case false:`, exportTests, "TestWhatCannotMoveIsRefused"},
	{fromZero, "no validator begins with a copy that adopt makes", "cmd/kubectl-sei/internal/adopt/snapshot.go", `case w.Node.Mode() == seiv1alpha1.ModeValidator:`, `case w.Node.Mode() == seiv1alpha1.ModeSeed:`, pluginTests, "TestAdopt/adopt-signer"},
}
