package restore

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// ofChunks is what a node at height 2000 keeps for others, as it is published.
var ofChunks = tree{
	"2000/1/0": strings.Repeat("a", 70<<10), "2000/1/1": "b", "1500/1/0": "c", "metadata.db/CURRENT": "MANIFEST-000001\n", "metadata.db/000001.log": "d", "metadata.db/LOCK": "",
}

// takesChunks are options of a full node that takes its state from a published snapshot.
func takesChunks(at *source, folder string) Options {
	o := options(at, folder)
	o.Chunks = true
	return o
}

// noted is what is to lie on the volume, with the note on where it came from.
func noted(o Options) tree {
	r := restorer{Options: o}
	all := tree{}.with(ofChunks)
	all[seid.ChunksNote] = fmt.Sprintf(`{"from":%q,"height":2000}`, r.origin())
	return all.below(seid.SyncDir + "/" + seid.SyncChunks + "/")
}

// TestASnapshotIsBroughtBesideTheData, in each layout that it may have, and nothing but its parts. The volume is as empty as before, and a second run asks nobody.
func TestASnapshotIsBroughtBesideTheData(t *testing.T) {
	more := tree{"config/node_key.json": "k", "2000/priv_validator_state.json": "k", "data/priv_validator_state.json": "k", "x/README": "x", "2000/1/00": "x", "metadata.db/lost/x": "x"}
	for name, archive := range map[string]tree{
		"as it is published":  ofChunks,
		"below ./":            ofChunks.below("./"),
		"below snapshots/":    ofChunks.below("snapshots/"),
		"from within a home":  ofChunks.below("data/snapshots/"),
		"with what else is":   ofChunks.with(more),
		"beside other stores": ofChunks.below("data/snapshots/").with(tree{"data/state_commit/memiavl/changelog/00000000000000000001": "x", "data/tendermint/blockstore.db/CURRENT": "x"}),
	} {
		for _, how := range []string{None, Gzip, Zstd, Lz4} {
			t.Run(name+", "+how, func(t *testing.T) {
				at, folder := serveFiles(t, map[string][]byte{"archive": compress(t, how, pack(t, archive))}), t.TempDir()
				for range 2 {
					end := quick(takesChunks(at, folder)).run(t.Context())
					if end.Reason != wire.ReasonRestored || !strings.Contains(end.Message, "the snapshot of block 2000") {
						t.Fatalf("%+v", end)
					}
					holds(t, folder, noted(takesChunks(at, folder)))
				}
				if asked := at.asked.Load(); asked != 1 {
					t.Errorf("%d requests", asked)
				}
			})
		}
	}
}

// TestWhatIsNoSnapshot is refused with words that say what it is, and leaves the volume as it was.
func TestWhatIsNoSnapshot(t *testing.T) {
	for name, test := range map[string]struct {
		archive      tree
		reason, says string
	}{
		"data":               {ofSeid(), wire.ReasonArchiveLayoutUnknown, "goes into spec.bootstrap.archive"},
		"nothing":            {nil, wire.ReasonArchiveLayoutUnknown, "holds nothing; wanted a snapshot"},
		"no database":        {ofChunks.only("2000/", ""), wire.ReasonArchiveLayoutUnknown, "block 2000 and no metadata.db/"},
		"half a database":    {ofChunks.only("2000/", "").with(tree{"metadata.db/LOCK": ""}), wire.ReasonArchiveLayoutUnknown, "block 2000 and no metadata.db/"},
		"the database alone": {ofChunks.only("metadata.db/", ""), wire.ReasonArchiveLayoutUnknown, "wanted a snapshot"},
		"no first chunk":     {ofChunks.only("metadata.db/", "").with(tree{"2000/1/1": "b"}), wire.ReasonArchiveLayoutUnknown, "wanted a snapshot"},
		"two of them":        {ofChunks.with(ofChunks.below("old/")), wire.ReasonArchiveLayoutUnknown, "snapshots in two folders"},
		"one that goes up":   {ofChunks.with(tree{"2000/1/../../../x": "x"}), wire.ReasonArchiveRefused, "leaves the archive"},
		"one at the root":    {ofChunks.with(tree{"/2000/1/5": "x"}), wire.ReasonArchiveRefused, "an absolute path"},
		"a link that leaves": {ofChunks.with(tree{"2000/1/5": "-> /etc/passwd"}), wire.ReasonArchiveRefused, "a link to /etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			end := quick(takesChunks(serveFiles(t, map[string][]byte{"archive": pack(t, test.archive)}), folder)).run(t.Context())
			if end.Reason != test.reason || !strings.Contains(end.Message, test.says) {
				t.Errorf("%s: %s; wanted %s: …%s…", end.Reason, end.Message, test.reason, test.says)
			}
			isEmpty(t, folder)
		})
	}
}

// TestASnapshotIsForWhoHasNoState: whose data came, or is somebody else's, is given none. Who waits for another one gets that in its place.
func TestASnapshotIsForWhoHasNoState(t *testing.T) {
	configured := tree{"config/client.toml": "chain-id = 'pacific-1'"}
	note := func(text string) tree { return tree{seid.SyncDir + "/" + seid.SyncNote: text} }
	former := tree{seid.SyncDir + "/chunks/" + seid.ChunksNote: `{"from":"elsewhere","height":1}`, seid.SyncDir + "/chunks/1/1/0": "x"}
	for name, test := range map[string]struct {
		there  tree
		taken  bool
		reason string
	}{
		"a new home":                    {configured, true, wire.ReasonRestored},
		"a state sync that is not over": {configured.with(note(`{"attempts":1}`)).with(tree{"data/snapshots/metadata.db/CURRENT": "x"}), true, wire.ReasonRestored},
		"another snapshot":              {configured.with(former), true, wire.ReasonRestored},
		"another one, on nothing":       {former, true, wire.ReasonRestored},
		"a state that came":             {configured.with(ofSeid()).with(note(`{"attempts":1,"arrived":true}`)), false, wire.ReasonNotNeeded},
		"data of somebody":              {configured.with(ofSeid()), false, wire.ReasonNotNeeded},
		"a note of somebody":            {configured.with(note("{}")), false, wire.ReasonUnreadable},
		"somebody's files":              {tree{"photos/cat.jpg": "x"}, false, wire.ReasonLayoutUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			at, folder := serveFiles(t, map[string][]byte{"archive": pack(t, ofChunks)}), t.TempDir()
			plant(t, folder, test.there)
			end := quick(takesChunks(at, folder)).run(t.Context())
			if end.Reason != test.reason {
				t.Errorf("%+v", end)
			}
			want := tree{}.with(test.there)
			if test.taken {
				maps.DeleteFunc(want, func(name, _ string) bool { return strings.Contains(name, "/chunks/") })
				want = want.with(noted(takesChunks(at, folder)))
			}
			holds(t, folder, want)
			if asked := at.asked.Load() > 0; asked != test.taken {
				t.Errorf("the server is asked: %t", asked)
			}
		})
	}
}

// TestASnapshotThatIsKilledBetweenAnyTwoSteps is whole afterwards, and never seen before it is.
func TestASnapshotThatIsKilledBetweenAnyTwoSteps(t *testing.T) {
	at := serveFiles(t, map[string][]byte{"archive": pack(t, ofChunks)})
	var steps []string
	for number := 0; ; number++ {
		folder := t.TempDir()
		r := quick(takesChunks(at, folder))
		step, died := diesAfter(t.Context(), r, number)
		if !died {
			break
		}
		steps = append(steps, step)
		if _, err := os.Lstat(folder + "/" + seid.SyncDir + "/" + seid.SyncChunks); err == nil {
			shown := lies(t, folder)
			maps.DeleteFunc(shown, func(name, _ string) bool { return strings.HasPrefix(name, seid.RestoreDir) })
			if !maps.Equal(shown, noted(r.Options)) {
				t.Errorf("after %s half of it is seen: %v", steps[number], shown)
			}
		}
		if end := quick(takesChunks(at, folder)).run(t.Context()); end.Reason != wire.ReasonRestored {
			t.Errorf("after %s: %+v", steps[number], end)
		}
		holds(t, folder, noted(r.Options))
	}
	if want := "[durable whole before chunks chunks discard]"; fmt.Sprint(steps) != want {
		t.Errorf("the steps are %v; wanted %s", steps, want)
	}
}
