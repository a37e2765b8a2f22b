package tool

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// askFile asks for the file from a position on, and returns status, ETag, and what came of it.
func askFile(t *testing.T, faults Faults, extent string) (int, string, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte(strings.Repeat("0123456789", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(Files(dir, faults))
	defer server.Close()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/a", nil)
	request.Header.Set("Range", extent)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, response.Header.Get("ETag"), string(body)
}

// TestFaults: each does what its name says, and nothing else.
func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		faults Faults
		extent string
		status int
		length int
	}{
		"none":                     {Faults{}, "bytes=990-", 206, 10},
		"whole":                    {Faults{}, "", 200, 1000},
		"cut":                      {Faults{CutAfter: 7}, "", 200, 7},
		"cut in a range":           {Faults{CutAfter: 7}, "bytes=500-", 206, 7},
		"cut behind the end":       {Faults{CutAfter: 1000}, "", 200, 1000},
		"a range that is not seen": {Faults{NoRange: true}, "bytes=990-", 200, 1000},
		"slow":                     {Faults{Throttle: 1 << 20}, "", 200, 1000},
		"a status":                 {Faults{Status: 403}, "", 403, 13},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, body := askFile(t, test.faults, test.extent)
			if status != test.status || len(body) != test.length {
				t.Errorf("%d with %d bytes; wanted %d with %d", status, len(body), test.status, test.length)
			}
		})
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, changing := range []bool{false, true} {
		handler, tags := Files(dir, Faults{ChangingETag: changing}), map[string]bool{}
		for range 3 {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/a", nil))
			tags[answer.Header().Get("ETag")] = true
		}
		if changed := len(tags) == 3; changed != changing {
			t.Errorf("%d ETags", len(tags))
		}
	}
	answer := httptest.NewRecorder()
	Files(dir, Faults{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/../../etc/passwd", nil))
	if answer.Code != http.StatusNotFound && answer.Code != http.StatusMovedPermanently {
		t.Errorf("a way out is answered %d", answer.Code)
	}
}
