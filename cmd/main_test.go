package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
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

// TestAllClientsShareOneLimit: client-go gives each client that is made from a config without a limiter one of its own.
func TestAllClientsShareOneLimit(t *testing.T) {
	config := &rest.Config{QPS: 5, Burst: 5}
	limit(config, options{qps: 7, burst: 3})
	var limiters []flowcontrol.RateLimiter
	for _, group := range []schema.GroupVersion{{Version: "v1"}, {Group: "apps", Version: "v1"}} {
		of := rest.CopyConfig(config)
		of.GroupVersion, of.NegotiatedSerializer = &group, clientgoscheme.Codecs.WithoutConversion()
		made, err := rest.RESTClientFor(of)
		if err != nil {
			t.Fatal(err)
		}
		limiters = append(limiters, made.GetRateLimiter())
	}
	if limiters[0] != limiters[1] || limiters[0].QPS() != 7 {
		t.Errorf("%v and %v, at %g requests a second", limiters[0], limiters[1], limiters[0].QPS())
	}
	for range 3 {
		if !limiters[0].TryAccept() {
			t.Error("less than the burst is let through at once")
		}
	}
	if limiters[1].TryAccept() {
		t.Error("more than the burst is let through at once")
	}
}

func TestFlagsThatMeanNothingAreNamed(t *testing.T) {
	good := options{workers: 1, qps: 1, burst: 1}
	if err := good.validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*options){
		"--height-interval is -1s; wanted 0 (off) or a positive duration": func(o *options) { o.heightEvery = -time.Second },
		"--workers is 0; wanted 1 or more":                                func(o *options) { o.workers = 0 },
		"--kube-api-qps is -1; wanted 1 or more":                          func(o *options) { o.qps = -1 },
		"--kube-api-burst is 0; wanted 1 or more":                         func(o *options) { o.burst = 0 },
	} {
		o := good
		change(&o)
		if err := o.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, wanted %q", err, want)
		}
	}
}
