package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryGuardIsWhereTheTableSays, and named once; that each has a test which sees it go, make mutants tells.
func TestEveryGuardIsWhereTheTableSays(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	names := map[string]bool{}
	for _, g := range guards {
		if _, err := g.without(); err != nil {
			t.Error(err)
		}
		if key := g.file + ": " + g.name; names[key] {
			t.Errorf("%s is there twice", key)
		} else {
			names[key] = true
		}
	}
}

// TestEveryDangerHasAGuard: each line of the table "What keeps a volume safe" has a row at least, by its own words.
func TestEveryDangerHasAGuard(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "explanation", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(content), "## What keeps a volume safe")
	section, _, _ = strings.Cut(section, "\n## ")
	guarded := map[string]bool{}
	for _, g := range guards {
		guarded[g.danger] = true
	}
	lines := 0
	for line := range strings.SplitSeq(section, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "danger" {
			continue
		}
		lines++
		if danger := strings.TrimSpace(cells[1]); !guarded[danger] {
			t.Errorf("no row of hack/mutants has danger %q", danger)
		} else {
			delete(guarded, danger)
		}
	}
	if !found || lines == 0 {
		t.Error("docs/explanation/architecture.md has no table \"What keeps a volume safe\"")
	}
	for danger := range guarded {
		if !strings.HasPrefix(danger, "also: ") {
			t.Errorf("danger %q of hack/mutants is no line of the table in docs/explanation/architecture.md", danger)
		}
	}
}

// TestATextThatIsNotThereOnceIsAFault, whether it is gone or there are two.
func TestATextThatIsNotThereOnceIsAFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "code.go")
	if err := os.WriteFile(file, []byte("one two two"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{"one": true, "two": false, "three": false} {
		if _, err := (guard{file: file, out: text}).without(); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestAPackageIsTestedInItsOwnModule: the one of the checkout's root, or a nested one.
func TestAPackageIsTestedInItsOwnModule(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	for name, want := range map[string][2]string{
		"./internal/storage":             {".", "./internal/storage"},
		"./cmd/kubectl-sei/internal/cli": {"cmd/kubectl-sei", "./internal/cli"},
		"./cmd/kubectl-sei":              {"cmd/kubectl-sei", "./"},
	} {
		if module, inside := moduleOf(name); [2]string{module, inside} != want {
			t.Errorf("%s: found %q in %q, wanted %q", name, inside, module, want)
		}
	}
}

// TestTheTwoHalvesAreAllGuards, each of them once.
func TestTheTwoHalvesAreAllGuards(t *testing.T) {
	seen := map[string]int{}
	for _, g := range append(everySecond(guards, 0), everySecond(guards, 1)...) {
		seen[g.file+": "+g.name+g.out]++
	}
	for _, g := range guards {
		if key := g.file + ": " + g.name + g.out; seen[key] != 1 {
			t.Errorf("%s is tried %d times", key, seen[key])
		}
	}
	if all := everySecond(guards, -1); len(all) != len(guards) {
		t.Errorf("%d guards without a half, of %d", len(all), len(guards))
	}
}
