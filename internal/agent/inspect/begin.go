package inspect

import (
	"fmt"
	"slices"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// holdsWhatWasCopied: a driver that knows nothing of copies makes an empty volume without a word, and a node that is to go on from data does not begin from nothing.
func holdsWhatWasCopied(f facts) *defect {
	if f.found.Layout != wire.LayoutEmpty || f.node.CopyOf == "" {
		return nil
	}
	return &defect{reason: wire.ReasonBootstrapRequired, always: true, message: fmt.Sprintf(
		"the volume is empty, and was to begin as a copy of %s; wanted a node's data: that one held none, or the volume's driver copies nothing; create another SeiNode, "+
			"of another source or another StorageClass", f.node.CopyOf)}
}

// hasItsState: half of a state looks like a home, and seid would begin from the genesis beside it. Nobody but the one who fetches it knows what it is.
func hasItsState(f facts) *defect {
	if !f.half || f.syncing {
		return nil
	}
	return &defect{reason: wire.ReasonDataIncomplete, always: true, message: "a state sync began on the volume, and its state has not come: there is none, or half of one; " +
		"put spec.bootstrap.stateSync back, where this SeiNode had it, or create another SeiNode, with another volume and another source"}
}

// hasWhatToBeginWith: the public chains cannot be followed from their genesis with a current seid, which panics some blocks later, again and again.
func hasWhatToBeginWith(f facts) *defect {
	if f.found.Layout != wire.LayoutEmpty || f.node.Bootstrap || f.node.Mode == seed || f.sets("statesync.enable") || !slices.Contains(seid.PublicChains, f.node.ChainID) {
		return nil
	}
	return &defect{reason: wire.ReasonBootstrapRequired, message: fmt.Sprintf(
		"the volume is empty, and chain %q cannot be followed from its genesis with a current seid; wanted data: %s", f.node.ChainID, f.waysToBegin())}
}

// waysToBegin are those that admission takes for the mode. The last ones are of another SeiNode: they are immutable.
func (f facts) waysToBegin() string {
	switch f.node.Mode {
	case archive:
		return "name a published archive with all of the history in spec.bootstrap.archive, with acceptFullHistory: true, or create another SeiNode with spec.bootstrap.volumeSnapshot or claim " +
			"of an archive, or with its volume in spec.dataVolume.import"
	case validator:
		return "create another SeiNode with the validator's volume in spec.dataVolume.import; for a key that never signed (spec.validator.signingKey with signState: Fresh), or with a remote signer, " +
			"name a published archive in spec.bootstrap.archive"
	}
	return "name servers to trust in spec.bootstrap.stateSync, or a published archive in spec.bootstrap.archive, or create another SeiNode with spec.bootstrap.volumeSnapshot or claim of a " +
		"full node, or with a volume that has data in spec.dataVolume.import"
}
