package main

import (
	"slices"
	"strings"
	"testing"
	"time"
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

func TestFlagsThatMeanNothingAreNamed(t *testing.T) {
	good := options{workers: 1}
	if err := good.validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*options){
		"--height-interval is -1s; wanted 0 (off) or a positive duration": func(o *options) { o.heightEvery = -time.Second },
		"--workers is 0; wanted 1 or more":                                func(o *options) { o.workers = 0 },
	} {
		o := good
		change(&o)
		if err := o.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, wanted %q", err, want)
		}
	}
}
