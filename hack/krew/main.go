// Command krew builds kubectl sei for each platform, packs it, and writes the manifest by which krew, the package manager of kubectl's plugins, installs it.
//
//	go run ./hack/krew -version 0.1.0 -ldflags FLAGS -o DIR
//
// It makes DIR anew, with an archive for each platform, sei.yaml and sha256sums.txt. The same source gives the same bytes. It runs in the checkout's root.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

func main() {
	version := flag.String("version", "", "the release, such as 0.1.0")
	ldflags := flag.String("ldflags", "", "the linker's flags")
	out := flag.String("o", "", "the folder to write; what is in it goes")
	flag.Parse()
	if err := release(*version, *out, func(p platform, to string) error { return p.build(*ldflags, to) }); err != nil {
		fmt.Fprintln(os.Stderr, "krew:", err)
		os.Exit(1)
	}
}

// release writes all of it; build makes the binary of a platform.
func release(version, out string, build func(p platform, to string) error) error {
	manifest, err := manifestOf(version)
	if err != nil {
		return err
	}
	if err := anew(out); err != nil {
		return err
	}
	sums := ""
	for _, p := range platforms {
		archive, err := packed(p, build)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		name, sum := p.archive(manifest.Spec.Version), fmt.Sprintf("%x", sha256.Sum256(archive))
		if err := publish(out, name, archive); err != nil {
			return err
		}
		manifest.add(p, sum)
		sums += sum + "  " + name + "\n"
	}
	text, err := yaml.Marshal(manifest)
	return errors.Join(err, publish(out, manifest.Metadata.Name+".yaml", text), publish(out, "sha256sums.txt", []byte(sums)))
}

// anew makes an empty folder.
func anew(dir string) error {
	if dir == "" {
		return errors.New("-o is needed: the folder to write")
	}
	return errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)) //nolint:gosec // what is published is for everybody
}

// packed builds and packs the plugin for a platform.
func packed(p platform, build func(platform, string) error) ([]byte, error) {
	work, err := os.MkdirTemp("", "krew-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	binary := filepath.Join(work, p.binary())
	if err := build(p, binary); err != nil {
		return nil, err
	}
	return pack(p.files(binary))
}

// publish writes a file that everybody may read.
func publish(dir, name string, content []byte) error {
	return os.WriteFile(filepath.Join(dir, name), content, 0o644) //nolint:gosec // what is published is for everybody
}
