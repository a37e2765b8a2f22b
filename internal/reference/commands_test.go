package reference_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/document"
)

// TestEveryCommandIsTriedSomewhere: each block of commands of the documents says where, and a test that it names is there and knows the page.
func TestEveryCommandIsTriedSomewhere(t *testing.T) {
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, page := range pages {
		blocks, err := document.Read(page)
		if err != nil {
			t.Error(err)
		}
		name, err := filepath.Rel(root, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks {
			if wrong := untried(root, filepath.ToSlash(name), block.Tried); wrong != "" {
				t.Errorf("%s:%d: %s", page, block.Line, wrong)
			}
		}
	}
}

// untried says why a page's commands are not tried where it says: of a test, one of its package has to name the page, or all of its folder.
func untried(root, page, where string) string {
	if needs, is := strings.CutPrefix(where, document.Cloud); is && needs != "" || where == document.Output || where == document.Here {
		return ""
	}
	at := filepath.Join(root, filepath.FromSlash(where))
	if _, err := os.Stat(at); err != nil {
		return "its commands are said to be tried in " + where + ", which is not there"
	}
	if !strings.HasSuffix(where, "_test.go") {
		return ""
	}
	tests, _ := filepath.Glob(filepath.Join(filepath.Dir(at), "*_test.go"))
	for _, test := range tests {
		if content, err := os.ReadFile(test); err == nil && (strings.Contains(string(content), page) || strings.Contains(string(content), path.Dir(page)+"/*.md")) {
			return ""
		}
	}
	return "no test beside " + where + " names " + page
}

func TestWhatIsUntriedIsFound(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a_test.go"), []byte(`"docs/how-to/a.md", "docs/runbooks/*.md"`), 0o600); err != nil {
		t.Fatal(err)
	}
	for where, wrong := range map[string]bool{
		"here": false, "output": false, "cloud-only: AWS": false, "cloud-only: ": true, "cloud-only": true, "a_test.go": false, "b_test.go": true,
	} {
		if got := untried(root, "docs/how-to/a.md", where); (got != "") != wrong {
			t.Errorf("%s: %q, wanted a fault: %t", where, got, wrong)
		}
	}
	for page, wrong := range map[string]bool{"docs/how-to/b.md": true, "docs/runbooks/a.md": false} {
		if got := untried(root, page, "a_test.go"); (got != "") != wrong {
			t.Errorf("%s: %q, wanted a fault: %t", page, got, wrong)
		}
	}
}
