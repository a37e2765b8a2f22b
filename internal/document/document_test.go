package document

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	lines := func(text ...string) string { return strings.ReplaceAll(strings.Join(text, "\n"), "'''", "```") }
	none := map[string]string{}
	for name, c := range map[string]struct {
		content string
		want    []Block
		fails   bool
	}{
		"a page without commands":     {lines("# A", "'''yaml", "a: b", "'''"), nil, false},
		"commands of which is said":   {lines("# A", "", "text", "", "<!-- commands: here -->", "'''console", "a", "", "b", "'''"), []Block{{6, Here, "a\n\nb\n", none}}, false},
		"of which the page says":      {lines("# A", "", "<!-- commands: x_test.go -->", "text", "'''sh", "a", "'''"), []Block{{5, "x_test.go", "a\n", none}}, false},
		"of which both say":           {lines("<!-- commands: here -->", "", "", "<!-- commands: output -->", "'''bash", "a", "'''"), []Block{{5, Output, "a\n", none}}, false},
		"of which nobody says":        {lines("# A", "'''console", "a", "'''"), nil, true},
		"of which is said too early":  {lines("", "", "", "<!-- commands: here -->", "text", "'''console", "a", "'''"), nil, true},
		"of a list":                   {lines("<!-- commands: here -->", "1. a", "   '''console", "   a", "     b", "   '''"), []Block{{3, Here, "a\n  b\n", none}}, false},
		"with a file that was shown":  {lines("<!-- commands: here -->", "", "", "<!-- file: a.yaml -->", "'''yaml", "a: b", "'''", "'''console", "c", "'''"), []Block{{8, Here, "c\n", map[string]string{"a.yaml": "a: b\n"}}}, false},
		"with a file that comes late": {lines("<!-- commands: here -->", "'''console", "c", "'''", "<!-- file: a.yaml -->", "'''yaml", "a: b", "'''"), []Block{{2, Here, "c\n", none}}, false},
		"an end that is missing":      {lines("<!-- commands: here -->", "'''console", "a"), []Block{{2, Here, "a\n", none}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse("a.md", c.content)
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.fails {
				t.Errorf("error %v, wanted one: %t; blocks (-want +got):\n%s", err, c.fails, diff)
			}
		})
	}
}
