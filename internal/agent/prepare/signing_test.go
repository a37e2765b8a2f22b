package prepare_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/prepare"
	"github.com/seinode/seinode-operator/internal/agent/volume"
)

// TestOnlyTheUserSaysThatASecretsKeyNeverSigned: the key may have signed on another volume.
func TestOnlyTheUserSaysThatASecretsKeyNeverSigned(t *testing.T) {
	const state = "data/priv_validator_state.json"
	data := files{"data/state_commit/memiavl/current": "x"}
	for name, test := range map[string]struct {
		volume   files
		onVolume bool
		fresh    bool
		want     string
	}{
		"a Secret's, an empty volume":                 {files{}, false, false, ""},
		"a Secret's, an empty volume, and fresh":      {files{}, false, true, zero},
		"a Secret's, data":                            {data, false, false, ""},
		"a Secret's, data, and fresh":                 {data, false, true, zero},
		"the volume's, data":                          {data, true, false, ""},
		"the volume's, data, and fresh":               {data, true, true, zero},
		"a sign state that is there stays, and fresh": {data.and(files{state: `{"height":"7"}`}), false, true, `{"height":"7"}`},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, test.volume, "validator")
			o.KeyOnVolume, o.FreshState = test.onVolume, test.fresh
			if _, err := prepare.Prepare(o); err != nil {
				t.Fatal(err)
			}
			found := harvest(t, o.Volume)
			if found[state] != test.want {
				t.Errorf("the sign state is %q, wanted %q", found[state], test.want)
			}
			_, hasKey := found["config/priv_validator_key.json"]
			if hasKey || found[began] != "" {
				t.Errorf("a key was made: %t, noted as begun: %q", hasKey, found[began])
			}
		})
	}
}

// TestAHomePathIsMade on an empty volume, and seid's home is a link to it.
func TestAHomePathIsMade(t *testing.T) {
	o := options(t, files{}, "fullNode")
	o.Place = volume.Place{HomePath: "chains/sei"}
	if _, err := prepare.Prepare(o); err != nil {
		t.Fatal(err)
	}
	if got := harvest(t, o.Volume)["chains/sei/config/config.toml"]; got != fresh {
		t.Errorf("config.toml there is %q", got)
	}
	if target, err := os.Readlink(o.Home); err != nil || target != filepath.Join(o.Volume, "chains", "sei") {
		t.Errorf("the home is a link to %q (%v)", target, err)
	}
}

// TestWhatIsNotUnderstoodIsNamed, with nothing written.
func TestWhatIsNotUnderstoodIsNamed(t *testing.T) {
	o := options(t, files{"data/state_commit/memiavl/current": "", "config": "x"}, "fullNode")
	before := harvest(t, o.Volume)
	if _, err := prepare.Prepare(o); err == nil || !strings.Contains(err.Error(), "config is a file where a folder is wanted") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(before, harvest(t, o.Volume)); diff != "" {
		t.Errorf("something was written:\n%s", diff)
	}
	if _, err := os.Readlink(o.Home); err == nil {
		t.Error("the home was linked")
	}
}

// asSeid runs as seid's user in one thread, which ends with it.
func asSeid(t *testing.T, run func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	done := make(chan syscall.Errno, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends here
		_, _, failed := syscall.RawSyscall(syscall.SYS_SETRESUID, 65532, 65532, 65532)
		if failed == 0 {
			run()
		}
		done <- failed
	}()
	if failed := <-done; failed != 0 {
		t.Fatal(failed)
	}
}

// TestWhatSeidCannotWriteIsToldBeforeAnythingIsWritten, as seid's own user.
func TestWhatSeidCannotWriteIsToldBeforeAnythingIsWritten(t *testing.T) {
	home := files{
		"config/config.toml": mine, "data/tendermint/blockstore.db/CURRENT": "x", "data/tendermint/blockstore.db/LOCK": "", "wasm/wasm/state/wasm/a.wasm": "x",
		"data/priv_validator_state.json": zero,
	}
	for name, says := range map[string]string{
		"": "the volume's folder", "data": "data on the volume", "data/tendermint": "data/tendermint on the volume", "data/tendermint/blockstore.db": "blockstore.db",
		"data/tendermint/blockstore.db/LOCK": "blockstore.db/LOCK", "wasm": "wasm on the volume", "wasm/wasm/state/wasm": "wasm/wasm/state/wasm on the volume",
		"config": "config on the volume", "data/priv_validator_state.json": "", "wasm/wasm/state/wasm/a.wasm": "",
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, home, "fullNode")
			if name == "" {
				o = options(t, files{}, "fullNode")
			}
			owned(t, 65532, filepath.Dir(o.Home), o.Scratch, o.Volume)
			at := filepath.Join(o.Volume, name)
			if err := os.Chown(at, 0, 0); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(at, 0o755); err != nil {
				t.Fatal(err)
			}
			before := harvest(t, o.Volume)
			var err error
			asSeid(t, func() { _, err = prepare.Prepare(o) })
			if says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "belongs to user 0, group 0, mode 755") {
				t.Errorf("error %v; wanted one of %q", err, says)
			}
			if diff := cmp.Diff(before, harvest(t, o.Volume)); diff != "" {
				t.Errorf("something was written:\n%s", diff)
			}
		})
	}
}

// owned gives folders and all that is below to a user.
func owned(t *testing.T, user int, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				err = os.Chown(path, user, user)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAReadOnlyVolumeIsTold: that no user may write is another trouble than that this one may not.
func TestAReadOnlyVolumeIsTold(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root mounts")
	}
	o := options(t, files{"config/config.toml": mine}, "fullNode")
	if err := syscall.Mount(o.Volume, o.Volume, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("no mounts here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(o.Volume, 0) })
	if err := syscall.Mount("", o.Volume, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip("no mounts here: ", err)
	}
	if _, err := prepare.Prepare(o); err == nil || !strings.Contains(err.Error(), "is read-only") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Readlink(o.Home); err == nil {
		t.Error("the home was linked")
	}
}
