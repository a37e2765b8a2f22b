package volume

import (
	"path/filepath"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// SecretKey is the address of the signing key in a Secret's file, or what is not understood of it; both are empty where no file is named. The file
// is read by the same reader, and is a link: that is how Kubernetes mounts a Secret.
func SecretKey(file string) (address string, odd *Oddity) {
	if file == "" {
		return "", nil
	}
	folder, name := filepath.Split(file)
	opened, err := Open(folder, Place{})
	if err != nil {
		return "", &Oddity{Path: file, Cause: "cannot be read: " + err.Error()}
	}
	defer opened.Close()
	address = opened.KeyAddress(name)
	switch {
	case opened.Err != nil:
		return "", &Oddity{Path: file, Cause: "cannot be read: " + opened.Err.Error()}
	case len(opened.Odd) > 0:
		return "", &Oddity{Path: file, Cause: opened.Odd[0].Cause}
	case address == "":
		return "", &Oddity{Path: file, Cause: "is not there; wanted the Secret's key"}
	}
	return address, nil
}

// Reservation is what the operator said of a validator's key in a file of the pod, nil where it said nothing that is understood.
func Reservation(file string) *wire.Reservation {
	folder, name := filepath.Split(file)
	opened, err := Open(filepath.Clean(folder), Place{})
	if err != nil {
		return nil
	}
	defer opened.Close()
	var reserved wire.Reservation
	if !opened.JSON(name, &reserved) {
		return nil
	}
	return &reserved
}
