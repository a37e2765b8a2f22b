package serve

import (
	"strings"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestTooFewConnectionsAreToldOnceTheyLast: enough at once, and nothing that goes back and forth.
func TestTooFewConnectionsAreToldOnceTheyLast(t *testing.T) {
	for name, test := range map[string]struct {
		// peers are those of each second.
		peers string
		want  wire.Connected
		// changes is how often something else was told.
		changes int
	}{
		"it has just begun":                {"0", "", 0},
		"none for a while":                 {strings.Repeat("0", 30), "", 0},
		"none, which lasts":                {strings.Repeat("0", 31), wire.ConnectedToNone, 1},
		"one, which lasts":                 {strings.Repeat("1", 31), wire.ConnectedToOne, 1},
		"enough":                           {"002", wire.ConnectedToMany, 1},
		"more":                             {"9", wire.ConnectedToMany, 1},
		"lost for a while":                 {"2" + strings.Repeat("0", 29), wire.ConnectedToMany, 1},
		"lost":                             {"2" + strings.Repeat("0", 31), wire.ConnectedToNone, 2},
		"lost and found":                   {"2" + strings.Repeat("0", 31) + "3", wire.ConnectedToMany, 3},
		"back and forth":                   {strings.Repeat("2"+strings.Repeat("0", 20), 20), wire.ConnectedToMany, 1},
		"none or one":                      {"2" + strings.Repeat("01", 100), wire.ConnectedToOne, 2},
		"none, then one, which lasts":      {strings.Repeat("0", 31) + strings.Repeat("1", 31), wire.ConnectedToOne, 2},
		"none, then one, which has no end": {strings.Repeat("0", 31) + strings.Repeat("1", 30), wire.ConnectedToNone, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var c connections
			now, told, changes := time.Unix(1e9, 0), wire.Connected(""), 0
			for _, peers := range test.peers {
				before := told
				told = c.look(int(peers-'0'), now)
				if told != before {
					changes++
				}
				now = now.Add(time.Second)
			}
			if told != test.want || changes != test.changes {
				t.Errorf("told %q after %d changes", told, changes)
			}
		})
	}
}
