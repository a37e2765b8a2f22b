package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"time"
)

// file is a file of an archive: its name and mode there, and where it is read from.
type file struct {
	name string
	mode int64
	from string
}

// epoch is when every file of an archive is from, so that equal files give equal archives. Of 1970 some tars say that it cannot be.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// pack makes an archive of regular files alone: krew unpacks nothing else.
func pack(files []file) ([]byte, error) {
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	archive := tar.NewWriter(zipped)
	for _, f := range files {
		content, err := os.ReadFile(f.from)
		if err != nil {
			return nil, err
		}
		header := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(content)), ModTime: epoch, Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(content); err != nil {
			return nil, err
		}
	}
	err := errors.Join(archive.Close(), zipped.Close())
	return packed.Bytes(), err
}
