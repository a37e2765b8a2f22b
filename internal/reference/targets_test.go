package reference_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	phony  = regexp.MustCompile(`(?m)^\.PHONY: (\S+)$`)
	helped = regexp.MustCompile(`(?m)^([a-z0-9-]+):.*## \S`)
	// called is a `make` in code with its targets, or one that has a line of its own.
	called = regexp.MustCompile("(?m)`make ([a-zA-Z0-9 =-]+)|^make ([a-z0-9-]+)(?: *#.*)?$")
)

// TestTargets: `make help` lists every target, and the documents name none that there is not.
func TestTargets(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets, listed := map[string]bool{}, map[string]bool{}
	for _, match := range phony.FindAllStringSubmatch(string(makefile), -1) {
		targets[match[1]] = true
	}
	for _, match := range helped.FindAllStringSubmatch(string(makefile), -1) {
		listed[match[1]] = true
	}
	compare(t, "targets with a line for make help", targets, listed)
	for _, pattern := range append([]string{".ci/run", "hack/*.sh"}, documents...) {
		paths, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("nothing matches %s: %v", pattern, err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, stranger := range strangers(path, string(content), targets) {
				t.Error(stranger)
			}
		}
	}
}

func strangers(path, content string, targets map[string]bool) (found []string) {
	for _, match := range called.FindAllStringSubmatch(content, -1) {
		for name := range strings.FieldsSeq(match[1] + match[2]) {
			if !targets[name] && !strings.Contains(name, "=") && !strings.HasPrefix(name, "-") {
				found = append(found, fmt.Sprintf("%s: `make %s`: the Makefile has no such target", path, name))
			}
		}
	}
	return found
}

func TestStrangersAreFound(t *testing.T) {
	targets := map[string]bool{"test": true, "lint": true}
	for content, wrong := range map[string]int{
		"`make lint test FORCE=1` and `make -s test`":          0,
		"make test    # all\nmake sure that\nwe make progress": 0,
		"make nothing    # at all":                             1,
		"`make nothing`":                                       1,
		"`make test else`":                                     1,
	} {
		if found := strangers("a.md", content, targets); len(found) != wrong {
			t.Errorf("%s: found %q, wanted %d lines", content, found, wrong)
		}
	}
}
