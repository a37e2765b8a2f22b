package home

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/types"
)

// ErrExists is what init answers on a home that is configured already.
var ErrExists = errors.New("configuration files already exist")

// DevnetPower is the voting power the real devnet's validator was seen with.
const DevnetPower = 7_000_000_000

// InitOptions are the arguments of `seid init`.
type InitOptions struct {
	Moniker, ChainID, Mode string
	Overwrite              bool
}

// Init writes the files of a new home. On an existing configuration it
// changes nothing unless told to overwrite, and then it keeps the keys,
// client.toml and all data but replaces the genesis by the default one.
func (h Home) Init(o InitOptions) error {
	f, err := fieldsFor(o.Mode)
	if err != nil {
		return err
	}
	if h.configured() && !o.Overwrite {
		return ErrExists
	}
	if o.ChainID == "" {
		o.ChainID = randomChainID()
	}
	f.Moniker, f.ChainID = o.Moniker, o.ChainID
	return h.write(f, false)
}

// InitDevnet makes a home whose node is the chain's validator, alone or with a
// second one: the public key of that, in base64, "" for none. The genesis is
// written last, so a killed first start is simply done again.
func (h Home) InitDevnet(moniker, chainID, second string) error {
	if exists(h.Config(ConfigFile)) && exists(h.Config(GenesisFile)) {
		return nil
	}
	others, err := validatorOf(second)
	if err != nil {
		return err
	}
	f := devnetFields()
	f.Moniker, f.ChainID = moniker, chainID
	return h.write(f, true, others...)
}

// validatorOf is one that the chain does not need: it has a tenth of the power
// that the devnet's own has.
func validatorOf(key string) ([]types.GenesisValidator, error) {
	if key == "" {
		return nil, nil
	}
	public, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(public) != ed25519.PubKeySize {
		return nil, fmt.Errorf("%q is no public key of ed25519 in base64", key)
	}
	pub := ed25519.PubKey(public)
	return []types.GenesisValidator{{Address: pub.Address(), PubKey: pub, Power: DevnetPower / 10, Name: "second"}}, nil
}

func (h Home) configured() bool {
	for _, name := range []string{ConfigFile, AppFile, GenesisFile} {
		if exists(h.Config(name)) {
			return true
		}
	}
	return false
}

func (h Home) write(f fields, devnet bool, others ...types.GenesisValidator) error {
	if err := h.writeTOML(f); err != nil {
		return err
	}
	pv, err := h.writeKeys()
	if err != nil {
		return err
	}
	return h.writeGenesis(f.ChainID, pv, devnet, others)
}

// writeTOML writes the three files; an existing client.toml stays.
func (h Home) writeTOML(f fields) error {
	files := map[string]fs.FileMode{ConfigFile: 0o644, AppFile: 0o600}
	if !exists(h.Config(ClientFile)) {
		files[ClientFile] = 0o600
	}
	for name, mode := range files {
		if err := h.writeTemplate(name, f, mode); err != nil {
			return err
		}
	}
	return nil
}

func (h Home) writeTemplate(name string, f fields, mode fs.FileMode) error {
	text, err := render(name, f)
	if err != nil {
		return err
	}
	return writeFile(h.Config(name), text, mode)
}

// writeKeys makes a consensus key in every mode, a full node's too.
func (h Home) writeKeys() (*privval.FilePV, error) {
	node, err := NodeKey(h.Config(NodeKeyFile))
	if err != nil {
		return nil, err
	}
	pv, err := h.initValidator()
	if err != nil {
		return nil, err
	}
	return pv, h.publicKeys(node, pv)
}

// initValidator keeps an existing key, and an existing sign state with it.
func (h Home) initValidator() (*privval.FilePV, error) {
	key, state := h.Config(PVKeyFile), h.Data("priv_validator_state.json")
	if exists(key) && !exists(state) {
		if err := os.MkdirAll(h.Data(), 0o750); err != nil {
			return nil, err
		}
		pv := privval.LoadFilePVEmptyState(key, state)
		return pv, savePV(pv)
	}
	return Validator(key, state)
}

func (h Home) writeGenesis(chainID string, pv *privval.FilePV, devnet bool, others []types.GenesisValidator) error {
	doc := &types.GenesisDoc{ChainID: chainID, GenesisTime: time.Now().UTC(), AppState: []byte("{}")}
	if devnet {
		own := types.GenesisValidator{Address: pv.Key.Address, PubKey: pv.Key.PubKey, Power: DevnetPower, Name: "devnet"}
		doc.Validators = append([]types.GenesisValidator{own}, others...)
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return err
	}
	tmp := h.Config(GenesisFile) + ".tmp"
	if err := doc.SaveAs(tmp); err != nil {
		return err
	}
	return errors.Join(os.Chmod(tmp, 0o644), os.Rename(tmp, h.Config(GenesisFile)))
}

func randomChainID() string {
	b := make([]byte, 3)
	_, _ = rand.Read(b)
	return "test-chain-" + hex.EncodeToString(b)
}
