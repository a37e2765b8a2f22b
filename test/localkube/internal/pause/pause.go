// Package pause makes the image of the process that every pod begins with. Its program is compiled where the cluster
// runs, from source that is part of this one: there is no registry to take an image from.
package pause

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/seinode/seinode-operator/hack/image/ociimage"
)

//go:embed program/pause.go
var source []byte

// WriteImage writes the image's tarball to a path, whose folder also serves for scratch.
func WriteImage(path, tag string) error {
	program := filepath.Join(filepath.Dir(path), "pause")
	if err := compile(program); err != nil {
		return err
	}
	img, err := ociimage.Build(ociimage.Spec{Arch: runtime.GOARCH, Entrypoint: []string{"/pause"},
		User: ociimage.NonRoot, WorkDir: "/", Files: map[string]string{"/pause": program}})
	if err != nil {
		return err
	}
	return ociimage.WriteFile(path, tag, img)
}

func compile(program string) error {
	file := program + ".go"
	if err := os.WriteFile(file, source, 0o644); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, file)
	cmd.Dir = filepath.Dir(program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GO111MODULE=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile the pause program: %w: %s", err, out)
	}
	return nil
}
