package restore

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestProgress: percent in steps, words that stay the same, and stalled only once nothing came for long.
func TestProgress(t *testing.T) {
	now := time.Unix(1000, 0)
	p := NewProgress(func() time.Time { return now })
	p.begin("fetching x", 0, 1000)
	p.add(99)
	if got := p.Restore(); got.Percent != 5 || got.BytesDone != 99 || got.BytesTotal != 1000 || got.Reason != wire.ReasonDownloading || got.Message != "fetching x" {
		t.Errorf("%+v", got)
	}
	p.fails("the server refuses the connection")
	now = now.Add(silence - time.Second)
	if got := p.Restore(); got.Reason != wire.ReasonDownloading || got.Message != "fetching x: the server refuses the connection; it is tried again" {
		t.Errorf("%+v", got)
	}
	now = now.Add(time.Second)
	if got := p.Restore(); got.Reason != wire.ReasonStalled {
		t.Errorf("%+v", got)
	}
	p.add(901)
	if got := p.Restore(); got.Reason != wire.ReasonDownloading || got.Percent != 100 || strings.Contains(got.Message, "refuses") {
		t.Errorf("%+v", got)
	}
	p.begin("fetching y", 7, -1)
	if got := p.Restore(); got.Percent != 0 || got.BytesTotal != 0 || got.BytesDone != 7 {
		t.Errorf("%+v", got)
	}
}

// TestBroken: no port, no address, no time.
func TestBroken(t *testing.T) {
	for want, err := range map[string]error{
		"the name of the server is not known":                             &net.DNSError{Err: "no such host", Name: "x"},
		"the server refuses the connection":                               &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"the server sends nothing":                                        context.Canceled,
		"the connection broke off":                                        &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"the server cannot be trusted: its certificate is not valid here": errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
	} {
		if got := broken(err); got != want {
			t.Errorf("%v: %q; wanted %q", err, got, want)
		}
	}
}

// TestShown: an address may hold a password, and its query a signature.
func TestShown(t *testing.T) {
	if got := shown("https://me:secret@host:8443/sei/a.tar.lz4?sig=secret#x"); got != "https://host:8443/sei/a.tar.lz4" {
		t.Error(got)
	}
	if got := shown("://secret"); got != "the address" {
		t.Error(got)
	}
}

// TestSame: by what both answers say.
func TestSame(t *testing.T) {
	known := object{ETag: `"a"`, Modified: "Mon", Length: 10}
	for other, want := range map[object]bool{
		known:                                      true,
		{ETag: `"a"`, Length: 10}:                  true,
		{Modified: "Mon", Length: 10}:              true,
		{Length: 10}:                               true,
		{ETag: `"a"`, Length: -1}:                  true,
		{ETag: `"b"`, Length: 10}:                  false,
		{Modified: "Tue", Length: 10}:              false,
		{ETag: `"a"`, Length: 11}:                  false,
		{ETag: `"a"`, Modified: "Tue", Length: 10}: true,
	} {
		if got := known.same(other); got != want {
			t.Errorf("%+v: %t", other, got)
		}
	}
}

// TestContentRange: of what a server may answer.
func TestContentRange(t *testing.T) {
	for header, want := range map[string][2]int64{"bytes 7-99/100": {7, 100}, "bytes 7-99/*": {7, -1}} {
		if from, length, err := contentRange(header); from != want[0] || length != want[1] || err != nil {
			t.Errorf("%s: %d, %d, %v", header, from, length, err)
		}
	}
	for _, header := range []string{"", "bytes", "bytes */100", "7-99/100", "bytes x-y/z"} {
		if _, _, err := contentRange(header); err == nil {
			t.Errorf("%q is taken", header)
		}
	}
}

// TestAWayFromHTTPSToHTTPIsNotTaken: credentials would be for all to read, and the archive anybody's.
func TestAWayFromHTTPSToHTTPIsNotTaken(t *testing.T) {
	plain := serveFiles(t, map[string][]byte{"archive": pack(t, ofSeid())})
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/archive", http.StatusFound))
	defer secure.Close()
	o := options(plain, t.TempDir())
	o.URL = secure.URL + "/archive"
	r := quick(o)
	r.client.Transport = secure.Client().Transport
	if end := r.run(t.Context()); end.Reason != wire.ReasonArchiveNotFound || !strings.Contains(end.Message, "from https to http") || plain.asked.Load() > 0 {
		t.Errorf("%+v", end)
	}
	moved := httptest.NewServer(http.RedirectHandler(plain.URL+"/archive", http.StatusFound))
	defer moved.Close()
	o.URL = moved.URL
	if end := quick(o).run(t.Context()); end.Reason != wire.ReasonRestored {
		t.Errorf("a way that may be taken: %+v", end)
	}
}

// TestAWindowThatDoesNotFitTheMemory is told with what is wanted, before the kernel ends the container.
func TestAWindowThatDoesNotFitTheMemory(t *testing.T) {
	archive := compressWindow(t, 64<<20, pack(t, ofSeid()))
	for memory, want := range map[int64]string{128 << 20: wire.ReasonNoMemory, 192 << 20: wire.ReasonRestored, 0: wire.ReasonRestored} {
		r := quick(options(serveFiles(t, map[string][]byte{"archive": archive}), t.TempDir()))
		r.memory = memory
		end := r.run(t.Context())
		if end.Reason != want || want == wire.ReasonNoMemory && !strings.Contains(end.Message, "window of 64 MiB; the container may use 128 MiB of memory; wanted a limit of 160 MiB") {
			t.Errorf("%d MiB: %+v", memory>>20, end)
		}
	}
}

func compressWindow(t *testing.T, window int, plain []byte) []byte {
	t.Helper()
	var out strings.Builder
	w, err := zstd.NewWriter(&out, zstd.WithWindowSize(window))
	must(t, err)
	for len(plain) > 0 { // in pieces, so that the frame does not know its length, and be smaller for it
		n, err := w.Write(plain[:min(len(plain), 1000)])
		must(t, err)
		must(t, w.Flush())
		plain = plain[n:]
	}
	must(t, w.Close())
	return []byte(out.String())
}

// TestAVolumeThatRunsFull is emptied again, and the archive is not fetched anew before it is larger.
func TestAVolumeThatRunsFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root mounts")
	}
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("no mounts here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, 0) })
	at := serveFiles(t, map[string][]byte{"archive": compress(t, Zstd, pack(t, ofSeid().with(tree{"data/tendermint/zeros": strings.Repeat("0", 20<<20)})))})
	end := quick(options(at, small)).run(t.Context())
	if end.Reason != wire.ReasonNoSpace || !strings.Contains(end.Message, "full at data/tendermint/zeros") {
		t.Errorf("%+v", end)
	}
	isEmpty(t, small)
	if again := quick(options(at, small)).run(t.Context()); again.Message != end.Message || again.BytesDone > 0 {
		t.Errorf("%+v", again)
	}
	must(t, syscall.Mount("tmpfs", small, "tmpfs", syscall.MS_REMOUNT, "size=64m"))
	if end := quick(options(at, small)).run(t.Context()); end.Reason != wire.ReasonRestored {
		t.Errorf("%+v", end)
	}
}

// TestEncode: no message is longer than Kubernetes takes, and each is read again.
func TestEncode(t *testing.T) {
	for _, message := range []string{"short", strings.Repeat("ü", 3000), strings.Repeat("\x01", 3000)} {
		found := wire.Inspection{Reason: wire.ReasonUpgradePassed, Layout: wire.LayoutDataOnly, Unreachable: []string{strings.Repeat("x", 3000)}}
		text := Encode(wire.Restore{Reason: wire.ReasonArchiveRefused, Message: message, Inspection: &found})
		parsed, is := wire.ParseRestore(string(text))
		if len(text) > 4096 || !is || parsed.Reason != wire.ReasonArchiveRefused {
			t.Errorf("%d bytes, %t, %+v", len(text), is, parsed)
		}
	}
	if _, is := wire.ParseRestore(string(inspect.Encode(wire.Inspection{Reason: wire.ReasonInspected, Layout: wire.LayoutEmpty}))); is {
		t.Error("an inspection is taken for a restore")
	}
	if _, is := wire.ParseInspection(string(Encode(wire.Restore{Reason: wire.ReasonRestored}))); is {
		t.Error("a restore is taken for an inspection")
	}
}

// TestAMissingSecretIsTold, with the names of the keys that are wanted.
func TestAMissingSecretIsTold(t *testing.T) {
	o := options(serveFiles(t, nil), t.TempDir())
	o.Auth = filepath.Join(t.TempDir(), "none")
	if end := quick(o).run(t.Context()); !strings.Contains(end.Message, "neither key token nor keys username and password") {
		t.Errorf("%+v", end)
	}
}
