package inspect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// signing is what a validator would sign with; empty for every other mode, and where a remote signer has key and sign state.
type signing struct {
	// remote says that a remote signer has both.
	remote bool
	// address is the key's, "" where there is none, or none that is understood.
	address string
	// odd is what is not understood of a Secret's key.
	odd *volume.Oddity
	// state is what the sign state says, nil where there is none.
	state *wire.Signed
	// begun says that the key began to sign on this very volume, from nothing: what it signed is in this sign state.
	begun bool
}

func (v view) signing(o Options) signing {
	if o.Mode != validator {
		return signing{}
	}
	if o.RemoteSigner || (facts{node: o, view: v}).signer() != "" {
		return signing{remote: true}
	}
	var s signing
	s.state, _ = v.SignState()
	if o.KeyOnVolume {
		s.address = v.KeyAddress(seid.ConfigDir + "/" + seid.SigningKeyFile)
	} else {
		s.address, s.odd = volume.SecretKey(o.KeyFile)
	}
	began := string(v.Read(seid.DataDir + "/" + seid.BegunFile))
	s.begun = s.address != "" && strings.TrimSpace(began) == s.address
	return s
}

// zero says that the sign state is missing, or names no height, like the one that seid makes anew.
func (s signing) zero() bool { return s.state == nil || s.state.Height == 0 }

// signs says whether the node signs with a key and a sign state of its own.
func (f facts) signs() bool { return f.node.Mode == validator && !f.signing.remote }

// hasSignState: seid would start signing from zero, and sign twice what it has signed before. Whatever lies on the volume may be what
// arrived of a copy that broke off. A volume that prepare began to fill has a sign state: it comes first. A key that a Secret brings may have
// signed elsewhere, also where the volume is empty, and a full node's volume has a sign state of 0 that is not this key's.
func hasSignState(f facts) *defect {
	s := f.signing
	switch {
	case !f.signs():
		return nil
	case s.odd != nil:
		return &defect{reason: wire.ReasonNotUnderstood, always: true, message: s.odd.String()}
	case f.node.FreshState && s.zero():
		return nil
	case !f.node.KeyOnVolume && s.zero():
		return &defect{reason: wire.ReasonSignStateMissing, always: true, message: fmt.Sprintf(
			"%s, and the key comes from a Secret: it would sign from zero, and twice what it has signed elsewhere, which is slashed; "+
				"bring data/%s from where the key signed last, or, if it never signed, set spec.validator.signState: Fresh", f.saysOfState(), seid.SignStateFile)}
	case s.state == nil && f.view.holdsFiles():
		return &defect{reason: wire.ReasonSignStateMissing, always: true, message: "the volume is not empty and has no data/" + seid.SignStateFile +
			": a validator would sign from zero and may sign twice, which is slashed; restore the file from where the validator ran last, " +
			"or, if the key never signed, set spec.validator.signState: Fresh"}
	}
	return nil
}

func (f facts) saysOfState() string {
	if f.signing.state == nil {
		return "the volume has no data/" + seid.SignStateFile
	}
	return "data/" + seid.SignStateFile + " on the volume says that nothing was signed"
}

// holdsFiles says that there is a file in config/ or data/, but for those that a killed preparation left half-written.
func (v view) holdsFiles() bool {
	for _, folder := range []string{seid.ConfigDir, seid.DataDir} {
		if v.IsDir(folder) && slices.ContainsFunc(v.Names(folder, 64), func(name string) bool { return !strings.HasPrefix(name, seid.Temporary) }) {
			return true
		}
	}
	return false
}

func (f facts) hasData() bool {
	return f.found.StateCommit || f.found.Height > 0 || f.view.storeExists(seid.BlockStore)
}

// hasConsensusKey: seid would make a new key, and reset the sign state with it.
func hasConsensusKey(f facts) *defect {
	if !f.signs() || !f.node.KeyOnVolume || f.found.ConsensusKey || !f.hasData() && f.signing.zero() {
		return nil
	}
	return &defect{reason: wire.ReasonConsensusKeyMissing, always: true, message: "the volume has data or a sign state, and no config/" + seid.SigningKeyFile +
		": seid would make a new key and reset the sign state; restore the file, or name a Secret in spec.validator.signingKey of a new SeiNode"}
}

// hasAnIDOfItsOwn: where config.toml lacks the key, seid would go by the node key that came along with a copy, and peers would take two nodes for one.
func hasAnIDOfItsOwn(f facts) *defect {
	if f.node.CopyOf == "" || !f.sets("node-key-file") || !f.view.IsFile(seid.ConfigDir+"/"+seid.ConfigTOML) || !lacks(f.view.TOML(seid.ConfigTOML), "node-key-file") {
		return nil
	}
	return &defect{reason: wire.ReasonKeyUnreachable, always: true, message: "config/" + seid.ConfigTOML + " on the volume lacks node-key-file: seid would have the ID of the node that the volume is " +
		"a copy of; add node-key-file = \"config/" + seid.NodeKeyFile + "\" there, above the first section, or copy a volume that has it"}
}

// reachesItsKeys: where config.toml lacks the key, the environment cannot point seid away from the key and the sign state on the
// volume, or at the Secret's key: it would sign with what lies there.
func reachesItsKeys(f facts) *defect {
	if !f.view.IsFile(seid.ConfigDir + "/" + seid.ConfigTOML) {
		return nil // this version's own will be copied there
	}
	config := f.view.TOML(seid.ConfigTOML)
	key, state := lacks(config, "priv-validator.key-file"), lacks(config, "priv-validator.state-file")
	if f.node.Mode == validator {
		key, state = key && !f.node.KeyOnVolume, false // without a Secret both are where seid looks anyway
	}
	if !key && !state {
		return nil
	}
	return &defect{reason: wire.ReasonKeyUnreachable, always: true, message: "config/" + seid.ConfigTOML +
		" on the volume lacks key-file or state-file in [priv-validator]: seid would use the key and the sign state on the volume instead of those that this node is given; " +
		`add key-file = "config/` + seid.SigningKeyFile + `" and state-file = "data/` + seid.SignStateFile + `" there`}
}

// hasUpToDateSignState compares the sign state with what lies beside it. A validator that is not in the active set signs nothing, so that a
// state far below the data's height is none's fault; two things are:
//
// A state of 0 beside data or a key, unless the key began on this very volume and so has all that it signed in it. Nothing tells a state that
// was reset, or one of a home that was made anew for a key from elsewhere, from that of a validator which never signed.
//
// A state below what the consensus' log says that this very key signed: the log has every vote of the node's own before it is sent.
func hasUpToDateSignState(f facts) *defect {
	if !f.signs() || f.signing.state == nil {
		return nil
	}
	state := *f.signing.state
	if voted := f.log.votes[f.signing.address]; state.Before(voted) {
		return outdated(fmt.Sprintf("data/%s on the volume says height %d, round %d, step %d, and the consensus' log beside it has a vote of the same key at height %d, round %d, step %d",
			seid.SignStateFile, state.Height, state.Round, state.Step, voted.Height, voted.Round, voted.Step), "")
	}
	if f.signing.zero() && (f.hasData() || f.found.ConsensusKey) && !f.signing.begun && !f.node.FreshState {
		return outdated(fmt.Sprintf("data/%s on the volume says that nothing was signed, beside %s", seid.SignStateFile, f.beside()),
			", or, if the key never signed, set spec.validator.signState: Fresh")
	}
	return nil
}

// beside is what lies there besides the sign state.
func (f facts) beside() string {
	if f.hasData() {
		return fmt.Sprintf("data of height %d or above", f.found.Height)
	}
	return "a key that did not begin on this volume"
}

func outdated(found, otherwise string) *defect {
	return &defect{reason: wire.ReasonSignStateOutdated, always: true, message: found +
		": the validator would sign again what it has signed, which is slashed; restore the file from where the validator ran last" + otherwise}
}
