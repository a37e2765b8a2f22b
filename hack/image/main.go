// Command image writes a container image tarball from files, without a container engine and without a registry.
//
//	go run . --tag seinode-operator:dev --entrypoint /manager -o out.tar /manager=bin/manager
//
// The image starts empty: a temporary folder, a user "nonroot" (65532) and the named files are all that it holds. Equal
// inputs give equal images. It prints the image's ID (the digest of its config), which is what a node reports as imageID.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/seinode/seinode-operator/hack/image/ociimage"
)

func main() {
	spec, tag, out, err := parse(os.Args[1:])
	if err == nil {
		err = build(spec, tag, out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func build(spec ociimage.Spec, tag, out string) error {
	img, err := ociimage.Build(spec)
	if err != nil {
		return err
	}
	if err := ociimage.WriteFile(out, tag, img); err != nil {
		return err
	}
	id, err := img.ConfigName()
	fmt.Println(id)
	return err
}

// parse reads the command line; flags come before the files, as everywhere in Go.
func parse(args []string) (spec ociimage.Spec, tag, out string, err error) {
	flags := flag.NewFlagSet("image", flag.ExitOnError)
	flags.StringVar(&tag, "tag", "", "the image's `name:tag`")
	flags.StringVar(&out, "o", "", "the tarball to write")
	flags.StringVar(&spec.Arch, "arch", "amd64", "the processor that the files are built for")
	flags.StringVar(&spec.User, "user", ociimage.NonRoot, "the `uid:gid` that the image runs as")
	flags.StringVar(&spec.WorkDir, "workdir", "/", "the folder that the image runs in")
	flags.Func("entrypoint", "the `program[,argument...]` that the image runs", func(s string) error {
		spec.Entrypoint = strings.Split(s, ",")
		return nil
	})
	flags.Func("env", "a variable `NAME=VALUE`, any number of times", func(s string) error {
		spec.Env = append(spec.Env, s)
		return nil
	})
	spec.Labels = map[string]string{}
	flags.Func("label", "a label `key=value`, any number of times", into(spec.Labels))
	if err = flags.Parse(args); err != nil {
		return spec, tag, out, err
	}
	if tag == "" || out == "" {
		return spec, tag, out, fmt.Errorf("--tag and -o are needed")
	}
	spec.Files, err = files(flags.Args())
	return spec, tag, out, err
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
