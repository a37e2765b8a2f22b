package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// differs is what differs from run to run: names, numbers and times.
var differs = regexp.MustCompile(`"[^"]*"|\S*[0-9/]\S*`)

// words are those of a line.
func words(line string) string { return differs.ReplaceAllString(line, "#") }

// goldenLines are those of the golden files, by their words and by what they are about.
func goldenLines(t *testing.T) map[string]bool {
	t.Helper()
	lines := map[string]bool{}
	paths, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d golden files: %v", len(paths), err)
	}
	for _, path := range paths {
		for line := range strings.SplitSeq(read(t, path), "\n") {
			lines[words(line)], lines[subject(line)] = true, true
		}
	}
	return lines
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // a file of the checkout
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// transcripts are the commands of kubectl sei that a document shows with what they say, line by line.
func transcripts(text string) map[string][]string {
	shown := map[string][]string{}
	for block := range strings.SplitSeq(text, "```") {
		for _, prompt := range strings.Split("\n"+block, "\n$ ")[1:] {
			if command, is := strings.CutPrefix(prompt, "kubectl sei "); is {
				lines := strings.Split(command, "\n")
				shown[lines[0]] = lines[1:]
			}
		}
	}
	return shown
}

// TestTheREADMEShowsWhatIsSaid: the commands of its transcripts are understood, what they mark is looked at still, and a release says each of its lines.
func TestTheREADMEShowsWhatIsSaid(t *testing.T) {
	said, shown := goldenLines(t), map[string]bool{}
	for command, lines := range transcripts(read(t, filepath.Join("..", "..", "..", "..", "README.md"))) {
		args := strings.Fields(command)
		shown[args[0]] = true
		if got := run(t, unwritten(t, populated(t)), 0, append(args, "--help")...); got.code != Fine {
			t.Errorf("kubectl sei %s: exit code %d: %s", command, got.code, got.err)
		}
		for _, line := range lines {
			if of := subject(line); of != "" && !said[of] || args[0] == "release" && !said[words(line)] {
				t.Errorf("kubectl sei %s does not say %q", command, line)
			}
		}
	}
	for _, verb := range []string{"preflight", "adopt", "why", "release"} {
		if !shown[verb] {
			t.Errorf("README.md has no transcript of kubectl sei %s", verb)
		}
	}
}

// subject is what a line with a mark is about, "" for any other line.
func subject(line string) string {
	for _, mark := range []string{"✓ ", "! ", "… ", "✗ ", "? ", "- "} {
		if about, is := strings.CutPrefix(line, mark); is {
			about, _, _ = strings.Cut(about, "  ")
			return about
		}
	}
	return ""
}
