package inspect

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/seinode/seinode-operator/internal/seid"
)

// maxConfig bounds what is read of a configuration file, in bytes: seid's own have some 20 kB.
const maxConfig = 1 << 20

// view reads below one folder of a volume. A missing file is no error; the first other error is kept. Links that leave the
// volume are not followed, and nothing but regular files is opened: a pipe would block for ever.
type view struct {
	root *os.Root
	base string
	err  error
}

// at returns the view of a folder; errors are kept in the view that it came from.
func (v *view) at(folder string) *view {
	v.base = path.Join(v.base, folder)
	return v
}

func (v *view) stat(name string) fs.FileInfo {
	info, err := v.root.Stat(path.Join(v.base, name))
	v.keep(err)
	if err != nil {
		return nil
	}
	return info
}

// keep remembers that something could not be read. What is not there, what is no folder where one was looked for, and links
// that loop or leave the volume count as missing.
func (v *view) keep(err error) {
	if v.err == nil && errors.Is(err, fs.ErrPermission) {
		v.err = err
	}
}

func (v *view) isDir(name string) bool {
	info := v.stat(name)
	return info != nil && info.IsDir()
}

func (v *view) isFile(name string) bool {
	info := v.stat(name)
	return info != nil && info.Mode().IsRegular()
}

// open opens a regular file, nil if there is none.
func (v *view) open(name string) *os.File {
	if !v.isFile(name) {
		return nil
	}
	file, err := v.root.Open(path.Join(v.base, name))
	v.keep(err)
	if err != nil {
		return nil
	}
	return file
}

// read returns a small file's content, nil if it is not there.
func (v *view) read(name string) []byte {
	file := v.open(name)
	if file == nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, maxConfig))
	v.keep(err)
	return content
}

// names returns up to limit names of a folder, lost+found left out.
func (v *view) names(folder string, limit int) []string {
	dir, err := v.root.Open(path.Join(v.base, folder))
	v.keep(err)
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(limit + 1)
	v.keep(err)
	return slices.DeleteFunc(names, func(name string) bool { return name == seid.LostAndFound })
}

// holdsDatabase says whether a folder holds more than what an empty store leaves behind: a lock and a change log.
func (v *view) holdsDatabase(folder string) bool {
	if !v.isDir(folder) {
		return false
	}
	return slices.ContainsFunc(v.names(folder, 64), func(name string) bool { return name != "LOCK" && name != "changelog" })
}

// link returns where a link points, "" if it is none.
func (v *view) link(name string) string {
	target, err := v.root.Readlink(path.Join(v.base, name))
	if err != nil {
		return ""
	}
	return target
}

// owner is the user that a folder belongs to, 0 if that cannot be told.
func (v *view) owner(folder string) int64 {
	info := v.stat(folder)
	if info == nil {
		return 0
	}
	if stat, known := info.Sys().(*syscall.Stat_t); known {
		return int64(stat.Uid)
	}
	return 0
}

func freeBytes(folder string) int64 {
	var stat syscall.Statfs_t
	if syscall.Statfs(folder, &stat) != nil {
		return 0
	}
	return int64(stat.Bavail) * stat.Bsize //nolint:gosec // far from 2^63
}

// lookup finds a dotted key in a parsed file.
func lookup(document map[string]any, key string) (any, bool) {
	section, rest, nested := strings.Cut(key, ".")
	value, found := document[section]
	if !found || !nested {
		return value, found
	}
	below, isTable := value.(map[string]any)
	if !isTable {
		return nil, false
	}
	return lookup(below, rest)
}
