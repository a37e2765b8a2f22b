package pause

import (
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func TestImageRunsTheProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "pause.tar")
	if err := WriteImage(out, "localkube/pause:test"); err != nil {
		t.Fatal(err)
	}
	img, err := tarball.ImageFromPath(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil || len(config.Config.Entrypoint) != 1 || config.Config.Entrypoint[0] != "/pause" {
		t.Errorf("%+v, %v", config, err)
	}
}
