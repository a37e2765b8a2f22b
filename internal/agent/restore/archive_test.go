package restore

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// tree is what lies in a folder: names ending in / are folders, content beginning with "-> " is a link.
type tree map[string]string

// ofSeid is the data of a full node at height 1200, as seid v6.6 lays it out, with what no archive may bring beside it.
func ofSeid() tree {
	noise := make([]byte, 300<<10)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(noise)
	return tree{
		"data/tendermint/blockstore.db/CURRENT":                       "x",
		"data/tendermint/blockstore.db/000001.ldb":                    string(noise[:100<<10]),
		"data/state_commit/memiavl/current":                           "-> snapshot-00000000000000001200",
		"data/state_commit/memiavl/snapshot-00000000000000001200/kvs": string(noise[100<<10:]),
		"data/state_store/cosmos/pebbledb/000001.log":                 strings.Repeat("sei", 100<<10),
		"data/state_store/cosmos/pebbledb/LOCK":                       "",
		"data/upgrade-info.json":                                      `{"name":"v6.6","height":7}`,
		"wasm/wasm/state/wasm/ab":                                     "code",
	}
}

// evil are names that no archive may bring.
var evil = tree{
	"data/priv_validator_state.json":       `{"height":"7"}`,
	"config/priv_validator_key.json":       "k",
	"config/node_key.json":                 "k",
	"config/config.toml":                   "mode = 'full'",
	"config/addrbook.json":                 "{}",
	"data/addrbook.json":                   "{}",
	"addrbook.json":                        "{}",
	"keyring-file/me.info":                 "k",
	"data/keyring-test/me.info":            "k",
	"data/.seinode-agent-began":            "139E3940E64B5491722088D9A0D741628FC826E0",
	"data/state_commit/node_key.json":      "k",
	"wasm/priv_validator_key.json":         "k",
	"cosmovisor/genesis/bin/seid":          "ELF",
	"data/tendermint/.seinode-agent-tmp-A": "x",
}

func (t tree) with(other tree) tree {
	all := tree{}
	for _, one := range []tree{t, other} {
		for name, content := range one {
			all[name] = content
		}
	}
	return all
}

// below puts all names below a folder, or takes a folder off them.
func (t tree) below(prefix string) tree {
	all := tree{}
	for name, content := range t {
		all[prefix+name] = content
	}
	return all
}

func (t tree) only(prefix, off string) tree {
	all := tree{}
	for name, content := range t {
		if strings.HasPrefix(name, prefix) {
			all[strings.TrimPrefix(name, off)] = content
		}
	}
	return all
}

// pack makes a tar, with the folders before what is in them.
func pack(t testing.TB, content tree) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	names := make([]string, 0, len(content))
	folders := map[string]bool{}
	for name := range content {
		names = append(names, name)
		for at := filepath.Dir(name); at != "." && at != "/"; at = filepath.Dir(at) {
			folders[at+"/"] = true
		}
	}
	for name := range folders {
		if _, there := content[name]; !there && !strings.HasPrefix(name, "./") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		header := &tar.Header{Name: name, Mode: 0o777, Size: int64(len(content[name]))}
		target, link := strings.CutPrefix(content[name], "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			header.Typeflag, header.Size = tar.TypeDir, 0
		case link:
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, target, 0
		}
		must(t, w.WriteHeader(header))
		if header.Size > 0 {
			_, err := w.Write([]byte(content[name]))
			must(t, err)
		}
	}
	must(t, w.Close())
	return out.Bytes()
}

// compress packs bytes in one of the compressions.
func compress(t testing.TB, how string, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch how {
	case Gzip:
		w = gzip.NewWriter(&out)
	case Zstd:
		encoder, err := zstd.NewWriter(&out)
		must(t, err)
		w = encoder
	case Lz4:
		w = lz4.NewWriter(&out)
	default:
		return plain
	}
	_, err := w.Write(plain)
	must(t, err)
	must(t, w.Close())
	return out.Bytes()
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// lies is what lies in a folder, files and links; vendors' folders and ours are left out.
func lies(t testing.TB, folder string) tree {
	t.Helper()
	found := tree{}
	must(t, filepath.WalkDir(folder, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(folder, at)
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(at)
			found[name] = "-> " + target
			return err
		}
		content, err := os.ReadFile(at)
		found[name] = string(content)
		return err
	}))
	return found
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
