package prepare

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Key says which signing key of a Secret seid is to have.
type Key struct {
	// Secret is the file in the Secret; "" for a node that signs with none.
	Secret string
	// Copy is where seid takes the key from, in memory of the pod's own.
	Copy string
	// Reservation is the file that says which key the operator reserved for the node.
	Reservation string
}

// bindKey gives seid a copy of the Secret's key, once that is proven to be the one which was reserved. Kubernetes brings a Secret that was changed
// to a pod that runs, and a seid that starts again there would sign with a key which another may hold. What was copied is what is looked
// at, since the Secret may change between two looks.
func bindKey(key Key) error {
	if key.Secret == "" {
		return nil
	}
	written := filepath.Join(filepath.Dir(key.Copy), seid.Temporary+filepath.Base(key.Copy))
	if err := copySecret(key.Secret, written); err != nil {
		return fmt.Errorf("copying the signing key of the Secret: %w", err)
	}
	if err := isReserved(written, key.Reservation); err != nil {
		return errors.Join(err, os.Remove(written))
	}
	return os.Rename(written, key.Copy)
}

func copySecret(source, target string) error {
	if err := os.Remove(target); err != nil && !errors.Is(err, os.ErrNotExist) { // of a run that was killed
		return err
	}
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o400)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, io.LimitReader(from, volume.MaxConfig))
	return errors.Join(err, to.Close())
}

func isReserved(file, reservation string) error {
	address, odd := volume.SecretKey(file)
	if odd != nil {
		return fmt.Errorf("the signing key of the Secret %s", odd.Cause)
	}
	reserved := volume.Reservation(reservation)
	if reserved == nil || reserved.KeyAddress != address {
		return fmt.Errorf("the signing key of the Secret is %s, and was another when it was inspected; wanted the one that is reserved for this pod: "+
			"put the former key back, or delete the pod, and the next one is inspected with the new key", address)
	}
	return nil
}
