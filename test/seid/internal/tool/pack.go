package tool

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Pack writes data/ and wasm/ of a home into an archive, below a folder, as providers of data publish it: tar, and gzip around it.
func Pack(home, below, out string) error { return pack(home, below, out, "data", "wasm") }

// PackSnapshots writes the snapshots for state sync of a home into an archive, and the database that knows them.
func PackSnapshots(home, below, out string) error {
	snapshots := filepath.Join(home, "data", "snapshots")
	entries, err := os.ReadDir(snapshots)
	if err != nil {
		return err
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return pack(snapshots, below, out, names...)
}

func pack(home, below, out string, folders ...string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o750); err != nil {
		return err
	}
	file, err := os.Create(out + ".part") // whoever waits for the file finds it whole
	if err != nil {
		return err
	}
	compressed := gzip.NewWriter(file)
	archive := tar.NewWriter(compressed)
	for _, folder := range folders {
		err = errors.Join(err, packFolder(archive, home, below, folder))
	}
	if err := errors.Join(err, archive.Close(), compressed.Close(), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(out+".part", out)
}

func packFolder(archive *tar.Writer, home, below, folder string) error {
	return filepath.WalkDir(filepath.Join(home, folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(home, path)
		if err != nil {
			return err
		}
		return packOne(archive, path, filepath.Join(below, name), entry)
	})
}

func packOne(archive *tar.Writer, path, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	if header.Name = name; info.IsDir() {
		header.Name += "/"
	}
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}
