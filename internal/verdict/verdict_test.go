package verdict_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seinode/seinode-operator/internal/verdict"
)

func TestConstructors(t *testing.T) {
	tests := map[string]struct {
		got  verdict.Verdict
		want verdict.Verdict
		ok   bool
	}{
		"done": {verdict.Done(), verdict.Verdict{Class: verdict.Valid}, true},
		"pass": {verdict.Pass("Good", "all %d", 3), verdict.Verdict{Class: verdict.Valid, Reason: "Good", Message: "all 3"}, true},
		"wait": {verdict.Wait("Slow", "for %s", "it"), verdict.Verdict{Class: verdict.Transient, Reason: "Slow", Message: "for it"}, false},
		"fail": {verdict.Fail("Bad", "100%%"), verdict.Verdict{Class: verdict.Terminal, Reason: "Bad", Message: "100%"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.got != test.want || test.got.OK() != test.ok {
				t.Errorf("%+v, wanted %+v", test.got, test.want)
			}
		})
	}
	if got := verdict.Fail("Bad", "it is").String(); got != "Bad: it is" {
		t.Error(got)
	}
}

// FuzzBound: a bounded text is short, valid, and the beginning of what it was.
func FuzzBound(f *testing.F) {
	f.Add("plain", 3)
	f.Add(strings.Repeat("ö", 2000), 2047)
	f.Add("\xff\xfe", 10)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 0 || limit > 1<<20 {
			return
		}
		got := verdict.Bound(text, limit)
		if len(got) > limit || !utf8.ValidString(got) {
			t.Errorf("%d bytes of %d, valid: %t", len(got), limit, utf8.ValidString(got))
		}
		if utf8.ValidString(text) && (!strings.HasPrefix(text, got) || len(text) <= limit && got != text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

// TestALongMessageFitsAPlansTask: its error has a reason in front, and 2,048 characters at the most.
func TestALongMessageFitsAPlansTask(t *testing.T) {
	v := verdict.Fail(strings.Repeat("R", 128), "%s", strings.Repeat("ö", 5000))
	if len(v.String()) > 2048 || len(v.Message) < 1500 {
		t.Errorf("%d bytes, %d of them the message", len(v.String()), len(v.Message))
	}
}
