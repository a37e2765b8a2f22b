package restore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/klauspost/compress/zstd"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// keeper keeps the error of a source, which a decoder may say in words of its own.
type keeper struct {
	from  io.Reader
	mutex sync.Mutex
	err   error
}

// Read reads, and keeps what is no end.
func (k *keeper) Read(into []byte) (int, error) {
	n, err := k.from.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		k.mutex.Lock()
		defer k.mutex.Unlock()
		k.err = err
	}
	return n, err
}

// cause is what ended the unpacking: the source, what was found in the archive, the volume, or that the archive is damaged.
func (k *keeper) cause(err error) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	var known *refusal
	var number syscall.Errno
	var path *os.PathError
	var link *os.LinkError
	switch {
	case k.err != nil: // a decoder may take it for the end
		return k.err
	case errors.As(err, &known):
		return err
	case errors.As(err, &number), errors.As(err, &path), errors.As(err, &link):
		return fmt.Errorf("the volume does not take the archive: %w", err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return refuse(wire.ReasonNoMemory, "the archive was compressed with a larger zstd window than the memory of container bootstrap allows: raise its limit")
	}
	return refuse(wire.ReasonArchiveDamaged, "the archive is damaged, or breaks off: %v", err)
}
