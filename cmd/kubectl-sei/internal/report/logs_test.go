package report

import "testing"

func TestTail(t *testing.T) {
	for want, test := range map[string]struct {
		text  string
		limit int
	}{
		"one\ntwo\n": {"one\ntwo\n", 8},
		"two\n":      {"one\ntwo\n", 7},
		"":           {"one\ntwo\n", 3},
		"xyz":        {"a very long line without an end: xyz", 3},
	} {
		if got := tail(test.text, test.limit); got != want {
			t.Errorf("%q, wanted %q", got, want)
		}
	}
}
