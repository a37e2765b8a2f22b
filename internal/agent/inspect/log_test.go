package inspect

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestTheLogOfARealConsensus: testdata/cs.wal is the end of the log of a validator that ran alone on CometBFT v1 and was stopped after
// height 48; it begins in the middle of a record.
func TestTheLogOfARealConsensus(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "cs.wal"))
	if err != nil {
		t.Fatal(err)
	}
	found := log{votes: map[string]wire.Signed{}}
	found.scan(content)
	want := log{ended: 48, begun: 49, votes: map[string]wire.Signed{"7A6A51A7F12C600A191DF5A857CCF10B5DE3DF18": {Height: 48, Step: 3}}}
	if diff := cmp.Diff(want, found, cmp.AllowUnexported(log{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzLog: whatever lies there, the end of it is reached.
func FuzzLog(f *testing.F) {
	content, err := os.ReadFile(filepath.Join("testdata", "cs.wal"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 8})
	f.Fuzz(func(t *testing.T, content []byte) {
		found := log{votes: map[string]wire.Signed{}}
		found.scan(content)
		found.take(content)
		if found.ended < 0 || found.begun < 0 {
			t.Errorf("heights %d, %d", found.ended, found.begun)
		}
	})
}
