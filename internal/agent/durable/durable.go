// Package durable writes the agent's files onto a volume: each is under its name whole or not at all, also where the machine goes down in between. Until then
// it has a name that begins with seid.Temporary, which is ours alone.
package durable

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path"

	"github.com/seinode/seinode-operator/internal/seid"
)

// OpenHome opens the home's folder on the volume that is mounted at a folder, and makes it on a volume that is empty.
func OpenHome(folder, home string) (*os.Root, error) {
	root, err := os.OpenRoot(folder)
	if err != nil || home == "" {
		return root, err
	}
	defer func() { _ = root.Close() }()
	if err := root.MkdirAll(home, 0o750); err != nil {
		return nil, err
	}
	return root.OpenRoot(home)
}

// Create makes a file, and fails where one of its name is, also one that appears meanwhile.
func Create(root *os.Root, name string, from io.Reader) error {
	return place(root, name, from, func(written string) error {
		return errors.Join(root.Link(written, name), root.Remove(written))
	})
}

// Replace makes a file, in place of a former one.
func Replace(root *os.Root, name string, from io.Reader) error {
	return place(root, name, from, func(written string) error {
		err := root.Rename(written, name)
		if err != nil {
			err = errors.Join(err, root.Remove(written))
		}
		return err
	})
}

// place writes a file under another name, and has it put under its own.
func place(root *os.Root, name string, from io.Reader, put func(written string) error) error {
	written := path.Join(path.Dir(name), seid.Temporary+rand.Text())
	if err := write(root, written, from); err != nil {
		return errors.Join(err, root.Remove(written))
	}
	if err := put(written); err != nil {
		return err
	}
	return Sync(root, path.Dir(name))
}

func write(root *os.Root, name string, from io.Reader) error {
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Sync(), file.Close())
}

// Sync makes the entries of a folder durable.
func Sync(root *os.Root, folder string) error {
	dir, err := root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
