// Package sbom writes down what an image is made of, as an SPDX 2.3 document: the image, its Go binaries, and the modules that each
// binary was built from, as the Go toolchain stamped them into it.
package sbom

import (
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// Image is what the document is about.
type Image struct {
	// Name is the image's repository and tag; Digest that of its manifest, sha256:<hex>.
	Name, Digest string
	// Files are those in it, as paths on this machine. What is no program is nothing that was built from something.
	Files []string
}

// ours is what our own programs' package paths begin with.
const ours = "github.com/seinode/seinode-operator/"

// created stands in for the time of the run: equal images have equal documents.
const created = "1970-01-01T00:00:00Z"

// Write writes the document. A program without Go's build information is an error: the document would leave out what it is made of.
func Write(out io.Writer, image Image) error {
	d := newDocument(image)
	for _, path := range slices.Sorted(slices.Values(image.Files)) {
		if err := d.addFile(path); err != nil {
			return fmt.Errorf("what is %s built from: %w", path, err)
		}
	}
	return spdxjson.Write(d.Document, out, spdxjson.Indent("  "))
}

func (d document) addFile(path string) error {
	program, err := isProgram(path)
	if err != nil || !program {
		return err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	d.addBinary(info)
	return nil
}

// isProgram knows what Linux runs by its first four bytes.
func isProgram(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	magic := make([]byte, len(elf.ELFMAG))
	_, err = io.ReadFull(file, magic)
	return err == nil && string(magic) == elf.ELFMAG, nil
}

type document struct {
	*v2_3.Document
	image   common.ElementID
	version string
	known   map[common.ElementID]bool
}

func newDocument(image Image) document {
	d := document{known: map[common.ElementID]bool{}, Document: &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: image.Name,
		DocumentNamespace: "https://github.com/seinode/seinode-operator/sbom/" + image.Digest,
		CreationInfo:      &v2_3.CreationInfo{Created: created, Creators: []common.Creator{{CreatorType: "Tool", Creator: "seinode-operator/hack/image"}}},
	}}
	name, version, _ := strings.Cut(image.Name[strings.LastIndex(image.Name, "/")+1:], ":")
	d.version = version
	d.image = d.addPackage(name, version, "pkg:oci/"+name+"@"+strings.Replace(image.Digest, ":", "%3A", 1), "Apache-2.0")
	d.relate("DOCUMENT", common.TypeRelationshipDescribe, d.image)
	return d
}

// addBinary adds a program, its modules as they were after replacements, and the standard library of its toolchain.
func (d document) addBinary(info *debug.BuildInfo) {
	version, license := info.Main.Version, "NOASSERTION"
	if strings.HasPrefix(info.Path, ours) { // built from a checkout, so that the toolchain knows no version
		version, license = d.version, "Apache-2.0"
	}
	program := d.addPackage(info.Path, version, golang(info.Path, version), license)
	d.relate(d.image, common.TypeRelationshipContains, program)
	library := strings.TrimPrefix(strings.Fields(info.GoVersion)[0], "go")
	d.relate(program, common.TypeRelationshipDependsOn, d.addPackage("stdlib", library, golang("stdlib", library), "NOASSERTION"))
	for _, module := range info.Deps {
		if module.Replace != nil && !strings.HasPrefix(module.Replace.Path, ".") { // a folder's name says nothing
			module = module.Replace
		}
		found := d.addPackage(module.Path, module.Version, golang(module.Path, module.Version), "NOASSERTION")
		d.relate(program, common.TypeRelationshipDependsOn, found)
	}
}

// golang is the package URL of a Go module or program: in lower case, and with no plus sign, as that format wants it.
func golang(path, version string) string {
	return "pkg:golang/" + strings.ToLower(path) + "@" + strings.ReplaceAll(version, "+", "%2B")
}

// addPackage adds a package once, and returns its identifier.
func (d document) addPackage(name, version, locator, license string) common.ElementID {
	id := common.ElementID("Package-" + notAllowed.ReplaceAllString(name+"-"+version, "-"))
	if d.known[id] {
		return id
	}
	d.known[id] = true
	d.Packages = append(d.Packages, &v2_3.Package{
		PackageName: name, PackageVersion: version, PackageSPDXIdentifier: id, PackageDownloadLocation: "NOASSERTION",
		PackageLicenseConcluded: "NOASSERTION", PackageLicenseDeclared: license, PackageCopyrightText: "NOASSERTION",
		PackageExternalReferences: []*v2_3.PackageExternalReference{{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: locator}},
	})
	return id
}

// notAllowed is what an identifier may not hold.
var notAllowed = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

func (d document) relate(from common.ElementID, kind string, to common.ElementID) {
	d.Relationships = append(d.Relationships, &v2_3.Relationship{
		RefA: common.DocElementID{ElementRefID: from}, RefB: common.DocElementID{ElementRefID: to}, Relationship: kind,
	})
}
