package inspect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// TestAnEmptyVolumeOfAPublicChainWantsData: seid would panic some blocks after the genesis, again and again.
func TestAnEmptyVolumeOfAPublicChainWantsData(t *testing.T) {
	without := func(change func(*inspect.Options)) inspect.Options {
		o := node("fullNode")
		o.Bootstrap = false
		change(&o)
		return o
	}
	as := func(*inspect.Options) {}
	for name, test := range map[string]struct {
		volume   tree
		node     inspect.Options
		required bool
		refused  bool
	}{
		"it is empty":                   {tree{}, without(as), true, true},
		"there is lost+found":           {tree{"lost+found/": ""}, without(as), true, true},
		"data is brought":               {tree{}, node("fullNode"), false, false},
		"state sync is set by hand":     {tree{}, without(func(o *inspect.Options) { o.Settings = []string{"statesync.enable"} }), false, false},
		"a chain of one's own":          {tree{}, without(func(o *inspect.Options) { o.ChainID = "sei-devnet-1" }), false, false},
		"a seed keeps no data":          {tree{}, without(func(o *inspect.Options) { o.Mode = "seed" }), false, false},
		"there is data":                 {fullHome(), without(as), false, false},
		"the user waves it through":     {tree{}, without(func(o *inspect.Options) { o.Warn = true }), true, false},
		"atlantic-2, which is no other": {tree{}, without(func(o *inspect.Options) { o.ChainID = "atlantic-2" }), true, true},
	} {
		found := look(t, test.volume, test.node)
		if (found.Reason == wire.ReasonBootstrapRequired) != test.required || found.Refused != test.refused {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestWhatAStateSyncLeftBehindIsJudgedByWhoSyncs: any part of a state may be there, and what else is wrong still counts. Once it has come, or nobody noted that it is ours, or no
// data is brought any more, it is judged as any volume.
func TestWhatAStateSyncLeftBehindIsJudgedByWhoSyncs(t *testing.T) {
	half := func(note string) tree {
		if note == "" {
			note = "-"
		}
		return fullHome().with(tree{"data/state_commit/": "-", "wasm/": "-", ".seinode-agent-sync/note.json": note})
	}
	syncs := node("fullNode")
	syncs.Syncs = true
	unwanted, elsewhere, waved := syncs, syncs, node("fullNode")
	unwanted.Bootstrap, unwanted.Syncs = false, false
	elsewhere.ChainID, waved.Warn = "atlantic-2", true
	whole := fullHome().with(tree{".seinode-agent-sync/note.json": `{"attempts":1}`})
	none := tree{"config/client.toml": "chain-id = \"pacific-1\"\n", "data/": "", ".seinode-agent-sync/note.json": `{"attempts":1}`}
	for name, test := range map[string]struct {
		volume tree
		node   inspect.Options
		reason string
	}{
		"ours, and not over":        {half(`{"attempts":1}`), syncs, wire.ReasonInspected},
		"over":                      {half(`{"attempts":1,"arrived":true}`), syncs, wire.ReasonDataIncomplete},
		"nobody's":                  {half(""), syncs, wire.ReasonDataIncomplete},
		"a note that is none":       {half(`{}`), syncs, wire.ReasonNotUnderstood},
		"no data is brought":        {half(`{"attempts":1}`), unwanted, wire.ReasonDataIncomplete},
		"an archive is brought":     {whole, node("fullNode"), wire.ReasonDataIncomplete},
		"the user waves it through": {whole, waved, wire.ReasonDataIncomplete},
		"there is nothing yet":      {none, unwanted, wire.ReasonDataIncomplete},
		"nothing yet, and it syncs": {none, syncs, wire.ReasonInspected},
		"it is of another chain":    {half(`{"attempts":1}`), elsewhere, wire.ReasonChainMismatch},
		"a state without a store":   {fullHome().with(tree{"data/state_store/": "-", ".seinode-agent-sync/note.json": `{"attempts":1}`}), syncs, wire.ReasonInspected},
		"the code is still to come": {fullHome().with(tree{"wasm/": "-", ".seinode-agent-sync/note.json": `{"attempts":1}`}), syncs, wire.ReasonInspected},
	} {
		t.Run(name, func(t *testing.T) { check(t, look(t, test.volume, test.node), test.reason, "") })
	}
}

// TestACopyThatHoldsNothingIsNotBegunOn, whatever chain, mode and policy: a driver that copies nothing makes an empty volume without a word.
func TestACopyThatHoldsNothingIsNotBegunOn(t *testing.T) {
	for name, test := range map[string]struct {
		volume tree
		change func(*inspect.Options)
		reason string
	}{
		"empty":                     {tree{}, func(*inspect.Options) {}, wire.ReasonBootstrapRequired},
		"lost+found":                {tree{"lost+found/": ""}, func(*inspect.Options) {}, wire.ReasonBootstrapRequired},
		"a chain of one's own":      {tree{}, func(o *inspect.Options) { o.ChainID = "sei-devnet-1" }, wire.ReasonBootstrapRequired},
		"the user waves it through": {tree{}, func(o *inspect.Options) { o.Warn = true }, wire.ReasonBootstrapRequired},
		"it holds a node's data":    {fullHome(), func(*inspect.Options) {}, wire.ReasonInspected},
		"it holds another chain's":  {fullHome(), func(o *inspect.Options) { o.ChainID = "atlantic-2" }, wire.ReasonChainMismatch},
	} {
		o := node("fullNode")
		o.Bootstrap, o.CopyOf = false, `VolumeSnapshot "yesterday"`
		test.change(&o)
		found := look(t, test.volume, o)
		if found.Reason != test.reason || found.Refused != (test.reason != wire.ReasonInspected) {
			t.Errorf("%s: %+v", name, found)
		}
		if test.reason == wire.ReasonBootstrapRequired && !strings.Contains(found.Message, `a copy of VolumeSnapshot "yesterday"`) {
			t.Errorf("%s: %s", name, found.Message)
		}
	}
}

// TestACopyReachesTheKeyOfItsOwn: where seid would have the ID of the node that it is a copy of, it is not started, whatever the policy.
func TestACopyReachesTheKeyOfItsOwn(t *testing.T) {
	named := fullHome()
	named["config/config.toml"] = "node-key-file = \"config/node_key.json\"\n" + named["config/config.toml"]
	for name, test := range map[string]struct {
		volume tree
		change func(*inspect.Options)
		reason string
	}{
		"config.toml lacks the key":         {fullHome(), func(*inspect.Options) {}, wire.ReasonKeyUnreachable},
		"the user waves it through":         {fullHome(), func(o *inspect.Options) { o.Warn = true }, wire.ReasonKeyUnreachable},
		"config.toml has it":                {named, func(*inspect.Options) {}, wire.ReasonInspected},
		"config.toml is yet to come":        {fullHome().with(tree{"config/config.toml": "-"}), func(*inspect.Options) {}, wire.ReasonInspected},
		"the volume is the node's, no copy": {fullHome(), func(o *inspect.Options) { o.CopyOf = "" }, wire.ReasonInspected},
	} {
		o := node("fullNode")
		o.Bootstrap, o.CopyOf, o.Settings = false, `VolumeSnapshot "yesterday"`, append(o.Settings, "node-key-file")
		test.change(&o)
		if found := look(t, test.volume, o); found.Reason != test.reason || found.Refused != (test.reason != wire.ReasonInspected) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestTheWaysToBeginAreThoseOfTheMode: admission refuses a state sync of an archive or a validator, and a copy as a validator.
func TestTheWaysToBeginAreThoseOfTheMode(t *testing.T) {
	all := []string{"stateSync", "bootstrap.archive", "acceptFullHistory", "volumeSnapshot", "dataVolume.import", "signState: Fresh"}
	for mode, ways := range map[string][]string{
		"fullNode":  {"stateSync", "bootstrap.archive", "volumeSnapshot", "dataVolume.import"},
		"archive":   {"bootstrap.archive", "acceptFullHistory", "volumeSnapshot", "dataVolume.import"},
		"validator": {"bootstrap.archive", "dataVolume.import", "signState: Fresh"},
	} {
		o := node(mode)
		o.Bootstrap, o.RemoteSigner = false, true
		found := look(t, tree{}, o)
		for _, way := range all {
			if found.Reason != wire.ReasonBootstrapRequired || strings.Contains(found.Message, way) != slices.Contains(ways, way) {
				t.Errorf("%s, %s: %s %s", mode, way, found.Reason, found.Message)
			}
		}
	}
}
