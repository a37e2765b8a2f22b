package restore

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// The modes of what is made: only seid's own user has any business with it.
	folderMode, fileMode = 0o700, 0o600
	// chunk is how many bytes are copied at once.
	chunk = 1 << 20
	// maxLinks bounds the links of an archive: memiavl has one.
	maxLinks = 1000
	// maxFile bounds a file, in bytes: one of holes alone takes no room, and for ever to unpack.
	maxFile = 1 << 44
)

// extractor unpacks a tar below one folder, and never outside of it: os.Root follows no link that leads out.
type extractor struct {
	tree   *os.Root
	layout placer
	buffer []byte
	// made is the folder that was made last, and links are all links: nothing is written through one.
	made  string
	links map[string]bool
}

// extract unpacks the whole archive. What is not of data/ and wasm/ is left out.
func extract(tree *os.Root, in io.Reader, l placer) error {
	e := &extractor{tree: tree, layout: l, buffer: make([]byte, chunk), links: map[string]bool{}}
	archive := tar.NewReader(in)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return e.end(in)
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) { // such a path is refused below, with its name
			return e.noTar(err)
		}
		if err := e.entry(header, archive); err != nil {
			return err
		}
	}
}

// noTar tells what is no tar at all from one that breaks off or could not be fetched.
func (e *extractor) noTar(err error) error {
	if errors.Is(err, tar.ErrHeader) && len(e.layout.told()) == 0 {
		return refuse(wire.ReasonArchiveLayoutUnknown, "the file is no tar archive; wanted one, compressed with gzip, zstd, lz4 or not at all")
	}
	if errors.Is(err, tar.ErrHeader) {
		return refuse(wire.ReasonArchiveDamaged, "the archive is damaged behind %s: %v", e.layout.told()[len(e.layout.told())-1], err)
	}
	return err
}

func (e *extractor) end(in io.Reader) error {
	if err := e.layout.judge(); err != nil {
		return err
	}
	return e.nothingBehind(in)
}

// nothingBehind reads to the very end, so that checksums are compared. A tar that was appended to another one would be lost silently.
func (e *extractor) nothingBehind(in io.Reader) error {
	for {
		n, err := in.Read(e.buffer)
		if len(bytes.Trim(e.buffer[:n], "\x00")) > 0 {
			return refuse(wire.ReasonArchiveLayoutUnknown, "the archive goes on behind its end, as where two archives were joined: wanted one")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (e *extractor) entry(header *tar.Header, content io.Reader) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	if !acceptable(header.Typeflag) {
		return refused(header.Name, "a device, a pipe or something else that is no file")
	}
	if header.Size > maxFile {
		return refused(header.Name, "a file of more than 16 TiB")
	}
	at, err := e.layout.place(header.Name, header.Typeflag == tar.TypeDir)
	if err != nil || at == "" {
		return err
	}
	if err := e.clear(header, at); err != nil {
		return err
	}
	return told(header.Name, e.make(header, at, content))
}

func acceptable(kind byte) bool {
	switch kind {
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse, tar.TypeDir, tar.TypeSymlink, tar.TypeLink:
		return true
	}
	return false
}

func (e *extractor) make(header *tar.Header, at string, content io.Reader) error {
	switch header.Typeflag {
	case tar.TypeDir:
		return e.folder(at)
	case tar.TypeSymlink:
		return e.symlink(header, at)
	case tar.TypeLink:
		return e.hardLink(header, at)
	}
	return e.file(header, at, content)
}

// clear refuses a way that goes through a link, and takes away what an earlier entry of the same name made.
func (e *extractor) clear(header *tar.Header, at string) error {
	for above := path.Dir(at); above != "."; above = path.Dir(above) {
		if e.links[above] {
			return refused(header.Name, "a path through a link")
		}
	}
	info, err := e.tree.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.IsDir() && header.Typeflag == tar.TypeDir:
		return nil
	case err != nil:
		return told(header.Name, err)
	case info.IsDir() || header.Typeflag == tar.TypeDir:
		return refused(header.Name, "a folder and something else")
	}
	delete(e.links, at)
	return told(header.Name, e.tree.Remove(at))
}

func (e *extractor) folder(at string) error {
	if at == e.made || at == "." {
		return nil
	}
	e.made = at
	return e.tree.MkdirAll(at, folderMode)
}

func (e *extractor) file(header *tar.Header, at string, content io.Reader) error {
	if err := e.folder(path.Dir(at)); err != nil {
		return err
	}
	file, err := e.tree.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	if isSparse(header) {
		err = sparse(file, content, header.Size, e.buffer)
	} else {
		_, err = io.CopyBuffer(struct{ io.Writer }{file}, content, e.buffer) // the file itself would take a smaller buffer
	}
	return errors.Join(err, file.Close())
}

func isSparse(header *tar.Header) bool {
	if header.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// sparse copies a file with holes, and leaves holes where there are zeros.
func sparse(file *os.File, content io.Reader, size int64, buffer []byte) error {
	for at := int64(0); at < size; {
		n, err := io.ReadFull(content, buffer[:min(int64(len(buffer)), size-at)])
		if err != nil {
			return errors.Join(err, io.ErrUnexpectedEOF)
		}
		if len(bytes.Trim(buffer[:n], "\x00")) > 0 {
			if _, err := file.WriteAt(buffer[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
	}
	return file.Truncate(size)
}

func (e *extractor) symlink(header *tar.Header, at string) error {
	if !staysIn(at, header.Linkname) {
		return refused(header.Name, "a link to "+clip(header.Linkname))
	}
	if len(e.links) >= maxLinks {
		return refused(header.Name, "one link too many")
	}
	if err := e.folder(path.Dir(at)); err != nil {
		return err
	}
	e.links[at] = true
	return e.tree.Symlink(header.Linkname, at)
}

// hardLink makes one to a file that the same archive brought.
func (e *extractor) hardLink(header *tar.Header, at string) error {
	to, err := e.layout.place(header.Linkname, false)
	if err != nil {
		return err
	}
	if to == "" {
		return refused(header.Name, "a hard link to "+clip(header.Linkname))
	}
	if info, err := e.tree.Lstat(to); err != nil || !info.Mode().IsRegular() {
		return refused(header.Name, "a hard link to "+clip(header.Linkname)+", which is no file of the archive's")
	}
	if err := e.folder(path.Dir(at)); err != nil {
		return err
	}
	return e.tree.Link(to, at)
}

// told makes of what the file system says what users are told: no room is no fault of the archive's.
func told(name string, err error) error {
	var known *refusal
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return refuse(wire.ReasonNoSpace, "the volume is full at %s of the archive: raise spec.dataVolume.size, or take a smaller archive", clip(name))
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, fs.ErrExist):
		return refused(name, "a path through something that is no folder")
	}
	return err
}
