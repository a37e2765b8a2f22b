package node

import (
	"net/http"
	"strings"

	"github.com/cometbft/cometbft/p2p"
)

// netInfo is /net_info of v6.6.2. n_peers and peers are the addresses that the node knows and could dial, whether it is connected to
// them or not; an inbound connection has none. Who is connected is in peer_connections. Numbers are strings, and an empty list is null.
type netInfo struct {
	Listening   bool         `json:"listening"`
	Listeners   []string     `json:"listeners"`
	NPeers      int64        `json:"n_peers"`
	Peers       []peer       `json:"peers"`
	Connections []connection `json:"peer_connections"`
}

type peer struct {
	ID  string `json:"node_id"`
	URL string `json:"url"`
}

type connection struct {
	ID    string `json:"node_id"`
	State string `json:"state"`
	Score int64  `json:"score"`
}

func (n *Node) netInfo(*http.Request) (any, error) {
	info := netInfo{Listening: n.engine.IsListening(), Listeners: n.engine.Listeners(), Peers: n.known()}
	n.engine.Switch().Peers().ForEach(func(p p2p.Peer) {
		info.Connections = append(info.Connections, connection{ID: string(p.ID()), State: "ready,connected", Score: 100})
	})
	info.NPeers = int64(len(info.Peers))
	return info, nil
}

// known are the configured addresses, and those that were dialled besides.
func (n *Node) known() []peer {
	var known []peer
	seen := map[string]bool{}
	add := func(id, address string) {
		if !seen[id] {
			seen[id] = true
			known = append(known, peer{ID: id, URL: "mconn://" + id + "@" + address})
		}
	}
	for _, configured := range n.configuredPeers() {
		id, address, _ := strings.Cut(configured, "@")
		add(id, address)
	}
	n.engine.Switch().Peers().ForEach(func(p p2p.Peer) {
		if p.IsOutbound() {
			add(string(p.ID()), p.SocketAddr().DialString())
		}
	})
	return known
}
