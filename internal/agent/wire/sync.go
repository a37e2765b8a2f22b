package wire

// The reasons of a state sync, beside those of a restore that it shares: Stalled, NotNeeded and RestoreFailed.
const (
	// ReasonWitnessUnreachable: fewer than two of the servers answer that a block is to be trusted by.
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
	// ReasonSyncing: a snapshot is being fetched and applied.
	ReasonSyncing = "Syncing"
	// ReasonStateSynced: the state has come, and the node goes on from it.
	ReasonStateSynced = "StateSynced"
	// ReasonWrongFork: the servers have another block than the node at the height that it began with.
	ReasonWrongFork = "WrongFork"
)
