package inspect_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestTheStateIsWhole: what is missing beside what is there, seid makes anew, and begins from nothing.
func TestTheStateIsWhole(t *testing.T) {
	const memiavl = "data/state_commit/memiavl/"
	home := fullHome()
	begun := home.with(tree{"data": "-", "data/priv_validator_state.json": zero, memiavl + "LOCK": ""})
	for name, test := range map[string]struct {
		volume tree
		reason string
		says   string
	}{
		"whole":                               {home, wire.ReasonInspected, ""},
		"current is missing":                  {home.with(tree{memiavl + "current": "-"}), wire.ReasonDataIncomplete, "memiavl/current is missing; wanted a relative link to the newest snapshot folder beside it: seid would begin from nothing. Copy the folder again with a program that keeps links (rsync -a, cp -a), or, if that one is whole, link it in data/state_commit/memiavl: ln -sfn snapshot-00000000000000001200 current"},
		"current dangles":                     {home.with(tree{memiavl + "current": "-> snapshot-00000000000000009999"}), wire.ReasonDataIncomplete, `current is a link to "snapshot-00000000000000009999", which is no snapshot there`},
		"current is absolute":                 {home.with(tree{memiavl + "current": "-> /srv/.sei/" + memiavl + "snapshot-00000000000000001200"}), wire.ReasonDataIncomplete, "no snapshot there"},
		"current was copied as a folder":      {home.with(tree{memiavl + "current": "-"}).with(tree{memiavl + "current/kvs": "x"}), wire.ReasonDataIncomplete, "current is no link"},
		"current leads to another name":       {home.with(tree{memiavl + "current": "-> snapshot", memiavl + "snapshot/kvs": "x"}), wire.ReasonDataIncomplete, "no snapshot there"},
		"its first second":                    {begun, wire.ReasonRoleMismatch, "no state store"}, // as before: a full node's
		"its first second, blocks beside":     {begun.with(tree{"data/tendermint/blockstore.db/CURRENT": "x"}), wire.ReasonDataIncomplete, "current is missing"},
		"blocks without state":                {home.with(tree{"data/state_commit": "-"}), wire.ReasonDataIncomplete, "the volume has blocks (data/tendermint/blockstore.db) and no state (data/state_commit/memiavl is missing or empty)"},
		"blocks without state, IAVL":          {home.with(tree{"data/state_commit": "-", "data/application.db/CURRENT": "x"}), wire.ReasonDataIncomplete, "a seid before SeiDB"},
		"state without blocks":                {home.with(tree{"data/tendermint": "-"}), wire.ReasonDataIncomplete, "state at height 1200 or above and no blocks"},
		"state without blocks, by its log":    {home.with(tree{"data/tendermint": "-", memiavl + "current": "-> snapshot-00000000000000000000", memiavl + "snapshot-00000000000000000000/kvs": "x", memiavl + "changelog/00000000000000000500": "x"}), wire.ReasonDataIncomplete, "state at height 499 or above"},
		"state of nothing, and no blocks yet": {home.with(tree{"data/tendermint": "-", memiavl + "current": "-> snapshot-00000000000000000000", memiavl + "snapshot-00000000000000000000/kvs": "x"}), wire.ReasonInspected, ""},
		"data/data":                           {home.with(tree{"data/data/state_commit/memiavl/LOCK": ""}), wire.ReasonDataIncomplete, "data/data is on the volume: a copy went one folder too deep"},
		"data/data alone":                     {home.with(tree{"data": "-", "data/data/committer.db/LOCK": ""}), wire.ReasonLayoutUnknown, "data/data is one folder too deep"},
		"the inside of data/":                 {tree{"state_commit/memiavl/LOCK": "", "tendermint/blockstore.db/CURRENT": ""}, wire.ReasonLayoutUnknown, "looks like the inside of data/"},
		"a bare IAVL":                         {tree{"data/application.db/CURRENT": ""}, wire.ReasonLayoutUnknown, "another Cosmos chain's, or of a seid before SeiDB"},
		"a download that broke off":           {home.with(tree{"snapshot.tar.lz4.aria2": "x"}), wire.ReasonDataIncomplete, "snapshot.tar.lz4.aria2 is on the volume, as a copy leaves it that broke off"},
		"a file of the user's own":            {home.with(tree{"data/.config.backup": "x"}), wire.ReasonInspected, ""},
		"a file that rsync was copying":       {home.with(tree{"data/.blockstore.db.Ab12Cd": "x"}), wire.ReasonDataIncomplete, "data/.blockstore.db.Ab12Cd is on the volume"},
		"a profile beside the home":           {home.with(tree{".profile.backup": "x", "data/.a": "x"}), wire.ReasonInspected, ""},
		"an archive beside a whole home":      {home.with(tree{"data.tar.lz4": "x"}), wire.ReasonInspected, ""},
		"an archive beside half a home":       {home.with(tree{"data.tar.lz4": "x", "data/tendermint": "-"}), wire.ReasonDataIncomplete, "data.tar.lz4 lies there as well: it may not have been unpacked to the end"},
		"a copy that broke off":               {home.with(tree{"data/.rsync-partial/x": "x"}), wire.ReasonDataIncomplete, "data/.rsync-partial is on the volume"},
	} {
		t.Run(name, func(t *testing.T) {
			found := look(t, test.volume, node("fullNode"))
			check(t, found, test.reason, test.says)
			o := node("fullNode")
			o.Warn = true
			if warned := look(t, test.volume, o); warned.Refused != (test.reason == wire.ReasonLayoutUnknown) {
				t.Errorf("with policy Warn: %s, refused %t", warned.Reason, warned.Refused)
			}
		})
	}
	check(t, look(t, home.with(tree{"data/tendermint/blockstore.db": "-"}), node("seed")), wire.ReasonInspected, "") // a seed needs no blocks
}

// TestThereAndNotUnderstood: every file that is read has this answer, and it is none of the other two.
func TestThereAndNotUnderstood(t *testing.T) {
	const page = "<!DOCTYPE html><html><body>404 Not Found</body></html>"
	for name, says := range map[string]struct {
		volume tree
		says   string
	}{
		"a genesis that is a page":          {tree{"config/genesis.json": page}, "config/genesis.json is not a genesis of seid's (it does not begin with {"},
		"a genesis that is empty":           {tree{"config/genesis.json": ""}, "config/genesis.json is not a genesis of seid's"},
		"a genesis of no chain":             {tree{"config/genesis.json": `{"app_state":{}}`}, "has no chain_id"},
		"a genesis of a number":             {tree{"config/genesis.json": `{"chain_id":7}`}, "chain_id is no text"},
		"a genesis that is cut off":         {tree{"config/genesis.json": `{"chain_id":"pacific-1","app_state":{"a":[1,`}, "config/genesis.json ends in the middle"},
		"config.toml with a key twice":      {tree{"config/config.toml": "mode = 'full'\nmode = 'full'\n"}, "config/config.toml is not the TOML that seid reads"},
		"app.toml that is a page":           {tree{"config/app.toml": page}, "config/app.toml is not the TOML"},
		"client.toml that is cut off":       {tree{"config/client.toml": "chain-id = \"pac"}, "config/client.toml is not the TOML"},
		"a node key that is cut off":        {tree{"config/node_key.json": `{"id":"`}, "config/node_key.json is not the JSON"},
		"an upgrade that is empty":          {tree{"data/upgrade-info.json": ""}, "data/upgrade-info.json is empty"},
		"a configuration of megabytes":      {tree{"config/app.toml": "a = '" + string(make([]byte, 2<<20)) + "'"}, "config/app.toml has more than 1 MiB"},
		"a folder for a file":               {tree{"config/app.toml": "-", "config/app.toml/x": ""}, "config/app.toml is a folder where a file is wanted"},
		"a file for a folder":               {tree{"wasm": "-", "./wasm": "x"}, "wasm is a file where a folder is wanted"},
		"a link off the volume":             {tree{"wasm": "-", "./wasm": "-> ../../elsewhere"}, `wasm is a link to "../../elsewhere", which leads off the volume`},
		"a link in a circle":                {tree{"data/state_store": "-", "data/./state_store": "-> state_store"}, `data/state_store is a link to "state_store", which leads in a circle`},
		"a link to nothing":                 {tree{"data/snapshots": "-> /mnt/old"}, `data/snapshots is a link to "/mnt/old", which leads off the volume`},
		"a link to nothing on the volume":   {tree{"data/tendermint/state.db": "-> ../gone"}, `data/tendermint/state.db is a link to "../gone", which does not exist`},
		"a link to nothing, of a folder up": {tree{"data/ledger": "-> gone"}, `data/ledger is a link to "gone", which does not exist`},
	} {
		t.Run(name, func(t *testing.T) {
			volume := fullHome().with(says.volume)
			check(t, look(t, volume, node("fullNode")), wire.ReasonNotUnderstood, says.says)
			o := node("fullNode")
			o.Warn = true
			warned := look(t, volume, o) // without config.toml nobody knows which key it would be
			if warned.Reason != wire.ReasonNotUnderstood && warned.Reason != wire.ReasonKeyUnreachable || warned.Refused != (warned.Reason == wire.ReasonKeyUnreachable) {
				t.Errorf("with policy Warn: %s, refused %t", warned.Reason, warned.Refused)
			}
		})
	}
}

// TestASocketIsNoFile, wherever one is looked for.
func TestASocketIsNoFile(t *testing.T) {
	for _, name := range []string{"config/app.toml", "config/genesis.json", "data/upgrade-info.json", "config/node_key.json"} {
		o := node("fullNode")
		o.Volume = fullHome().with(tree{name: "-"}).plant(t)
		socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Chdir(filepath.Join(o.Volume, filepath.Dir(name))) // a socket's path is short
		if err := syscall.Bind(socket, &syscall.SockaddrUnix{Name: filepath.Base(name)}); err != nil {
			t.Fatal(err)
		}
		check(t, inspect.Inspect(o), wire.ReasonNotUnderstood, name+" is a socket where a file is wanted")
		_ = syscall.Close(socket)
	}
}

// TestAKeyIsFoundBehindWhatTheUserWavesThrough: of several things that are not understood it comes first.
func TestAKeyIsFoundBehindWhatTheUserWavesThrough(t *testing.T) {
	o := node("validator")
	o.Warn = true
	broken := validatorHome().with(tree{"config/genesis.json": "<html>", "config/app.toml": "a = 1\na = 2", "data/priv_validator_state.json": "{"})
	check(t, look(t, broken, o), wire.ReasonNotUnderstood, "data/priv_validator_state.json")
}

// TestHomesThatLieDeeper are inspected like the rest.
func TestHomesThatLieDeeper(t *testing.T) {
	o := node("fullNode")
	o.Place.HomePath = "chains/sei"
	deep := fullHome().below("chains/sei")
	found := look(t, deep, o)
	check(t, found, wire.ReasonInspected, "layout Nested")
	if found.Height != 1200 || !found.Wasm {
		t.Errorf("%+v", found)
	}
	check(t, look(t, deep.with(tree{"chains/sei/wasm": "-"}), o), wire.ReasonWasmMissing, "")
	check(t, look(t, deep.with(tree{"chains/sei/config/app.toml": "a = 1\na = 2"}), o), wire.ReasonNotUnderstood, "chains/sei/config/app.toml")
	check(t, look(t, fullHome(), o), wire.ReasonLayoutUnknown, "chains/sei is no home of seid")
	check(t, look(t, tree{}, o), wire.ReasonInspected, "the volume is empty")
	o.Place = node("").Place
	check(t, look(t, deep, o), wire.ReasonLayoutUnknown, "spec.dataVolume.homePath")
	o.Place.Ignore = []string{"chains"}
	check(t, look(t, deep, o), wire.ReasonInspected, "the volume is empty")
}
