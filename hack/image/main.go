// Command image writes a container image tarball from files, without a container engine and without a registry.
//
//	go run . --tag seinode-operator:dev --entrypoint /manager -o out.tar /manager=bin/manager
//
// With --sbom it also writes an SPDX document of the Go programs in it.
//
// The image starts empty: a temporary folder, a user "nonroot" (65532) and the named files are all that it holds. Equal
// inputs give equal images. It prints the image's ID (the digest of its config), which is what a node reports as imageID.
package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/seinode/seinode-operator/hack/image/ociimage"
	"github.com/seinode/seinode-operator/hack/image/sbom"
)

func main() {
	o, err := parse(os.Args[1:])
	if err == nil {
		err = build(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// options is the command line.
type options struct {
	spec           ociimage.Spec
	tag, out, sbom string
}

func build(o options) error {
	img, err := ociimage.Build(o.spec)
	if err != nil {
		return err
	}
	if err := ociimage.WriteFile(o.out, o.tag, img); err != nil {
		return err
	}
	id, err := img.ConfigName()
	fmt.Println(id)
	if err != nil || o.sbom == "" {
		return err
	}
	return writeSBOM(o, img)
}

func writeSBOM(o options, img v1.Image) error {
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	file, err := os.Create(o.sbom)
	if err != nil {
		return err
	}
	files := slices.Collect(maps.Values(o.spec.Files))
	return errors.Join(sbom.Write(file, sbom.Image{Name: o.tag, Digest: digest.String(), Files: files}), file.Close())
}

// parse reads the command line; flags come before the files, as everywhere in Go.
func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("image", flag.ExitOnError)
	flags.StringVar(&o.tag, "tag", "", "the image's `name:tag`")
	flags.StringVar(&o.out, "o", "", "the tarball to write")
	flags.StringVar(&o.sbom, "sbom", "", "an SPDX document to write: what the Go programs in the image were built from")
	flags.StringVar(&o.spec.Arch, "arch", "amd64", "the processor that the files are built for")
	flags.StringVar(&o.spec.User, "user", ociimage.NonRoot, "the `uid:gid` that the image runs as")
	flags.StringVar(&o.spec.WorkDir, "workdir", "/", "the folder that the image runs in")
	flags.Func("entrypoint", "the `program[,argument...]` that the image runs", func(s string) error {
		o.spec.Entrypoint = strings.Split(s, ",")
		return nil
	})
	flags.Func("env", "a variable `NAME=VALUE`, any number of times", func(s string) error {
		o.spec.Env = append(o.spec.Env, s)
		return nil
	})
	o.spec.Labels = map[string]string{}
	flags.Func("label", "a label `key=value`, any number of times", into(o.spec.Labels))
	if err = flags.Parse(args); err != nil {
		return o, err
	}
	if o.tag == "" || o.out == "" {
		return o, errors.New("--tag and -o are needed")
	}
	o.spec.Files, err = files(flags.Args())
	return o, err
}

func files(args []string) (map[string]string, error) {
	found := map[string]string{}
	add := into(found)
	for _, arg := range args {
		if err := add(arg); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func into(m map[string]string) func(string) error {
	return func(s string) error {
		key, value, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			return fmt.Errorf("%q is not of the form key=value", s)
		}
		m[key] = value
		return nil
	}
}
