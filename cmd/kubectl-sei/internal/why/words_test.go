package why

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// TestEveryReasonOfReadyHasPlainWords: a reason that is added is not forgotten here.
func TestEveryReasonOfReadyHasPlainWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../../../api/v1alpha1/conditions.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	reasons := 0
	for _, declared := range file.Decls {
		group, is := declared.(*ast.GenDecl)
		if !is || group.Doc.Text() != "The reasons of Ready.\n" {
			continue
		}
		for _, spec := range group.Specs {
			value, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			if reasons++; err != nil || plain[value] == "" {
				t.Errorf("reason %q has no plain words (%v)", value, err)
			}
		}
	}
	if reasons < 20 {
		t.Errorf("%d reasons were found", reasons)
	}
}

// TestAdvised takes the command out of a message, and none that deletes.
func TestAdvised(t *testing.T) {
	for message, want := range map[string]string{
		`PVC "a" is bound; keep it with: kubectl patch pv a -p '{"a":"b"}'`:                `kubectl patch pv a -p '{"a":"b"}'`,
		`restore it (kubectl get pv a) or not`:                                             `kubectl get pv a`,
		`see kubectl logs a -n b --previous || kubectl logs a -n b; or ask`:                `kubectl logs a -n b --previous || kubectl logs a -n b`,
		`it goes with: kubectl delete pvc a`:                                               ``,
		`nothing is advised`:                                                               ``,
		`accept it: kubectl annotate --overwrite seinode a -n b sei.io/accept-claim-uid=c`: `kubectl annotate --overwrite seinode a -n b sei.io/accept-claim-uid=c`,
	} {
		if got := advised(message); got != want {
			t.Errorf("%s: %q, wanted %q", message, got, want)
		}
	}
}
