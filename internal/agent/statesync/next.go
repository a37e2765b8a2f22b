package statesync

import "github.com/seinode/seinode-operator/internal/agent/volume"

// facts are what a start finds on the volume.
type facts struct {
	// note is what was noted of a state sync here; nil where none began.
	note *volume.Sync
	// data says that there is anything in data/ that seid made.
	data bool
	// state says that the application has a state of some block, and blocks that the consensus ended one: seid went on after the state had come.
	state, blocks bool
}

// step is what is to be done before seid starts.
type step string

const (
	// start: the volume has data of its own, which is left alone for good.
	start step = "start"
	// arrived: the state came, and nobody could note it: that is noted, and seid starts.
	arrived step = "arrived"
	// try: the state may have come. seid starts on it as it is, and takes no other.
	try step = "try"
	// fetch: seid is to fetch the state, onto nothing.
	fetch step = "fetch"
	// empty: an attempt came to nothing, and what it left behind is removed before the next.
	empty step = "empty"
)

// tries is how often seid is started on what may be a state that came, before it is taken for none: each of them may be ended by somebody else.
const tries = 3

// next decides. Without our own note nothing is ever removed, and with one only what cannot be a state that came: it has none, or seid was started on it
// again and did not answer. What is in the middle of being removed is removed to its end.
func next(f facts) step {
	switch note := f.note; {
	case note == nil && f.data, note != nil && note.Arrived:
		return start
	case note == nil:
		return fetch
	case note.Emptying:
		return empty
	case f.blocks:
		return arrived
	case !f.data:
		return fetch
	case f.state && note.Tried < tries:
		return try
	}
	return empty
}
