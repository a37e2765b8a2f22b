package v1alpha1

// The condition types of a SeiNode. Each carries observedGeneration and a reason from the lists below.
const (
	// ConditionReady is True while the node's pod is ready. It is the one to `kubectl wait` for.
	ConditionReady = "Ready"
	// ConditionImportPVCReady is True while the imported claim and its volume meet every requirement. It goes on
	// following them after the node runs, and is absent on nodes that import nothing.
	ConditionImportPVCReady = "ImportPVCReady"
	// ConditionDataInspected is True once the agent found nothing on the volume that speaks against starting seid on it.
	ConditionDataInspected = "DataInspected"
	// ConditionSynced is True while the node is not catching up, as it says itself. On a seed, which follows no chain, it is Unknown for good.
	ConditionSynced = "Synced"
	// ConditionNodeUpdateInProgress is True while a running node is brought to a changed spec.
	ConditionNodeUpdateInProgress = "NodeUpdateInProgress"
	// ConditionUpgradeReady is True while the node can take what upgrade the chain has planned, or none is, and no image of a listed one was found
	// not to run. It is absent until the chain was heard, or an image was tried in vain.
	ConditionUpgradeReady = "UpgradeReady"
	// ConditionExposed is True once peers are told the address at which the node is reached from outside. It is absent on nodes without spec.expose.
	ConditionExposed = "Exposed"
	// ConditionBootstrapped is True once the data of an empty volume has come, or was there. It is absent on nodes without spec.bootstrap.
	ConditionBootstrapped = "Bootstrapped"
	// ConditionPeered is True while the node has the connections that it needs. It is absent until that was heard.
	ConditionPeered = "Peered"
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
	// ReasonImportPVCOwnedElsewhere: something else controls the claim, and garbage collection deletes it with that. Terminal.
	ReasonImportPVCOwnedElsewhere = "PVCOwnedElsewhere"
	// ReasonImportVolumeAliased: another PersistentVolume, which a claim is bound to, is of the same disk or folder, or another SeiNode uses
	// a volume whose folder holds this one's, or lies in it. Terminal. It is a created claim's, too.
	ReasonImportVolumeAliased = "VolumeAliased"
	// ReasonImportVolumeAttachedElsewhere: the volume is attached to a machine where no pod is that could be seen, before the node ever had it
	// or since its pod came. Transient. It is a created claim's, too.
	ReasonImportVolumeAttachedElsewhere = "VolumeAttachedElsewhere"
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
	// ReasonNetworkPolicyNotOwned: a NetworkPolicy of the node's name exists and belongs to somebody else. Terminal.
	ReasonNetworkPolicyNotOwned = "NetworkPolicyNotOwned"
	// ReasonInvalidObject: the API server refused what the spec asks for. Tried again with growing pauses, and at once when
	// the spec changes.
	ReasonInvalidObject = "InvalidObject"
)

// ReasonSigningKeyInUse is that of a key which cannot be used, in status.plan and in Ready: another SeiNode or pod signs with the Secret.
// Transient.
const ReasonSigningKeyInUse = "SigningKeyInUse"

// The reasons of DataInspected: what the agent in the node's pod found on the volume before seid started. Package internal/agent/wire has
// them too, since the agent links nothing of Kubernetes; a test holds the two lists equal.
const (
	// ReasonInspected: nothing speaks against starting on the volume.
	ReasonInspected = "Inspected"
	// ReasonChainMismatch: the volume holds another chain.
	ReasonChainMismatch = "ChainMismatch"
	// ReasonRoleMismatch: the volume lacks what the mode needs, such as a state store.
	ReasonRoleMismatch = "RoleMismatch"
	// ReasonBackendUnsupported: a store is of a database that this node would not open.
	ReasonBackendUnsupported = "BackendUnsupported"
	// ReasonLayoutUnknown: there is something on the volume that is not proven to be a home of seid. It is never written to.
	ReasonLayoutUnknown = "LayoutUnknown"
	// ReasonNotUnderstood: something lies at a path of seid's and is not what seid has there: a link that leads nowhere, a pipe, a file that is
	// cut off. It is not taken for missing.
	ReasonNotUnderstood = "NotUnderstood"
	// ReasonDataIncomplete: what lies there is part of a home: blocks without state, state without blocks, a copy that broke off.
	ReasonDataIncomplete = "DataIncomplete"
	// ReasonSettingUnsupported: a file on the volume has a setting that this node cannot run with, such as a database somewhere else.
	ReasonSettingUnsupported = "SettingUnsupported"
	// ReasonSignStateMissing: there is a validator's key and no sign state of it: it would sign from zero.
	ReasonSignStateMissing = "SignStateMissing"
	// ReasonSignStateOutdated: the sign state says less than what lies beside it: the validator would sign again what it has signed.
	ReasonSignStateOutdated = "SignStateOutdated"
	// ReasonSignStateRegressed: the sign state says less than what the operator knows that the key has signed.
	ReasonSignStateRegressed = "SignStateRegressed"
	// ReasonBootstrapRequired: the volume is empty, and the chain cannot be followed from its genesis.
	ReasonBootstrapRequired = "BootstrapRequired"
	// ReasonUpgradePassed: the data has an upgrade that spec.upgrades lists, and the pod is of the image before it. seid did not open it.
	ReasonUpgradePassed = "UpgradePassed"
	// ReasonKeyNotReserved: the operator has not reserved the key for this node yet, or has reserved another. Nothing is signed before.
	ReasonKeyNotReserved = "KeyNotReserved"
	// ReasonConsensusKeyMissing: a validator's volume has data and no key, and no Secret names one: seid would make a new key
	// and reset the sign state.
	ReasonConsensusKeyMissing = "ConsensusKeyMissing"
	// ReasonKeyUnreachable: config.toml lacks the settings that point seid at its keys, so that it would sign with what lies on
	// the volume.
	ReasonKeyUnreachable = "KeyUnreachable"
	// ReasonWasmMissing: the data names contracts whose code, in wasm/, is not there.
	ReasonWasmMissing = "WasmMissing"
	// ReasonUnreadable: the volume could not be read, for example because its files belong to another user. It is also the reason of a
	// condition whose reason is none.
	ReasonUnreadable = "Unreadable"
)

// The reasons of Synced.
const (
	// ReasonCaughtUp: the node is at the chain's tip, as far as its peers tell.
	ReasonCaughtUp = "CaughtUp"
	// ReasonCatchingUp: the node is behind its peers.
	ReasonCatchingUp = "CatchingUp"
	// ReasonUpgradeHalt: the node stopped for an upgrade that its image does not know. It is a reason of Ready, too.
	ReasonUpgradeHalt = "UpgradeHalt"
	// ReasonHaltHeight: seid is kept stopped at spec.haltHeight. It is a reason of Ready, too.
	ReasonHaltHeight = "HaltHeight"
	// ReasonNoAnswer: the node or its agent does not answer.
	ReasonNoAnswer = "NoAnswer"
	// ReasonNotApplicable: the node is a seed, which follows no chain. The condition is Unknown; wait for Ready.
	ReasonNotApplicable = "NotApplicable"
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
	// ReasonAwaitingPeers: the node's first start waits, for two minutes at the most, for the node ID of a SeiNode that it is to be connected to.
	ReasonAwaitingPeers = "AwaitingPeers"
	// ReasonNodeKeyInUse: an older SeiNode has the same node key: of two nodes with one ID, peers see one.
	ReasonNodeKeyInUse = "NodeKeyInUse"
	// ReasonPodNotReady: the pod is starting or terminating, or seid in it is not healthy; the message has the agent's own words.
	ReasonPodNotReady = "PodNotReady"
	// ReasonPodNotCreated: the StatefulSet's controller cannot make the pod, for example because of a quota.
	ReasonPodNotCreated = "PodNotCreated"
	// ReasonPodNotScheduled: no machine takes the pod; the message has the scheduler's words.
	ReasonPodNotScheduled = "PodNotScheduled"
	// ReasonMachineUnreachable: nothing was heard of the pod's machine for a minute, and no other pod starts while that one may still run.
	ReasonMachineUnreachable = "MachineUnreachable"
	// ReasonMountFailed: the kubelet cannot mount one of the pod's volumes, a Secret or a ConfigMap that does not exist among them.
	ReasonMountFailed = "MountFailed"
	// ReasonPrepareRefused: the agent does not prepare the volume; nothing that was there was changed.
	ReasonPrepareRefused = "PrepareRefused"
	// ReasonBootstrapping: the data of an empty volume is on its way; see condition Bootstrapped.
	ReasonBootstrapping = "Bootstrapping"
	// ReasonBootstrapFailed: the data of an empty volume does not come; the message has the reason of condition Bootstrapped.
	ReasonBootstrapFailed = "BootstrapFailed"
	// ReasonContainerFailed: a container beside seid ended, or any does not start; the message has its exit code and its last words.
	ReasonContainerFailed = "ContainerFailed"
	// ReasonCrashed: seid ended, for none of the reasons that are known by name; the message has its exit code and its last words.
	ReasonCrashed = "Crashed"
	// ReasonStopped: seid ended in order: it was asked to, or has come to a block or a time at which it is to stop, other than spec.haltHeight.
	ReasonStopped = "Stopped"
	// ReasonOOMKilled: seid took more memory than it may.
	ReasonOOMKilled = "OOMKilled"
	// ReasonBinaryTooNew: seid has an upgrade that the chain has not reached, and does not run before it does.
	ReasonBinaryTooNew = "BinaryTooNew"
	// ReasonBinaryTooOld: the data has an upgrade that seid does not know.
	ReasonBinaryTooOld = "BinaryTooOld"
	// ReasonAppHashMismatch: the state on the volume is not the one that the chain has at that block.
	ReasonAppHashMismatch = "AppHashMismatch"
	// ReasonDataLocked: another process has the databases open.
	ReasonDataLocked = "DataLocked"
	// ReasonDiskFull: the volume has no space left.
	ReasonDiskFull = "DiskFull"
	// ReasonStateSyncFailed: seid found or took no snapshot from its peers.
	ReasonStateSyncFailed = "StateSyncFailed"
	// ReasonWrongGenesis: genesis, data and spec.chainId are of different chains.
	ReasonWrongGenesis = "WrongGenesis"
	// ReasonPlanFailed: a task failed; see status.plan.failedTaskDetail.
	ReasonPlanFailed = "PlanFailed"
	// ReasonUpgradeSnapshot: seid stopped for an upgrade of the chain, and the node waits for the snapshot that spec.upgradePolicy asks for.
	ReasonUpgradeSnapshot = "UpgradeSnapshot"
	// ReasonPaused: spec.paused is true.
	ReasonPaused = "Paused"
	// ReasonManagedElsewhere: another operator has the SeiNode, by its finalizer, and nothing of it is looked at or touched. The condition is Unknown.
	ReasonManagedElsewhere = "ManagedElsewhere"
	// ReasonTerminating: the SeiNode is being deleted.
	ReasonTerminating = "Terminating"
)

// The reasons of NodeUpdateInProgress.
const (
	// ReasonUpdating: an update plan is under way. It is the reason of Ready, too, while the pod is of an older spec.
	ReasonUpdating = "Updating"
	// ReasonBlocked: something differs from the spec and cannot be put right; Ready has the reason.
	ReasonBlocked = "Blocked"
	// ReasonRolloutPending: a newer operator's pod template, or a changed platform default, waits for the next change of the spec.
	ReasonRolloutPending = "RolloutPending"
	// ReasonInvalidAnnotation: annotation AnnotationRollout has a value that means nothing.
	ReasonInvalidAnnotation = "InvalidAnnotation"
	// ReasonUpToDate: the workload is what the spec says.
	ReasonUpToDate = "UpToDate"
	// ReasonNotStarted: there is no workload to update yet.
	ReasonNotStarted = "NotStarted"
)

// The reasons of UpgradeReady.
const (
	// ReasonNotPlanned: the chain has no upgrade planned.
	ReasonNotPlanned = "NotPlanned"
	// ReasonImageListed: spec.upgrades names an image for the upgrade that is planned.
	ReasonImageListed = "ImageListed"
	// ReasonImageMissing: spec.upgrades does not list the upgrade that is planned.
	ReasonImageMissing = "ImageMissing"
	// ReasonHeightMismatch: spec.upgrades has the upgrade that is planned at another height.
	ReasonHeightMismatch = "HeightMismatch"
	// ReasonUpgradeNotMinor: spec.upgrades lists the upgrade that is planned to be taken early, and the chain does not call it minor.
	ReasonUpgradeNotMinor = "UpgradeNotMinor"
	// ReasonPrePulled: the image of the upgrade that is planned was pulled and ran on the machine of the node's pod.
	ReasonPrePulled = "PrePulled"
	// ReasonImagePullFailed: the image of a listed upgrade cannot be pulled there, or does not run.
	ReasonImagePullFailed = "ImagePullFailed"
)

// The reasons of Exposed.
const (
	// ReasonAdvertised: peers are told the address.
	ReasonAdvertised = "Advertised"
	// ReasonAddressPending: the address is not known yet, or the pod is to be replaced for it.
	ReasonAddressPending = "AddressPending"
	// ReasonAddressUnresolvable: the name does not resolve.
	ReasonAddressUnresolvable = "AddressUnresolvable"
	// ReasonNoExternalAddress: the machine of the pod has no external address, or nobody may look.
	ReasonNoExternalAddress = "NoExternalAddress"
	// ReasonExternalAddressChanged: the address is another one than peers are told.
	ReasonExternalAddressChanged = "ExternalAddressChanged"
)

// The reasons of Peered.
const (
	// ReasonConnected: seid has two connections at least, as it needs to catch up and to state sync.
	ReasonConnected = "Connected"
	// ReasonNoPeers: seid has no connection.
	ReasonNoPeers = "NoPeers"
	// ReasonTooFew: seid has one connection.
	ReasonTooFew = "TooFew"
	// ReasonIDMismatch: spec.peers.static names a SeiNode of the namespace by an ID that it does not have.
	ReasonIDMismatch = "IDMismatch"
)

// The reasons of Bootstrapped.
const (
	// ReasonRestored: the archive's data is on the volume, whole, and fits the node.
	ReasonRestored = "Restored"
	// ReasonNotNeeded: the volume holds chain data already.
	ReasonNotNeeded = "NotNeeded"
	// ReasonDownloading: the archive is being fetched; status.bootstrap says how far it is.
	ReasonDownloading = "Downloading"
	// ReasonArchiveNotFound: the server does not have the archive, or does not give it.
	ReasonArchiveNotFound = "ArchiveNotFound"
	// ReasonArchiveDamaged: the archive does not decompress, or breaks off.
	ReasonArchiveDamaged = "ArchiveDamaged"
	// ReasonNoMemory: the archive takes more memory to decompress than the container may use.
	ReasonNoMemory = "NoMemory"
	// ReasonRestoreFailed: the volume could not be written to.
	ReasonRestoreFailed = "RestoreFailed"
	// ReasonChecksumMismatch: the archive is not the one that spec.bootstrap.archive.sha256 names.
	ReasonChecksumMismatch = "ChecksumMismatch"
	// ReasonArchiveLayoutUnknown: nothing in the archive is known to be a node's data.
	ReasonArchiveLayoutUnknown = "ArchiveLayoutUnknown"
	// ReasonArchiveRefused: the archive has an entry that is never extracted, such as one that leaves its folder.
	ReasonArchiveRefused = "ArchiveRefused"
	// ReasonNoSpace: the volume has no room for what the archive holds.
	ReasonNoSpace = "NoSpace"
	// ReasonStalled: nothing came for a while, or a state sync failed five times; it is tried on.
	ReasonStalled = "Stalled"
	// ReasonWitnessUnreachable: fewer than two of the servers answer that the chain is to be trusted by.
	ReasonWitnessUnreachable = "WitnessUnreachable"
	// ReasonWitnessDisagreement: the servers have different blocks at one height. Nothing is trusted.
	ReasonWitnessDisagreement = "WitnessDisagreement"
	// ReasonWitnessRepeated: two of the servers are one node: one voice.
	ReasonWitnessRepeated = "WitnessRepeated"
	// ReasonWitnessTooOld: a server is behind the chain, or does not have the block to trust any more.
	ReasonWitnessTooOld = "WitnessTooOld"
	// ReasonWrongChain: a server follows another chain.
	ReasonWrongChain = "WrongChain"
	// ReasonWaitingForPeers: seid has fewer than the two peers that it begins a state sync with.
	ReasonWaitingForPeers = "WaitingForPeers"
	// ReasonNoSnapshots: none of the peers has offered a snapshot yet.
	ReasonNoSnapshots = "NoSnapshots"
	// ReasonSyncing: a snapshot is being fetched and applied; status.bootstrap says how far it is.
	ReasonSyncing = "Syncing"
	// ReasonStateSynced: the state has come, and the node goes on from it.
	ReasonStateSynced = "StateSynced"
	// ReasonWrongFork: the servers have another block than the node at the height that it began with.
	ReasonWrongFork = "WrongFork"
)

// The reasons of a volume that begins as a copy, which Bootstrapped has besides; no agent gives them.
const (
	// ReasonSourceNotReady: what the volume is to begin as a copy of is not there, or not ready; it is waited for.
	ReasonSourceNotReady = "SourceNotReady"
	// ReasonDriverMismatch: the driver of what is to be copied is not that of the volume that is made.
	ReasonDriverMismatch = "DriverMismatch"
	// ReasonCopying: the volume is being made as a copy.
	ReasonCopying = "Copying"
	// ReasonSourceEmpty: the volume began as a copy, and holds nothing.
	ReasonSourceEmpty = "SourceEmpty"
)
