package page

import (
	"bytes"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for want, test := range map[string]struct {
		text          string
		width, indent int
	}{
		"one two three four five six":      {"one two three four five six", 0, 2},
		"one two three four\n  five six":   {"one two three four five six", 22, 2},
		"":                                 {"", 80, 2},
		"nothing is broken where there is": {"nothing is broken where there is", 21, 2},
		"é é é é é é é é é é é\n  é":       {"é é é é é é é é é é é é", 23, 2},
		"a\n  " + strings.Repeat("x", 30):  {"a " + strings.Repeat("x", 30), 24, 2},
	} {
		if got := Wrap(test.text, test.width, test.indent); got != want {
			t.Errorf("%q, wanted %q", got, want)
		}
	}
}

// TestColumnsAreLeftOut where there is no room, the highest first, and those that are only wide unless they are asked for.
func TestColumnsAreLeftOut(t *testing.T) {
	table := Table{Columns: []Column{{Name: "A"}, {Name: "B", Drop: 1}, {Name: "C", Drop: 2}, {Name: "W", Wide: true}}, Rows: [][]string{{"aaaa", "bbbb", "cccc", "wwww"}}}
	for _, test := range []struct {
		width int
		wide  bool
		want  string
	}{
		{0, false, "A B C"}, {18, false, "A B C"}, {17, false, "A B"}, {11, false, "A B"}, {10, false, "A"}, {1, false, "A"}, {10, true, "A B C W"},
	} {
		out := bytes.Buffer{}
		if err := table.Write(&out, test.width, test.wide); err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(out.String(), "\n")
		if got := strings.Join(strings.Fields(head), " "); got != test.want {
			t.Errorf("%d wide: %s, wanted %s", test.width, got, test.want)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimRight(line, " \n"); test.width > 10 && !test.wide && len(line) > test.width {
				t.Errorf("%q is wider than %d", line, test.width)
			}
		}
	}
}
