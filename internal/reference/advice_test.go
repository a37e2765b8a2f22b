package reference_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingAdvisesToForceADeletion: it removes the object and not the process, and a StatefulSet answers with a second pod.
func TestNothingAdvisesToForceADeletion(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, is := n.(*ast.BasicLit)
			if is && literal.Kind == token.STRING {
				seen++
				if strings.Contains(literal.Value, "--force") || strings.Contains(literal.Value, "--grace-period") {
					t.Errorf("%s: %s", path, literal.Value)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || seen == 0 {
		t.Errorf("looked at %d texts (%v)", seen, err)
	}
}
