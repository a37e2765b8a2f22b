package restore

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestKilledAtRandom: a hundred times, by SIGKILL, at any moment. What is there for all to see is whole, and what comes of it at last is what a
// run that nobody killed makes.
func TestKilledAtRandom(t *testing.T) {
	agent := buildAgent(t)
	at := serveFiles(t, map[string][]byte{"archive": compress(t, Zstd, pack(t, ofSeid().below("sei/")))}, func(s *source) { s.pace = time.Millisecond })
	run := func(folder string) *exec.Cmd {
		child := exec.CommandContext(t.Context(), agent, "bootstrap", "--volume", folder, "--chain-id", "pacific-1", "--mode", "fullNode", //nolint:gosec // our own
			"--archive-url", at.URL+"/archive", "--spool", []string{Always, Never}[rand.N(2)], "--listen", "127.0.0.1:0", "--message", os.DevNull)
		must(t, child.Start())
		return child
	}
	folder := t.TempDir()
	longest := time.Hour
	for range 3 {
		began := time.Now()
		must(t, run(t.TempDir()).Wait())
		longest = min(longest, time.Since(began))
	}
	killed, whole := 0, 0
	for killed < 100 {
		child := run(folder)
		timer := time.AfterFunc(rand.N(longest*11/10), func() { _ = child.Process.Kill() })
		err := child.Wait()
		timer.Stop()
		wholeOrNothing(t, folder)
		if err != nil {
			killed++
			continue
		}
		holds(t, folder, ofSeid())
		whole++
		folder = t.TempDir()
	}
	must(t, run(folder).Wait())
	holds(t, folder, ofSeid())
	t.Logf("killed %d times within %s; %d runs came to their end", killed, longest*11/10, whole+1)
}

// buildAgent builds the program as it is shipped.
func buildAgent(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "seinode-agent")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/seinode/seinode-operator/cmd/seinode-agent") //nolint:gosec // our own
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
