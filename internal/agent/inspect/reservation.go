package inspect

import (
	"fmt"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// awaitsReservation says whether the operator has to say something before the node may sign.
func (f facts) awaitsReservation() bool {
	return f.signs() && f.node.Reservation != "" && f.signing.address != ""
}

// hasNotRegressed: a volume that was restored from an older copy would have its validator sign again what it signed since.
func hasNotRegressed(f facts) *defect {
	if !f.awaitsReservation() {
		return nil
	}
	reserved := volume.Reservation(f.node.Reservation)
	if reserved == nil || reserved.KeyAddress != f.signing.address {
		return nil
	}
	var state wire.Signed
	if f.signing.state != nil {
		state = *f.signing.state
	}
	if !state.Before(reserved.Signed) {
		return nil
	}
	known := reserved.Signed
	return &defect{reason: wire.ReasonSignStateRegressed, always: true, message: fmt.Sprintf(
		"%s: height %d, round %d, step %d; key %s is known to have signed height %d, round %d, step %d: it would sign again what it has signed, which is slashed. "+
			"Restore data/%s from where the validator ran last; if that is lost, write one of a height above to it, from which on the key signs again",
		f.saysOfRegressed(), state.Height, state.Round, state.Step, reserved.KeyAddress, known.Height, known.Round, known.Step, seid.SignStateFile)}
}

func (f facts) saysOfRegressed() string {
	if f.signing.state == nil {
		return "the volume has no sign state"
	}
	return "data/" + seid.SignStateFile + " on the volume is older than what the key signed"
}

// isReserved comes last: the operator reserves a key for a node on whose volume nothing else is wrong.
func isReserved(f facts) *defect {
	if !f.awaitsReservation() {
		return nil
	}
	reserved := volume.Reservation(f.node.Reservation)
	if reserved != nil && reserved.KeyAddress == f.signing.address {
		return nil
	}
	found := "no key is reserved for this node yet"
	if reserved != nil {
		found = fmt.Sprintf("key %q is reserved for this node", reserved.KeyAddress)
	}
	return &defect{reason: wire.ReasonKeyNotReserved, always: true, message: fmt.Sprintf(
		"%s, and the validator would sign with key %s; wanted a reservation of that key, which the operator makes once no other node signs with it", found, f.signing.address)}
}
