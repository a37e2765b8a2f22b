package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	simple = "# a comment\na: {b: [{c: d}, {c: 'e'}]}\nnumber: 9223372036854775807\nlabels: {two: z, one: w}\n"
	pods   = "kind: Pod\nspec: {containers: [{image: 'sei:dev'}, {image: other}]}\n---\nkind: Pod\nspec: {image: 'sei:dev', note: 'sei:dev'}\n"
)

func TestCommands(t *testing.T) {
	for name, test := range map[string]struct {
		args     []string
		in, want string
	}{
		"a value":                      {[]string{"get", "a.b.1.c"}, simple, "e\n"},
		"a number":                     {[]string{"get", "number"}, simple, "9223372036854775807\n"},
		"a map":                        {[]string{"get", "labels"}, simple, "one=w\ntwo=z\n"},
		"JSON":                         {[]string{"get", "current_height"}, `{"current_height":"42"}`, "42\n"},
		"after an empty document":      {[]string{"get", "x"}, "# nothing\n---\nx: 1\n", "1\n"},
		"text set":                     {[]string{"set", "a.b", "true"}, "a: {b: 1}\n", "a:\n  b: \"true\"\n"},
		"text set where there is none": {[]string{"set", "a.c", "x"}, "a: {b: 1}\n", "a:\n  b: 1\n  c: x\n"},
		"added to a list":              {[]string{"add", "a.b", "{c: f}"}, "a: {b: [{c: d}]}\n", "a:\n  b:\n  - c: d\n  - c: f\n"},
		"a large number stays":         {[]string{"set", "a", "b"}, "large: 9223372036854775807\n", "a: b\nlarge: 9223372036854775807\n"},
		"images": {[]string{"images", "sei:", "registry/sei:"}, pods,
			"kind: Pod\nspec:\n  containers:\n  - image: registry/sei:dev\n  - image: other\n---\nkind: Pod\nspec:\n  image: registry/sei:dev\n  note: sei:dev\n"},
		"without two kinds": {[]string{"without", "A,B"}, "kind: A\n---\nkind: B\n---\nkind: C\n---\nx: A\n", "kind: C\n---\nx: A\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out := &strings.Builder{}
			err := run(test.args, strings.NewReader(test.in), out)
			if difference := cmp.Diff(test.want, out.String()); err != nil || difference != "" {
				t.Errorf("%v\n%s", err, difference)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		args     []string
		in, want string
	}{
		"no command":       {nil, "", "usage"},
		"another command":  {[]string{"put", "x"}, "", "usage"},
		"too few":          {[]string{"set", "x"}, "", "usage"},
		"too many":         {[]string{"get", "x", "file", "more"}, "", "usage"},
		"no file":          {[]string{"get", "x", "nothing.yaml"}, "", "nothing.yaml"},
		"nothing":          {[]string{"get", "x"}, "", "standard input: found no document"},
		"no YAML":          {[]string{"get", "x"}, "a: [", "standard input: "},
		"no key":           {[]string{"get", "a.x"}, simple, `a.x: no key "x"; there are ["b"]`},
		"no entry":         {[]string{"get", "a.b.2"}, simple, `no entry "2" in a list of 2`},
		"below a value":    {[]string{"get", "number.x"}, simple, `no "x" in a single value`},
		"a list":           {[]string{"get", "a.b"}, simple, "found a list"},
		"set in a list":    {[]string{"set", "a.b.0", "x"}, simple, "its parent is no map"},
		"set below none":   {[]string{"set", "x.y", "z"}, simple, `no key "x"`},
		"added to a value": {[]string{"add", "number", "x"}, simple, "wanted a list"},
		"no such image":    {[]string{"images", "nothing", "x"}, pods, `no image that begins with "nothing"`},
	} {
		t.Run(name, func(t *testing.T) {
			out := &strings.Builder{}
			err := run(test.args, strings.NewReader(test.in), out)
			if err == nil || !strings.Contains(err.Error(), test.want) || out.Len() > 0 {
				t.Errorf("found error %v and output %q, wanted an error that says %q", err, out, test.want)
			}
		})
	}
}

func TestEditInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(path, []byte("a: {b: c}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := &strings.Builder{}
	if err := run([]string{"set", "a.b", "d", path}, nil, out); err != nil || out.Len() > 0 {
		t.Fatalf("%v, and output %q", err, out)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "a:\n  b: d\n" {
		t.Errorf("%v, %q", err, text)
	}
}

// TestTheBundlesBytes: createdAt is put back into what the SDK wrote, and nothing else of it may change.
func TestTheBundlesBytes(t *testing.T) {
	path := filepath.Join("..", "..", "bundle", "manifests", "seinode-operator.clusterserviceversion.yaml")
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	documents, err := parse(want)
	if err != nil {
		t.Fatal(err)
	}
	created, err := get(documents[0], "metadata.annotations.createdAt")
	if err != nil {
		t.Fatal(err)
	}
	got, err := edited(documents, set(documents[0], "metadata.annotations.createdAt", strings.TrimSpace(created)))
	if difference := cmp.Diff(string(want), got); err != nil || difference != "" {
		t.Errorf("%v\n%s", err, difference)
	}
}
