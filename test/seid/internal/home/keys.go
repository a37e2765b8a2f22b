package home

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
)

// nodeKeyFile is node_key.json: unlike CometBFT's own it carries the id.
type nodeKeyFile struct {
	ID      string         `json:"id"`
	PrivKey crypto.PrivKey `json:"priv_key"`
}

// NodeKey loads a node key; a missing one is generated without complaint,
// and the node then has a new identity.
func NodeKey(path string) (*p2p.NodeKey, error) {
	if exists(path) {
		return p2p.LoadNodeKey(path)
	}
	key := ed25519.GenPrivKey()
	node := &p2p.NodeKey{PrivKey: key}
	out, err := cmtjson.Marshal(nodeKeyFile{ID: string(node.ID()), PrivKey: key})
	if err != nil {
		return nil, err
	}
	return node, writeFile(path, out, 0o600)
}

// Validator loads the consensus key and its sign state. A missing key is
// replaced by a new one and the sign state reset to 0/0/0, with no error; a
// missing state beside an existing key is refused.
func Validator(keyFile, stateFile string) (*privval.FilePV, error) {
	if !exists(keyFile) {
		return newValidator(keyFile, stateFile)
	}
	for _, path := range []string{keyFile, stateFile} {
		if err := readable(path); err != nil {
			return nil, err
		}
	}
	return privval.LoadFilePV(keyFile, stateFile), nil
}

// readable keeps CometBFT from ending the process in its own words.
func readable(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !json.Valid(raw) {
		return fmt.Errorf("error reading PrivValidator from %s: not JSON", path)
	}
	return nil
}

func newValidator(keyFile, stateFile string) (*privval.FilePV, error) {
	for _, path := range []string{keyFile, stateFile} {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return nil, err
		}
	}
	pv, err := privval.GenFilePV(keyFile, stateFile, nil)
	if err != nil {
		return nil, err
	}
	return pv, savePV(pv)
}

// savePV turns the panic of a failed write into an error.
func savePV(pv *privval.FilePV) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot save the validator key: %v", r)
		}
	}()
	pv.Save()
	return nil
}

// publicKeys writes node_pubkey.txt and validator_pubkey.txt.
func (h Home) publicKeys(node *p2p.NodeKey, pv *privval.FilePV) error {
	for name, key := range map[string]crypto.PubKey{
		"node_pubkey.txt": node.PubKey(), "validator_pubkey.txt": pv.Key.PubKey,
	} {
		text, err := cmtjson.Marshal(key)
		if err != nil {
			return err
		}
		if err := writeFile(h.Config(name), append(text, '\n'), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// writeFile replaces a file whole, so that a kill leaves the old or the new.
func writeFile(path string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, mode); err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(tmp, mode), os.Rename(tmp, path)); err != nil {
		return err
	}
	return nil
}
