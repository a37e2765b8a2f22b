package inspect_test

import (
	"encoding/binary"
	"hash/crc32"
)

// A record of the consensus' log, as CometBFT writes it: CRC-32C, length, message.
func walRecord(message []byte) string {
	head := make([]byte, 8)
	binary.BigEndian.PutUint32(head, crc32.Checksum(message, crc32.MakeTable(crc32.Castagnoli)))
	binary.BigEndian.PutUint32(head[4:], uint32(len(message)))
	return string(head) + string(message)
}

func numberField(field, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, field<<3), value)
}

func bytesField(field uint64, parts ...[]byte) []byte {
	var content []byte
	for _, part := range parts {
		content = append(content, part...)
	}
	return append(binary.AppendUvarint(binary.AppendUvarint(nil, field<<3|2), uint64(len(content))), content...)
}

// walEnd says that the consensus ended a height.
func walEnd(height uint64) string {
	at := bytesField(1, numberField(1, 1_700_000_000)) // the record's time
	return walRecord(append(at, bytesField(2, bytesField(4, numberField(1, height)))...))
}

// walVote is a vote: the node's own where it comes from no peer. kind is 1 for a prevote, 2 for a precommit.
func walVote(number byte, height, round, kind uint64, peer string) string {
	block := bytesField(4, bytesField(1, []byte("hash")))
	signer := bytesField(6, unhex(address(number)))
	vote := bytesField(1, numberField(1, kind), numberField(2, height), numberField(3, round), block, signer)
	info := bytesField(1, bytesField(6, vote))
	if peer != "" {
		info = append(info, bytesField(2, []byte(peer))...)
	}
	return walRecord(bytesField(2, bytesField(2, info)))
}
