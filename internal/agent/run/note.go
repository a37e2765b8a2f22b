package run

import (
	"crypto/rand"
	"errors"
	"os"
	"path"
	"strconv"

	"github.com/seinode/seinode-operator/internal/seid"
)

// note writes down, for each start to come, for which height seid stopped.
func (r *runner) note() error {
	root, err := os.OpenRoot(r.options.Volume)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return replace(root, path.Join(r.home, seid.DataDir, seid.HaltedFile), strconv.FormatInt(r.options.HaltHeight, 10)+"\n")
}

// replace makes a file of ours, in place of a former one, whole or not at all, and durable.
func replace(root *os.Root, name, content string) error {
	folder := path.Dir(name)
	written := path.Join(folder, seid.Temporary+rand.Text())
	file, err := root.OpenFile(written, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = root.Rename(written, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(written))
	}
	dir, err := root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
