//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/gomega"
)

// What the documents tell a user to do, done as it is written there: the names of the examples are the only thing that is replaced.

// written is the first block of a language below a line of a document. The names are pairs, the example's and ours.
func written(document, line, language string, names ...string) string {
	text, err := os.ReadFile(filepath.Join("..", document)) // the specs run in bin/
	ExpectWithOffset(1, err).NotTo(HaveOccurred())
	_, after, found := strings.Cut(string(text), "\n"+line)
	ExpectWithOffset(1, found).To(BeTrue(), "%s has no line that begins with %q", document, line)
	_, block, found := strings.Cut(after, "```"+language+"\n")
	ExpectWithOffset(1, found).To(BeTrue(), "%s shows no %s below %q", document, language, line)
	block, _, _ = strings.Cut(block, "```")
	return unindented(strings.NewReplacer(names...).Replace(block))
}

// unindented takes off what a list indents its blocks by.
func unindented(block string) string {
	indent := block[:len(block)-len(strings.TrimLeft(block, " "))]
	return strings.TrimPrefix(strings.ReplaceAll(block, "\n"+indent, "\n"), indent)
}

// commands are the lines of a block, each a command.
func commands(document, line string, names ...string) []string {
	return strings.Split(strings.TrimSpace(written(document, line, "console", names...)), "\n")
}

func run(ctx context.Context, command string) {
	output, err := exec.CommandContext(ctx, "sh", "-c", command).CombinedOutput()
	ExpectWithOffset(1, err).NotTo(HaveOccurred(), "%s: %s", command, output)
}

// apply has kubectl apply what a document shows.
func apply(ctx context.Context, manifest string) {
	kubectl := exec.CommandContext(ctx, "kubectl", "apply", "-f", "-")
	kubectl.Stdin = strings.NewReader(manifest)
	output, err := kubectl.CombinedOutput()
	ExpectWithOffset(1, err).NotTo(HaveOccurred(), "%s: %s", manifest, output)
}
