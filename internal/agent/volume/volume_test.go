package volume_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/prepare"
	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// volumeWith makes a volume with those folders.
func volumeWith(t *testing.T, folders ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, folder := range folders {
		must(t, os.MkdirAll(filepath.Join(root, folder), 0o755))
	}
	return root
}

func open(t *testing.T, folder string, place volume.Place) *volume.Volume {
	t.Helper()
	v, err := volume.Open(folder, place)
	must(t, err)
	t.Cleanup(v.Close)
	return v
}

// TestTwoHomesAreNobodys: prepare goes by the same answer as inspect, also where the user waved the defect through.
func TestTwoHomesAreNobodys(t *testing.T) {
	root := volumeWith(t, ".sei/data/state_commit/memiavl/snapshot-1", "data/state_commit/memiavl/snapshot-1")
	_, err := prepare.Prepare(prepare.Options{Volume: root, Scratch: t.TempDir(), Home: filepath.Join(t.TempDir(), "home"), Mode: "fullNode"})
	if err == nil {
		t.Error("prepare chose one")
	}
}

// TestAPipeHangsNobody, wherever it lies.
func TestAPipeHangsNobody(t *testing.T) {
	paths := []string{
		seid.ConfigDir, seid.DataDir, seid.WasmDir, seid.NestedHome, seid.UpgradeInfo, seid.SnapshotsDir, seid.StateStores, seid.StateCommit.Path,
		seid.BlockStore.Path, seid.WAL.Path + "/wal", seid.StateCommit.Path + "/changelog", seid.DataDir + "/" + seid.BegunFile, seid.DataDir + "/" + seid.SignStateFile, seid.StateCommit.Path + "/current",
	}
	for _, name := range []string{seid.ConfigTOML, seid.AppTOML, seid.ClientTOML, seid.GenesisFile, seid.NodeKeyFile, seid.SigningKeyFile} {
		paths = append(paths, seid.ConfigDir+"/"+name)
	}
	reasonOf := map[string]string{seid.NestedHome: wire.ReasonLayoutUnknown, seid.WasmDir: wire.ReasonLayoutUnknown, seid.StateCommit.Path + "/current": wire.ReasonDataIncomplete}
	genesis := filepath.Join(t.TempDir(), "genesis.json")
	must(t, os.WriteFile(genesis, []byte(`{"chain_id":"x"}`), 0o600))
	for _, pipe := range paths {
		t.Run(pipe, func(t *testing.T) {
			root := volumeWith(t, filepath.Dir(pipe))
			if store := seid.Receipts.Path; filepath.Dir(pipe) != "." { // a home, else
				must(t, os.MkdirAll(filepath.Join(root, store), 0o755))
				must(t, os.WriteFile(filepath.Join(root, store, "CURRENT"), nil, 0o600))
			}
			must(t, syscall.Mkfifo(filepath.Join(root, pipe), 0o600))
			done := make(chan wire.Inspection, 1)
			go func() {
				found := inspect.Inspect(inspect.Options{Volume: root, ChainID: "x", Mode: "validator", KeyOnVolume: true})
				_, _ = prepare.Prepare(prepare.Options{
					Volume: root, Scratch: t.TempDir(), Home: filepath.Join(t.TempDir(), "home"), Mode: "validator", Genesis: genesis,
				})
				down := httptest.NewServer(http.NotFoundHandler())
				defer down.Close()
				serve.New(serve.Options{Volume: root, RPC: down.URL}, time.Now).Look(t.Context())
				done <- found
			}()
			select {
			case found := <-done:
				if !found.Refused || found.Reason != reasonOf[pipe] && (found.Reason != wire.ReasonNotUnderstood || !strings.Contains(found.Message, "is a pipe where")) {
					t.Errorf("%s: %s", found.Reason, found.Message)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("somebody waits for the pipe")
			}
		})
	}
}

// TestAHugeGenesisCostsNoMemory: half a gigabyte is looked at by inspect, and compared by prepare.
func TestAHugeGenesisCostsNoMemory(t *testing.T) {
	const size, allowed = 512 << 20, 32 << 20
	root, other := volumeWith(t, "config", "data"), filepath.Join(t.TempDir(), "genesis.json")
	for _, path := range []string{filepath.Join(root, "config", "genesis.json"), other} {
		must(t, os.WriteFile(path, []byte(`{"chain_id":"x","app_state":"`), 0o600))
		must(t, os.Truncate(path, size))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	inspect.Inspect(inspect.Options{Volume: root, ChainID: "x", Mode: "fullNode"})
	_, err := prepare.Prepare(prepare.Options{Volume: root, Scratch: t.TempDir(), Home: filepath.Join(t.TempDir(), "home"), Mode: "fullNode", Genesis: other})
	must(t, err)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > allowed {
		t.Errorf("%d MiB were allocated", used>>20)
	}
}

// TestALongTextInAGenesisCostsNoMemory, also where the chain's name comes after it.
func TestALongTextInAGenesisCostsNoMemory(t *testing.T) {
	const size, allowed = 64 << 20, 8 << 20
	root := volumeWith(t, "config")
	path := filepath.Join(root, "config", "genesis.json")
	must(t, os.WriteFile(path, []byte(`{"app_state":"`), 0o600))
	must(t, os.Truncate(path, size))
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = file.WriteString(`","chain_id":"x"}`)
	must(t, errors.Join(err, file.Close()))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if id := open(t, root, volume.Place{}).GenesisChainID(); id != "x" {
		t.Errorf("chain %q", id)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > allowed {
		t.Errorf("%d MiB were allocated", used>>20)
	}
}

// TestReadIsBounded: a configuration of gigabytes is cut.
func TestReadIsBounded(t *testing.T) {
	root := volumeWith(t)
	must(t, os.WriteFile(filepath.Join(root, "big"), nil, 0o600))
	must(t, os.Truncate(filepath.Join(root, "big"), 1<<30))
	if got := len(open(t, root, volume.Place{}).Read("big")); got != volume.MaxConfig {
		t.Errorf("%d bytes were read", got)
	}
}

func TestNames(t *testing.T) {
	root := volumeWith(t, "a", "b", "lost+found")
	names := open(t, root, volume.Place{}).Names(".", 8)
	slices.Sort(names)
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
