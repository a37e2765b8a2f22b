// Command chart turns the operator's manifests into a Helm chart, so that neither is written by hand from the other.
//
//	{ kustomize build config/default; echo ---; kustomize build config/optional; } | go run ./hack/chart -o dist/chart
//
// What a manifest says stays as it is, but for the few places where a value of the chart goes. The values are one table
// (values.go), which values.yaml, values.schema.json and the README's table are written from. Equal inputs give equal charts.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("o", "dist/chart", "the chart's `folder`; its templates/ is replaced")
	version := flag.String("version", "", "the chart's and the operator's `version`; the tag of the manager's image where none is given")
	flag.Parse()
	if err := run(os.Stdin, *out, *version); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

func run(manifests io.Reader, out, version string) error {
	objects, err := read(manifests)
	if err != nil {
		return fmt.Errorf("reading the manifests: %w", err)
	}
	files, err := chart(objects, version)
	if err != nil {
		return err
	}
	return write(out, files)
}

// chart returns the chart's files by path.
func chart(objects []object, version string) (map[string]string, error) {
	found, err := look(objects)
	if err != nil {
		return nil, err
	}
	if version == "" {
		version = found.tag
	}
	table := valuesOf(found)
	files, err := templates(objects, found.comments)
	if err != nil {
		return nil, err
	}
	return files, addStatic(files, version, table)
}

// write replaces the templates as a whole, so that the template of an object that is no more goes too.
func write(out string, files map[string]string) error {
	if err := os.RemoveAll(filepath.Join(out, "templates")); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
