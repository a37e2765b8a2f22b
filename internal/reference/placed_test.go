package reference_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// group is how the comment of constants names the condition that they are the reasons of.
var group = regexp.MustCompile(`^The reasons of (\w+)[.:]`)

// TestReasonsStandUnderTheirCondition: a reason may stand under several; under its own it has to.
func TestReasonsStandUnderTheirCondition(t *testing.T) {
	const api = "api/v1alpha1/conditions.go"
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", api), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	values, seen := values(t, api, "Condition"), map[string]bool{}
	for _, declaration := range file.Decls {
		constants, is := declaration.(*ast.GenDecl)
		if !is {
			continue
		}
		match := group.FindStringSubmatch(constants.Doc.Text())
		if len(match) < 2 || !values[match[1]] {
			continue
		}
		seen[match[1]] = true
		rows := firstColumn(t, referencePage, "Reasons of "+match[1])
		for _, reason := range reasonsOf(constants) {
			if !rows[reason] {
				t.Errorf("docs/reference/README.md, Reasons of %s: no row of %s, which %s groups there: add one", match[1], reason, api)
			}
		}
	}
	if !maps.Equal(seen, values) {
		t.Errorf("%s has groups of reasons for %q, wanted one for each condition, with a comment that begins \"The reasons of <condition>.\": %q",
			api, slices.Sorted(maps.Keys(seen)), slices.Sorted(maps.Keys(values)))
	}
}

func reasonsOf(constants *ast.GenDecl) (reasons []string) {
	for _, spec := range constants.Specs {
		for _, value := range spec.(*ast.ValueSpec).Values {
			literal, isText := value.(*ast.BasicLit)
			if reason, err := strconv.Unquote(literalOf(literal, isText)); err == nil {
				reasons = append(reasons, reason)
			}
		}
	}
	return reasons
}
