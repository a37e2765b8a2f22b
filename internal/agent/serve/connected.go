package serve

import (
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// settle is how long a node has to have too few connections before that is told: one that is made anew is no news.
const settle = 30 * time.Second

// connections remembers how many connections there were.
type connections struct {
	// told is what was last told; seen is what was last seen, and since when; many is when there were enough.
	told, seen  wire.Connected
	since, many time.Time
}

// look says what is to be told. Enough is told at once, and less once it has lasted: what goes back and forth is told as what it was first.
func (c *connections) look(peers int, now time.Time) wire.Connected {
	class := classOf(peers)
	if class != c.seen {
		c.seen, c.since = class, now
	}
	if class == wire.ConnectedToMany || c.many.IsZero() { // or seid has just begun to answer
		c.many = now
	}
	fell := c.told == "" || c.told == wire.ConnectedToMany
	if class == wire.ConnectedToMany || now.Sub(c.since) >= settle || fell && now.Sub(c.many) >= settle {
		c.told = class
	}
	return c.told
}

func classOf(peers int) wire.Connected {
	switch {
	case peers >= peersToCatchUp:
		return wire.ConnectedToMany
	case peers > 0:
		return wire.ConnectedToOne
	}
	return wire.ConnectedToNone
}
