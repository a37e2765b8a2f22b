package csi

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seinode/seinode-operator/test/localkube/internal/host"
)

// smallest is as little as XFS can be made on.
const smallest = 300 << 20

// disks are the volumes and their snapshots: a sparse file each, with an XFS in it, as a cloud's disk would have.
type disks struct {
	dir string
	// format makes a file system in a file, and copy a copy of a file.
	format func(file string) error
	copy   func(from, to string) error
}

func newDisks(dir string) disks {
	return disks{
		dir:    dir,
		format: func(file string) error { return host.Run("mkfs.xfs", "-q", file) },
		copy:   copyDisk,
	}
}

func (d disks) volume(id string) string   { return filepath.Join(d.dir, "volumes", id) }
func (d disks) snapshot(id string) string { return filepath.Join(d.dir, "snapshots", id) }

// valid refuses an ID that is no name of a file.
func valid(id string) error {
	if id == "" || id != filepath.Base(id) || strings.HasPrefix(id, ".") {
		return status.Errorf(codes.InvalidArgument, "%q is no ID of a volume or snapshot", id)
	}
	return nil
}

// size is how large a disk is, 0 for one that is not there.
func size(file string) (int64, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// create makes a disk, empty or with what another file holds, which is not larger. It appears under its name when it is whole.
func (d disks) create(file, from string, bytes int64) error {
	half := filepath.Join(d.dir, "half-"+filepath.Base(file))
	fill := func() error { return errors.Join(truncate(half, bytes), d.format(half)) }
	if from != "" {
		fill = func() error { return errors.Join(d.copy(from, half), truncate(half, bytes)) }
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.RemoveAll(half)); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return errors.Join(err, os.RemoveAll(half))
	}
	return os.Rename(half, file)
}

// truncate gives a file its size; none is made smaller.
func truncate(file string, bytes int64) error {
	opened, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil || info.Size() >= bytes {
		return err
	}
	return opened.Truncate(bytes)
}

// copyDisk copies a disk as it is at one moment: nothing is written to a mounted one meanwhile.
func copyDisk(from, to string) (err error) {
	if point := mountOf(from); point != "" {
		if err := host.Run("fsfreeze", "--freeze", point); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, host.Run("fsfreeze", "--unfreeze", point)) }()
	}
	return host.Run("cp", "--reflink=auto", "--sparse=always", from, to)
}

// loopOf is the device by which a disk is mounted, "" for one that is not.
func loopOf(file string) string {
	device, err := host.Output("", "losetup", "--noheadings", "--output", "NAME", "--associated", file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(device)
}

func mountOf(file string) string {
	device := loopOf(file)
	if device == "" {
		return ""
	}
	point, err := host.Output("", "findmnt", "--noheadings", "--first-only", "--output", "TARGET", "--source", device)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(point)
}
