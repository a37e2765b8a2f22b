package restore

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// source is a server of archives that is as bad as they come.
type source struct {
	files map[string][]byte
	// cut ends each answer after so many bytes of it, 0 for never, and pace waits between pieces of 16 KiB.
	cut  int
	pace time.Duration
	// noRange answers 200 to a Range, quiet sends no ETag, changing another one each time, and status is answered in place of anything.
	noRange, quiet, changing bool
	status                   int
	// asked counts the requests, and sent the bytes.
	asked, sent atomic.Int64
	// seen is called with each request.
	seen func(*http.Request)
	*httptest.Server
}

// serveFiles starts one. What another process is to see of it is set before.
func serveFiles(t testing.TB, files map[string][]byte, set ...func(*source)) *source {
	t.Helper()
	s := &source{files: files}
	for _, each := range set {
		each(s)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *source) answer(w http.ResponseWriter, r *http.Request) {
	number := s.asked.Add(1)
	if s.seen != nil {
		s.seen(r)
	}
	content, there := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	switch {
	case s.status != 0:
		w.WriteHeader(s.status)
		return
	case !there:
		http.NotFound(w, r)
		return
	}
	etag := `"one"`
	if s.changing {
		etag = fmt.Sprintf("%q", fmt.Sprint(number))
	}
	if !s.quiet {
		w.Header().Set("ETag", etag)
	}
	from := 0
	if asked := r.Header.Get("Range"); asked != "" && !s.noRange && (s.quiet || r.Header.Get("If-Range") == etag) {
		_, _ = fmt.Sscanf(asked, "bytes=%d-", &from)
		if from >= len(content) {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	}
	s.send(w, content[from:])
}

func (s *source) send(w http.ResponseWriter, content []byte) {
	if s.cut > 0 && len(content) > s.cut {
		content = content[:s.cut]
		defer panic(http.ErrAbortHandler)
		defer func() { _ = http.NewResponseController(w).Flush() }()
	}
	for in := bytes.NewReader(content); in.Len() > 0; {
		piece := make([]byte, 16<<10)
		if s.pace == 0 {
			piece = make([]byte, 1<<20)
		}
		n, _ := in.Read(piece)
		s.sent.Add(int64(n))
		if _, err := w.Write(piece[:n]); err != nil {
			return
		}
		if s.pace > 0 {
			_ = http.NewResponseController(w).Flush()
			time.Sleep(s.pace)
		}
	}
}
