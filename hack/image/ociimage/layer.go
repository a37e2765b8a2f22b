package ociimage

import (
	"archive/tar"
	"bytes"
	"cmp"
	"os"
	"path"
	"slices"
	"strings"
)

const nonRootID = 65532

// entry is one file or folder of the layer.
type entry struct {
	path  string
	mode  int64
	owner int
	dir   bool
	data  []byte
}

// base is what programs expect of any machine: a place for scratch files, and users with names and homes.
func base() []entry {
	return []entry{
		{path: "tmp", mode: 0o1777, dir: true},
		{path: "home/nonroot", mode: 0o755, owner: nonRootID, dir: true},
		{path: "etc/passwd", mode: 0o644, data: []byte("root:x:0:0:root:/root:/sbin/nologin\n" +
			"nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n")},
		{path: "etc/group", mode: 0o644, data: []byte("root:x:0:\nnonroot:x:65532:\n")},
	}
}

// layerTar lays the files out in order of their paths, each after the folders that it needs.
func layerTar(files map[string]string) ([]byte, error) {
	entries := base()
	for target, source := range files {
		data, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{path: clean(target), mode: 0o755, data: data})
	}
	return write(withParents(entries))
}

func clean(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }

func withParents(entries []entry) []entry {
	known := map[string]entry{}
	for _, e := range entries {
		for dir := path.Dir(e.path); dir != "."; dir = path.Dir(dir) {
			if _, ok := known[dir]; !ok {
				known[dir] = entry{path: dir, mode: 0o755, dir: true}
			}
		}
	}
	for _, e := range entries {
		known[e.path] = e
	}
	all := make([]entry, 0, len(known))
	for _, e := range known {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.path, b.path) })
	return all
}

func write(entries []entry) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		if err := w.WriteHeader(e.header()); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func (e entry) header() *tar.Header {
	h := &tar.Header{Name: e.path, Typeflag: tar.TypeReg, Mode: e.mode, Uid: e.owner, Gid: e.owner,
		Size: int64(len(e.data)), ModTime: epoch, Format: tar.FormatUSTAR}
	if e.dir {
		h.Name, h.Typeflag = e.path+"/", tar.TypeDir
	}
	return h
}
