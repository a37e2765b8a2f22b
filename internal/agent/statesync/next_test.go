package statesync

import (
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/volume"
)

// TestNextOverAllFacts: what is removed is never data that the node has, or may have.
func TestNextOverAllFacts(t *testing.T) {
	notes := map[string]*volume.Sync{
		"none": nil, "begun": {Attempts: 1}, "tried": {Attempts: 1, Tried: tries - 1}, "in vain": {Attempts: 1, Tried: tries},
		"emptying": {Attempts: 1, Emptying: true}, "arrived": {Attempts: 1, Arrived: true, Height: 5},
	}
	for name, note := range notes {
		for bits := range 8 {
			f := facts{note: note, data: bits&1 > 0, state: bits&2 > 0, blocks: bits&4 > 0}
			if (f.state || f.blocks) && !f.data {
				continue // neither is anywhere else
			}
			want := fetch
			switch {
			case name == "emptying":
				want = empty
			case name == "arrived":
				want = start
			case !f.data:
			case name == "none":
				want = start
			case f.blocks:
				want = arrived
			case f.state && name != "in vain":
				want = try
			default:
				want = empty
			}
			if got := next(f); got != want {
				t.Errorf("%s, data %t, state %t, blocks %t: %s, wanted %s", name, f.data, f.state, f.blocks, got, want)
			}
		}
	}
}
