package restore

import (
	"archive/tar"
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
)

// The variables by which the benchmark takes another size than 64 MiB, another folder, and other compressions than all.
const (
	benchMiB  = "RESTORE_BENCH_MIB"
	benchDir  = "RESTORE_BENCH_DIR"
	benchOnly = "RESTORE_BENCH_ONLY"
)

// BenchmarkRestore prints, of each kind of data, how long a restore takes and how long the tools take for the same archive from the same server, one
// right after the other; and the most memory that the restore took.
func BenchmarkRestore(b *testing.B) {
	size := int64(64)
	if text := os.Getenv(benchMiB); text != "" {
		parsed, err := strconv.ParseInt(text, 10, 64)
		must(b, err)
		size = parsed
	}
	for _, kind := range []string{"incompressible", "real-like"} {
		plain := makeTar(b, kind, size<<20)
		for _, tool := range tools {
			if only := os.Getenv(benchOnly); only != "" && !strings.Contains(only, tool.compression) {
				continue
			}
			b.Run(kind+"/"+tool.compression, func(b *testing.B) { tool.compare(b, plain) })
		}
		must(b, os.Remove(plain))
	}
}

// tool is how people unpack an archive.
type tool struct {
	compression    string
	pack, download string
}

var tools = []tool{
	{None, "cat", "tar -x"},
	{Zstd, "zstd -q -T2 -3", "zstd -q -d | tar -x"},
	{Lz4, "lz4 -q", "lz4 -q -d | tar -x"},
	{Gzip, "gzip -1", "gzip -d | tar -x"},
}

func (w tool) compare(b *testing.B, plain string) {
	for _, program := range strings.Fields("curl tar sync " + strings.Fields(w.pack)[0]) {
		if _, err := exec.LookPath(program); err != nil {
			b.Skipf("%s is not here", program)
		}
	}
	archive := plain + ".packed"
	shell(b, fmt.Sprintf("%s <%s >%s", w.pack, plain, archive))
	defer func() { _ = os.Remove(archive) }()
	at := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(plain))))
	defer at.Close()
	address := at.URL + "/" + filepath.Base(archive)
	var ours, theirs time.Duration
	var peak int64
	for number := range b.N {
		if number%2 == 0 { // whoever comes second may find more in the machine's memory
			theirs += unpackByTools(b, address, w.download)
		}
		took, memory := restoreOnce(b, address)
		ours, peak = ours+took, max(peak, memory)
		if number%2 == 1 {
			theirs += unpackByTools(b, address, w.download)
		}
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/ours")
	b.ReportMetric(theirs.Seconds()/float64(b.N), "s/tools")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "speed")
	b.ReportMetric(float64(peak>>20), "MiB-peak")
	b.ReportMetric(0, "ns/op")
}

func unpackByTools(b *testing.B, address, download string) time.Duration {
	folder := scratch(b)
	defer func() { _ = os.RemoveAll(folder) }()
	began := time.Now()
	shell(b, fmt.Sprintf("set -o pipefail; curl -s %s | %s -C %s && sync -f %s", address, download, folder, folder))
	return time.Since(began)
}

func restoreOnce(b *testing.B, address string) (took time.Duration, peak int64) {
	folder := scratch(b)
	defer func() { _ = os.RemoveAll(folder) }()
	o := Options{URL: address, Spool: Never, Inspect: inspect.Options{Volume: folder, ChainID: "pacific-1", Mode: "fullNode"}}
	began := time.Now()
	child := start(b, o)
	must(b, child.Wait())
	return time.Since(began), peakOf(b, child)
}

// scratch makes a folder, with nothing left to be written of what others wrote.
func scratch(b *testing.B) string {
	folder, err := os.MkdirTemp(os.Getenv(benchDir), "restore-")
	must(b, err)
	shell(b, "sync -f "+folder)
	return folder
}

func shell(b *testing.B, command string) {
	b.Helper()
	if out, err := exec.CommandContext(context.Background(), "bash", "-c", command).CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// makeTar makes an archive of files of 8 MiB that seid would start on.
func makeTar(b *testing.B, kind string, size int64) string {
	out, err := os.CreateTemp(os.Getenv(benchDir), "bench-*.tar")
	must(b, err)
	buffered := bufio.NewWriterSize(out, 1<<20)
	w := tar.NewWriter(buffered)
	small := ofSeid()
	for _, name := range []string{"data/tendermint/blockstore.db/CURRENT", "data/state_commit/memiavl/snapshot-00000000000000001200/kvs", "wasm/wasm/state/wasm/ab"} {
		must(b, w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(small[name]))}))
		_, err := io.WriteString(w, small[name])
		must(b, err)
	}
	must(b, w.WriteHeader(&tar.Header{Name: "data/state_commit/memiavl/current", Typeflag: tar.TypeSymlink, Linkname: "snapshot-00000000000000001200"}))
	const each = 8 << 20
	content := filler(kind)
	for at := int64(0); at < size; at += each {
		must(b, w.WriteHeader(&tar.Header{Name: fmt.Sprintf("data/state_store/cosmos/pebbledb/%06d.sst", at/each), Mode: 0o600, Size: each}))
		_, err := io.CopyN(w, content, each)
		must(b, err)
	}
	must(b, w.Close())
	must(b, buffered.Flush())
	must(b, out.Close())
	return out.Name()
}

// filler is what fills the files: noise, or keys and values as a database of accounts has them, which half of is noise.
func filler(kind string) io.Reader {
	random := rand.NewChaCha8([32]byte{7})
	if kind == "incompressible" {
		return random
	}
	return &records{random: random}
}

type records struct {
	random *rand.ChaCha8
	number int
	rest   []byte
}

// Read writes records.
func (r *records) Read(into []byte) (int, error) {
	if len(r.rest) == 0 {
		noise := make([]byte, 48)
		_, _ = r.random.Read(noise)
		r.number++
		r.rest = fmt.Appendf(r.rest[:0], "s/k:bank/balances/%012d/usei%s{\"denom\":\"usei\",\"amount\":\"%d\"}", r.number, noise, r.number*7919)
	}
	n := copy(into, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// TestMemoryIsBounded: of a zstd that reaches back as far as it may, and of everything else, in a process of its own.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it packs 300 MiB")
	}
	for _, how := range []string{None, Gzip, Zstd, Lz4} {
		at := serveFiles(t, map[string][]byte{"archive": compress(t, how, pack(t, ofSeid().with(tree{"data/ledger/x": strings.Repeat("0123456789abcdef", 64<<16)})))})
		child := start(t, options(at, t.TempDir()))
		must(t, child.Wait())
		peak := peakOf(t, child)
		t.Logf("%s: at most %d MiB", how, peak>>20)
		if limit := int64(128 << 20); peak > limit && !raceDetector {
			t.Errorf("%s took %d MiB; wanted at most %d", how, peak>>20, limit>>20)
		}
	}
}
