package hack_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryModuleIsLookedAfter: the nested modules with code are vetted and tested by make, and every one that does not stand for a release of Kubernetes is kept up to date.
func TestEveryModuleIsLookedAfter(t *testing.T) {
	makefile, updates := text(t, "../Makefile"), text(t, "../.github/dependabot.yml")
	nested := strings.Fields(regexp.MustCompile(`(?m)^NESTED := (.*)$`).FindStringSubmatch(makefile)[1])
	code := codeModules(t)
	for module, has := range code {
		if is := slices.Contains(nested, module); has != is {
			t.Errorf("module %s: it has code: %t; NESTED of the Makefile names it: %t", module, has, is)
		}
		if !has && !strings.HasPrefix(module, "hack/") {
			t.Errorf("module %s has no code, and TOOLS of the Makefile looks in hack/ alone", module)
		}
		if !strings.HasPrefix(module, "test/crd") && !strings.Contains(updates, "directory: /"+module+",") {
			t.Errorf(".github/dependabot.yml does not name module %s", module)
		}
	}
	for _, module := range nested {
		if _, is := code[module]; !is {
			t.Errorf("NESTED of the Makefile names %s, which is no module", module)
		}
	}
}

// codeModules are the nested modules, by whether they have code of their own. Those in hack/tools only pin programs, whatever is beside them.
func codeModules(t *testing.T) map[string]bool {
	t.Helper()
	modules := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "go.mod" || filepath.Dir(path) == ".." {
			return err
		}
		folder := filepath.Dir(path)
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		module := strings.TrimPrefix(filepath.ToSlash(folder), "../")
		modules[module] = len(files) > 0 && !strings.HasPrefix(module, "hack/tools/")
		return err
	})
	if err != nil || len(modules) == 0 {
		t.Fatalf("%d modules: %v", len(modules), err)
	}
	return modules
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path) //nolint:gosec // a file of the checkout
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
