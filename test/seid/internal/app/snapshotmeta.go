package app

import (
	"encoding/binary"
	"errors"

	abci "github.com/cometbft/cometbft/abci/types"
	"google.golang.org/protobuf/encoding/protowire"
)

// snapshotPrefixKey begins each key of data/snapshots/metadata.db.
const snapshotPrefixKey = 1

// snapshotMeta is a row of data/snapshots/metadata.db: {1: height, 2: format, 3: chunks, 4: hash, 5: {1: hash of each chunk}}.
type snapshotMeta struct {
	Height int64
	Format uint32
	Hash   []byte
	Hashes [][]byte
}

func (m snapshotMeta) key() []byte {
	key := binary.BigEndian.AppendUint64([]byte{snapshotPrefixKey}, uint64(m.Height))
	return binary.BigEndian.AppendUint32(key, m.Format)
}

func (m snapshotMeta) encode() []byte {
	raw := appendNumber(nil, 1, m.Height)
	raw = appendNumber(raw, 2, int64(m.Format))
	raw = appendNumber(raw, 3, int64(len(m.Hashes)))
	raw = appendBytes(raw, 4, m.Hash)
	return appendBytes(raw, 5, m.hashes())
}

// hashes are the metadata that go to peers.
func (m snapshotMeta) hashes() (raw []byte) {
	for _, hash := range m.Hashes {
		raw = appendBytes(raw, 1, hash)
	}
	return raw
}

var errSnapshotMeta = errors.New("failed to decode snapshot metadata")

func decodeMeta(raw []byte) (m snapshotMeta, err error) {
	err = fields(raw, func(field protowire.Number, number uint64, value []byte) error {
		switch field {
		case 1:
			m.Height = int64(number)
		case 2:
			m.Format = uint32(number)
		case 4:
			m.Hash = value
		case 5:
			m.Hashes, err = decodeHashes(value)
		}
		return err
	})
	return m, err
}

func decodeHashes(raw []byte) (hashes [][]byte, err error) {
	err = fields(raw, func(_ protowire.Number, _ uint64, value []byte) error {
		hashes = append(hashes, value)
		return nil
	})
	return hashes, err
}

// fields shows each field of a message, a number or bytes.
func fields(raw []byte, show func(protowire.Number, uint64, []byte) error) error {
	for len(raw) > 0 {
		field, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return errSnapshotMeta
		}
		raw = raw[n:]
		var number uint64
		var value []byte
		switch kind {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(raw)
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(raw)
		default:
			n = -1
		}
		if n < 0 {
			return errSnapshotMeta
		}
		if err := show(field, number, value); err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

func (m snapshotMeta) toABCI() *abci.Snapshot {
	return &abci.Snapshot{
		Height: uint64(m.Height), Format: m.Format, Chunks: uint32(len(m.Hashes)), Hash: m.Hash, Metadata: m.hashes(),
	}
}
