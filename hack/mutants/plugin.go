package main

const (
	releaseIn   = "cmd/kubectl-sei/internal/release/release.go"
	adoptIn     = "cmd/kubectl-sei/internal/adopt/adopt.go"
	readerIn    = "cmd/kubectl-sei/internal/cluster/reader.go"
	dryRun      = "TestRelease/release-dry-run"
	tooEarlyRun = "TestNothingIsDeletedTooEarly"
)

// pluginGuards keep a volume that kubectl sei lets go of, or gets ready, and what it says true.
var pluginGuards = []guard{
	{letGo, "a release begins with a pause", releaseIn, `r.pause, r.awaitPod`, `r.awaitPod`, pluginTests, dryRun},
	{letGo, "it waits until nothing makes a pod", releaseIn, `ptr.Deref(set.Spec.Replicas, 1) == 0`, `true`, pluginTests, tooEarlyRun},
	{letGo, "and until the pod is gone", releaseIn, `return apierrors.IsNotFound(err) || err == nil && !owner.Pod(pod, r.node)`, `return true`, pluginTests, "TestRelease/release-timeout"},
	{letGo, "and the volume is attached nowhere", releaseIn, `return !slices.ContainsFunc(all.Items`, `return true || !slices.ContainsFunc(all.Items`, pluginTests, "TestRelease/release-tied"},
	{letGo, "a claim that the node made is retained before it is deleted", releaseIn, `r.retain, r.awaitReleased, r.delete`, `r.delete, r.retain, r.awaitReleased`, pluginTests, dryRun},
	{letGo, "and tied to nothing any more", releaseIn, `return err == nil && (claim == nil || !owner.Controls(r.node, claim)), err`, `return claim == nil || err == nil, err`, pluginTests, tooEarlyRun},
	{letGo, "this very SeiNode is deleted", releaseIn, `client.Preconditions{UID: &r.node.UID}`, `client.Preconditions{}`, pluginTests, dryRun},
	{letGo, "what stays is compared", "cmd/kubectl-sei/internal/release/specs.go", `return s.Before == s.After`, `return true`, pluginTests, "TestReleaseComparesWhatStays"},
	{goesAlong, "adopt has a volume retained first", adoptIn, "\tp.Retain(v)\n", ``, pluginTests, "TestAdopt/adopt-released"},
	{goesAlong, "and a new one from the start", adoptIn, `PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,`, ``, pluginTests, "TestAdopt/adopt-disk"},
	{onlyReads, "preflight asks in a dry run", "cmd/kubectl-sei/internal/preflight/look.go", `client.DryRunAll, `, ``, pluginTests, "TestPages/preflight-file"},
	{onlyReads, "its exit code says what is refused", "cmd/kubectl-sei/internal/cli/exit.go", "\t\treturn Refused\n", "\t\treturn Waits\n", pluginTests, "TestPages/preflight-many"},
	{onlyReads, "an object that may not be read is told of", readerIn, `r.note(kindOf(object), key.Namespace)`, ``, pluginTests, "TestOneNamespace"},
	{onlyReads, "and so is a kind", readerIn, `r.note(kindOfList(list), asked.Namespace)`, ``, pluginTests, "TestOneNamespace"},
}
