package prepare_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/prepare"
)

// TestSeidsContainerGetsThisProgram, whole, and where it is asked for: containers that prepare a pod may be killed, and run again.
func TestSeidsContainerGetsThisProgram(t *testing.T) {
	for name, before := range map[string]files{"a first run": {}, "another run": {"agent": "an older one"}, "a run that was killed": {".seinode-agent-tmp-agent": "half"}} {
		t.Run(name, func(t *testing.T) {
			o, pod := options(t, nil, "fullNode"), folder(t, before)
			o.Program = filepath.Join(pod, "agent")
			if _, err := prepare.Prepare(o); err != nil {
				t.Fatal(err)
			}
			self, _ := os.Executable()
			want, _ := os.ReadFile(self)
			got, err := os.ReadFile(o.Program)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes of %d (%v)", len(got), len(want), err)
			}
			if info, err := os.Stat(o.Program); err != nil || info.Mode().Perm()&0o100 == 0 {
				t.Errorf("it cannot be run: %v (%v)", info, err)
			}
			if left := harvest(t, pod); len(left) != 1 {
				t.Errorf("left behind: %d files", len(left))
			}
		})
	}
}

// TestNoCopyThatNobodyAskedFor, and a pod whose scratch space is full says so.
func TestNoCopyThatNobodyAskedFor(t *testing.T) {
	o := options(t, nil, "fullNode")
	o.Program = filepath.Join(t.TempDir(), "none", "agent")
	if _, err := prepare.Prepare(o); err == nil {
		t.Error("there is no folder for it")
	}
}
