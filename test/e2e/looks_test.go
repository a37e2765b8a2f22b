//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/document"
)

// nothing is what a command says where there is nothing of what it asks for.
var nothing = map[string]string{
	"--previous":   "previous terminated container",
	"-c bootstrap": "container bootstrap is not valid",
	"| grep":       "",
}

// What the documents have a user look at: every such command is understood, and answered.
var _ = Describe("What one looks at when something is wrong", func() {
	It("is there, of a node and of a validator", func(ctx context.Context) {
		filledClaim(ctx, "data-archive-0-0")
		create(ctx, importing("archive-0", "data-archive-0-0"))
		filledClaim(ctx, "old")
		create(ctx, validating("validator-0", "old"))
		for _, name := range []string{"archive-0", "validator-0"} {
			expectCondition(ctx, name, seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		}
		own := strings.NewReplacer("-n sei ", "-n "+namespace+" ", "/namespaces/sei/", "/namespaces/"+namespace+"/")
		for _, command := range looks() {
			output, err := exec.CommandContext(ctx, "bash", "-c", own.Replace(command)).CombinedOutput() // head ends what it reads from
			if (err != nil || strings.Contains(string(output), "Error from server")) && !saysNothing(command, string(output)) {
				Fail(fmt.Sprintf("%s: %v: %s", command, err, output))
			}
		}
	})
})

// looks are the commands of the pages that say to be tried here, each once.
func looks() (found []string) {
	for _, pattern := range []string{"docs/runbooks/*.md", "docs/how-to/install.md", "docs/how-to/upgrade.md", "docs/how-to/configuration.md"} {
		pages, err := filepath.Glob(filepath.Join("..", pattern)) // the specs run in bin/
		Expect(err).NotTo(HaveOccurred())
		Expect(pages).NotTo(BeEmpty())
		for _, page := range pages {
			blocks, err := document.Read(page)
			Expect(err).NotTo(HaveOccurred())
			for _, block := range blocks {
				if block.Tried == "test/e2e/looks_test.go" {
					found = append(found, strings.Split(strings.TrimSpace(block.Commands), "\n")...)
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func saysNothing(command, output string) bool {
	for asks, says := range nothing {
		if strings.Contains(command, asks) && strings.Contains(output, says) {
			return true
		}
	}
	return false
}
