package node

import "testing"

func TestBlockSyncIsOverWithTwoPeers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		syncs           bool
		peers           int
		height, highest int64
		over            bool
	}{
		"two peers, at the tip":         {false, 2, 100, 100, true},
		"two peers, a block behind":     {false, 2, 99, 100, true},
		"two peers, two blocks behind":  {false, 2, 98, 100, false},
		"two peers, the engine syncs":   {true, 2, 100, 100, false},
		"one peer, at the tip":          {false, 1, 100, 100, false},
		"no peer, nobody says a height": {false, 0, 100, 0, false},
	} {
		var sync blockSync
		sync.look(test.syncs, test.peers, test.height, test.highest)
		if sync.over.Load() != test.over {
			t.Errorf("%s: over is %t", name, sync.over.Load())
		}
	}
}

func TestBlockSyncStaysOver(t *testing.T) {
	t.Parallel()
	var sync blockSync
	sync.look(false, 2, 100, 100)
	sync.look(false, 0, 100, 200)
	if !sync.over.Load() {
		t.Error("a node that lost its peers catches up again")
	}
}
