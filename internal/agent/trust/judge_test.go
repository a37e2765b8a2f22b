package trust

import (
	"errors"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
)

// TestWhatWentWrongIsSaidSteadily: two attempts that fail alike say the same, whatever the ports were.
func TestWhatWentWrongIsSaidSteadily(t *testing.T) {
	ours, theirs := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 43210}, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 26657}
	asked := func(err error) error { return &url.Error{Op: "Get", URL: "http://x:26657/status", Err: err} }
	for want, err := range map[string]error{
		"its name is not known":             asked(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "x", Server: "10.0.0.3:53", IsNotFound: true}}),
		"its name cannot be looked up":      asked(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "read udp 10.0.0.1:43210->10.0.0.3:53: i/o timeout", Name: "x", IsTimeout: true}}),
		"read: connection reset by peer":    asked(&net.OpError{Op: "read", Net: "tcp", Source: ours, Addr: theirs, Err: syscall.ECONNRESET}),
		"dial: connect: connection refused": asked(&net.OpError{Op: "dial", Net: "tcp", Addr: theirs, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}),
		"it answers 429":                    errors.New("it answers 429"),
	} {
		if got := steady(err); got != want {
			t.Errorf("%v: %q, wanted %q", err, got, want)
		}
	}
}
