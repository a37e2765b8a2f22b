package task

import (
	"cmp"
	"encoding/json"
	"regexp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Signer is the key that a validator signs with, or would if it were let.
type Signer struct {
	// Address is its public key's: 40 upper-case hexadecimal digits; "" while nobody said.
	Address string
	// Signed is the last thing that it is known to have signed; nil for nothing.
	Signed *wire.Signed
}

// address is that of a public key, as CometBFT writes it.
var address = regexp.MustCompile(`^[0-9A-F]{40}$`)

// SignerOf is the key of a validator's pod: what seid says of itself, else what inspect found before it. The empty Signer stands for every
// other node.
func SignerOf(node *seiv1alpha1.SeiNode, found *wire.Inspection, said wire.NodeStatus) Signer {
	signer := Signer{Address: said.KeyAddress, Signed: said.Signed}
	if found != nil {
		signer = Signer{Address: cmp.Or(said.KeyAddress, found.KeyAddress), Signed: cmp.Or(said.Signed, found.Signed)}
	}
	if node.Mode() != seiv1alpha1.ModeValidator || !address.MatchString(signer.Address) {
		return Signer{}
	}
	return signer
}

// signsWith is the key that the node holds, with the most that it is known to have signed: noted at each start and stop, and every so many
// blocks in between.
func (s *Scope) signsWith() *seiv1alpha1.SigningStatus {
	shown, seen := s.Node.Status.Signing, s.Signer
	switch {
	case s.Node.Mode() != seiv1alpha1.ModeValidator:
		return nil
	case seen.Address == "" || !s.holds(reserve.Key(s.Node.Spec.ChainID, seen.Address)):
		return shown
	case shown == nil || shown.KeyAddress != seen.Address:
		return &seiv1alpha1.SigningStatus{KeyAddress: seen.Address, Signed: place(later(seen.Signed, s.floor))}
	case seen.Signed == nil || !s.notes(shown.Signed, *seen.Signed):
		return shown
	}
	return &seiv1alpha1.SigningStatus{KeyAddress: shown.KeyAddress, Signed: place(seen.Signed)}
}

// later is the later of two places, nil where neither is known.
func later(a, b *wire.Signed) *wire.Signed {
	if a == nil || b != nil && a.Before(*b) {
		return b
	}
	return a
}

// IsNewKey says whether a thing is the key of the node's pod and another than the node is known to sign with: what its Lease says of it is to be read.
func IsNewKey(node *seiv1alpha1.SeiNode, thing reserve.Thing, signer Signer) bool {
	return thing.IsKey() && (node.Status.Signing == nil || node.Status.Signing.KeyAddress != signer.Address)
}

// signsUnreserved says whether the pod that runs signs with another key than it was told it may, which another node holds: somebody changed the
// key on the volume under it, or the Secret of a pod that a former operator made, and seid started again. Nothing but stopping it keeps the two from
// signing one height.
func (s *Scope) signsUnreserved() bool {
	found := s.Inspection
	return found != nil && !found.Refused && !s.Signing.OK() && s.Signer.Address != "" && found.KeyAddress != "" && s.Signer.Address != found.KeyAddress
}

// notes says whether what was signed is to be noted: more than is known, and either much more, or the last that is heard of it.
func (s *Scope) notes(known *seiv1alpha1.SignedStatus, signed wire.Signed) bool {
	before := Place(known)
	stops := s.Replicas == 0 || s.Pod != nil && s.Pod.DeletionTimestamp != nil
	return before.Before(signed) && (stops || known == nil || signed.Height >= before.Height+wire.SignedStep)
}

// holds says whether the node holds a thing, or comes to hold it in this reconcile.
func (s *Scope) holds(thing reserve.Thing) bool {
	for _, wanted := range s.Reservations {
		if wanted.Thing == thing {
			return true
		}
	}
	for _, facts := range s.Reserved {
		if facts.Thing == thing {
			return false // another holds it, whatever the status says
		}
	}
	return s.Unreserved == nil && s.Node.Holds(s.Namespace, thing.Lease())
}

func place(signed *wire.Signed) *seiv1alpha1.SignedStatus {
	if signed == nil || *signed == (wire.Signed{}) {
		return nil
	}
	return &seiv1alpha1.SignedStatus{Height: signed.Height, Round: signed.Round, Step: int32(signed.Step)}
}

// Place is a place in the status as the agent writes it: zero where there is none.
func Place(shown *seiv1alpha1.SignedStatus) wire.Signed {
	if shown == nil {
		return wire.Signed{}
	}
	return wire.Signed{Height: shown.Height, Round: shown.Round, Step: int8(shown.Step)} //nolint:gosec // 1 to 3
}

// reservation is what inspect is told, as JSON; "" for a node that holds no key.
func (s *Scope) reservation() string {
	if s.SignsWith == nil {
		return ""
	}
	text, err := json.Marshal(wire.Reservation{KeyAddress: s.SignsWith.KeyAddress, Signed: Place(s.SignsWith.Signed)})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(text)
}

// Retry has a pod made again that was told what does not hold any more: a pod is told when it is made. That is one which was made before its key was
// reserved, and one in which seid has not begun and which does not know from which height on the data is not for its image. It is nil for any other pod.
func Retry(s *Scope) *write.Write {
	if s.Pod == nil || !s.Start.OK() || s.Pod.DeletionTimestamp != nil || s.Set == nil || !workload.Observed(s.Set) || !s.mistold() {
		return nil
	}
	return write.Delete("Pod", s.Pod)
}

// mistold says whether the next pod would be told otherwise, and this one suffers from it.
func (s *Scope) mistold() bool {
	template, found, key := &s.Set.Spec.Template, s.Inspection, s.Signer.Address
	switch {
	case workload.AsksForImage(s.Pod) && (found == nil || found.Refused) && workload.ImageUntil(s.Pod) != workload.ImageUntil(template):
		return true
	case found == nil:
		return false
	}
	return s.lacksKey() && key != "" && workload.ReservedKey(template) == key && workload.ReservedKey(s.Pod) != key
}

// lacksKey says whether a key was not reserved when the pod was made. One that inspect keeps from signing never ran seid. One that began with a new
// key runs, and would not start again by itself, on a machine that was restarted while there is no operator.
func (s *Scope) lacksKey() bool {
	found := s.Inspection
	return found.Refused && found.Reason == wire.ReasonKeyNotReserved || !found.Refused && found.Asks && found.KeyAddress == ""
}
