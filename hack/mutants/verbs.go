package main

const (
	objectIn  = "cmd/kubectl-sei/internal/redact/object.go"
	bundleIn  = "cmd/kubectl-sei/internal/report/bundle.go"
	mayIn     = "cmd/kubectl-sei/internal/inspection/may.go"
	runIn     = "cmd/kubectl-sei/internal/inspection/run.go"
	exportIn  = "cmd/kubectl-sei/internal/export/export.go"
	canaryRun = "TestNoSecretIsInAReport"
	mayRun    = "TestWhoMayLook"
	goneRun   = "TestThePodIsGoneInEveryCase"
)

// verbGuards keep keys out of what kubectl sei gathers, and a volume from being looked at, or moved, while somebody else may have it.
var verbGuards = []guard{
	{sentAlong, "every text is gone through", bundleIn, `[]byte(redact.Text(text))`, `[]byte(text)`, pluginTests, canaryRun},
	{sentAlong, "every object is gone through", bundleIn, `yaml.Marshal(redact.Object(found))`, `yaml.Marshal(found)`, pluginTests, canaryRun},
	{sentAlong, "what users annotate is taken out", objectIn, `case "annotations", "podAnnotations":`, `case "podAnnotations":`, pluginTests, canaryRun},
	{sentAlong, "what variables are set to is taken out", objectIn, `case "env", "httpHeaders":`, `case "httpHeaders":`, pluginTests, canaryRun},
	{sentAlong, "what follows an option for a secret is taken out", objectIn, `follows = option.MatchString(text)`, `follows = false`, pluginTests, canaryRun},

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
