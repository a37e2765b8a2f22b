package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Faults are the ways in which a server of files can be worse than it should.
type Faults struct {
	// CutAfter ends each connection after so many bytes of a file, 0 for never.
	CutAfter int64
	// NoRange answers a Range with the whole file.
	NoRange bool
	// Throttle is how many bytes a connection gets a second, 0 for all it can take.
	Throttle int64
	// Status is answered in place of any file, 0 for the file.
	Status int
	// ChangingETag gives each answer another ETag.
	ChangingETag bool
}

// ServeDir serves the files of a folder until the context ends.
func ServeDir(ctx context.Context, dir, listen string, faults Faults) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: Files(dir, faults), ReadHeaderTimeout: requestTimeout}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Files is the handler of ServeDir.
func Files(dir string, faults Faults) http.Handler {
	var answers atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := answers.Add(1)
		if faults.Status != 0 {
			http.Error(w, "as asked for", faults.Status)
			return
		}
		file, err := os.Open(filepath.Join(dir, filepath.Clean("/"+r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil || info.IsDir() {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", etag(info, number, faults.ChangingETag))
		if faults.NoRange {
			r.Header.Del("Range")
		}
		http.ServeContent(&slow{ResponseWriter: w, faults: faults}, r, "", info.ModTime(), file)
	})
}

func etag(info os.FileInfo, number int64, changing bool) string {
	if changing {
		return fmt.Sprintf(`"%d"`, number)
	}
	return fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size())
}

// slow throttles and cuts what is written.
type slow struct {
	http.ResponseWriter
	faults Faults
	sent   int64
}

// ReadFrom copies piece by piece: the server's own would copy all at once.
func (s *slow) ReadFrom(from io.Reader) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{s}, struct{ io.Reader }{from}, make([]byte, 64<<10))
}

// Write ends the connection at the cut.
func (s *slow) Write(piece []byte) (int, error) {
	cut := s.faults.CutAfter > 0 && s.sent+int64(len(piece)) > s.faults.CutAfter
	if cut {
		piece = piece[:s.faults.CutAfter-s.sent]
	}
	n, err := s.ResponseWriter.Write(piece)
	s.sent += int64(n)
	if cut {
		_ = http.NewResponseController(s.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	if s.faults.Throttle > 0 {
		time.Sleep(time.Duration(n) * time.Second / time.Duration(s.faults.Throttle))
	}
	return n, err
}

// WriteHeader offers no ranges where there are none.
func (s *slow) WriteHeader(status int) {
	if s.faults.NoRange {
		s.ResponseWriter.Header().Del("Accept-Ranges")
	}
	s.ResponseWriter.WriteHeader(status)
}
