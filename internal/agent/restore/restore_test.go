package restore

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// options are those of a full node whose archive is a file of a server.
func options(at *source, folder string) Options {
	return Options{URL: at.URL + "/archive", Inspect: inspect.Options{Volume: folder, ChainID: "pacific-1", Mode: "fullNode", KeyOnVolume: true}}
}

// quick is a run that does not wait long.
func quick(o Options) *restorer {
	r := newRestorer(o, NewProgress(time.Now))
	r.firstPause = time.Millisecond
	return r
}

// isEmpty fails where a volume holds anything but a vendor's folder and our note.
func isEmpty(t testing.TB, folder string) {
	t.Helper()
	opened, err := volume.Open(folder, volume.Place{})
	must(t, err)
	defer opened.Close()
	if layout, _ := opened.Home(); layout != wire.LayoutEmpty {
		t.Errorf("the layout is %s", layout)
	}
	for name := range lies(t, folder) {
		if name != filepath.Join(seid.RestoreDir, refusedNote) {
			t.Errorf("%s is left", name)
		}
	}
}

func holds(t testing.TB, folder string, want tree) {
	t.Helper()
	found := lies(t, folder)
	if !maps.Equal(found, want) {
		t.Errorf("the volume holds %v; wanted %v", slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(want)))
	}
}

// TestEveryLayoutOfTheProviders, in every compression, and by its content alone.
func TestEveryLayoutOfTheProviders(t *testing.T) {
	home := ofSeid()
	all := home.with(evil)
	for name, test := range map[string]struct {
		archive, wasm tree
	}{
		"relative to the home":          {all, nil},
		"below ./":                      {all.below("./"), nil},
		"below sei/":                    {all.below("sei/"), nil},
		"below .sei/":                   {all.below(".sei/"), nil},
		"below a user's home":           {all.below("home/sei/.sei/"), nil},
		"data/ alone, wasm/ apart":      {all.only("data/", ""), all.only("wasm/", "").below("./")},
		"wasm/ from within wasm/":       {all.only("data/", ""), home.only("wasm/", "wasm/")},
		"both have wasm/":               {all.with(tree{"wasm/wasm/old": "x"}), all.only("wasm/", "")},
		"the inside of data/":           {all.only("data/", "data/"), all.only("wasm/", "")},
		"the inside of data/, below x/": {all.only("data/", "data/").below("x/"), all.only("wasm/", "")},
		"the inside, with wasm/":        {all.only("data/", "data/").with(home.only("wasm/", "")), nil},
	} {
		for _, how := range []string{None, Gzip, Zstd, Lz4} {
			t.Run(name+", "+how, func(t *testing.T) {
				archive := compress(t, how, pack(t, test.archive))
				at := serveFiles(t, map[string][]byte{"archive": archive, "wasm": compress(t, how, pack(t, test.wasm))})
				folder := t.TempDir()
				must(t, os.Mkdir(filepath.Join(folder, "lost+found"), 0o700))
				o := options(at, folder)
				o.SHA256 = strings.ToUpper(sumOf(archive))
				if test.wasm != nil {
					o.WasmURL = at.URL + "/wasm"
				}
				end := quick(o).run(t.Context())
				if end.Reason != wire.ReasonRestored || end.Percent != 100 || end.BytesDone != int64(len(archive)) || end.BytesTotal != end.BytesDone {
					t.Fatalf("%+v", end)
				}
				holds(t, folder, home)
				checkModes(t, folder)
			})
		}
	}
}

// checkModes: nobody but seid's own user has any business with what came.
func checkModes(t *testing.T, folder string) {
	t.Helper()
	for name := range ofSeid() {
		if info, err := os.Lstat(filepath.Join(folder, name)); err != nil || info.Mode().IsRegular() && info.Mode().Perm() != fileMode {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

// TestWhatIsNoArchiveOfSeids is refused with words that say what it is, and leaves an empty volume.
func TestWhatIsNoArchiveOfSeids(t *testing.T) {
	home := ofSeid()
	good := pack(t, home)
	for name, test := range map[string]struct {
		archive []byte
		change  func(*Options)
		reason  string
		says    string
	}{
		"a page":               {[]byte("<!DOCTYPE html>" + strings.Repeat(" ", 2000)), nil, wire.ReasonArchiveLayoutUnknown, "no tar archive"},
		"nothing":              {nil, nil, wire.ReasonArchiveLayoutUnknown, "holds nothing; wanted data/"},
		"photos":               {pack(t, tree{"a/cat.jpg": "x", "b.txt": "y"}), nil, wire.ReasonArchiveLayoutUnknown, "holds a, a/cat.jpg, b.txt; wanted data/"},
		"wasm/ alone":          {pack(t, home.only("wasm/", "")), nil, wire.ReasonArchiveLayoutUnknown, "wanted data/"},
		"chunks":               {pack(t, tree{"snapshots/1200/3/0": "x"}), nil, wire.ReasonArchiveLayoutUnknown, "chunks for state sync (snapshots, snapshots/1200"},
		"chunks in data/":      {pack(t, tree{"data/snapshots/1200/3/0": "x"}), nil, wire.ReasonArchiveLayoutUnknown, "chunks for state sync"},
		"two homes":            {pack(t, home.with(tree{"old/data/tendermint/x": "y"})), nil, wire.ReasonArchiveLayoutUnknown, "two homes"},
		"data/ and its inside": {pack(t, home.with(tree{"tendermint/x": "y"})), nil, wire.ReasonArchiveLayoutUnknown, "what belongs into it"},
		"two joined":           {append(slices.Clone(good), good...), nil, wire.ReasonArchiveLayoutUnknown, "two archives were joined"},
		"another chain's":      {pack(t, tree{"data/application.db/CURRENT": "x", "data/blockstore.db/CURRENT": "x"}), nil, wire.ReasonLayoutUnknown, "no single home of seid"},
		"no wasm/":             {pack(t, home.only("data/", "")), nil, wire.ReasonWasmMissing, "spec.bootstrap.archive.wasmURL"},
		"a validator's": {pack(t, home.only("data/tendermint", "").with(home.only("data/state_commit", "")).with(home.only("wasm/", ""))), nil,
			wire.ReasonRoleMismatch, "no state store"},
		"no blocks": {pack(t, home.with(tree{"data/tendermint/blockstore.db/CURRENT": ""}).only("data/state", "").with(home.only("wasm/", ""))), nil,
			wire.ReasonDataIncomplete, "no blocks"},
		"broken off":            {good[:len(good)/2], nil, wire.ReasonArchiveDamaged, "damaged"},
		"a gzip that broke off": {compress(t, Gzip, good)[:1000], nil, wire.ReasonArchiveDamaged, "damaged"},
		"a zstd that broke off": {compress(t, Zstd, good)[:1000], nil, wire.ReasonArchiveDamaged, "damaged"},
		"an lz4 that broke off": {compress(t, Lz4, good)[:1000], nil, wire.ReasonArchiveDamaged, "damaged"},
		"a flipped bit":         {flip(compress(t, Zstd, good)), nil, wire.ReasonArchiveDamaged, "damaged"},
		"another compression": {compress(t, Gzip, good), func(o *Options) { o.Compression = Zstd }, wire.ReasonArchiveLayoutUnknown,
			"compression Gzip; wanted Zstd"},
		"another checksum":      {good, func(o *Options) { o.SHA256 = sumOf(nil) }, wire.ReasonChecksumMismatch, sumOf(good) + "; wanted " + sumOf(nil)},
		"the checksum of a tar": {append(slices.Clone(good), 0), func(o *Options) { o.SHA256 = sumOf(good) }, wire.ReasonChecksumMismatch, "wanted"},
		"a validator with a key on its volume": {good, func(o *Options) { o.Inspect.Mode = "validator" }, wire.ReasonConsensusKeyMissing,
			"name a Secret"},
		"a validator whose Secret may have signed": {good, func(o *Options) { o.Inspect.Mode, o.Inspect.KeyOnVolume = "validator", false }, wire.ReasonNotUnderstood, ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			o := options(serveFiles(t, map[string][]byte{"archive": test.archive}), folder)
			if test.change != nil {
				test.change(&o)
			}
			if strings.HasPrefix(name, "a validator whose") {
				o.Inspect.KeyFile = filepath.Join(t.TempDir(), "key.json")
			}
			end := quick(o).run(t.Context())
			if end.Reason != test.reason || !strings.Contains(end.Message, test.says) {
				t.Errorf("%s: %s; wanted %s: …%s…", end.Reason, end.Message, test.reason, test.says)
			}
			isEmpty(t, folder)
		})
	}
}

func flip(content []byte) []byte {
	content = slices.Clone(content)
	content[len(content)/2] ^= 0x10
	return content
}

// TestNoSpace is told before anything is fetched, and a volume that is full nevertheless is emptied again.
func TestNoSpace(t *testing.T) {
	archive := pack(t, ofSeid())
	at := serveFiles(t, map[string][]byte{"archive": archive})
	for spool, times := range map[string]float64{Never: 1.3, Auto: 1.3, Always: 2.3} {
		folder := t.TempDir()
		o := options(at, folder)
		o.Spool = spool
		r := quick(o)
		free := int64(float64(len(archive))*times) - 10
		r.free = func() int64 { return free }
		if end := r.run(t.Context()); end.Reason != wire.ReasonNoSpace || end.BytesDone != 0 {
			t.Errorf("%s: %+v", spool, end)
		}
		isEmpty(t, folder)
		free += 20
		if end := r.run(t.Context()); end.Reason != wire.ReasonRestored {
			t.Errorf("%s, with room: %+v", spool, end)
		}
	}
}

// TestAVolumeThatHoldsAnythingIsLeftAlone, and the server is not even asked.
func TestAVolumeThatHoldsAnythingIsLeftAlone(t *testing.T) {
	at := serveFiles(t, map[string][]byte{"archive": pack(t, ofSeid())})
	for name, test := range map[string]struct {
		there  tree
		reason string
	}{
		"data":             {ofSeid(), wire.ReasonNotNeeded},
		"configuration":    {tree{"config/client.toml": "chain-id = 'pacific-1'"}, wire.ReasonNotNeeded},
		"somebody's files": {tree{"photos/cat.jpg": "x"}, wire.ReasonLayoutUnknown},
		"somebody's wasm/": {tree{"wasm/x": "y"}, wire.ReasonLayoutUnknown},
		"and our folder":   {tree{"wasm/x": "y", seid.RestoreDir + "/" + seid.RestoreWhole: `{"wasm":true}`, seid.RestoreDir + "/home/data/x": "", seid.RestoreDir + "/home/wasm/x": ""}, wire.ReasonLayoutUnknown},
		"a PostgreSQL":     {tree{"data/PG_VERSION": "16"}, wire.ReasonLayoutUnknown},
		"another chain":    {ofSeid().with(tree{"config/client.toml": "chain-id = 'x'"}), wire.ReasonChainMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			plant(t, folder, test.there)
			end := quick(options(at, folder)).run(t.Context())
			if end.Reason != test.reason || at.asked.Load() > 0 {
				t.Errorf("%+v", end)
			}
			holds(t, folder, test.there)
		})
	}
}

func plant(t testing.TB, folder string, content tree) {
	t.Helper()
	for name, text := range content {
		at := filepath.Join(folder, name)
		must(t, os.MkdirAll(filepath.Dir(at), 0o700))
		target, link := strings.CutPrefix(text, "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			must(t, os.MkdirAll(at, 0o700))
		case link:
			must(t, os.Symlink(target, at))
		default:
			must(t, os.WriteFile(at, []byte(text), 0o600))
		}
	}
}

// TestWhereTheUserSays: the home may lie deeper, and what the user ignores stays.
func TestWhereTheUserSays(t *testing.T) {
	at := serveFiles(t, map[string][]byte{"archive": pack(t, ofSeid())})
	folder := t.TempDir()
	plant(t, folder, tree{"photos/cat.jpg": "x", "chains/sei/data/" + seid.Temporary + "A": "x"})
	o := options(at, folder)
	o.Inspect.Place = volume.Place{HomePath: "chains/sei", Ignore: []string{"photos", seid.RestoreDir}}
	if end := quick(o).run(t.Context()); end.Reason != wire.ReasonRestored {
		t.Fatalf("%+v", end)
	}
	holds(t, folder, ofSeid().below("chains/sei/").with(tree{"photos/cat.jpg": "x"}))
}

// TestARefusedArchiveIsNotFetchedAgain for an hour, unless it is another one, or is asked for otherwise.
func TestARefusedArchiveIsNotFetchedAgain(t *testing.T) {
	archive := pack(t, ofSeid().only("data/", ""))
	at := serveFiles(t, map[string][]byte{"archive": archive})
	folder, now := t.TempDir(), time.Now()
	run := func(o Options) wire.Restore {
		r := quick(o)
		r.now = func() time.Time { return now }
		return r.run(t.Context())
	}
	first := run(options(at, folder))
	again := run(options(at, folder))
	if again.Reason != wire.ReasonWasmMissing || again.Message != first.Message || again.BytesDone != 0 {
		t.Errorf("%+v", again)
	}
	warned := options(at, t.TempDir())
	warned.Inspect.Warn = true
	for name, next := range map[string]func() wire.Restore{
		"asked otherwise": func() wire.Restore { return run(warned) },
		"an hour later": func() wire.Restore {
			now = now.Add(remembers)
			at.files["archive"] = pack(t, ofSeid())
			return run(options(at, folder))
		},
	} {
		if end := next(); end.Reason != wire.ReasonRestored && end.Reason != wire.ReasonWasmMissing || end.BytesDone == 0 {
			t.Errorf("%s: %+v", name, end)
		}
	}
}

// TestDataThatIsFitForAnotherImageStays: what the pod lacks is no fault of the archive's.
func TestDataThatIsFitForAnotherImageStays(t *testing.T) {
	at := serveFiles(t, map[string][]byte{"archive": pack(t, ofSeid())})
	folder := t.TempDir()
	o := options(at, folder)
	o.Inspect.ImageUntil = 1000
	for range 2 {
		end := quick(o).run(t.Context())
		if end.Reason != wire.ReasonUpgradePassed || end.Done() || end.Inspection == nil || end.Inspection.Height != 1200 {
			t.Errorf("%+v", end)
		}
	}
	holds(t, folder, ofSeid())
}
