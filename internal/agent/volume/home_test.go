package volume_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/prepare"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// homes are volumes by what lies on them: names that end in / are folders, what begins with -> is a link.
var homes = map[string]struct {
	files  map[string]string
	place  volume.Place
	layout wire.Layout
	home   string
}{
	"empty":                          {nil, volume.Place{}, wire.LayoutEmpty, ""},
	"vendors' folders":               {map[string]string{"lost+found/": "", ".snapshot/hourly.0/data/": "", ".Trash-1000/": "", "$RECYCLE.BIN/": "", ".zfs/": ""}, volume.Place{}, wire.LayoutEmpty, ""},
	"a preparation that was killed":  {map[string]string{"config/": "", "data/" + seid.Temporary + "A": "x"}, volume.Place{}, wire.LayoutEmpty, ""},
	"folders of the right name":      {map[string]string{"config/": "", "data/": ""}, volume.Place{}, wire.LayoutEmpty, ""},
	"seid's config.toml":             {map[string]string{"config/config.toml": "mode = 'full'"}, volume.Place{}, wire.LayoutRoot, ""},
	"seid's app.toml":                {map[string]string{"config/app.toml": "[state-commit]\nsc-enable = true"}, volume.Place{}, wire.LayoutRoot, ""},
	"a client.toml":                  {map[string]string{"config/client.toml": "chain-id = 'x'"}, volume.Place{}, wire.LayoutRoot, ""},
	"a genesis":                      {map[string]string{"config/genesis.json": `{"chain_id":"x"}`}, volume.Place{}, wire.LayoutRoot, ""},
	"memiavl":                        {map[string]string{"data/state_commit/memiavl/snapshot-1/": ""}, volume.Place{}, wire.LayoutDataOnly, ""},
	"memiavl, legacy":                {map[string]string{"data/committer.db/current": "-> snapshot-1"}, volume.Place{}, wire.LayoutDataOnly, ""},
	"blocks where v6.6 has them":     {map[string]string{"data/tendermint/blockstore.db/CURRENT": ""}, volume.Place{}, wire.LayoutDataOnly, ""},
	"a state store, legacy":          {map[string]string{"data/pebbledb/MANIFEST-000001": ""}, volume.Place{}, wire.LayoutDataOnly, ""},
	"a sign state and nothing else":  {map[string]string{"config/": "", "data/priv_validator_state.json": `{"height":"0"}`}, volume.Place{}, wire.LayoutRoot, ""},
	"a sign state, and a halt":       {map[string]string{"data/priv_validator_state.json": `{"height":"7"}`, "data/" + seid.HaltedFile: "5\n"}, volume.Place{}, wire.LayoutDataOnly, ""},
	"a halt and nothing else":        {map[string]string{"config/": "", "data/" + seid.HaltedFile: "5\n"}, volume.Place{}, wire.LayoutUnknown, ""},
	"a halt beside a configuration":  {map[string]string{"config/config.toml": "mode = 'full'", "data/" + seid.HaltedFile: "5\n"}, volume.Place{}, wire.LayoutRoot, ""},
	"nested":                         {map[string]string{".sei/data/committer.db/current": "-> snapshot-1", ".bashrc": ""}, volume.Place{}, wire.LayoutNested, ".sei"},
	"beside a file called config":    {map[string]string{".sei/data/committer.db/current": "-> snapshot-1", "config": "x"}, volume.Place{}, wire.LayoutNested, ".sei"},
	"a link that stays":              {map[string]string{"old/data/committer.db/current": "-> snapshot-1", "data": "-> old/data"}, volume.Place{}, wire.LayoutDataOnly, ""},
	"two":                            {map[string]string{".sei/data/committer.db/current": "-> s", "data/committer.db/current": "-> s"}, volume.Place{}, wire.LayoutUnknown, ""},
	"a PostgreSQL":                   {map[string]string{"data/PG_VERSION": "16", "data/base/1/": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a PostgreSQL in a home of seid": {map[string]string{"data/PG_VERSION": "16", "config/config.toml": "mode = 'full'"}, volume.Place{}, wire.LayoutUnknown, ""},
	"another application's config/":  {map[string]string{"config/config.yaml": "a: b", "config/settings.json": "{}"}, volume.Place{}, wire.LayoutUnknown, ""},
	"another config.toml":            {map[string]string{"config/config.toml": "title = 'x'\nmode = 'dark'"}, volume.Place{}, wire.LayoutUnknown, ""},
	"a Cosmos chain's config/":       {map[string]string{"config/config.toml": "db_dir = 'data'", "config/app.toml": "[state-sync]\nsnapshot-interval = 0"}, volume.Place{}, wire.LayoutUnknown, ""},
	"a Cosmos chain's data/": {map[string]string{"data/application.db/CURRENT": "", "data/blockstore.db/CURRENT": "", "data/state.db/CURRENT": "", "data/cs.wal/wal": "x",
		"data/priv_validator_state.json": `{"height":"7"}`}, volume.Place{}, wire.LayoutUnknown, ""},
	"stores without a database":            {map[string]string{"data/state_commit/memiavl/LOCK": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"somebody's photos":                    {map[string]string{"photos/cat.jpg": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"ignored":                              {map[string]string{"photos/cat.jpg": ""}, volume.Place{Ignore: []string{"photos"}}, wire.LayoutEmpty, ""},
	"ignored, one of two":                  {map[string]string{"photos/cat.jpg": "", "music/": ""}, volume.Place{Ignore: []string{"photos"}}, wire.LayoutUnknown, ""},
	"what seid has is never ignored":       {map[string]string{"data/PG_VERSION": ""}, volume.Place{Ignore: []string{"data"}}, wire.LayoutUnknown, ""},
	"ignored is the root's alone":          {map[string]string{"data/PG_VERSION": ""}, volume.Place{Ignore: []string{"PG_VERSION"}}, wire.LayoutUnknown, ""},
	"a link that leaves":                   {map[string]string{"config": "-> /etc"}, volume.Place{}, wire.LayoutUnknown, ""},
	"a nested link that leaves":            {map[string]string{".sei": "-> /etc"}, volume.Place{}, wire.LayoutUnknown, ""},
	"a link that loops":                    {map[string]string{"data": "-> data"}, volume.Place{}, wire.LayoutUnknown, ""},
	"where the user says":                  {map[string]string{"a/b/data/committer.db/current": "-> s", "x/": ""}, volume.Place{HomePath: "a/b"}, wire.LayoutNested, "a/b"},
	"where the user says, not elsewhere":   {map[string]string{"data/committer.db/current": "-> s"}, volume.Place{HomePath: "a/b"}, wire.LayoutUnknown, ""},
	"where the user says, and in the root": {map[string]string{"a/data/committer.db/current": "-> s", "data/committer.db/current": "-> s"}, volume.Place{HomePath: "a"}, wire.LayoutNested, "a"},
	"empty, where the user says":           {map[string]string{"lost+found/": ""}, volume.Place{HomePath: "a/b"}, wire.LayoutEmpty, "a/b"},
	"empty, on the way":                    {map[string]string{"a/b/config/": ""}, volume.Place{HomePath: "a/b"}, wire.LayoutEmpty, "a/b"},
	"somebody else's, on the way":          {map[string]string{"a/photos/": ""}, volume.Place{HomePath: "a/b"}, wire.LayoutUnknown, ""},
	"a restore that was killed":            {map[string]string{seid.RestoreDir + "/home/data/committer.db/current": "-> s", "lost+found/": ""}, volume.Place{}, wire.LayoutEmpty, ""},
	"a snapshot that seid is to take":      {map[string]string{seid.SyncDir + "/chunks/5/1/0": "x"}, volume.Place{}, wire.LayoutEmpty, ""},
	"a link of that name":                  {map[string]string{seid.SyncDir: "-> elsewhere", "elsewhere/x": "x"}, volume.Place{Ignore: []string{"elsewhere"}}, wire.LayoutUnknown, ""},
	"killed between wasm/ and data/":       {map[string]string{seid.RestoreDir + "/home/data/x": "", seid.RestoreDir + "/whole.json": `{"wasm":true}`, "wasm/x": ""}, volume.Place{}, wire.LayoutEmpty, ""},
	"the same, where the user says":        {map[string]string{"a/" + seid.RestoreDir + "/home/data/x": "", "a/" + seid.RestoreDir + "/whole.json": `{"wasm":true}`, "a/wasm/x": ""}, volume.Place{HomePath: "a"}, wire.LayoutEmpty, "a"},
	"restored, and not tidied up":          {map[string]string{seid.RestoreDir + "/whole.json": `{"wasm":true}`, "wasm/x": "", "data/committer.db/current": "-> s"}, volume.Place{}, wire.LayoutDataOnly, ""},
	"a wasm/ of nobody's":                  {map[string]string{"wasm/x": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a wasm/ beside what is not whole":     {map[string]string{seid.RestoreDir + "/home/data/x": "", "wasm/x": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a wasm/ beside the archive's":         {map[string]string{seid.RestoreDir + "/home/data/x": "", seid.RestoreDir + "/home/wasm/x": "", seid.RestoreDir + "/whole.json": `{"wasm":true}`, "wasm/x": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a wasm/ where the archive had none":   {map[string]string{seid.RestoreDir + "/home/data/x": "", seid.RestoreDir + "/whole.json": `{"wasm":false}`, "wasm/x": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a wasm/ and no data/ to come":         {map[string]string{seid.RestoreDir + "/whole.json": `{"wasm":true}`, "wasm/x": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a restore below somebody's folder":    {map[string]string{"photos/" + seid.RestoreDir + "/home/data/x": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a restore beside somebody's files":    {map[string]string{seid.RestoreDir + "/home/data/x": "", "photos/cat.jpg": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a link of our folder's name":          {map[string]string{seid.RestoreDir: "-> lost+found", "lost+found/": ""}, volume.Place{}, wire.LayoutUnknown, ""},
	"a file of our folder's name":          {map[string]string{seid.RestoreDir: "x"}, volume.Place{}, wire.LayoutUnknown, ""},
	"a way that leaves":                    {map[string]string{"a": "-> /etc"}, volume.Place{HomePath: "a/b"}, wire.LayoutUnknown, ""},
}

func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		at := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		target, isLink := strings.CutPrefix(content, "-> ")
		switch {
		case strings.HasSuffix(name, "/"):
			must(t, os.MkdirAll(at, 0o755))
		case isLink:
			must(t, os.Symlink(target, at))
		default:
			must(t, os.WriteFile(at, []byte(content), 0o600))
		}
	}
	return root
}

// TestHome: inspect, prepare and serve all go by this answer. Folders of the right name prove nothing.
func TestHome(t *testing.T) {
	for name, test := range homes {
		t.Run(name, func(t *testing.T) {
			v := open(t, plant(t, test.files), test.place)
			layout, home := v.Home()
			if layout != test.layout || home != test.home {
				t.Errorf("%s in %q; wanted %s in %q (%v)", layout, home, test.layout, test.home, v.Odd)
			}
		})
	}
}

// TestPrepareWritesWhereAHomeIsAndNowhereElse: whatever policy let the pod come so far.
func TestPrepareWritesWhereAHomeIsAndNowhereElse(t *testing.T) {
	for name, test := range homes {
		t.Run(name, func(t *testing.T) {
			root, scratch := plant(t, test.files), plant(t, map[string]string{"config/node_key.json": "{}"})
			before := names(t, root)
			_, err := prepare.Prepare(prepare.Options{Volume: root, Place: test.place, Scratch: scratch, Home: filepath.Join(t.TempDir(), "home"), Mode: "fullNode"})
			if (err != nil) != (test.layout == wire.LayoutUnknown) {
				t.Errorf("layout %s: %v", test.layout, err)
			}
			after := names(t, root)
			if key := filepath.Join(test.home, "config", "node_key.json"); err == nil && !strings.Contains(after, key) {
				t.Errorf("there is no %s: %s", key, after)
			}
			if err != nil && after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

func names(t *testing.T, root string) string {
	t.Helper()
	var all strings.Builder
	must(t, filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		_, _ = all.WriteString(name + "\n")
		return err
	}))
	return all.String()
}
