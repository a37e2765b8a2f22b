package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/cockroachdb/pebble"
	"github.com/syndtr/goleveldb/leveldb"
)

// InitFailure is the text with which the real node dies when a database
// cannot be opened. A held lock says no more than the errno.
func InitFailure(err error) error {
	if errors.Is(err, syscall.EAGAIN) {
		err = syscall.EAGAIN
	}
	return fmt.Errorf("failed to initialize database: %w", err)
}

// openLevel opens a goleveldb database; its LOCK is held with flock.
func openLevel(dir string) (*leveldb.DB, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	return leveldb.OpenFile(dir, nil)
}

// openPebble opens a pebble database; its LOCK is held with fcntl. Like the
// real stores it has a changelog directory beside the tables.
func openPebble(dir string) (*pebble.DB, error) {
	if err := os.MkdirAll(filepath.Join(dir, "changelog"), 0o750); err != nil {
		return nil, err
	}
	return pebble.Open(dir, &pebble.Options{Logger: quiet{}, MemTableSize: 4 << 20})
}

// flock takes a kernel lock on a file that stays behind when it is released.
func flock(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// quiet keeps pebble's own chatter out of the node's log.
type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}
