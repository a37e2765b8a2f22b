package wire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheReasonsAreThoseOfTheAPI, both ways: the agent links nothing of Kubernetes, and so cannot use the API's own.
func TestTheReasonsAreThoseOfTheAPI(t *testing.T) {
	for condition, files := range map[string][]string{"DataInspected": {"inspection.go"}, "Bootstrapped": {"restore.go", "sync.go"}} {
		ours := map[string]string{}
		for _, file := range files {
			maps.Copy(ours, constants(t, file, func(string) bool { return true }))
		}
		theirs := constants(t, filepath.Join("..", "..", "..", "api", "v1alpha1", "conditions.go"), func(doc string) bool {
			return strings.HasPrefix(doc, "The reasons of "+condition)
		})
		maps.DeleteFunc(ours, func(name, _ string) bool { return !strings.HasPrefix(name, "Reason") })
		if len(ours) == 0 {
			t.Fatalf("there are no reasons to compare in %v", files)
		}
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Errorf("reasons of %s (-api +wire):\n%s", condition, diff)
		}
	}
}

// constants are the string constants of a file by name, of the groups whose comment is wanted.
func constants(t *testing.T, path string, wanted func(doc string) bool) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, declaration := range file.Decls {
		group, is := declaration.(*ast.GenDecl)
		if !is || group.Tok != token.CONST || !wanted(group.Doc.Text()) {
			continue
		}
		for _, spec := range group.Specs {
			constant := spec.(*ast.ValueSpec)
			found[constant.Names[0].Name] = constant.Values[0].(*ast.BasicLit).Value
		}
	}
	return found
}
