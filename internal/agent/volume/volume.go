// Package volume reads a data volume: where seid's home lies on it, and what is in its files. Inspect, prepare and serve share its
// answers. Reading is confined to the volume: a link that leaves it leads nowhere. Nothing but regular files is opened, so that a pipe
// blocks nobody, and no more of a file is read than was asked for.
//
// There are three answers to what lies at a path: nothing, something that is understood, and something that is not. The third is never
// taken for the first: it is kept in Odd.
package volume

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// MaxConfig bounds what is read of a configuration file, in bytes: seid's own have some 20 kB.
const MaxConfig = 1 << 20

// Place says where on a volume the home is looked for, and what is nobody's content there.
type Place struct {
	// HomePath is the home's folder, relative to the volume's root; "" for the root itself or .sei/.
	HomePath string
	// Ignore are names in the root that do not count as content, beside those of seid.Vendors.
	Ignore []string
}

// Oddity is something at a known path that is there and not understood.
type Oddity struct {
	// Path is relative to the volume's root.
	Path string
	// Cause says what was found and what was wanted, in words that follow the path.
	Cause string
}

func (o Oddity) String() string { return o.Path + " " + o.Cause }

// Volume reads below one folder of a volume. A missing file is no error; the first other error is kept in Err, and what is there and
// not understood in Odd.
type Volume struct {
	// Err is the first error other than that something is not there: something could not be read.
	Err error
	// Odd is what is there and not understood, each path once, the first sixteen.
	Odd []Oddity

	root  *os.Root
	base  string
	place Place
}

// Open opens the volume that is mounted at a folder. It has to be closed.
func Open(folder string, place Place) (*Volume, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	return &Volume{root: root, place: place}, nil
}

// Close ends the reading.
func (v *Volume) Close() { _ = v.root.Close() }

// At goes into a folder: from then on names are relative to it.
func (v *Volume) At(folder string) *Volume {
	v.base = path.Join(v.base, folder)
	return v
}

// full is a name relative to the volume's root.
func (v *Volume) full(name string) string { return path.Join(".", v.base, name) }

// Doubt keeps that something is there and not understood.
func (v *Volume) Doubt(name, cause string) { v.doubt(Oddity{v.full(name), cause}) }

func (v *Volume) doubt(odd Oddity) {
	const most = 16
	same := func(known Oddity) bool { return known.Path == odd.Path }
	if len(v.Odd) < most && !slices.ContainsFunc(v.Odd, same) {
		v.Odd = append(v.Odd, odd)
	}
}

func (v *Volume) stat(name string) fs.FileInfo {
	info, err := v.root.Stat(v.full(name))
	if err == nil {
		return info
	}
	v.keep(err)
	if link, cause := v.lost(v.full(name)); link != "" {
		v.doubt(Oddity{link, cause})
	}
	return nil
}

// keep remembers that something could not be read: what a sick disk does not give is not missing. What is not there, and what is no folder
// where one was looked for, is missing. Links that loop or leave the volume are odd, and kept elsewhere.
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

// lost is the first link on the way to a path that leads nowhere, and where it leads to; "" if there is none.
func (v *Volume) lost(full string) (link, cause string) {
	parts := strings.Split(full, "/")
	for i := range parts {
		at := path.Join(parts[:i+1]...)
		info, err := v.root.Lstat(at)
		if err != nil {
			return "", ""
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		if _, err := v.root.Stat(at); err != nil {
			target, _ := v.root.Readlink(at)
			return at, fmt.Sprintf("is a link to %q, which %s; wanted what it stands for, or a relative link that stays on the volume", target, leads(err))
		}
	}
	return "", ""
}

// leads says what is wrong with a link that cannot be followed.
func leads(err error) string {
	switch {
	case errors.Is(err, syscall.ELOOP):
		return "leads in a circle"
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	}
	return "leads off the volume" // os.Root has no name for it
}

// IsDir says whether there is a folder. Something else there is odd.
func (v *Volume) IsDir(name string) bool {
	info := v.stat(name)
	if info != nil && !info.IsDir() {
		v.Doubt(name, "is "+kind(info)+" where a folder is wanted: move it away")
	}
	return info != nil && info.IsDir()
}

// IsFile says whether there is a regular file. Something else there is odd.
func (v *Volume) IsFile(name string) bool {
	info := v.stat(name)
	if info != nil && !info.Mode().IsRegular() {
		v.Doubt(name, "is "+kind(info)+" where a file is wanted: move it away")
	}
	return info != nil && info.Mode().IsRegular()
}

// kind is what a file is, in a word.
func kind(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// File opens a regular file, nil if there is none. It looks twice: what was a file a moment ago may be a pipe now.
func (v *Volume) File(name string) *os.File {
	if !v.IsFile(name) {
		return nil
	}
	file, err := v.root.OpenFile(v.full(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
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

// Read returns the first MaxConfig bytes of a file, nil if it is not there. A longer one is odd.
func (v *Volume) Read(name string) []byte {
	file := v.File(name)
	if file == nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, MaxConfig+1))
	v.keep(err)
	if len(content) > MaxConfig {
		v.Doubt(name, "has more than 1 MiB; wanted a file of seid's")
		content = content[:MaxConfig]
	}
	return content
}

// Tail returns at most the last limit bytes of a file, nil if it is not there.
func (v *Volume) Tail(name string, limit int64) []byte {
	file := v.File(name)
	if file == nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	from := max(0, info.Size()-limit)
	content, err := io.ReadAll(io.NewSectionReader(file, from, limit))
	v.keep(err)
	return content
}

// Names returns up to limit names of a folder, those of vendors left out.
func (v *Volume) Names(folder string, limit int) []string {
	dir, err := v.root.OpenFile(v.full(folder), os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0)
	v.keep(err)
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(limit + len(v.place.Ignore) + spare)
	if !errors.Is(err, io.EOF) {
		v.keep(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return v.nobodys(folder, name) })
	return names[:min(len(names), limit)]
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
	target, err := v.root.Readlink(v.full(name))
	if err != nil {
		return ""
	}
	return target
}

// Exists says whether there is anything at a path, a link that leads nowhere among it.
func (v *Volume) Exists(name string) bool {
	_, err := v.root.Lstat(v.full(name))
	v.keep(err)
	return err == nil
}

// Written is when a file was last written, by the clock of whoever keeps it; zero where there is none.
func (v *Volume) Written(name string) time.Time {
	info, err := v.root.Stat(v.full(name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// Owner is the user that a folder belongs to, 0 if that cannot be told.
func (v *Volume) Owner(folder string) int64 {
	info, err := v.root.Stat(v.full(folder))
	if err != nil {
		return 0
	}
	if stat, known := info.Sys().(*syscall.Stat_t); known {
		return int64(stat.Uid)
	}
	return 0
}

// Path is where a home lies on a volume that is mounted at a folder.
func Path(folder, home string) string { return filepath.Join(folder, home) }

// little is how many bytes are as good as none: seid writes more than that in one block of a public chain.
const little = 4 << 20

// Full says whether the file system of a folder has no room left for seid to write a block to, false where that cannot be told.
func Full(folder string) bool {
	free, known := free(folder)
	return known && free < little
}

// FreeBytes is what the file system of a folder has left for seid, 0 if that cannot be told.
func FreeBytes(folder string) int64 {
	free, _ := free(folder)
	return free
}

func free(folder string) (bytes int64, known bool) {
	room, known := RoomOf(folder)
	return room.Available, known
}

// SizeBytes is how large the file system of a folder is, 0 if that cannot be told.
func SizeBytes(folder string) int64 {
	room, _ := RoomOf(folder)
	return room.Capacity
}

// Room is how large a file system is, and what it has left for seid.
type Room struct {
	// Capacity and Available are in bytes.
	Capacity, Available int64
	// Limited says that it takes a limited number of files, and Files is how many more it takes then.
	Limited bool
	Files   int64
}

// RoomOf is the room of a folder's file system, false where that cannot be told. A disk that is sick may not answer at all.
func RoomOf(folder string) (room Room, known bool) {
	var stat syscall.Statfs_t
	if syscall.Statfs(folder, &stat) != nil {
		return Room{}, false
	}
	bytes := func(blocks uint64) int64 { return int64(blocks) * stat.Bsize }                                                          //nolint:gosec // far from 2^63
	return Room{Capacity: bytes(stat.Blocks), Available: bytes(stat.Bavail), Limited: stat.Files > 0, Files: int64(stat.Ffree)}, true //nolint:gosec // far from 2^63
}
