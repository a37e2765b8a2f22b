// Package ociimage assembles a container image of one layer from files on this machine.
package ociimage

import (
	"bytes"
	"io"
	"maps"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// NonRoot is the user and group that every image knows besides root.
const NonRoot = "65532:65532"

// Spec says what is in an image and how it runs.
type Spec struct {
	Arch       string
	Entrypoint []string
	User       string
	WorkDir    string
	Env        []string
	Labels     map[string]string
	// Files maps absolute paths in the image to files on this machine.
	Files map[string]string
}

// Build makes the image; nothing of the machine but the files' content goes into it.
func Build(spec Spec) (v1.Image, error) {
	content, err := layerTar(spec.Files)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	})
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	return configure(img, spec)
}

// configure sets the platform too: a container runtime does not unpack an image that names none.
func configure(img v1.Image, spec Spec) (v1.Image, error) {
	old, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file := old.DeepCopy()
	file.OS, file.Architecture = "linux", spec.Arch
	file.Created = v1.Time{Time: epoch}
	file.Config = v1.Config{
		Entrypoint: spec.Entrypoint, User: spec.User, WorkingDir: spec.WorkDir,
		Env:    append([]string{"PATH=/usr/local/bin:/usr/bin:/bin:/"}, spec.Env...),
		Labels: maps.Clone(spec.Labels),
	}
	return mutate.ConfigFile(img, file)
}

// WriteFile saves the image under a tag in the format that `docker load` and `ctr images import` read.
func WriteFile(path, tag string, img v1.Image) error {
	ref, err := name.NewTag(tag)
	if err != nil {
		return err
	}
	return tarball.WriteToFile(path, ref, img)
}

// epoch stands in for every timestamp, so that equal files give equal images.
var epoch = time.Unix(0, 0).UTC()
