package ociimage

import (
	"archive/tar"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func program(t *testing.T, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!program"), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func build(t *testing.T, file string) v1.Image {
	t.Helper()
	img, err := Build(Spec{Arch: "arm64", Entrypoint: []string{"/bin/program", "serve"}, User: NonRoot, WorkDir: "/",
		Env: []string{"A=b"}, Labels: map[string]string{"k": "v"},
		Files: map[string]string{"/bin/program": file, "/aa": file, "/z/y/x": file}})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestEqualInputsGiveEqualImages(t *testing.T) {
	first, err := build(t, program(t, 0o600)).Digest()
	if err != nil {
		t.Fatal(err)
	}
	second, err := build(t, program(t, 0o777)).Digest()
	if err != nil {
		t.Fatal(err)
	}
	if first != second {
		t.Errorf("two builds of the same content differ: %s, %s", first, second)
	}
}

func TestConfigSaysHowTheImageRuns(t *testing.T) {
	file, err := build(t, program(t, 0o600)).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if file.OS != "linux" || file.Architecture != "arm64" {
		t.Errorf("platform %s/%s", file.OS, file.Architecture)
	}
	c := file.Config
	if !slices.Equal(c.Entrypoint, []string{"/bin/program", "serve"}) || c.User != NonRoot || c.WorkingDir != "/" {
		t.Errorf("config %+v", c)
	}
	if !slices.Contains(c.Env, "A=b") || c.Labels["k"] != "v" {
		t.Errorf("env %v, labels %v", c.Env, c.Labels)
	}
}

func TestLayerHoldsTheFilesAndTheBase(t *testing.T) {
	headers, order := read(t, build(t, program(t, 0o600)))
	if !slices.IsSorted(order) {
		t.Errorf("entries out of order: %v", order)
	}
	for path, want := range map[string]struct {
		mode  int64
		owner int
	}{
		"bin/program": {0o755, 0}, "z/y/": {0o755, 0}, "tmp/": {0o1777, 0}, "home/nonroot/": {0o755, nonRootID},
		"etc/passwd": {0o644, 0}, "etc/group": {0o644, 0},
	} {
		h := headers[path]
		if h == nil || h.Mode != want.mode || h.Uid != want.owner || h.Gid != want.owner || !h.ModTime.Equal(epoch) {
			t.Errorf("%s: %+v", path, h)
		}
	}
}

func read(t *testing.T, img v1.Image) (map[string]*tar.Header, []string) {
	t.Helper()
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	headers, order := map[string]*tar.Header{}, []string{}
	for r := tar.NewReader(content); ; {
		h, err := r.Next()
		if err == io.EOF {
			return headers, order
		}
		if err != nil {
			t.Fatal(err)
		}
		headers[h.Name], order = h, append(order, h.Name)
	}
}

func TestWrittenTarballReadsBack(t *testing.T) {
	img := build(t, program(t, 0o600))
	out := filepath.Join(t.TempDir(), "out.tar")
	if err := WriteFile(out, "seinode-operator:dev", img); err != nil {
		t.Fatal(err)
	}
	back, err := tarball.ImageFromPath(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := img.ConfigName()
	if got, err := back.ConfigName(); err != nil || got != want {
		t.Errorf("%s came back as %s (%v)", want, got, err)
	}
}

func TestMissingFileIsAnError(t *testing.T) {
	if _, err := Build(Spec{Arch: "amd64", Files: map[string]string{"/a": "/no/such/file"}}); err == nil {
		t.Error("no error")
	}
}
