package restore

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// TestWhatTheServerSays: what it does not have ends the run, what may mend itself does not.
func TestWhatTheServerSays(t *testing.T) {
	for status, reason := range map[int]string{404: wire.ReasonArchiveNotFound, 410: wire.ReasonArchiveNotFound, 403: wire.ReasonArchiveNotFound, 401: wire.ReasonArchiveNotFound} {
		at := serveFiles(t, nil)
		at.status = status
		folder := t.TempDir()
		if end := quick(options(at, folder)).run(t.Context()); end.Reason != reason || !strings.Contains(end.Message, at.URL+"/archive: the server answers 4") {
			t.Errorf("%d: %+v", status, end)
		}
		isEmpty(t, folder)
	}
	for _, status := range []int{500, 503, 429} {
		at := serveFiles(t, map[string][]byte{"archive": pack(t, ofSeid())})
		at.status = status
		at.seen = func(*http.Request) {
			if at.asked.Load() == 4 {
				at.status = 0
			}
		}
		if end := quick(options(at, t.TempDir())).run(t.Context()); end.Reason != wire.ReasonRestored {
			t.Errorf("%d: %+v", status, end)
		}
	}
}

// TestAnArchiveThatIsCutGoesOnWhereItBrokeOff, twenty times and more, under the decompressor: no byte is sent twice.
func TestAnArchiveThatIsCutGoesOnWhereItBrokeOff(t *testing.T) {
	for _, how := range []string{None, Gzip, Zstd, Lz4} {
		for _, quiet := range []bool{false, true} {
			archive := compress(t, how, pack(t, ofSeid()))
			at := serveFiles(t, map[string][]byte{"archive": archive})
			at.cut, at.quiet = len(archive)/22, quiet
			folder := t.TempDir()
			o := options(at, folder)
			o.SHA256, o.Spool = sumOf(archive), Never
			if end := quick(o).run(t.Context()); end.Reason != wire.ReasonRestored {
				t.Fatalf("%+v", end)
			}
			if asked := at.asked.Load(); asked < 21 || at.sent.Load() != int64(len(archive)) {
				t.Errorf("%d requests, %d bytes of %d", asked, at.sent.Load(), len(archive))
			}
			holds(t, folder, ofSeid())
		}
	}
}

// TestAnotherArchiveStartsOver: half of one and half of another is none.
func TestAnotherArchiveStartsOver(t *testing.T) {
	longer, shorter := ofSeid().with(tree{"data/tendermint/blockstore.db/000002.ldb": strings.Repeat("2", 2000)}), ofSeid()
	for name, test := range map[string]struct {
		change      func(*source)
		first, then tree
	}{
		"another ETag":                    {func(s *source) { s.changing = true }, longer, shorter},
		"shorter, where that is all":      {func(s *source) { s.quiet = true }, longer, shorter},
		"longer, where that is all":       {func(s *source) { s.quiet = true }, shorter, longer},
		"a server that does not go on":    {func(s *source) { s.noRange = true }, longer, shorter},
		"and one that says so by nothing": {func(s *source) { s.noRange, s.quiet = true, true }, shorter, longer},
	} {
		for _, spool := range []string{Never, Always} {
			t.Run(name+", spool "+spool, func(t *testing.T) {
				first := pack(t, test.first)
				at := serveFiles(t, map[string][]byte{"archive": first})
				test.change(at)
				at.cut = len(first) - 3000
				at.seen = func(*http.Request) {
					if at.asked.Load() == 2 {
						at.files["archive"], at.cut = pack(t, test.then), 0
					}
				}
				folder := t.TempDir()
				o := options(at, folder)
				o.Spool = spool
				if end := quick(o).run(t.Context()); end.Reason != wire.ReasonRestored {
					t.Fatalf("%+v", end)
				}
				holds(t, folder, test.then)
			})
		}
	}
}

// TestTheServerIsToldWhoAsks, by what a Secret holds, and the Secret goes nowhere else.
func TestTheServerIsToldWhoAsks(t *testing.T) {
	for name, test := range map[string]struct {
		secret tree
		want   string
	}{
		"a token":               {tree{"token": "abc\n"}, "Bearer abc"},
		"username and password": {tree{"username": "me", "password": "it"}, "Basic bWU6aXQ="},
		"half of it":            {tree{"username": "me"}, ""},
	} {
		var got string
		at := serveFiles(t, map[string][]byte{"archive": pack(t, ofSeid())})
		at.seen = func(r *http.Request) { got = r.Header.Get("Authorization") }
		o := options(at, t.TempDir())
		o.Auth = t.TempDir()
		plant(t, o.Auth, test.secret)
		end := quick(o).run(t.Context())
		if got != test.want || (end.Reason == wire.ReasonRestored) != (test.want != "") {
			t.Errorf("%s: %q; %+v", name, got, end)
		}
	}
}

// TestAStoppedRunKeepsWhatWasFetched, and the next one goes on behind it.
func TestAStoppedRunKeepsWhatWasFetched(t *testing.T) {
	archive := pack(t, ofSeid())
	at := serveFiles(t, map[string][]byte{"archive": archive})
	at.pace = time.Millisecond
	folder := t.TempDir()
	o := options(at, folder)
	o.Spool = Always
	ctx, stop := context.WithCancel(t.Context())
	var asked []string
	at.seen = func(r *http.Request) {
		if asked = append(asked, r.Header.Get("Range")); len(asked) == 1 {
			time.AfterFunc(10*time.Millisecond, stop)
		}
	}
	if end := quick(o).run(ctx); end.Reason != wire.ReasonDownloading || end.Done() {
		t.Fatalf("%+v", end)
	}
	kept, err := os.Stat(filepath.Join(folder, seid.RestoreDir, spoolFile))
	must(t, err)
	if end := quick(o).run(t.Context()); end.Reason != wire.ReasonRestored {
		t.Errorf("%+v", end)
	}
	if want := fmt.Sprintf("bytes=%d-", kept.Size()); asked[1] != want || len(asked) != 2 {
		t.Errorf("asked for %q; wanted %q second", asked, want)
	}
	holds(t, folder, ofSeid())
}

// TestAServerThatFallsSilentIsAskedAgain: a connection that nobody ends would be waited on for ever.
func TestAServerThatFallsSilentIsAskedAgain(t *testing.T) {
	archive := pack(t, ofSeid())
	silent, asked := make(chan struct{}), 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		asked++
		if asked > 1 {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(archive))
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(archive)))
		_, _ = w.Write(archive[:1000])
		_ = http.NewResponseController(w).Flush()
		<-silent
	}))
	defer server.Close()
	defer close(silent)
	folder := t.TempDir()
	r := quick(Options{URL: server.URL, Spool: Never, Inspect: inspect.Options{Volume: folder, Mode: "fullNode"}})
	r.idle = 20 * time.Millisecond
	if end := r.run(t.Context()); end.Reason != wire.ReasonRestored || asked < 2 {
		t.Fatalf("%+v, asked %d times", end, asked)
	}
	holds(t, folder, ofSeid())
}
