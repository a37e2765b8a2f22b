// Package home knows a node's home directory: the configuration files and
// keys that init writes, how they are read back, and where each store lives.
package home

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
)

// The modes of `seid init --mode`. Archive is an init preset only: the
// config.toml it writes says "full".
const (
	ModeFull      = "full"
	ModeValidator = "validator"
	ModeArchive   = "archive"
	ModeSeed      = "seed"
)

// Names inside config/.
const (
	AppFile     = "app.toml"
	ClientFile  = "client.toml"
	ConfigFile  = "config.toml"
	GenesisFile = "genesis.json"
	NodeKeyFile = "node_key.json"
	PVKeyFile   = "priv_validator_key.json"
)

//go:embed templates
var templateFS embed.FS

// fields are the places where the default files of the modes differ.
type fields struct {
	Moniker, Mode, Host, PprofAddr, Indexer, ChainID string
	MaxConnections, MinRetainBlocks                  int
	AllowDuplicateIP, Services                       bool
}

// fieldsFor gives the differences between modes as `init` was seen to write
// them; an unknown mode is refused.
func fieldsFor(mode string) (fields, error) {
	public := fields{
		Mode: ModeFull, Host: "0.0.0.0", Indexer: "kv", MaxConnections: 100, MinRetainBlocks: 100000, Services: true,
	}
	private := fields{Mode: mode, Host: "127.0.0.1", Indexer: "null", MaxConnections: 100}
	switch mode {
	case ModeFull:
		return public, nil
	case ModeArchive:
		public.MinRetainBlocks = 0
		return public, nil
	case ModeValidator:
		return private, nil
	case ModeSeed:
		private.MaxConnections, private.AllowDuplicateIP = 1000, true
		return private, nil
	}
	return fields{}, fmt.Errorf("invalid mode %q: must be validator, full, seed or archive", mode)
}

// devnetFields is a validator that others can reach and that accepts several
// peers behind one address.
func devnetFields() fields {
	f, _ := fieldsFor(ModeValidator)
	f.Host, f.AllowDuplicateIP = "0.0.0.0", true
	return f
}

// fallbackFields is what start writes when config.toml is missing: mode full
// on loopback with pprof, which turns a validator into a full node silently.
func fallbackFields() fields {
	f, _ := fieldsFor(ModeFull)
	f.Host, f.PprofAddr, f.Moniker = "127.0.0.1", "localhost:6060", "node"
	if name, err := os.Hostname(); err == nil && name != "" {
		f.Moniker = name
	}
	return f
}

// render fills in the template of one configuration file.
func render(name string, f fields) ([]byte, error) {
	t, err := template.ParseFS(templateFS, filepath.Join("templates", name+".tmpl"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, f); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
