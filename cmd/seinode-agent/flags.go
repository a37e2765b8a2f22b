package main

import (
	"flag"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/statesync"
	"github.com/seinode/seinode-operator/internal/agent/volume"
)

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds one value.
func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// fresh is the value of --sign-state.
const fresh = "Fresh"

// placeFlags say where on the volume the home is, for all commands alike.
func placeFlags(flags *flag.FlagSet, place *volume.Place) {
	flags.StringVar(&place.HomePath, "home-path", "", "`path` of the home on the volume; none means its root or .sei/")
	flags.Var((*list)(&place.Ignore), "ignore", "`name` in the volume's root that is nobody's content; may be repeated")
}

// inspectFlags say by what a volume is judged, for inspect, and for bootstrap, which judges what it brought. The options are there once the
// flags are parsed.
func inspectFlags(flags *flag.FlagSet) func() inspect.Options {
	var o inspect.Options
	var settings list
	flags.StringVar(&o.Volume, "volume", "/volume", "`folder` at which the data volume is mounted")
	flags.StringVar(&o.ChainID, "chain-id", "", "chain that the node follows")
	flags.StringVar(&o.Mode, "mode", "", "fullNode, archive, validator or seed")
	policy := flags.String("policy", "Enforce", "Enforce or Warn")
	key := flags.String("signing-key", "Volume", "where a validator's key comes from: Volume or Secret")
	flags.StringVar(&o.KeyFile, "signing-key-file", "", "`file` of the Secret's key, with --signing-key Secret")
	state := flags.String("sign-state", "", "Fresh: the validator's key has signed nothing yet")
	flags.BoolVar(&o.RemoteSigner, "remote-signer", false, "a remote signer has the validator's key and sign state")
	flags.StringVar(&o.Reservation, "reservation", "", "`file` that says for which key the validator may sign; it may be missing")
	flags.BoolVar(&o.Bootstrap, "bootstrap", false, "data is brought onto an empty volume")
	flags.BoolVar(&o.Syncs, "state-sync", false, "seid brings it by a state sync, which may have left half of a state behind")
	flags.StringVar(&o.CopyOf, "copy-of", "", "`what` the volume began as a copy of; none means nothing")
	flags.Int64Var(&o.ImageUntil, "image-until", 0, "`height` from which on the data is not for the pod's image; 0 for any")
	flags.StringVar(&o.Begun, "begun", "", "`file` that is there once seid has begun in this pod, where --image-until counts no more")
	placeFlags(flags, &o.Place)
	flags.Var(&settings, "setting", "`key` of seid's that the environment sets; may be repeated")
	return func() inspect.Options {
		o.Warn, o.KeyOnVolume, o.FreshState, o.Settings = *policy == "Warn", *key == "Volume", *state == fresh, settings
		return o
	}
}

// syncFlags say by whom a chain is trusted, for a state sync. The options are there once the flags are parsed, and whether any was asked for.
func syncFlags(flags *flag.FlagSet) func() (statesync.Options, bool) {
	var o statesync.Options
	flags.Var((*list)(&o.Trust.Servers), "sync-server", "`address` of an RPC that the chain is trusted by while the volume has no state; may be repeated")
	flags.StringVar(&o.Trust.ChainID, "sync-chain-id", "", "chain that the node follows")
	flags.Int64Var(&o.Trust.Offset, "sync-offset", 10000, "how many `blocks` below the tip the trusted block is")
	flags.Int64Var(&o.Trust.Pin.Height, "sync-trust-height", 0, "`height` of a block that is known to be the chain's; 0 for none")
	flags.StringVar(&o.Trust.Pin.Hash, "sync-trust-hash", "", "that block's `hash`")
	flags.BoolVar(&o.Chunks, "sync-chunks", false, "seid takes its state from the snapshot that was brought onto the volume, and not from its peers")
	flags.StringVar(&o.Period, "sync-trust-period", "168h", "for how `long` a block is trusted")
	flags.StringVar(&o.Said, "sync-said", "", "`file` for how far the state sync is")
	return func() (statesync.Options, bool) { return o, o.Said != "" }
}
