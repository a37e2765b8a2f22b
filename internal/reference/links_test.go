package reference_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/reference"
)

// documents are the checkout's own; generated ones are the generator's business.
var documents = []string{"*.md", "docs/*.md", "docs/*/*.md", ".github/*.md", "test/*/README.md"}

// TestLinks: a link inside of the checkout leads to a file, and to a heading of it.
func TestLinks(t *testing.T) {
	for _, pattern := range documents {
		paths, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no documents match %s: %v", pattern, err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, dead := range deadLinks(path, string(content)) {
				t.Error(dead)
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	code    = regexp.MustCompile("`[^`\n]*`")
	named   = regexp.MustCompile(`<a id="([^"]+)"></a>`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func deadLinks(path, content string) (found []string) {
	for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(content, ""), -1) {
		target, anchor, _ := strings.Cut(match[1], "#")
		inside, ours := strings.CutPrefix(target, reference.Files) // where pages say that a file of the checkout is: a site has the pages alone
		if strings.Contains(target, "://") && !ours {
			continue
		}
		file := path
		switch {
		case ours:
			file = filepath.Join("..", "..", inside)
		case target != "":
			file = filepath.Join(filepath.Dir(path), target)
		}
		linked, err := os.ReadFile(file)
		if _, missing := os.Stat(file); missing != nil || (anchor != "" && err == nil && !slices.Contains(anchors(string(linked)), anchor)) {
			found = append(found, fmt.Sprintf("%s: link %q leads nowhere", path, match[1]))
		}
	}
	return found
}

// anchors are the headings' names in links, as GitHub makes them, and the names that a page gives itself.
func anchors(content string) (found []string) {
	for _, match := range heading.FindAllStringSubmatch(content, -1) {
		name := dropped.ReplaceAllString(strings.ToLower(match[1]), "")
		found = append(found, strings.ReplaceAll(name, " ", "-"))
	}
	for _, match := range named.FindAllStringSubmatch(content, -1) {
		found = append(found, match[1])
	}
	return found
}

// TestEveryPageIsReached from the index of the documents, by links: nobody finds one that is not.
func TestEveryPageIsReached(t *testing.T) {
	root := filepath.Join("..", "..", "docs")
	reached := reach(filepath.Join(root, "README.md"), map[string]bool{})
	for _, pattern := range []string{"*.md", "*/*.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(pages) == 0 {
			t.Fatalf("no documents match %s: %v", pattern, err)
		}
		for _, page := range pages {
			if !reached[page] {
				t.Errorf("no link leads from docs/README.md to %s", page)
			}
		}
	}
}

// reach adds a page, and what its links lead to inside of docs/.
func reach(page string, reached map[string]bool) map[string]bool {
	content, err := os.ReadFile(page)
	if err != nil || reached[page] || !strings.Contains(page, "docs"+string(filepath.Separator)) {
		return reached
	}
	reached[page] = true
	for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(string(content), ""), -1) {
		if target, _, _ := strings.Cut(match[1], "#"); strings.HasSuffix(target, ".md") && !strings.Contains(target, "://") {
			reach(filepath.Join(filepath.Dir(page), target), reached)
		}
	}
	return reached
}

// TestASiteHasThePagesAlone: no page leads out of docs/ by a path.
func TestASiteHasThePagesAlone(t *testing.T) {
	root := filepath.Join("..", "..", "docs")
	paths, err := filepath.Glob(filepath.Join(root, "*", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, path := range append(paths, filepath.Join(root, "README.md")) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(string(content), ""), -1) {
			target := filepath.Join(filepath.Dir(path), match[1])
			if !strings.Contains(match[1], "://") && !strings.HasPrefix(target, root+string(filepath.Separator)) {
				t.Errorf("%s: link %q leads out of docs/; wanted %s and the path", path, match[1], reference.Files)
			}
		}
	}
}

// TestFourShelves: a page stands in one of them, or is a runbook, whose place the alerts that are installed name.
func TestFourShelves(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("..", "..", "docs"))
	if err != nil {
		t.Fatal(err)
	}
	shelves := []string{"README.md", "explanation", "how-to", "reference", "runbooks", "tutorials"}
	for _, entry := range entries {
		if !slices.Contains(shelves, entry.Name()) {
			t.Errorf("docs/%s is on no shelf: wanted one of %q", entry.Name(), shelves)
		}
	}
}

func TestDeadLinksAreFound(t *testing.T) {
	const title = "# A heading, `code`\n| <a id=\"a-row\"></a>`Row` |\n"
	path := filepath.Join(t.TempDir(), "a.md")
	if err := os.WriteFile(path, []byte(title), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		content string
		dead    int
	}{
		"the file":            {"[x](a.md)", 0},
		"its heading":         {"[x](a.md#a-heading-code) [x](#a-heading-code)", 0},
		"its row":             {"[x](a.md#a-row)", 0},
		"elsewhere":           {"[x](https://example.org/#y)", 0},
		"ours, elsewhere":     {"[x](" + reference.Files + "SECURITY.md)", 0},
		"ours, and not there": {"[x](" + reference.Files + "NOTHING.md)", 1},
		"code":                {"`[x](nothing.md)`", 0},
		"no file":             {"[x](nothing.md)", 1},
		"no heading":          {"[x](a.md#nothing)", 1},
		"no heading of ours":  {"[x](#nothing)", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if found := deadLinks(path, test.content); len(found) != test.dead {
				t.Errorf("found %q, wanted %d dead links", found, test.dead)
			}
		})
	}
}
