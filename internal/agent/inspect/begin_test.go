package inspect_test

import (
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
