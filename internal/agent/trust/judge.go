package trust

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// wanted is how many servers have to agree. seid does not start with fewer (v6.6.2).
	wanted = 2
	// maxAge is how old the last block of a server may be that is asked for the tip.
	maxAge = time.Minute
	// step is what the height is a multiple of, where a chain has come that far: what is said of one stays the same for a while.
	step = 1000
)

// Doubt is why nothing is trusted: a reason of wire's, and words that stay the same while the cause does.
type Doubt struct{ Reason, Message string }

func doubt(reason, format string, args ...any) *Doubt {
	return &Doubt{reason, fmt.Sprintf(format, args...)}
}

func (v voice) usable(o Options) bool { return v.err == nil && v.network == o.ChainID && v.old == "" }

// height is that of the point: the user's, or so far below the lowest tip that every server still has it. 0 where nobody can be asked.
func (o Options) height(voices []voice) int64 {
	if o.Pin.Height > 0 {
		return o.Pin.Height
	}
	var lowest int64
	for _, v := range voices {
		if v.usable(o) && (lowest == 0 || v.latest < lowest) {
			lowest = v.latest
		}
	}
	if lowest == 0 {
		return 0
	}
	below := lowest - o.Offset
	return max(below-below%step, 1)
}

// judge says what is trusted. A server of another chain, or one with another block, is no voice that is outvoted: somebody lies or is mistaken, and
// nobody here can tell who.
func (o Options) judge(height int64, voices []voice) (Trusted, *Doubt) {
	for _, v := range voices {
		if v.network != "" && v.network != o.ChainID {
			return Trusted{}, doubt(wire.ReasonWrongChain, "%s follows chain %q; wanted %q: take it off spec.bootstrap.stateSync", v.server, v.network, o.ChainID)
		}
	}
	speaking := slices.DeleteFunc(slices.Clone(voices), func(v voice) bool { return v.hash == "" })
	if disagree := o.disagreement(height, speaking); disagree != nil {
		return Trusted{}, disagree
	}
	agreeing, repeated := machines(speaking)
	switch {
	case len(agreeing) >= wanted:
		return Trusted{Point{height, agreeing[0].hash}, servers(agreeing)}, nil
	case repeated != "":
		return Trusted{}, doubt(wire.ReasonWitnessRepeated, "%s; wanted %d servers that are not one: name another in spec.bootstrap.stateSync", repeated, wanted)
	}
	return Trusted{}, o.missing(height, len(agreeing), voices)
}

// disagreement names each server with its block where they have not all the same.
func (o Options) disagreement(height int64, speaking []voice) *Doubt {
	hash, all := strings.ToUpper(o.Pin.Hash), []string{}
	if hash != "" {
		all = append(all, "spec.bootstrap.stateSync.trust says "+hash)
	}
	differ := false
	for _, v := range speaking {
		hash = cmp.Or(hash, v.hash)
		differ = differ || v.hash != hash
		all = append(all, v.server+" has "+v.hash)
	}
	if !differ {
		return nil
	}
	return doubt(wire.ReasonWitnessDisagreement, "block %d is not the same everywhere: %s; nothing is trusted while they differ: take those off spec.bootstrap.stateSync that are wrong",
		height, strings.Join(all, ", "))
}

// compare says what those that have the block make of the node's own: one that agrees is enough to doubt the others, and two machines are needed to doubt
// the node.
func (o Options) compare(own Point, voices []voice) (same bool, fork *Doubt) {
	hash, agree, differ, all := strings.ToUpper(own.Hash), []voice{}, []voice{}, []string{}
	for _, v := range voices {
		switch v.hash {
		case "":
		case hash:
			agree = append(agree, v)
		default:
			differ, all = append(differ, v), append(all, v.server+" has "+v.hash)
		}
	}
	agreeing, _ := machines(agree)
	differing, _ := machines(differ)
	switch {
	case len(differ) == 0:
		return len(agreeing) >= wanted, nil
	case len(agree) > 0 || len(differing) < wanted:
		return false, nil
	}
	return false, doubt(wire.ReasonWrongFork, "block %d of this node is %s, and %s: it follows another fork of the chain than they do; find out which is the chain's, "+
		"and where it is theirs, delete this SeiNode with its PVC and make it anew", own.Height, hash, strings.Join(all, ", "))
}

// machines are the servers that are not one: two names of one node are one voice. repeated names a second name, "" for none.
func machines(speaking []voice) (all []voice, repeated string) {
	for _, v := range speaking {
		if i := slices.IndexFunc(all, func(other voice) bool { return other.id == v.id }); i >= 0 {
			repeated = cmp.Or(repeated, fmt.Sprintf("%s and %s are one node, %s", all[i].server, v.server, v.id))
			continue
		}
		all = append(all, v)
	}
	return all, repeated
}

func servers(voices []voice) (all []string) {
	for _, v := range voices {
		all = append(all, v.server)
	}
	return all
}

// missing says why too few servers have the block.
func (o Options) missing(height int64, agreeing int, voices []voice) *Doubt {
	reason, causes := wire.ReasonWitnessTooOld, []string{}
	for _, v := range voices {
		switch {
		case v.err != nil:
			reason = wire.ReasonWitnessUnreachable
			causes = append(causes, fmt.Sprintf("%s does not answer: %s", v.server, steady(v.err)))
		case v.old != "":
			causes = append(causes, v.server+" "+v.old)
		case v.hash == "":
			causes = append(causes, fmt.Sprintf("%s does not have the block any more: its lowest is %d", v.server, v.lowest))
		}
	}
	if len(voices) < wanted {
		reason = wire.ReasonWitnessUnreachable
		causes = append(causes, fmt.Sprintf("%d are known", len(voices)))
	}
	return doubt(reason, "%d of the %d servers that have to agree have a block to trust%s: %s", agreeing, wanted, at(height, o), strings.Join(causes, "; "))
}

// steady is what went wrong without the ports and the addresses of this very connection, which are others each time, and the words with them.
func steady(err error) string {
	var name *net.DNSError
	var broken *net.OpError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "its name is not known"
	case errors.As(err, &name):
		return "its name cannot be looked up"
	case errors.As(err, &broken):
		return broken.Op + ": " + broken.Err.Error()
	}
	return err.Error()
}

// at names the height where the user did: another one moves on with the chain, and a message must not.
func at(height int64, o Options) string {
	if o.Pin.Height == 0 {
		return ""
	}
	return fmt.Sprintf(" at height %d", height)
}
