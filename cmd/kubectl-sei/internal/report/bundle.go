// Package report gathers what somebody who is asked for help has to see of a node, in one archive, without what is its owner's alone. It reads no Secret and no ConfigMap.
package report

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/yaml"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/redact"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// Bundle is the files of an archive. Nothing gets into one but by text and object, which take out what is a secret.
type Bundle struct {
	files []file
	// unread is what could not be read, in sentences.
	unread []string
}

type file struct {
	name string
	data []byte
}

// text adds a text.
func (b *Bundle) text(name, text string) {
	b.files = append(b.files, file{name, []byte(redact.Text(text))})
}

// object adds an object of Kubernetes' or of ours.
func (b *Bundle) object(name string, object any) {
	found, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		b.missed("%s: %v", name, err)
		return
	}
	if typed, is := object.(client.Object); is {
		if kind, err := apiutil.GVKForObject(typed, cluster.Scheme); err == nil {
			found["apiVersion"], found["kind"] = kind.ToAPIVersionAndKind()
		}
	}
	text, err := yaml.Marshal(redact.Object(found))
	if err != nil {
		b.missed("%s: %v", name, err)
		return
	}
	b.files = append(b.files, file{name, text})
}

// maxLine bounds a line of what could not be read, in bytes: some errors have a whole answer in them.
const maxLine = 1000

// missed notes, once, and in one line, what could not be read.
func (b *Bundle) missed(format string, args ...any) {
	text := strings.Join(strings.Fields(redact.Text(fmt.Sprintf(format, args...))), " ")
	if line := verdict.Bound(text, maxLine); !slices.Contains(b.unread, line) {
		b.unread = append(b.unread, line)
	}
}

// refused notes what the user may not read.
func (b *Bundle) refused(all ...cluster.Refusal) {
	for _, one := range all {
		b.missed("%s", one.Line())
	}
}

// Unread is what could not be read, in sentences.
func (b *Bundle) Unread() []string { return b.unread }

// Files are the names of the files.
func (b *Bundle) Files() (names []string) {
	for _, one := range b.files {
		names = append(names, one.name)
	}
	return names
}

// Write writes the files as a tar that is compressed by gzip, below a folder.
func (b *Bundle) Write(out io.Writer, folder string, now time.Time) error {
	compressed := gzip.NewWriter(out)
	archive := tar.NewWriter(compressed)
	for _, one := range b.files {
		header := &tar.Header{Name: path.Join(folder, one.name), Mode: 0o600, Size: int64(len(one.data)), ModTime: now, Typeflag: tar.TypeReg}
		if err := archive.WriteHeader(header); err != nil {
			return fmt.Errorf("writing %s: %w", one.name, err)
		}
		if _, err := archive.Write(one.data); err != nil {
			return fmt.Errorf("writing %s: %w", one.name, err)
		}
	}
	return errors.Join(archive.Close(), compressed.Close())
}

// lines are sentences, one a line.
func lines(all []string) string { return strings.Join(all, "\n") + "\n" }
