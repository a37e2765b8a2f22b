// Package inspect looks at what lies on a data volume before seid starts on it, and says whether it fits the node. It opens
// no database, follows no link out of the volume, looks at known paths only, and writes nothing there.
package inspect

import (
	"errors"
	"fmt"
	"io/fs"
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
)

// Options say which node the volume is for.
type Options struct {
	// Volume is the folder at which the volume is mounted.
	Volume string
	// ChainID is the chain that the node follows.
	ChainID string
	// Mode is fullNode, archive, validator or seed.
	Mode string
	// Warn lets a node start on a volume with a defect. A validator that would sign with a new key, or from zero, is refused
	// nevertheless.
	Warn bool
	// KeyOnVolume says that a validator's key is the one on the volume, since no Secret brings one.
	KeyOnVolume bool
	// Settings are seid's keys that the environment sets.
	Settings []string
}

// view is a volume, and what this package reads of it.
type view struct{ *volume.Volume }

// Inspect looks at the volume. It never fails: what cannot be read is a verdict too.
func Inspect(o Options) wire.Inspection {
	opened, err := volume.Open(o.Volume)
	if err != nil {
		return refuse(wire.Inspection{Layout: wire.LayoutUnknown}, wire.ReasonUnreadable, "the volume cannot be read: "+err.Error())
	}
	defer opened.Close()
	v := view{opened}
	found := look(v, o)
	if v.Err != nil {
		return refuse(found, wire.ReasonUnreadable, unreadable(v.Err, found.OwnerUID))
	}
	found.Reason, found.Message = wire.ReasonInspected, summary(found)
	if d := firstDefect(v, found, o); d != nil {
		found.Reason, found.Message, found.Refused = d.reason, d.message, d.always || !o.Warn
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

// look gathers all facts.
func look(v view, o Options) wire.Inspection {
	layout, home := v.Home()
	found := wire.Inspection{Layout: layout, FreeBytes: volume.FreeBytes(o.Volume), OwnerUID: v.Owner(or(home, "."))}
	if layout == wire.LayoutUnknown || layout == wire.LayoutEmpty {
		return found
	}
	h := view{v.At(home)}
	found.ChainID = h.chainID()
	found.Height = h.height()
	found.StateCommit = h.storeExists(seid.StateCommit)
	found.StateStore = h.stateStore()
	found.Legacy = h.legacyStores()
	found.Wasm = h.IsDir(seid.WasmDir)
	found.ConsensusKey = h.IsFile(seid.ConfigDir + "/" + seid.SigningKeyFile)
	found.SignState = h.IsFile(seid.DataDir + "/" + seid.SignStateFile)
	found.NodeKey = h.IsFile(seid.ConfigDir + "/" + seid.NodeKeyFile)
	found.Unreachable = h.unreachable(o.Settings)
	return found
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
		return fmt.Sprintf("%v; files belong to user %d, and seid runs as user 65532: chown -R 65532:65532 the home on the volume, or chmod it", err, owner)
	}
	return fmt.Sprintf("%v; the volume does not give what it holds: look at its disk, its server and the kernel's log of the machine", err)
}
