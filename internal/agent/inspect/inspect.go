// Package inspect looks at what lies on a data volume before seid starts on it, and says whether it fits the node. It opens
// no database, follows no link out of the volume, looks at known paths only, and writes nothing there.
package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// The modes, as the SeiNode's spec calls them.
const (
	fullNode  = "fullNode"
	archive   = "archive"
	validator = "validator"
	seed      = "seed"
)

// Options say which node the volume is for.
type Options struct {
	// Volume is the folder at which the volume is mounted, Place where on it the home is looked for.
	Volume string
	Place  volume.Place
	// ChainID is the chain that the node follows.
	ChainID string
	// Mode is fullNode, archive, validator or seed.
	Mode string
	// Warn lets a node start on a volume with a defect. A validator that would sign with a new key, or from zero, is refused
	// nevertheless, and so is a volume that is no home of seid.
	Warn bool
	// KeyOnVolume says that a validator's key is the one on the volume, since no Secret brings one; else KeyFile is the Secret's file.
	KeyOnVolume bool
	KeyFile     string
	// FreshState says that the user knows the validator's key to have signed nothing yet.
	FreshState bool
	// RemoteSigner says that the environment names a remote signer, which has the key and the sign state.
	RemoteSigner bool
	// Reservation is the file that says for which key the operator lets the validator sign, "" where nobody reserves any.
	Reservation string
	// ImageUntil is the height from which on the data is not for the pod's image, 0 for any. It is asked for before seid's first start alone: Begun is a
	// file that is there once a pod has begun, or "".
	ImageUntil int64
	Begun      string
	// Bootstrap says that data is brought onto an empty volume, Syncs that it is a state sync that brings it.
	Bootstrap, Syncs bool
	// CopyOf is what the volume began as a copy of, "" for nothing.
	CopyOf string
	// Settings are seid's keys that the environment sets.
	Settings []string
}

// view is a volume, and what this package reads of it.
type view struct{ *volume.Volume }

// Inspect looks at the volume. It never fails: what cannot be read is a verdict too.
func Inspect(o Options) wire.Inspection {
	opened, err := volume.Open(o.Volume, o.Place)
	if err != nil {
		return refuse(wire.Inspection{Layout: wire.LayoutUnknown}, wire.ReasonUnreadable, "the volume cannot be read: "+err.Error())
	}
	defer opened.Close()
	f := look(view{opened}, o)
	first := firstDefect(f)
	found := f.found
	if f.view.Err != nil {
		return refuse(found, wire.ReasonUnreadable, unreadable(f.view.Err, found.OwnerUID))
	}
	found.Reason, found.Message = wire.ReasonInspected, summary(found)
	if first != nil {
		found.Reason, found.Message, found.Refused = first.reason, first.message, first.always || !o.Warn
	}
	return found
}

func refuse(found wire.Inspection, reason, message string) wire.Inspection {
	found.Reason, found.Message, found.Refused = reason, message, true
	return found
}

func summary(found wire.Inspection) string {
	if found.Layout == wire.LayoutEmpty {
		return "the volume is empty; the node starts from nothing"
	}
	text := fmt.Sprintf("a home of chain %q (layout %s), height %d or above", found.ChainID, found.Layout, found.Height)
	if len(found.Unreachable) > 0 {
		text += "; the environment does not reach " + strings.Join(found.Unreachable, ", ") +
			", which config.toml and app.toml on the volume lack: add the keys there to make them count"
	}
	return text
}

// facts is what a requirement looks at.
type facts struct {
	found wire.Inspection
	node  Options
	view  view
	home  string
	// half says that a state sync of our own began here and is not over, and syncing that it goes on: in data/ there may be any part of a state.
	half, syncing bool
	// signing is what a validator would sign with, and log what the consensus' log tells.
	signing signing
	log     log
}

// look gathers all facts.
func look(v view, o Options) facts {
	layout, home := v.Home()
	f := facts{node: o, view: v, home: home}
	f.found = wire.Inspection{Layout: layout, FreeBytes: volume.FreeBytes(o.Volume), OwnerUID: v.Owner(or(home, "."))}
	if layout == wire.LayoutUnknown {
		return f
	}
	h := view{v.At(home)}
	h.probe()
	if !f.sets("node-key-file") {
		h.JSON(seid.ConfigDir+"/"+seid.NodeKeyFile, &map[string]any{})
	}
	found := &f.found
	found.ChainID = or(h.GenesisChainID(), h.ClientChainID())
	f.log = h.consensus()
	f.half = h.syncing() && f.log.ended == 0
	f.syncing = f.half && o.Syncs
	found.Height = h.height(f.log.ended)
	found.StateCommit = h.storeExists(seid.StateCommit)
	found.StateStore = h.stateStore()
	found.Legacy = h.legacyStores()
	found.Wasm = h.IsDir(seid.WasmDir)
	found.ConsensusKey = h.IsFile(seid.ConfigDir + "/" + seid.SigningKeyFile)
	found.SignState = h.IsFile(seid.DataDir + "/" + seid.SignStateFile)
	found.NodeKey = h.IsFile(seid.ConfigDir + "/" + seid.NodeKeyFile)
	found.Unreachable = h.unreachable(o.Settings)
	f.signing = h.signing(o)
	found.KeyAddress, found.Signed, found.Asks = f.signing.address, f.signing.state, f.signs() && o.Reservation != ""
	return f
}

// probe looks at every path that this package or seid goes by, so that what is there and not understood is known before anything is judged.
func (v view) probe() {
	folders := []string{seid.ConfigDir, seid.DataDir, seid.WasmDir, seid.SnapshotsDir, seid.StateStores}
	for _, store := range append(slices.Clone(seid.Stores), seid.StateStore(seid.BackendPebble), seid.StateStore(seid.BackendRocks)) {
		folders = append(folders, store.Path, store.Legacy)
	}
	for _, folder := range folders {
		v.IsDir(folder)
	}
	v.IsDir(v.stateCommit() + "/changelog")
	for _, file := range []string{
		seid.UpgradeInfo, seid.DataDir + "/" + seid.SignStateFile, seid.DataDir + "/" + seid.BegunFile, seid.ConfigDir + "/" + seid.SigningKeyFile,
		seid.ConfigDir + "/" + seid.NodeKeyFile,
	} {
		v.IsFile(file)
	}
	v.JSON(seid.UpgradeInfo, &map[string]any{})
	for _, file := range []string{seid.ConfigTOML, seid.AppTOML, seid.ClientTOML} {
		v.TOML(file)
	}
}

// syncing says that the agent noted a state sync here, and not that its state has come. A note that is not understood is odd.
func (v view) syncing() bool {
	note, doubt := v.Sync()
	if doubt != nil {
		v.Doubt(seid.SyncDir, doubt.Error())
	}
	return note != nil && !note.Arrived
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// legacyStores names the stores that lie where older versions put them.
func (v view) legacyStores() []string {
	var names []string
	for _, store := range append(slices.Clone(seid.Stores), seid.StateStore(seid.BackendPebble), seid.StateStore(seid.BackendRocks)) {
		if v.IsDir(store.Legacy) {
			names = append(names, store.Name)
		}
	}
	return names
}

// stateStore is the backend of the state store that holds something, "" for none.
func (v view) stateStore() string {
	for _, backend := range []string{seid.BackendPebble, seid.BackendRocks} {
		store := seid.StateStore(backend)
		if v.HoldsDatabase(store.Path) || v.HoldsDatabase(store.Legacy) {
			return backend
		}
	}
	return ""
}

func (v view) storeExists(store seid.Store) bool {
	return v.IsDir(store.Path) || v.IsDir(store.Legacy)
}

// unreadable says what to do about an error: what a user forgot to permit, or a volume that does not give what it holds.
func unreadable(err error, owner int64) string {
	if errors.Is(err, fs.ErrPermission) {
		user, group := os.Getuid(), os.Getgid()
		return fmt.Sprintf("%v; files belong to user %d, and seid runs as user %d: chown -R %d:%d the home on the volume, or set spec.runAs to a user who may read and write it",
			err, owner, user, user, group)
	}
	return fmt.Sprintf("%v; the volume does not give what it holds: look at its disk, its server and the kernel's log of the machine", err)
}
