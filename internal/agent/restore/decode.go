package restore

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// The compressions of an archive, as the SeiNode's spec calls them. Auto goes by the first bytes, never by the name.
const (
	Auto = "Auto"
	None = "None"
	Gzip = "Gzip"
	Zstd = "Zstd"
	Lz4  = "Lz4"
)

const (
	// maxWindow is the most that `zstd --long=31` reaches back: 2 GiB.
	maxWindow = 2 << 30
	// besides is what the agent takes of memory besides a window.
	besides = 96 << 20
	// aheadChunks is how many chunks are read before they are asked for.
	aheadChunks = 4
)

// magic are the first bytes of what is compressed. Frames that are to be skipped, with which a seekable zstd may begin, are zstd's.
var magic = []struct {
	compression string
	is          func(head []byte) bool
}{
	{Gzip, begins("\x1f\x8b")},
	{Zstd, begins("\x28\xb5\x2f\xfd")},
	{Zstd, func(head []byte) bool {
		return len(head) > 3 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte("\x2a\x4d\x18"))
	}},
	{Lz4, begins("\x04\x22\x4d\x18")},
	{Lz4, begins("\x02\x21\x4c\x18")},
}

func begins(with string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }
}

// compressionOf is that of a file that begins so.
func compressionOf(head []byte) string {
	for _, known := range magic {
		if known.is(head) {
			return known.compression
		}
	}
	return None
}

// decode decompresses. memory is how much the process may use in all, in bytes, 0 where nobody says.
func decode(in io.Reader, wanted string, memory int64) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(in, chunk)
	head, err := buffered.Peek(512)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	found := compressionOf(head)
	if wanted != Auto && wanted != "" && wanted != found {
		return nil, refuse(wire.ReasonArchiveLayoutUnknown, "the archive's first bytes are of compression %s; wanted %s, as spec.bootstrap.archive.compression says, or Auto there", found, wanted)
	}
	switch found {
	case Gzip:
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		return readAhead(unpacked), nil
	case Zstd:
		return unzstd(buffered, head, memory)
	case Lz4:
		unpacked := lz4.NewReader(buffered)
		if err := unpacked.Apply(lz4.ConcurrencyOption(1)); err != nil { // its own goroutines could not be ended
			return nil, err
		}
		return readAhead(unpacked), nil
	}
	return readAhead(buffered), nil
}

func unzstd(in io.Reader, head []byte, memory int64) (io.ReadCloser, error) {
	window := windowFor(memory)
	var header zstd.Header
	if header.Decode(head) == nil && header.WindowSize > window {
		return nil, tooWide(header.WindowSize, memory)
	}
	decoder, err := zstd.NewReader(in, zstd.WithDecoderMaxWindow(window), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return decoder.IOReadCloser(), nil
}

// windowFor is how far back a zstd may reach where the process may use so much memory: the decoder keeps that much.
func windowFor(memory int64) uint64 {
	if memory <= 0 {
		return maxWindow
	}
	return uint64(min(maxWindow, max(8<<20, memory-besides))) //nolint:gosec // at least 8 MiB
}

func tooWide(window uint64, memory int64) error {
	return refuse(wire.ReasonNoMemory, "the archive was compressed with a zstd window of %d MiB; the container may use %d MiB of memory; wanted a limit of %d MiB on container bootstrap",
		window>>20, memory>>20, (window+besides)>>20)
}

// memoryLimit is how much memory the container may use, 0 where nobody says.
func memoryLimit() int64 {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64); err == nil && limit < 1<<50 {
			return limit
		}
	}
	return 0
}

// readAhead reads in the background, so that the disk is written while the next bytes are decompressed.
func readAhead(from io.Reader) io.ReadCloser {
	a := &ahead{full: make(chan piece, aheadChunks), free: make(chan []byte, aheadChunks), done: make(chan struct{})}
	for range aheadChunks {
		a.free <- make([]byte, chunk)
	}
	go a.fill(from)
	return a
}

type piece struct {
	buffer []byte
	length int
	err    error
}

type ahead struct {
	full chan piece
	free chan []byte
	done chan struct{}
	now  piece
	at   int
}

func (a *ahead) fill(from io.Reader) {
	for {
		select {
		case <-a.done:
			return
		case buffer := <-a.free:
			next := fillUp(buffer, from)
			a.full <- next
			if next.err != nil {
				return
			}
		}
	}
}

// fillUp reads until the buffer is full. Other than io.ReadFull it keeps the error as it is: an end is not the same as breaking off.
func fillUp(buffer []byte, from io.Reader) piece {
	next := piece{buffer: buffer}
	for next.length < len(buffer) && next.err == nil {
		var n int
		n, next.err = from.Read(buffer[next.length:])
		next.length += n
	}
	return next
}

// Read returns what was read ahead.
func (a *ahead) Read(into []byte) (int, error) {
	for a.at == a.now.length {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.buffer != nil {
			a.free <- a.now.buffer
		}
		a.now, a.at = <-a.full, 0
	}
	n := copy(into, a.now.buffer[a.at:a.now.length])
	a.at += n
	return n, nil
}

// Close ends the reading ahead, once what is read from gives way.
func (a *ahead) Close() error {
	close(a.done)
	return nil
}
