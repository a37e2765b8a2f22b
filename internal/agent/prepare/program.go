package prepare

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seinode/seinode-operator/internal/seid"
)

// copyProgram puts a copy of this program into scratch space: seid's image does not have it, and its container is to run it. A former copy gives way as a
// whole, since containers that prepare a pod may run again.
func copyProgram(target string) error {
	if target == "" {
		return nil
	}
	written := filepath.Join(filepath.Dir(target), seid.Temporary+filepath.Base(target))
	if err := copySelf(written); err != nil {
		_ = os.Remove(written)
		return fmt.Errorf("copying the agent: %w", err)
	}
	return os.Rename(written, target)
}

func copySelf(target string) error {
	if err := os.Remove(target); err != nil && !errors.Is(err, os.ErrNotExist) { // of a run that was killed
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
