package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestBootstrapsFlags: each changes what is asked for, or how it ends.
func TestBootstrapsFlags(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Authorization"))
		if r.URL.Path == "/page" {
			_, _ = w.Write([]byte("<html>" + strings.Repeat(" ", 1000)))
			return
		}
		w.WriteHeader(http.StatusGone)
	}))
	defer server.Close()
	home := map[string]string{"config/client.toml": "chain-id = 'x'"}
	secret := plant(t, map[string]string{"token": "t"})
	for name, test := range map[string]struct {
		files  map[string]string
		flags  []string
		reason string
		says   string
		asked  string
	}{
		"gone":                {nil, []string{"--archive-url", server.URL + "/gone"}, wire.ReasonArchiveNotFound, "answers 410", "/gone "},
		"no address":          {nil, []string{"--archive-url", "ftp://x/y"}, wire.ReasonArchiveNotFound, "ftp://x/y is no address that can be asked", ""},
		"no archive":          {nil, []string{"--archive-url", server.URL + "/page"}, wire.ReasonArchiveLayoutUnknown, "no tar", "/page "},
		"another compression": {nil, []string{"--archive-url", server.URL + "/page", "--archive-compression", "Lz4"}, wire.ReasonArchiveLayoutUnknown, "wanted Lz4", "/page "},
		"wasm comes first":    {nil, []string{"--archive-url", server.URL + "/gone", "--wasm-url", server.URL + "/wasm"}, wire.ReasonArchiveNotFound, "/wasm", "/wasm "},
		"with a Secret":       {nil, []string{"--archive-url", server.URL + "/gone", "--auth-dir", secret}, wire.ReasonArchiveNotFound, "", "/gone Bearer t"},
		"a snapshot":          {home, []string{"--archive-url", server.URL + "/gone", "--chunks"}, wire.ReasonArchiveNotFound, "answers 410", "/gone "},
		"a home":              {home, []string{"--chain-id", "x"}, wire.ReasonNotNeeded, "", ""},
		"of another chain":    {home, []string{"--chain-id", "y"}, wire.ReasonChainMismatch, "", ""},
		"waved through":       {home, []string{"--chain-id", "y", "--policy", "Warn"}, wire.ReasonNotNeeded, "", ""},
		"elsewhere":           {home, []string{"--home-path", "a"}, wire.ReasonLayoutUnknown, "", ""},
		"a validator":         {nil, []string{"--mode", "validator"}, wire.ReasonConsensusKeyMissing, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			asked = nil
			message := filepath.Join(t.TempDir(), "message")
			err := runBootstrap(append([]string{"--volume", plant(t, test.files), "--message", message, "--listen", "127.0.0.1:0", "--spool", "Never"}, test.flags...))
			text, _ := os.ReadFile(message)
			end, is := wire.ParseRestore(string(text))
			if !is || end.Reason != test.reason || !strings.Contains(end.Message, test.says) || errors.Is(err, errNoData) == end.Done() {
				t.Errorf("%s (%v); wanted %s: …%s…", text, err, test.reason, test.says)
			}
			if got := strings.Join(asked, ", "); got != test.asked {
				t.Errorf("asked for %q; wanted %q", got, test.asked)
			}
		})
	}
}
