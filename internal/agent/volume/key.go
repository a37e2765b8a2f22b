package volume

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// The types of CometBFT's keys that a validator of Sei has.
const (
	privateKeyType = "tendermint/PrivKeyEd25519"
	publicKeyType  = "tendermint/PubKeyEd25519"
)

type typed struct {
	Type  string `json:"type"`
	Value []byte `json:"value"`
}

// KeyAddress is the address of the key in a file, "" where there is none or none that is understood: the first 20 bytes of the SHA-256 of its public key, which is derived from the private one,
// so that a file whose halves do not belong together is found out. Nothing else of the key leaves this function.
func (v *Volume) KeyAddress(file string) string {
	var key struct {
		Address string `json:"address"`
		Public  typed  `json:"pub_key"`
		Private typed  `json:"priv_key"`
	}
	if !v.JSON(file, &key) {
		return ""
	}
	if key.Private.Type != privateKeyType || key.Public.Type != publicKeyType || len(key.Private.Value) != ed25519.PrivateKeySize {
		v.Doubt(file, "is no Ed25519 key of a validator: restore the file")
		return ""
	}
	public := ed25519.NewKeyFromSeed(key.Private.Value[:ed25519.SeedSize])[ed25519.SeedSize:]
	address := addressOf(public)
	if !slices.Equal(public, key.Private.Value[ed25519.SeedSize:]) || !slices.Equal(public, key.Public.Value) || !strings.EqualFold(key.Address, address) {
		v.Doubt(file, "has a private key, a public key and an address that do not belong together: restore the file")
		return ""
	}
	return address
}

func addressOf(public []byte) string {
	sum := sha256.Sum256(public)
	return strings.ToUpper(hex.EncodeToString(sum[:20]))
}

// NodeID is a node's ID among its peers, by the content of its node_key.json, "" for one that is not understood: the first 20 bytes of the SHA-256 of its public key.
func NodeID(content []byte) string {
	var key struct {
		Private typed `json:"priv_key"`
	}
	if json.Unmarshal(content, &key) != nil || key.Private.Type != privateKeyType || len(key.Private.Value) != ed25519.PrivateKeySize {
		return ""
	}
	return strings.ToLower(addressOf(ed25519.NewKeyFromSeed(key.Private.Value[:ed25519.SeedSize])[ed25519.SeedSize:]))
}
