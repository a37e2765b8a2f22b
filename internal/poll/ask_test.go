package poll

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestAnAddressIsAPodsOrNone(t *testing.T) {
	for ip, want := range map[string]string{
		"10.1.2.3": "10.1.2.3:8090", "2001:db8::7": "[2001:db8::7]:8090", "::ffff:10.1.2.3": "10.1.2.3:8090",
		"": "", "127.0.0.1": "", "::1": "", "0.0.0.0": "", "169.254.169.254": "", "fe80::1%eth0": "", "224.0.0.1": "", "example.com": "", "10.1.2.3:80/x": "",
		"::ffff:127.0.0.1": "",
	} {
		if got, err := agentAddress(ip); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; wanted %q", ip, got, err, want)
		}
	}
}

// TestAnAnswerIsAnAnswerOrNone: no redirect is followed, 200 alone counts, and what is too long is cut, and so no JSON.
func TestAnAnswerIsAnAnswerOrNone(t *testing.T) {
	elsewhere := false
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	defer target.Close()
	for name, serve := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target.URL, http.StatusFound) },
		"202": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte(`{"answers":true}`))
		},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) },
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"reason":%q,"answers":true}`, strings.Repeat("x", maxAnswer))
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(serve)
			defer server.Close()
			p := New(nil, 0)
			p.Address = func(*corev1.Pod) (string, error) { return strings.TrimPrefix(server.URL, "http://"), nil }
			if got, answered := p.ask(t.Context(), podOf("a")); answered || got.Answers || got.Reason == "" {
				t.Errorf("%+v, answered: %t", got, answered)
			}
		})
	}
	if elsewhere {
		t.Error("a redirect was followed")
	}
}
