package volume_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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

func open(t *testing.T, folder string) *volume.Volume {
	t.Helper()
	v, err := volume.Open(folder)
	must(t, err)
	t.Cleanup(v.Close)
	return v
}

// TestHome: inspect, prepare and serve all go by this answer. A link that leaves the volume leads nowhere, for all three.
func TestHome(t *testing.T) {
	outside := volumeWith(t, "config", "data")
	for name, test := range map[string]struct {
		folders []string
		links   map[string]string
		layout  wire.Layout
		home    string
		homes   []string
	}{
		"empty":                     {nil, nil, wire.LayoutEmpty, "", nil},
		"lost+found":                {[]string{"lost+found"}, nil, wire.LayoutEmpty, "", nil},
		"root":                      {[]string{"config", "data"}, nil, wire.LayoutRoot, "", []string{""}},
		"data alone":                {[]string{"data"}, nil, wire.LayoutDataOnly, "", []string{""}},
		"nested":                    {[]string{".sei/config"}, nil, wire.LayoutNested, ".sei", []string{".sei"}},
		"nested, data alone":        {[]string{".sei/data"}, nil, wire.LayoutNested, ".sei", []string{".sei"}},
		"two":                       {[]string{".sei/data", "config"}, nil, wire.LayoutUnknown, "", []string{"", ".sei"}},
		"something else":            {[]string{"photos"}, nil, wire.LayoutUnknown, "", nil},
		"a link that leaves":        {nil, map[string]string{"config": filepath.Join(outside, "config")}, wire.LayoutUnknown, "", nil},
		"a nested link that leaves": {nil, map[string]string{".sei": outside}, wire.LayoutUnknown, "", nil},
		"a link that loops":         {nil, map[string]string{"data": "data"}, wire.LayoutUnknown, "", nil},
		"a link that stays":         {[]string{"old/data"}, map[string]string{"data": "old/data"}, wire.LayoutDataOnly, "", []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			root := volumeWith(t, test.folders...)
			for link, target := range test.links {
				must(t, os.Symlink(target, filepath.Join(root, link)))
			}
			v := open(t, root)
			layout, home := v.Home()
			if layout != test.layout || home != test.home || !slices.Equal(v.Homes(), test.homes) {
				t.Errorf("%s in %q, of %q", layout, home, v.Homes())
			}
		})
	}
}

// TestTwoHomesAreNobodys: prepare goes by the same answer as inspect, also where the user waved the defect through.
func TestTwoHomesAreNobodys(t *testing.T) {
	root := volumeWith(t, ".sei/data", "config")
	_, err := prepare.Prepare(prepare.Options{Volume: root, Scratch: t.TempDir(), Home: filepath.Join(t.TempDir(), "home"), Mode: "fullNode"})
	if err == nil {
		t.Error("prepare chose one")
	}
}

// TestAPipeHangsNobody, wherever it lies.
func TestAPipeHangsNobody(t *testing.T) {
	paths := []string{
		seid.ConfigDir, seid.DataDir, seid.WasmDir, seid.NestedHome, seid.UpgradeInfo, seid.SnapshotsDir, seid.StateStores, seid.StateCommit.Path,
		seid.BlockStore.Path, seid.DataDir + "/" + seid.SignStateFile, seid.StateCommit.Path + "/current",
	}
	for _, name := range []string{seid.ConfigTOML, seid.AppTOML, seid.ClientTOML, seid.GenesisFile, seid.NodeKeyFile, seid.SigningKeyFile} {
		paths = append(paths, seid.ConfigDir+"/"+name)
	}
	genesis := filepath.Join(t.TempDir(), "genesis.json")
	must(t, os.WriteFile(genesis, []byte(`{"chain_id":"x"}`), 0o600))
	for _, pipe := range paths {
		t.Run(pipe, func(t *testing.T) {
			root := volumeWith(t, filepath.Dir(pipe))
			must(t, syscall.Mkfifo(filepath.Join(root, pipe), 0o600))
			done := make(chan struct{})
			go func() {
				defer close(done)
				inspect.Inspect(inspect.Options{Volume: root, ChainID: "x", Mode: "validator", KeyOnVolume: true})
				_, _ = prepare.Prepare(prepare.Options{
					Volume: root, Scratch: t.TempDir(), Home: filepath.Join(t.TempDir(), "home"), Mode: "validator", Genesis: genesis,
				})
				down := httptest.NewServer(http.NotFoundHandler())
				defer down.Close()
				serve.New(serve.Options{Volume: root, RPC: down.URL}, time.Now).Look(t.Context())
			}()
			select {
			case <-done:
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

// TestReadIsBounded: a configuration of gigabytes is cut.
func TestReadIsBounded(t *testing.T) {
	root := volumeWith(t)
	must(t, os.WriteFile(filepath.Join(root, "big"), nil, 0o600))
	must(t, os.Truncate(filepath.Join(root, "big"), 1<<30))
	if got := len(open(t, root).Read("big")); got != volume.MaxConfig {
		t.Errorf("%d bytes were read", got)
	}
}

func TestNames(t *testing.T) {
	root := volumeWith(t, "a", "b", "lost+found")
	names := open(t, root).Names(".", 8)
	slices.Sort(names)
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
