package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile("`(Test\\w+)`")
	testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
)

// The list of what is imitated names a test for each fact, and every test.
func TestConformanceList(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "internal/*/*_test.go"} {
		paths, err := filepath.Glob(pattern)
		check(t, err)
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			check(t, err)
			for _, match := range testFunc.FindAllStringSubmatch(string(raw), -1) {
				written[match[1]] = true
			}
		}
	}
	delete(written, "TestConformanceList")
	listed := map[string]bool{}
	for _, row := range conformance(t) {
		names := testName.FindAllStringSubmatch(row, -1)
		if len(names) == 0 {
			t.Errorf("no test in %s", row)
		}
		for _, match := range names {
			listed[match[1]] = true
			if !written[match[1]] {
				t.Errorf("there is no %s", match[1])
			}
		}
	}
	for name := range written {
		if !listed[name] {
			t.Errorf("%s is not in the list", name)
		}
	}
}

// conformance are the rows of the README's list.
func conformance(t *testing.T) (rows []string) {
	t.Helper()
	raw, err := os.ReadFile("README.md")
	check(t, err)
	_, list, _ := strings.Cut(string(raw), "## Conformance")
	list, _, _ = strings.Cut(list, "\n## ")
	for line := range strings.Lines(list) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| fact |") {
			rows = append(rows, line)
		}
	}
	if len(rows) < 30 {
		t.Fatalf("%d rows", len(rows))
	}
	return rows
}
