package main

import (
	"slices"
	"strings"
	"testing"
)

func TestNamespaces(t *testing.T) {
	for _, c := range []struct {
		watched string
		want    []string
	}{{"", nil}, {"a", []string{"a"}}, {"a,b", []string{"a", "b"}}, {" a, b ", []string{"a", "b"}}} {
		got, err := options{watched: c.watched}.namespaces()
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v; wanted %q", c.watched, got, err, c.want)
		}
	}
}

// What names no namespace must not come to mean all of them.
func TestNamespacesThatNameNone(t *testing.T) {
	for _, watched := range []string{",", " ", "a,", "A", "a/b", "a b", "*"} {
		got, err := options{watched: watched}.namespaces()
		if err == nil || !strings.Contains(err.Error(), "WATCH_NAMESPACE") {
			t.Errorf("%q: %q, %v; wanted an error that names the setting", watched, got, err)
		}
	}
}
