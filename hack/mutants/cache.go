package main

const (
	leftOut = "a write, or a decision, that rests on what the cache left out of an object"
	keptIn  = "internal/workload/kept.go"
	keptRun = "TestWhatIsKeptDecidesAsTheWhole"
	readRun = "TestWhatIsReadOfAKeptStatefulSet"
	cacheIn = "internal/controller/cache.go"
	podsIn  = "internal/controller/cache_pods.go"
)

// cacheGuards keep what is decided and written the same, however little of an object is in memory.
var cacheGuards = []guard{
	{leftOut, "what the cache notes is never written", "internal/workload/children.go", "\tdelete(object.GetAnnotations(), annotationKept)\n", "", workloadTests, keptRun},
	{leftOut, "the digest is of the whole", keptIn, "\t\t\tdigest := kind.Digest(object)\n\t\t\tkind.Keep(object)\n", "\t\t\tkind.Keep(object)\n\t\t\tdigest := kind.Digest(object)\n", workloadTests, keptRun},
	{leftOut, "a note counts for the version that it names", keptIn, `annotationKept], keptAs(object))`, `annotationKept], "")`, workloadTests, keptRun},
	{leftOut, "what was allocated is kept", keptIn, `IPFamilies: spec.IPFamilies, `, ``, workloadTests, keptRun},
	{leftOut, "what others noted is kept", keptIn, `key != annotationKept && (`, `key != "theirs" && (`, workloadTests, keptRun},
	{leftOut, "what the pod is told of its key is kept", keptIn, `seiv1alpha1.AnnotationReservation, `, ``, workloadTests, readRun},
	{leftOut, "the address that peers are told is kept", keptIn, `Env: told`, `Env: nil`, workloadTests, readRun},
	{leftOut, "the image is kept where no note tells it", keptIn, ` && !noted {`, ` && noted {`, workloadTests, keptRun},
	{leftOut, "what the controller has seen is kept", keptIn, `{ObservedGeneration: set.Status.ObservedGeneration}`, `{}`, workloadTests, readRun},

	{leftOut, "a shared text is the one of its name", "internal/controller/shared.go", ` && known.name == name {`, ` {`, lockTests, "TestASharedValueIsTheOneOfItsName"},
	{leftOut, "whose a claim is is kept", cacheIn, `Only(claim.Labels, seiv1alpha1.LabelNodeUID, `, `Only(claim.Labels, `, lockTests, "TestWhatIsCachedOfAClaim"},
	{leftOut, "an expansion that is under way is kept", cacheIn, `, Conditions: status.Conditions}`, `}`, lockTests, "TestWhatIsCachedOfAClaim"},
	{leftOut, "what inspect said is kept", podsIn, ` && ended.Message == ""`, ``, lockTests, "TestWhatIsCachedOfAPodsContainers"},
	{leftOut, "how a container ended before is kept", podsIn, ` && c.LastTerminationState.Terminated == nil)`, `)`, lockTests, "TestWhatIsCachedOfAPodsContainers"},
	{leftOut, "that a machine is silent is kept", podsIn, `corev1.PodReady, corev1.ContainersReady, `, `corev1.PodReady, `, lockTests, "TestWhatIsCachedOfAPodsConditions"},
}
