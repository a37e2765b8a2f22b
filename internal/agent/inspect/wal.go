package inspect

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"path"
	"strconv"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// walTail is how much of the end of the consensus' log is read, in bytes: some heights of a chain of 40 validators.
const walTail = 4 << 20

// maxRecord bounds a record of the log, in bytes (CometBFT refuses to write larger ones).
const maxRecord = 1 << 20

// log is what the end of the consensus' log tells.
type log struct {
	// ended is the last height that the consensus ended: its block is stored, and is going to be applied. begun is the last height that it began: the block
	// before that is applied. 0 where nothing tells.
	ended, begun int64
	// votes are the newest of this node's own, by the address of the key that signed them.
	votes map[string]wire.Signed
}

// consensus reads the end of the log: a record is its CRC-32C, its length, and a message of CometBFT's (TimedWALMessage). The file that is
// written to may have been begun a moment ago: the one before it then tells.
func (v view) consensus() log {
	folder := v.used(seid.WAL)
	if !v.IsDir(folder) {
		return log{}
	}
	found := log{votes: map[string]wire.Signed{}}
	if before := newestRolled(v.Names(folder, 4096)); before != "" {
		found.scan(v.Tail(path.Join(folder, before), walTail))
	}
	found.scan(v.Tail(path.Join(folder, "wal"), walTail))
	return found
}

// newestRolled is the newest of the full files: wal.000, wal.001 and so on; "" if there is none.
func newestRolled(names []string) (newest string) {
	best := int64(-1)
	for _, name := range names {
		digits, is := strings.CutPrefix(name, "wal.")
		if index, err := strconv.ParseInt(digits, 10, 32); is && err == nil && index > best {
			newest, best = name, index
		}
	}
	return newest
}

// scan goes through the records. It may begin in the middle of one: what has no right checksum is none.
func (l *log) scan(content []byte) {
	table := crc32.MakeTable(crc32.Castagnoli)
	for len(content) > 8 {
		length := int(binary.BigEndian.Uint32(content[4:]))
		if length == 0 || length > maxRecord || length > len(content)-8 ||
			crc32.Checksum(content[8:8+length], table) != binary.BigEndian.Uint32(content) {
			content = content[1:]
			continue
		}
		l.take(content[8 : 8+length])
		content = content[8+length:]
	}
}

// The numbers of the fields of CometBFT's messages, from its .proto files.
const (
	timedMessage = 2 // TimedWALMessage.msg
	roundState   = 1 // WALMessage.event_data_round_state, whose field 1 is the height
	msgInfo      = 2 // WALMessage.msg_info
	endHeight    = 4 // WALMessage.end_height, whose field 1 is the height
	infoMessage  = 1 // MsgInfo.msg
	infoPeer     = 2 // MsgInfo.peer_id, "" for the node's own
	vote         = 6 // Message.vote, whose field 1 is the Vote
	voteType     = 1
	voteHeight   = 2
	voteRound    = 3
	voteAddress  = 6
)

func (l *log) take(record []byte) {
	message := fields(fields(record).bytes[timedMessage])
	if ended, is := message.bytes[endHeight]; is {
		l.ended = max(l.ended, fields(ended).height(1))
	}
	if begun, is := message.bytes[roundState]; is {
		l.begun = max(l.begun, fields(begun).height(1))
	}
	info := fields(message.bytes[msgInfo])
	if len(info.bytes[infoPeer]) > 0 {
		return
	}
	cast := fields(fields(fields(info.bytes[infoMessage]).bytes[vote]).bytes[1])
	signed := wire.Signed{Height: cast.height(voteHeight), Round: int32(cast.height(voteRound)), Step: int8(1 + cast.height(voteType))} //nolint:gosec // a wrong one is only wrong
	signer := strings.ToUpper(hex.EncodeToString(cast.bytes[voteAddress]))
	if signed.Height > 0 && l.votes[signer].Before(signed) {
		l.votes[signer] = signed
	}
}

// message is a protobuf message, by the numbers of its fields.
type message struct {
	numbers map[uint64]uint64
	bytes   map[uint64][]byte
}

// height is a field that counts blocks, 0 where it is none.
func (m message) height(field uint64) int64 {
	if m.numbers[field] > 1<<62 {
		return 0
	}
	return int64(m.numbers[field]) //nolint:gosec // bounded above
}

// fields takes a protobuf message apart. What is broken ends it.
func fields(raw []byte) message {
	m := message{map[uint64]uint64{}, map[uint64][]byte{}}
	for len(raw) > 0 {
		tag, n := binary.Uvarint(raw)
		if n <= 0 {
			return m
		}
		raw = raw[n:]
		switch tag & 7 {
		case 0:
			m.numbers[tag>>3], n = binary.Uvarint(raw)
		case 1:
			n = 8
		case 2:
			length, read := binary.Uvarint(raw)
			if read <= 0 || length > uint64(len(raw)-read) {
				return m
			}
			m.bytes[tag>>3], n = raw[read:read+int(length)], read+int(length) //nolint:gosec // bounded by the line above
		case 5:
			n = 4
		default:
			return m
		}
		if n <= 0 || n > len(raw) {
			return m
		}
		raw = raw[n:]
	}
	return m
}
