package run

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seinode/seinode-operator/internal/seid"
)

// TestABlockThatWasNotAppliedIsNoBlockOfTheVolumes: the log of a real consensus, of which the last two records say that height 48 ended, and that 49 began.
// Where the first is the last, 48 may be a block that seid panicked in.
func TestABlockThatWasNotAppliedIsNoBlockOfTheVolumes(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "inspect", "testdata", "cs.wal"))
	must(t, err)
	const lastRecord = 8 + 40
	for name, test := range map[string]struct {
		log  []byte
		at   int
		kept bool
	}{
		"49 began":    {content, 48, true},
		"48 ended":    {content[:len(content)-lastRecord], 48, false},
		"47 has been": {content[:len(content)-lastRecord], 47, true},
		"of 49":       {content, 49, false},
	} {
		volume := home(t)
		must(t, os.MkdirAll(filepath.Join(volume, seid.WAL.Path), 0o755))
		must(t, os.WriteFile(filepath.Join(volume, seid.WAL.Path, "wal"), test.log, 0o600))
		w := beginAt(t, test.at, volume, "", "echo started >&2; exit 3")
		if test.kept {
			w.says(fmt.Sprintf("is to stop at block %d, and the volume has block", test.at))
			w.endsInOrder()
		} else if code, last := w.code(); code != 3 || last != "started" {
			t.Errorf("%s: exit code %d, %q", name, code, last)
		}
	}
}
