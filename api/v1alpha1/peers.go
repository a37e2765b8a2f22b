package v1alpha1

import (
	"bytes"
	"encoding/json"
)

// UnmarshalJSON reads the list of former versions, too, as static: one object that nobody has converted yet must not keep the operator from
// reading all the others.
func (p *PeersSpec) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return json.Unmarshal(text, &p.Static)
	}
	type plain PeersSpec
	return json.Unmarshal(text, (*plain)(p))
}

// StaticPeers are the peers that the spec names by their address.
func (n *SeiNode) StaticPeers() []string {
	if n.Spec.Peers == nil {
		return nil
	}
	return n.Spec.Peers.Static
}

// SeedPeers are the seeds that the spec names, none where the volume's configuration counts.
func (n *SeiNode) SeedPeers() []string {
	if n.Spec.Peers == nil {
		return nil
	}
	return n.Spec.Peers.Seeds
}
