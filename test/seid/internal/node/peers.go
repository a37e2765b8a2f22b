package node

import (
	"strings"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/types"
)

// redialInterval is how often missing peers are looked up anew.
const redialInterval = 3 * time.Second

// redial dials missing peers by name. CometBFT resolves a name once, at its
// start; the real node resolves at each dial, and in a cluster a peer's name
// appears after us and changes its address with each restart. Bootstrap peers
// are dialled here too: as CometBFT's seeds, they would stop a new node from
// starting while none of their names resolves.
func (n *Node) redial() {
	peers := n.configuredPeers()
	tick := time.NewTicker(redialInterval)
	defer tick.Stop()
	for len(peers) > 0 {
		n.dialMissing(peers)
		select {
		case <-n.engine.Quit():
			return
		case <-tick.C:
		}
	}
}

func (n *Node) configuredPeers() []string {
	peers := splitPeers(n.settings.String("p2p.persistent-peers"))
	return append(peers, splitPeers(n.settings.String("p2p.bootstrap-peers"))...)
}

func (n *Node) dialMissing(peers []string) {
	for _, peer := range peers {
		id, _, _ := strings.Cut(peer, "@")
		if n.engine.Switch().Peers().Has(p2p.ID(id)) {
			continue
		}
		if addr, err := p2p.NewNetAddressString(peer); err == nil {
			go func() { _ = n.engine.Switch().DialPeerWithAddress(addr) }()
		}
	}
}

// maxPeerHeight is the highest block that any peer has committed, 0 with no
// peers. Peers tell the height they are working on, which is one more.
func (n *Node) maxPeerHeight() int64 {
	highest := int64(0)
	n.engine.Switch().Peers().ForEach(func(peer p2p.Peer) {
		state, ok := peer.Get(types.PeerStateKey).(interface{ GetHeight() int64 })
		if ok {
			highest = max(highest, state.GetHeight()-1)
		}
	})
	return highest
}
