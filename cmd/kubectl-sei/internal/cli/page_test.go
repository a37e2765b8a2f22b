package cli

import (
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/document"
)

// TestTheCommandsOfThePageAreUnderstood: those of docs/reference/kubectl-sei.md that say to be tried here, whatever comes of them on the fleet of testdata.
func TestTheCommandsOfThePageAreUnderstood(t *testing.T) {
	blocks, err := document.Read("../../../../docs/reference/kubectl-sei.md")
	if err != nil {
		t.Fatal(err)
	}
	on := unwritten(t, populated(t))
	t.Chdir(t.TempDir())
	tried := 0
	for _, block := range blocks {
		for line := range strings.Lines(block.Commands) {
			args, is := strings.CutPrefix(line, "kubectl sei ")
			if !is || !strings.HasPrefix(block.Tried, "cmd/kubectl-sei/internal/cli/") {
				continue
			}
			args = strings.FieldsFunc(args, func(r rune) bool { return r == '|' || r == '>' || r == '#' })[0]
			if tried++; !strings.HasPrefix(args, "release ") { // which waits for an operator
				if got := run(t, on, 0, strings.Fields(args)...); got.code == Usage {
					t.Errorf("line %d: %s: %s", block.Line, line, got.err)
				}
			}
		}
	}
	if tried < 5 {
		t.Errorf("%d commands were found", tried)
	}
}
