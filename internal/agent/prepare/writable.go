package prepare

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/seid"
)

// What access(2) is asked for: to write a file, and to make files in a folder.
const (
	mayWrite = 0x2
	mayEnter = 0x1
)

// wasmFolders are those that seid makes files in, below wasm/.
var wasmFolders = []string{"", "wasm", "wasm/state", "wasm/state/wasm", "wasm/cache", "wasm/cache/modules"}

// writable asks the kernel, as seid's own user, whether everything that seid writes can be written: with nothing written by then to a volume
// on which seid would stop. config/ counts only where something in it is missing: seid runs with one that is read-only.
func writable(v *volume.Volume, home string) error {
	for _, name := range written(v) {
		at := filepath.Join(home, name)
		for !exists(at) { // what is missing is made by whoever may write to the folder above
			at = filepath.Dir(at)
		}
		if err := access(at); err != nil {
			return fmt.Errorf("%s: %w", shown(home, at), err)
		}
	}
	return nil
}

// written are the files and folders, relative to the home: data/ and what is seid's right below it, the databases, and wasm/. The sign state
// is none of them: seid puts a new file in its place.
func written(v *volume.Volume) []string {
	all := []string{seid.DataDir, seid.WasmDir}
	for _, name := range seid.DataNames {
		if name != seid.SignStateFile && name != seid.BegunFile {
			all = append(all, existing(v, path.Join(seid.DataDir, name))...)
		}
	}
	for _, store := range append([]seid.Store{seid.StateStore(seid.BackendPebble)}, seid.Stores...) {
		for _, folder := range []string{store.Path, store.Legacy} {
			all = append(all, existing(v, folder, folder+"/LOCK", folder+"/changelog")...)
		}
	}
	for _, folder := range wasmFolders {
		all = append(all, existing(v, path.Join(seid.WasmDir, folder))...)
	}
	for _, name := range []string{seid.ConfigTOML, seid.AppTOML, seid.ClientTOML, seid.NodeKeyFile, seid.GenesisFile} {
		if file := path.Join(seid.ConfigDir, name); !v.Exists(file) {
			all = append(all, file)
		}
	}
	return all
}

func existing(v *volume.Volume, names ...string) (found []string) {
	for _, name := range names {
		if v.Exists(name) {
			found = append(found, name)
		}
	}
	return found
}

func exists(at string) bool {
	_, err := os.Lstat(at)
	return err == nil || !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at)
}

func shown(home, at string) string {
	if name, err := filepath.Rel(home, at); err == nil && name != "." {
		return name + " on the volume"
	}
	return "the volume's folder " + at
}

// access says what is to be done where the kernel refuses. A link that leads nowhere is inspect's to tell.
func access(at string) error {
	info, err := os.Stat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	mode := uint32(mayWrite)
	if err == nil && info.IsDir() {
		mode |= mayEnter
	}
	switch err := syscall.Access(at, mode); {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EROFS):
		return errors.New("is read-only, and seid writes there: mount the volume for writing (readOnly and mountOptions of the PersistentVolume); " +
			"a disk that had an error is made read-only by the machine's kernel, whose log then says so")
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot be written by user %d, which seid runs as%s: chown -R %d:%d the home on the volume", os.Getuid(), ownedBy(info), os.Getuid(), os.Getgid())
	default:
		return err
	}
}

func ownedBy(info fs.FileInfo) string {
	if info == nil {
		return ""
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return ""
	}
	return fmt.Sprintf(" (it belongs to user %d, group %d, mode %o)", stat.Uid, stat.Gid, info.Mode().Perm())
}
