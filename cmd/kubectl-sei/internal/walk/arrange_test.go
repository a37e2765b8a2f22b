package walk

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"

	"github.com/seinode/seinode-operator/internal/document"
)

// TestAVolumeOfCosmopilotBecomesAHome by the Job that the page shows, in one go and after it was broken off.
func TestAVolumeOfCosmopilotBecomesAHome(t *testing.T) {
	blocks, err := document.Read(filepath.Join(checkout, "docs", "how-to", "coming-from-cosmopilot.md"))
	if err != nil || len(blocks) == 0 {
		t.Fatal(err)
	}
	job := &batchv1.Job{}
	if err := yaml.UnmarshalStrict([]byte(blocks[len(blocks)-1].Files["arrange.yaml"]), job); err != nil {
		t.Fatal(err)
	}
	container := job.Spec.Template.Spec.Containers[0]
	for name, broken := range map[string]string{"whole": "", "after a move": "data/application.db", "amid the copy of wasm": "wasm.part/half"} {
		t.Run(name, func(t *testing.T) {
			volume, wasm := t.TempDir(), t.TempDir()
			touch(t, volume, "application.db/1", "blockstore.db/1", "priv_validator_state.json", "genesis.json", "lost+found/x")
			touch(t, wasm, "wasm/state/a.wasm", "lost+found/x")
			if broken != "" {
				touch(t, volume, broken+"/2")
				_ = os.RemoveAll(filepath.Join(volume, "application.db"))
				touch(t, volume, "data/application.db/1")
			}
			for range 2 {
				script := strings.NewReplacer("/volume", volume, "/wasm/", wasm+"/").Replace(container.Args[0])
				if output, err := exec.Command(container.Command[0], append(container.Command[1:], script)...).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, output)
				}
			}
			want := []string{"data/application.db/1", "data/blockstore.db/1", "data/genesis.json", "data/priv_validator_state.json", "lost+found/x", "wasm/wasm/state/a.wasm"}
			if broken != "" {
				want = append(want, strings.Replace(broken, "wasm.part", "wasm", 1)+"/2")
			}
			slices.Sort(want)
			if got := files(t, volume); !slices.Equal(got, want) {
				t.Errorf("found %q, wanted %q", got, want)
			}
		})
	}
}

func touch(t *testing.T, root string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte(name), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func files(t *testing.T, root string) (found []string) {
	t.Helper()
	if err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(root, path)
			found = append(found, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
