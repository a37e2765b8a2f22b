package main

import "slices"

// guard is something in the code that keeps a volume, or a key, from harm.
type guard struct {
	// danger is what it is against, as docs/explanation/architecture.md calls it, or "also: " and what is not in the table there.
	danger string
	// name says what is taken out.
	name string
	// file holds it, out is its text, found there once, and in takes its place.
	file, out, in string
	// tests is the package, and run the name of the test, that must turn red.
	tests, run string
}

// The packages whose tests see guards go.
const (
	storageTests  = "./internal/storage"
	taskTests     = "./internal/task"
	workloadTests = "./internal/workload"
	keysTests     = "./internal/keys"
	ownerTests    = "./internal/owner"
	reserveTests  = "./internal/reserve"
	statusTests   = "./internal/status"
	writeTests    = "./internal/write"
	inspectTests  = "./internal/agent/inspect"
	serveTests    = "./internal/agent/serve"
	durableTests  = "./internal/agent/durable"
	prepareTests  = "./internal/agent/prepare"
	restoreTests  = "./internal/agent/restore"
	syncTests     = "./internal/agent/statesync"
	trustTests    = "./internal/agent/trust"
	volumeTests   = "./internal/agent/volume"
	runTests      = "./internal/agent/run"
	worldTests    = "./internal/world"
	lockTests     = "./internal/controller"
	managerTests  = "./cmd"
	lookTests     = "./cmd/kubectl-sei/internal/inspection"
	exportTests   = "./cmd/kubectl-sei/internal/export"
	pluginTests   = "./cmd/kubectl-sei/internal/cli"
	clusterTests  = "./cmd/kubectl-sei/internal/cluster"
)

// The dangers, in the words of docs/explanation/architecture.md.
const (
	otherClaim    = "the pod mounts another claim than the one validated"
	onlyTheName   = "a claim that only has the right name"
	otherData     = "same name, other data: a claim deleted and recreated"
	twoNodes      = "two SeiNodes on one claim"
	secondPod     = "a second pod on the claim, by `replicas: 2` set by hand"
	nextClaim     = "the next claim of a name mounted by a pod that waited for the one before"
	foreignPod    = "a foreign pod on the claim, imported or created, by whichever way of naming it"
	aliases       = "one disk under two names: two PersistentVolumes, claims in two namespaces"
	unseen        = "a volume used by somebody whom no claim shows"
	goesAlong     = "a claim, or its bytes, that go with something else: an owner, a reclaim policy, a volume that is being deleted"
	wiped         = "another claim of the name adopted after the status was wiped"
	wrongState    = "a message that is obeyed in the wrong state"
	destroyed     = "a claim destroyed that somebody still needs"
	copied        = "a copy of a node's pod, as `kubectl debug --copy-to --keep-labels` makes one"
	pruned        = "another tool prunes a claim that has no owner any more"
	silent        = "a second pod while the first may run on, on a machine that nobody hears from"
	foreign       = "the volume holds anything else: a PostgreSQL, another program's `config/`, another chain's bare `data/`"
	doubtful      = "what is there and not understood is taken for missing: a link that leads nowhere, a pipe, a genesis that is a page"
	beginsAnew    = "seid begins from nothing beside real data"
	unwritable    = "seid stops half-way on what it may not write to"
	grouped       = "Kubernetes gives an imported volume's files, keys included, to a group that may write them"
	restored      = "a validator on a volume that was restored from an older copy"
	clones        = "two signers with one key, in two Secrets, namespaces or clones of a volume"
	tooEarly      = "a pod before the verdict"
	importChanged = "an imported claim changed by the operator"
	anotherKind   = "another operator's SeiNodes, of the same group and kind, taken for ours"
	takenOff      = "a claim that somebody took our reference off, by hand or with `--cascade=orphan`"
	retained      = "a retained claim garbage-collected with its node"
	imported      = "a claim goes with the node that created it, while another imports or mounts it"
	finalizer     = "the finalizer lets go while the old process still runs"
	doomed        = "a pod restarted on a doomed claim"
	wrongData     = "the volume is of another chain, role or database, or lacks wasm/"
	initialized   = "`seid init` on a populated volume"
	replacedFiles = "the user's configuration, keys or genesis replaced"
	oldKey        = "a key that an adopted volume, or a copy, carries signs again"
	fromZero      = "a validator that signs from zero, or with a new key"
	twoSigners    = "two signers with one Secret"
	otherImage    = "data opened by an image that is not its own: switched on a timer, a height or the file of a past upgrade, or switched back after a status was wiped"
	creeps        = "a node that was stopped at a block goes on, one block at each restart of its container"
	notAtHalt     = "a snapshot that is not of the data at the halt: taken while something writes, or what was written lies in a machine's memory, of another claim, or after the next image began"
	cutAway       = "a VolumeSnapshot that holds data is deleted, or somebody else's"
	onlyTried     = "an image that is only tried gets at a volume, a key or a token, or its pod is taken for the node's"
	halfSynced    = "half of a state taken for a home, or a state that came taken for half of one"
	otherFork     = "a state of somebody else's chain"
	halfRestored  = "half of an archive taken for a home: a run that was killed, a connection that broke, a server that has another file by now"
	evilArchive   = "an archive that brings more than data: a sign state, a key, a path or a link that leaves it"
	overwritten   = "an archive put over what is there"
	killed        = "SIGKILL in the middle of a write"
	stale         = "also: what is written is not what was seen"
	removed       = "also: what the spec no longer says stays in the pod"
	unstopped     = "also: a paused node is taken for stopped while its pod may still write"
	unasked       = "also: what the API server refused is asked for again and again"
	needless      = "also: a healthy node is stopped for an image that was not seen to run, or waits for one that nobody can try"
	untrue        = "also: an image is said to run, or not to, that was not tried"
	standsStill   = "also: a node with a halt height stays stopped below it, or for a doubt that has passed, and nobody is told"
	letGo         = "also: kubectl sei lets go of a volume that something still writes to, or that goes with its SeiNode"
	onlyReads     = "also: kubectl sei writes where it only reads, or says that all is well where it was not seen"
	sentAlong     = "also: a report of kubectl sei has a key, a token or a password in it"
	tokenAlong    = "also: kubectl sei gives the user's token to somebody else than the API server"
	heldUp        = "also: a report of kubectl sei waits for an agent without end, or takes whatever it says"
	lookedInto    = "also: a pod that looks at a volume before there is a node writes to it, or is taken for the node's"
	sick          = "also: what cannot be read is taken for missing"
)

// guards is the table. A row of a guard that moved is adapted; one of a guard that is gone needs another guard.
var guards = slices.Concat(claimGuards, contentGuards, trialGuards, restoreGuards, copyGuards, exposureGuards, snapshotGuards, syncGuards, peersGuards, pollGuards, faultGuards, cacheGuards, metricGuards, pluginGuards, verbGuards, olmGuards)
