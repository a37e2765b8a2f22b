package restore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/version"
)

const (
	// firstPause and longestPause are how long to wait before the server is asked again.
	firstPause, longestPause = time.Second, time.Minute
	// idle is how long a server may send nothing before the connection is given up.
	idle = time.Minute
	// maxRedirects is how many times a server may send the agent elsewhere.
	maxRedirects = 10
)

// errChanged says that the server has another object than the one that was begun, or cannot go on in the middle of it: all starts over.
var errChanged = errors.New("the archive on the server is not the one that was begun")

// object is what a server says of what lies at an address. Two answers of equal ones are of the same bytes.
type object struct {
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"`
	// Length is -1 where the server does not say.
	Length int64 `json:"length"`
}

// validator is what a server is asked to compare before it goes on in the middle, "" for nothing. A weak ETag is none.
func (o object) validator() string {
	if o.ETag != "" && !strings.HasPrefix(o.ETag, "W/") {
		return o.ETag
	}
	return o.Modified
}

// same says whether another answer is of the same bytes, by whatever both answers say: one to a Range may say less.
func (o object) same(other object) bool {
	if o.Length >= 0 && other.Length >= 0 && o.Length != other.Length {
		return false
	}
	if o.ETag != "" && other.ETag != "" {
		return o.ETag == other.ETag
	}
	return o.Modified == "" || other.Modified == "" || o.Modified == other.Modified
}

// named says whether two of these objects can be told apart at all.
func (o object) named() bool { return o.ETag != "" || o.Modified != "" || o.Length > 0 }

// remote reads one object of a server from its beginning to its end, however often the connection breaks.
type remote struct {
	ctx      context.Context
	stop     context.CancelFunc
	client   *http.Client
	auth     string
	progress *Progress
	first    time.Duration
	idle     time.Duration

	object object
	known  bool
	body   io.ReadCloser
	cut    context.CancelFunc
	watch  *time.Timer
	at     int64
	pause  time.Duration
}

// newClient returns one that takes what the server has as it is, and follows no way from https to http.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	transport.ResponseHeaderTimeout = idle
	return &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		if len(before) > maxRedirects || before[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// open asks the server for an object, from a position on. Where one is known it has to be that one. It waits for a server that is not there.
func (r *restorer) open(ctx context.Context, address string, known *object, at int64) (*remote, error) {
	ctx, stop := context.WithCancel(ctx)
	opened := &remote{
		ctx: ctx, stop: stop, client: r.client, auth: r.Auth, progress: r.progress, first: r.firstPause, idle: r.idle,
		object: object{URL: address, Length: -1}, at: at,
	}
	if known != nil {
		opened.object, opened.known = *known, true
	}
	if opened.ended() {
		return opened, nil // all of it is here, and there is nothing to ask for
	}
	if err := opened.connect(); err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// Close ends the reading, also one that waits.
func (r *remote) Close() { r.stop() }

// Read reads on, and over every break.
func (r *remote) Read(into []byte) (int, error) {
	for {
		if r.ended() {
			return 0, io.EOF
		}
		if err := r.connect(); err != nil {
			return 0, err
		}
		r.watch.Reset(r.idle)
		n, err := r.body.Read(into)
		r.watch.Stop() // whoever unpacks may take his time
		r.at += int64(n)
		r.progress.add(n)
		switch {
		case n > 0:
			r.pause = 0
			return n, nil
		case errors.Is(err, io.EOF) && r.object.Length < 0:
			return 0, io.EOF
		case err != nil:
			if err := r.again(broken(err)); err != nil {
				return 0, err
			}
		}
	}
}

func (r *remote) ended() bool { return r.known && r.object.Length >= 0 && r.at >= r.object.Length }

// again gives the connection up, says why, and waits: longer each time in which nothing came.
func (r *remote) again(trouble string) error {
	r.drop()
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	r.progress.fails(trouble)
	r.pause = min(max(2*r.pause, r.first), longestPause)
	select {
	case <-r.ctx.Done():
		return r.ctx.Err()
	case <-time.After(r.pause):
		return nil
	}
}

func (r *remote) drop() {
	if r.body != nil {
		r.cut()
		_ = r.body.Close()
		r.body = nil
	}
}

// connect asks until there is an answer that does not change by itself, unless there is a connection.
func (r *remote) connect() error {
	for r.body == nil {
		trouble, err := r.ask()
		if err != nil {
			return err
		}
		if trouble == "" {
			return nil
		}
		if err := r.again(trouble); err != nil {
			return err
		}
	}
	return nil
}

// ask asks once. It returns the trouble of something that may mend itself.
func (r *remote) ask() (trouble string, err error) {
	ctx, stop := context.WithCancel(r.ctx)
	request, err := r.request(ctx)
	if err != nil {
		stop()
		return "", refuse(wire.ReasonArchiveNotFound, "%v", err)
	}
	response, err := r.client.Do(request) //nolint:bodyclose // drop closes it
	if err != nil {
		stop()
		if r.ctx.Err() != nil {
			return "", r.ctx.Err()
		}
		return broken(err), nil
	}
	if trouble, err = r.judge(response); trouble != "" || err != nil {
		_ = response.Body.Close()
		stop()
		return trouble, err
	}
	r.body, r.cut = response.Body, stop
	r.watch = time.AfterFunc(r.idle, stop) // which ends a read that waits
	r.watch.Stop()
	return "", nil
}

func (r *remote) request(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.object.URL, http.NoBody)
	if err != nil || request.URL.Host == "" || request.URL.Scheme != "http" && request.URL.Scheme != "https" {
		return nil, fmt.Errorf("%s is no address that can be asked; wanted http://… or https://…", shown(r.object.URL))
	}
	request.Header.Set("User-Agent", "seinode-agent/"+version.Version)
	if r.at > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", r.at))
		if validator := r.object.validator(); validator != "" {
			request.Header.Set("If-Range", validator)
		}
	}
	return request, authorize(request, r.auth)
}

// authorize adds what a mounted Secret holds: a token, or username and password. It is read at each time, since it may be changed.
func authorize(request *http.Request, folder string) error {
	if folder == "" {
		return nil
	}
	if token, err := os.ReadFile(filepath.Join(folder, "token")); err == nil {
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		return nil
	}
	user, err := os.ReadFile(filepath.Join(folder, "username"))
	password, other := os.ReadFile(filepath.Join(folder, "password"))
	if err != nil || other != nil {
		return errors.New("the Secret of spec.bootstrap.archive.authSecret has neither key token nor keys username and password; wanted one of both")
	}
	request.SetBasicAuth(strings.TrimSpace(string(user)), strings.TrimSpace(string(password)))
	return nil
}

// judge says whether an answer is what was asked for.
func (r *remote) judge(response *http.Response) (trouble string, err error) {
	status := response.StatusCode
	switch {
	case status == http.StatusOK && r.at == 0:
		return "", r.recognize(objectOf(r.object.URL, response, response.ContentLength))
	case status == http.StatusPartialContent && r.at > 0:
		from, length, err := contentRange(response.Header.Get("Content-Range"))
		if err != nil || from != r.at {
			return "", errChanged
		}
		return "", r.recognize(objectOf(r.object.URL, response, length))
	case status == http.StatusOK, status == http.StatusPartialContent, status == http.StatusRequestedRangeNotSatisfiable:
		return "", errChanged
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return fmt.Sprintf("the server answers %d", status), nil
	case status >= 300 && status < 400:
		return "", refuse(wire.ReasonArchiveNotFound, "%s leads elsewhere too often, or from https to http; wanted the archive itself", shown(r.object.URL))
	}
	return "", refuse(wire.ReasonArchiveNotFound, "%s: the server answers %d; wanted the archive: such files are often replaced within a day, so look for the newest one, "+
		"or, if it wants credentials, name them in spec.bootstrap.archive.authSecret", shown(r.object.URL), status)
}

func objectOf(address string, response *http.Response, length int64) object {
	return object{URL: address, ETag: response.Header.Get("ETag"), Modified: response.Header.Get("Last-Modified"), Length: length}
}

// recognize compares an answer with the one before.
func (r *remote) recognize(found object) error {
	if r.known && !r.object.same(found) {
		return errChanged
	}
	if !r.known {
		r.object, r.known = found, true
	}
	return nil
}

// contentRange reads "bytes 7-99/100"; the length is -1 where it is not known.
func contentRange(header string) (from, length int64, err error) {
	text, is := strings.CutPrefix(header, "bytes ")
	extent, total, found := strings.Cut(text, "/")
	begin, _, between := strings.Cut(extent, "-")
	if !is || !found || !between {
		return 0, 0, errors.New("no Content-Range")
	}
	from, err = strconv.ParseInt(begin, 10, 64)
	if total == "*" {
		return from, -1, err
	}
	length, other := strconv.ParseInt(total, 10, 64)
	return from, length, errors.Join(err, other)
}

// broken says in steady words why a connection broke: the ports in the library's own change each time.
func broken(err error) string {
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &name):
		return "the name of the server is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the server refuses the connection"
	case strings.Contains(err.Error(), "x509:"), strings.Contains(err.Error(), "tls:"):
		return "the server cannot be trusted: its certificate is not valid here"
	case errors.Is(err, context.Canceled), errors.As(err, &timeout) && timeout.Timeout():
		return "the server sends nothing"
	}
	return "the connection broke off"
}

// shown is an address as it is told: without credentials, and without a query, which may be a signature.
func shown(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "the address"
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: parsed.Path}).String()
}
