package v1alpha1

// The condition types of a SeiNode. Each carries observedGeneration and a reason from the lists below.
const (
	// ConditionReady is True while the node's pod is ready. It is the one to `kubectl wait` for.
	ConditionReady = "Ready"
	// ConditionImportPVCReady is True while the imported claim and its volume meet every requirement. It goes on
	// following them after the node runs, and is absent on nodes that import nothing.
	ConditionImportPVCReady = "ImportPVCReady"
	// ConditionDataInspected is True once the agent found nothing on the volume that speaks against starting seid on it. Its
	// reasons are those of package internal/seid: Inspected, ChainMismatch, RoleMismatch, BackendUnsupported, LayoutUnknown,
	// SignStateMissing, ConsensusKeyMissing, KeyUnreachable, WasmMissing and Unreadable.
	ConditionDataInspected = "DataInspected"
	// ConditionSynced is True while the node is not catching up, as it says itself.
	ConditionSynced = "Synced"
	// ConditionNodeUpdateInProgress is True while a running node is brought to a changed spec.
	ConditionNodeUpdateInProgress = "NodeUpdateInProgress"
)

// The reasons of ImportPVCReady.
//
// The first ten (PVCValidated included) are a public alerting contract: one may be added, but renaming or dropping one
// is a breaking change.
const (
	// ReasonImportPVCValidated: every requirement is met.
	ReasonImportPVCValidated = "PVCValidated"
	// ReasonImportPVCNotFound: the claim does not exist in the node's namespace. Transient.
	ReasonImportPVCNotFound = "PVCNotFound"
	// ReasonImportPVCTerminating: the claim is being deleted. Transient.
	ReasonImportPVCTerminating = "PVCTerminating"
	// ReasonImportPVCNotBound: the claim has no volume yet. Transient.
	ReasonImportPVCNotBound = "PVCNotBound"
	// ReasonImportPVCLost: the claim's volume is gone. Terminal.
	ReasonImportPVCLost = "PVCLost"
	// ReasonImportAccessModeInvalid: the claim allows no single writer. Terminal.
	ReasonImportAccessModeInvalid = "AccessModeInvalid"
	// ReasonImportCapacityTooSmall: the claim is smaller than the node requires (terminal), or reports no capacity yet
	// (transient).
	ReasonImportCapacityTooSmall = "CapacityTooSmall"
	// ReasonImportUnderlyingPVCapacityMismatch: the volume's capacity is not the claim's. Terminal, or transient during
	// an expansion.
	ReasonImportUnderlyingPVCapacityMismatch = "UnderlyingPVCapacityMismatch"
	// ReasonImportUnderlyingPVMissing: the volume does not exist or is bound to another claim. Transient.
	ReasonImportUnderlyingPVMissing = "UnderlyingPVMissing"
	// ReasonImportUnderlyingPVFailed: the volume's phase is Failed. Terminal.
	ReasonImportUnderlyingPVFailed = "UnderlyingPVFailed"

	// ReasonImportVolumeModeInvalid: the claim is a block device, which cannot be mounted. Terminal.
	ReasonImportVolumeModeInvalid = "VolumeModeInvalid"
	// ReasonImportPVCReplaced: the claim is not the one that the node adopted: same name, another UID, other data.
	// Terminal, until the annotation AnnotationAcceptClaimUID accepts it.
	ReasonImportPVCReplaced = "PVCReplaced"
	// ReasonImportPVCInUse: another SeiNode or a foreign pod uses the claim. Transient.
	ReasonImportPVCInUse = "PVCInUse"
	// ReasonImportValidationError: the API could not be read, and there is no earlier verdict. The condition is Unknown.
	ReasonImportValidationError = "ValidationError"
)

// The reasons of a created claim's failure, in status.plan and in Ready's message.
const (
	// ReasonPVCNotOwned: a claim of the node's name exists and belongs to somebody else. Terminal.
	ReasonPVCNotOwned = "PVCNotOwned"
	// ReasonDataVolumeLost: the created claim is gone or was replaced. Terminal: an empty one is never put in its place.
	ReasonDataVolumeLost = "DataVolumeLost"
	// ReasonStatefulSetNotOwned: a StatefulSet of the node's name exists and belongs to somebody else. Terminal.
	ReasonStatefulSetNotOwned = "StatefulSetNotOwned"
	// ReasonServiceNotOwned: a Service of the node's name exists and belongs to somebody else. Terminal.
	ReasonServiceNotOwned = "ServiceNotOwned"
	// ReasonDisruptionBudgetNotOwned: a PodDisruptionBudget of the node's name exists and belongs to somebody else. Terminal.
	ReasonDisruptionBudgetNotOwned = "DisruptionBudgetNotOwned"
	// ReasonInvalidObject: the API server refused what the spec asks for. Tried again with growing pauses, and at once when
	// the spec changes.
	ReasonInvalidObject = "InvalidObject"
)

// The reasons of keys that cannot be used, in status.plan and in Ready's message.
const (
	// ReasonSigningKeyInUse: another SeiNode or pod signs with the Secret. Transient.
	ReasonSigningKeyInUse = "SigningKeyInUse"
	// ReasonSecretNotFound: a Secret that the spec names does not exist or lacks its data key. Transient.
	ReasonSecretNotFound = "SecretNotFound"
)

// The reasons of Synced.
const (
	// ReasonCaughtUp: the node is at the chain's tip, as far as its peers tell.
	ReasonCaughtUp = "CaughtUp"
	// ReasonCatchingUp: the node is behind its peers.
	ReasonCatchingUp = "CatchingUp"
	// ReasonUpgradeHalt: the node stopped for an upgrade that its image does not know.
	ReasonUpgradeHalt = "UpgradeHalt"
	// ReasonNoAnswer: the node or its agent does not answer.
	ReasonNoAnswer = "NoAnswer"
)

// The reasons of Ready.
const (
	// ReasonNodeReady: the pod is ready.
	ReasonNodeReady = "NodeReady"
	// ReasonInitializing: the init plan is under way.
	ReasonInitializing = "Initializing"
	// ReasonDataVolumeNotReady: the node waits for its claim.
	ReasonDataVolumeNotReady = "DataVolumeNotReady"
	// ReasonDataRefused: the agent refuses the volume; see condition DataInspected.
	ReasonDataRefused = "DataRefused"
	// ReasonPodNotReady: the pod does not exist or is not ready.
	ReasonPodNotReady = "PodNotReady"
	// ReasonPlanFailed: a task failed; see status.plan.failedTaskDetail.
	ReasonPlanFailed = "PlanFailed"
	// ReasonPaused: spec.paused is true.
	ReasonPaused = "Paused"
	// ReasonTerminating: the SeiNode is being deleted.
	ReasonTerminating = "Terminating"
)

// The reasons of NodeUpdateInProgress.
const (
	// ReasonUpdating: an update plan is under way.
	ReasonUpdating = "Updating"
	// ReasonUpToDate: the workload is what the spec says.
	ReasonUpToDate = "UpToDate"
	// ReasonNotStarted: there is no workload to update yet.
	ReasonNotStarted = "NotStarted"
)

const (
	// Finalizer keeps a SeiNode until its pod is gone and its created claim is dealt with.
	Finalizer = "sei.io/seinode"
	// AnnotationAcceptClaimUID on a SeiNode names the UID of a replaced claim that the user accepts as the node's data.
	AnnotationAcceptClaimUID = "sei.io/accept-claim-uid"
	// LabelNodeUID on a created claim and on a node's pods holds the UID of the SeiNode that they belong to. It outlives
	// the controller reference, which a retained claim must not carry.
	LabelNodeUID = "sei.io/node-uid"
	// LabelNode on everything made for a node holds its name.
	LabelNode = "sei.io/node"
	// LabelChain on everything made for a node holds its chain ID.
	LabelChain = "sei.io/chain"
	// LabelMode on everything made for a node holds its mode.
	LabelMode = "sei.io/mode"
	// AnnotationSpecHash on a Service, PodDisruptionBudget or StatefulSet holds a hash of what the operator wanted when it last applied it.
	AnnotationSpecHash = "sei.io/spec-hash"
)
