package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/seinode/seinode-operator/internal/reference"
)

// small stands in for the compiler: six real builds take minutes.
func small(p platform, to string) error {
	return os.WriteFile(to, []byte("the program for "+p.String()), 0o600)
}

// released is a release of small programs.
func released(t *testing.T) string {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	out := filepath.Join(t.TempDir(), "plugin")
	if err := release("1.2.3-rc.1", out, small); err != nil {
		t.Fatal(err)
	}
	return out
}

// read reads a file of the release.
func read(t *testing.T, parts ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// manifest reads sei.yaml; a field that krew does not have is an error.
func manifest(t *testing.T, out string) (p plugin) {
	t.Helper()
	if err := yaml.UnmarshalStrict(read(t, out, "sei.yaml"), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTheManifestIsAsKrewWantsIt: what krew's own check of a manifest refuses or warns of, and the rules of its index.
func TestTheManifestIsAsKrewWantsIt(t *testing.T) {
	p := manifest(t, released(t))
	if p.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || p.Kind != "Plugin" || p.Metadata.Name != "sei" {
		t.Errorf("found %s %s %q", p.APIVersion, p.Kind, p.Metadata.Name)
	}
	if !regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`).MatchString(p.Spec.Version) {
		t.Errorf("version %q; wanted v and a semantic version", p.Spec.Version)
	}
	if !strings.HasPrefix(p.Spec.Homepage, "https://") {
		t.Errorf("homepage %q", p.Spec.Homepage)
	}
	if short := p.Spec.ShortDescription; short == "" || len(short) > 50 || strings.ContainsAny(short, "\r\n") || strings.HasSuffix(short, ".") {
		t.Errorf("shortDescription %q, of %d characters; wanted one line of at most 50 without a full stop", short, len(short))
	}
	for name, text := range map[string]string{"description": p.Spec.Description, "caveats": p.Spec.Caveats} {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s is empty", name)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > 80 {
				t.Errorf("%s: line %q has %d characters; wanted at most 80", name, line, len(line))
			}
		}
	}
}

// TestEachPlatform is selected by one entry, which names an archive that is there, by its checksum.
func TestEachPlatform(t *testing.T) {
	out := released(t)
	p, sums := manifest(t, out), string(read(t, out, "sha256sums.txt"))
	wanted := map[string]bool{
		"linux/amd64": true, "linux/arm64": true, "darwin/amd64": true, "darwin/arm64": true, "windows/amd64": true, "windows/arm64": true,
	}
	for _, one := range p.Spec.Platforms {
		labels := one.Selector.MatchLabels
		on := labels["os"] + "/" + labels["arch"]
		if len(labels) != 2 || !wanted[on] {
			t.Errorf("selector %v; wanted os and arch, each platform once", labels)
		}
		delete(wanted, on)
		name := path.Base(one.URI)
		if one.URI != reference.Home+"/releases/download/"+p.Spec.Version+"/"+name || !strings.Contains(name, p.Spec.Version) {
			t.Errorf("uri %s; wanted the release's own", one.URI)
		}
		archive := read(t, out, name)
		if sum := fmt.Sprintf("%x", sha256.Sum256(archive)); one.SHA256 != sum || !strings.Contains(sums, sum+"  "+name+"\n") {
			t.Errorf("%s: sha256 %s in sei.yaml; its own is %s, and sha256sums.txt has\n%s", name, one.SHA256, sum, sums)
		}
		holds(t, labels["os"], one.Bin, archive)
	}
	if len(wanted) > 0 || strings.Count(sums, "\n") != len(p.Spec.Platforms) {
		t.Errorf("no entry for %v; the checksums are\n%s", slices.Sorted(maps.Keys(wanted)), sums)
	}
}

// holds fails if an archive does not hold what it should, or more.
func holds(t *testing.T, system, bin string, archive []byte) {
	t.Helper()
	wanted := map[string]int64{"kubectl-sei": 0o755, "LICENSE": 0o644, "kubectl_complete-sei": 0o755}
	if system == "windows" {
		wanted = map[string]int64{"kubectl-sei.exe": 0o755, "LICENSE": 0o644}
	}
	if wanted[bin] != 0o755 {
		t.Errorf("%s: bin is %q; wanted the program", system, bin)
	}
	found := map[string]int64{}
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag != tar.TypeReg || header.Uid != 0 || !header.ModTime.Equal(epoch) {
			t.Errorf("%s: %s has type %c, owner %d and time %s", system, header.Name, header.Typeflag, header.Uid, header.ModTime)
		}
		if content, err := io.ReadAll(files); err != nil || len(content) == 0 {
			t.Errorf("%s: %s: %d bytes, %v", system, header.Name, len(content), err)
		}
		found[header.Name] = header.Mode
	}
	if !maps.Equal(found, wanted) {
		t.Errorf("%s: the archive holds %v; wanted %v", system, found, wanted)
	}
}

// TestTheSameSourceGivesTheSameBytes, whenever and wherever it is packed, and nothing of the release before stays.
func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	first := released(t)
	second := filepath.Join(t.TempDir(), "again")
	if err := errors.Join(os.Mkdir(second, 0o700), os.WriteFile(filepath.Join(second, "old"), nil, 0o600), release("1.2.3-rc.1", second, small)); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(second)
	if err != nil || len(entries) != len(platforms)+2 {
		t.Errorf("%d files, wanted an archive for each platform, the manifest and the checksums: %v", len(entries), err)
	}
	for _, entry := range entries {
		if !bytes.Equal(read(t, first, entry.Name()), read(t, second, entry.Name())) {
			t.Errorf("%s is another one", entry.Name())
		}
	}
}

// TestWhatIsRefused says what was wanted.
func TestWhatIsRefused(t *testing.T) {
	out := filepath.Join(t.TempDir(), "plugin")
	fails := func(platform, string) error { return errors.New("does not compile") }
	for says, err := range map[string]error{
		`-version is ""; wanted a semantic version`:       release("", out, small),
		`-version is "v1.2.3"; wanted a semantic version`: release("v1.2.3", out, small),
		`-version is "1.2"; wanted a semantic version`:    release("1.2", out, small),
		"-o is needed":                  release("1.2.3", "", small),
		"linux-amd64: does not compile": release("1.2.3", out, fails),
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("found %v, wanted %q", err, says)
		}
	}
}

// TestTheProgramsAreStaticAndReproducible, and each is for its own platform.
func TestTheProgramsAreStaticAndReproducible(t *testing.T) {
	for _, p := range platforms {
		command := p.command("-s -w", "there")
		line := strings.Join(command.Args, " ")
		if line != "go build -C cmd/kubectl-sei -trimpath -buildvcs=false -ldflags -s -w -o there ." {
			t.Errorf("%s: %s", p, line)
		}
		for _, wanted := range []string{"CGO_ENABLED=0", "GOOS=" + p.os, "GOARCH=" + p.arch} {
			if !slices.Contains(command.Env, wanted) {
				t.Errorf("%s is built without %s", p, wanted)
			}
		}
	}
}
