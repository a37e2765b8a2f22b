package cluster

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
)

var pod = types.NamespacedName{Namespace: "sei", Name: "archive-0-0"}

// accessTo is a way to an API server that answers so, with a token.
func accessTo(t *testing.T, answer http.HandlerFunc) (access Access) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	if err := access.addCore(&rest.Config{Host: server.URL, BearerToken: "of-alice"}); err != nil {
		t.Fatal(err)
	}
	return access
}

// TestTheAgentIsAskedThroughTheAPIServer, by a GET with the user's token, and what it says comes back as it is.
func TestTheAgentIsAskedThroughTheAPIServer(t *testing.T) {
	access := accessTo(t, func(w http.ResponseWriter, r *http.Request) {
		if asked := r.Method + " " + r.URL.Path; asked != "GET /api/v1/namespaces/sei/pods/archive-0-0:8090/proxy/status" || r.Header.Get("Authorization") != "Bearer of-alice" {
			t.Errorf("asked was %s as %q", asked, r.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, `{"ready":true}`)
	})
	stream, err := access.Agent(t.Context(), pod, "status")
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(stream)
	if err != nil || string(said) != `{"ready":true}` || stream.Close() != nil {
		t.Errorf("%q, %v", said, err)
	}
}

// TestWhatIsNoAnswerIsAnError, with the API server's own words where it refuses.
func TestWhatIsNoAnswerIsAnError(t *testing.T) {
	for code, says := range map[int]string{http.StatusForbidden: "alice cannot get pods/proxy", http.StatusBadGateway: "alice cannot", http.StatusServiceUnavailable: "unable to handle", http.StatusNotFound: "could not find"} {
		access := accessTo(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "alice cannot get pods/proxy", code) })
		if _, err := access.Agent(t.Context(), pod, "status"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%d: %v, wanted %q", code, err, says)
		}
	}
}

// TestNoRedirectIsFollowed: it would take the user's token along.
func TestNoRedirectIsFollowed(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("somebody else is asked, as %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(stranger.Close)
	access := accessTo(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, stranger.URL, http.StatusFound) })
	if _, err := access.Agent(t.Context(), pod, "status"); err == nil {
		t.Error("a redirect is an answer")
	}
}
