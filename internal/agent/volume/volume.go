// Package volume reads a data volume: where seid's home lies on it, and what is in its files. Inspect, prepare and serve share its
// answers. Reading is confined to the volume: a link that leaves it leads nowhere. Nothing but regular files is opened, so that a pipe
// blocks nobody, and no more of a file is read than was asked for.
package volume

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// MaxConfig bounds what is read of a configuration file, in bytes: seid's own have some 20 kB.
const MaxConfig = 1 << 20

// Volume reads below one folder of a volume. A missing file is no error; the first other error is kept in Err.
type Volume struct {
	// Err is the first error other than that something is not there: something could not be read.
	Err error

	root *os.Root
	base string
}

// Open opens the volume that is mounted at a folder. It has to be closed.
func Open(folder string) (*Volume, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	return &Volume{root: root}, nil
}

// Close ends the reading.
func (v *Volume) Close() { _ = v.root.Close() }

// At goes into a folder: from then on names are relative to it.
func (v *Volume) At(folder string) *Volume {
	v.base = path.Join(v.base, folder)
	return v
}

// Homes are the folders that hold seid's config/ or data/: "" for the volume's root, ".sei" for the folder of that name.
func (v *Volume) Homes() []string {
	var homes []string
	for _, home := range []string{"", seid.NestedHome} {
		if v.IsDir(path.Join(home, seid.ConfigDir)) || v.IsDir(path.Join(home, seid.DataDir)) {
			homes = append(homes, home)
		}
	}
	return homes
}

// Home is the one answer to where the home lies. Two homes on one volume are none: nobody can tell which one was meant.
func (v *Volume) Home() (layout wire.Layout, home string) {
	homes := v.Homes()
	switch {
	case len(homes) == 0 && len(v.Names(".", 8)) == 0:
		return wire.LayoutEmpty, ""
	case len(homes) != 1:
		return wire.LayoutUnknown, ""
	case homes[0] != "":
		return wire.LayoutNested, homes[0]
	case v.IsDir(seid.ConfigDir):
		return wire.LayoutRoot, ""
	}
	return wire.LayoutDataOnly, ""
}

func (v *Volume) stat(name string) fs.FileInfo {
	info, err := v.root.Stat(path.Join(v.base, name))
	v.keep(err)
	if err != nil {
		return nil
	}
	return info
}

// keep remembers that something could not be read: what a sick disk does not give is not missing. What is not there, what is no folder
// where one was looked for, and links that loop or leave the volume count as missing.
func (v *Volume) keep(err error) {
	var cause syscall.Errno
	if v.Err != nil || !errors.As(err, &cause) {
		return
	}
	switch cause {
	case syscall.ENOENT, syscall.ENOTDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EINVAL:
	default:
		v.Err = err
	}
}

// IsDir says whether there is a folder.
func (v *Volume) IsDir(name string) bool {
	info := v.stat(name)
	return info != nil && info.IsDir()
}

// IsFile says whether there is a regular file.
func (v *Volume) IsFile(name string) bool {
	info := v.stat(name)
	return info != nil && info.Mode().IsRegular()
}

// File opens a regular file, nil if there is none. It looks twice: what was a file a moment ago may be a pipe now.
func (v *Volume) File(name string) *os.File {
	if !v.IsFile(name) {
		return nil
	}
	file, err := v.root.OpenFile(path.Join(v.base, name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	v.keep(err)
	if err != nil {
		return nil
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = file.Close()
		return nil
	}
	return file
}

// Read returns the first MaxConfig bytes of a file, nil if it is not there.
func (v *Volume) Read(name string) []byte {
	file := v.File(name)
	if file == nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, MaxConfig))
	v.keep(err)
	return content
}

// Names returns up to limit names of a folder, lost+found left out.
func (v *Volume) Names(folder string, limit int) []string {
	dir, err := v.root.OpenFile(path.Join(v.base, folder), os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0)
	v.keep(err)
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(limit + 1)
	v.keep(err)
	return slices.DeleteFunc(names, func(name string) bool { return name == seid.LostAndFound })
}

// HoldsDatabase says whether a folder holds more than what an empty store leaves behind: a lock and a change log.
func (v *Volume) HoldsDatabase(folder string) bool {
	if !v.IsDir(folder) {
		return false
	}
	return slices.ContainsFunc(v.Names(folder, 64), func(name string) bool { return name != "LOCK" && name != "changelog" })
}

// Link returns where a link points, "" if it is none.
func (v *Volume) Link(name string) string {
	target, err := v.root.Readlink(path.Join(v.base, name))
	if err != nil {
		return ""
	}
	return target
}

// Owner is the user that a folder belongs to, 0 if that cannot be told.
func (v *Volume) Owner(folder string) int64 {
	info := v.stat(folder)
	if info == nil {
		return 0
	}
	if stat, known := info.Sys().(*syscall.Stat_t); known {
		return int64(stat.Uid)
	}
	return 0
}

// Path is where a home lies on a volume that is mounted at a folder.
func Path(folder, home string) string { return filepath.Join(folder, home) }

// FreeBytes is what the file system of a folder has left for seid, 0 if that cannot be told.
func FreeBytes(folder string) int64 {
	var stat syscall.Statfs_t
	if syscall.Statfs(folder, &stat) != nil {
		return 0
	}
	return int64(stat.Bavail) * stat.Bsize //nolint:gosec // far from 2^63
}
