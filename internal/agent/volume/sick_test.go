package volume

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestASickVolumeIsNotAnEmptyOne: what a disk does not give is not missing.
func TestASickVolumeIsNotAnEmptyOne(t *testing.T) {
	for cause, kept := range map[error]bool{
		syscall.EIO: true, syscall.ESTALE: true, syscall.EUCLEAN: true, syscall.ENOTCONN: true, syscall.EACCES: true, syscall.EPERM: true,
		syscall.ENOENT: false, syscall.ENOTDIR: false, syscall.ELOOP: false, syscall.ENAMETOOLONG: false,
		errors.New("path escapes from parent"): false,
	} {
		v := &Volume{}
		v.keep(&fs.PathError{Op: "open", Path: "data", Err: cause})
		if (v.Err != nil) != kept {
			t.Errorf("%v: kept %v", cause, v.Err)
		}
	}
}

// TestTheFirstErrorIsKept: it is nearest to the cause.
func TestTheFirstErrorIsKept(t *testing.T) {
	v := &Volume{}
	v.keep(syscall.EIO)
	v.keep(syscall.EACCES)
	if !errors.Is(v.Err, syscall.EIO) {
		t.Errorf("%v", v.Err)
	}
}

// TestWhatLeadsNowhereIsNotMissing: no link and no odd name makes a volume unreadable, and each is told by name.
func TestWhatLeadsNowhereIsNotMissing(t *testing.T) {
	folder := t.TempDir()
	for name, target := range map[string]string{"dangling": "nowhere", "loop": "loop", "outside": "/etc", "up": "../.."} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, says := range map[string]string{
		"none": "", "dangling": "does not exist", "loop": "in a circle", "outside": "off the volume", "up": "off the volume",
		"outside/passwd": "off the volume", "dangling/below/it": "does not exist",
	} {
		v, err := Open(folder, Place{})
		if err != nil {
			t.Fatal(err)
		}
		if v.IsDir(name) || v.IsFile(name) || v.Err != nil {
			t.Errorf("%s: a folder %t, a file %t, %v", name, v.IsDir(name), v.IsFile(name), v.Err)
		}
		if len(v.Odd) != min(len(says), 1) || says != "" && !strings.Contains(v.Odd[0].String(), says) {
			t.Errorf("%s: %v; wanted %q", name, v.Odd, says)
		}
		v.Close()
	}
}
