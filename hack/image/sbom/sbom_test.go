package sbom_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	spdxjson "github.com/spdx/tools-golang/json"

	"github.com/seinode/seinode-operator/hack/image/sbom"
)

// image holds the image builder itself, which has modules and a toolchain.
func image(t *testing.T) sbom.Image {
	t.Helper()
	program := filepath.Join(t.TempDir(), "image")
	if text, err := exec.Command("go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return sbom.Image{Name: "ghcr.io/seinode/thing:1.2.3", Digest: "sha256:0123", Files: []string{program}}
}

func TestTheDocumentNamesImageModulesAndToolchain(t *testing.T) {
	var out bytes.Buffer
	if err := sbom.Write(&out, image(t)); err != nil {
		t.Fatal(err)
	}
	read, err := spdxjson.Read(&out)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, found := range read.Packages {
		versions[found.PackageName] = found.PackageVersion
	}
	for _, name := range []string{"thing", "github.com/seinode/seinode-operator/hack/image"} {
		if versions[name] != "1.2.3" {
			t.Errorf("%s is version %q, wanted that of the image, 1.2.3", name, versions[name])
		}
	}
	for _, name := range []string{"stdlib", "github.com/spdx/tools-golang"} {
		if versions[name] == "" {
			t.Errorf("%s is not in the document, or without a version", name)
		}
	}
	described := 0
	for _, relation := range read.Relationships {
		if relation.Relationship == "DESCRIBES" {
			described++
		}
	}
	if described != 1 || len(read.Relationships) < 4 {
		t.Errorf("%d relationships, of which %d say what the document describes", len(read.Relationships), described)
	}
}

func TestEqualImagesHaveEqualDocuments(t *testing.T) {
	var first, second bytes.Buffer
	same := image(t)
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := sbom.Write(out, same); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two documents of one image differ")
	}
}

func TestAProgramThatSaysNothingIsAnErrorAndDataIsNot(t *testing.T) {
	for content, wanted := range map[string]bool{"\x7fELF, and not of Go": true, "data: 1": false, "": false} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := sbom.Write(&bytes.Buffer{}, sbom.Image{Name: "thing:1", Files: []string{path}})
		if (err != nil) != wanted || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, wanted an error that names the file: %v", content, err, wanted)
		}
	}
	if err := sbom.Write(&bytes.Buffer{}, sbom.Image{Name: "thing:1", Files: []string{"/no/such/file"}}); err == nil {
		t.Error("a file that is not there is no error")
	}
}

// A module that is replaced by a folder of the checkout goes by its own name.
func TestAFolderIsNoModule(t *testing.T) {
	dir := t.TempDir()
	for path, content := range map[string]string{
		"go.mod":     "module example.com/Program\n\nrequire example.com/library v1.0.0\n\nreplace example.com/library => ./lib\n",
		"main.go":    "package main\n\nimport _ \"example.com/library\"\n\nfunc main() {}\n",
		"lib/go.mod": "module example.com/library\n",
		"lib/lib.go": "package library\n",
	} {
		_ = os.Mkdir(filepath.Join(dir, "lib"), 0o700)
		if err := os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", "program", ".")
	build.Dir = dir
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var out bytes.Buffer
	if err := sbom.Write(&out, sbom.Image{Name: "thing:1", Files: []string{filepath.Join(dir, "program")}}); err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{`"name": "example.com/library"`, `"pkg:golang/example.com/program@`} {
		if !strings.Contains(out.String(), wanted) {
			t.Errorf("found no %s in %s", wanted, out.String())
		}
	}
	if strings.Contains(out.String(), "./lib") {
		t.Error("a folder's name is in the document")
	}
}
