package inspect_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestAnImageFromBeforeTheDataDoesNotOpenIt, before seid's first start: the home on the volume is of height 1200. Nobody can wave that through.
func TestAnImageFromBeforeTheDataDoesNotOpenIt(t *testing.T) {
	begun := filepath.Join(t.TempDir(), "begun")
	if err := os.Symlink("nowhere", begun); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		volume  tree
		until   int64
		begun   string
		refused bool
	}{
		"for any height":            {fullHome(), 0, "", false},
		"the data is below":         {fullHome(), 1201, "", false},
		"the data is at the height": {fullHome(), 1200, "", true},
		"the data is above":         {fullHome(), 700, "", true},
		"nothing has begun":         {fullHome(), 700, begun + "not", true},
		"seid has begun":            {fullHome(), 700, begun, false},
		"the volume is empty":       {tree{}, 1, "", false},
	} {
		o := node("fullNode")
		o.ImageUntil, o.Begun, o.Warn = test.until, test.begun, true
		found := look(t, test.volume, o)
		if found.Refused != test.refused || test.refused && found.Reason != wire.ReasonUpgradePassed {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
