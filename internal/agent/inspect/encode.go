package inspect

import (
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// Encode writes the verdict as a termination message. The message keeps its first 1024 bytes, and lists lose their last entries.
func Encode(found wire.Inspection) []byte {
	const longest = 1024
	if len(found.Message) > longest {
		found.Message = strings.ToValidUTF8(found.Message[:longest], "")
	}
	return wire.Bounded(found, shorter)
}

// shorter drops what can best be missed.
func shorter(found wire.Inspection) wire.Inspection {
	switch {
	case len(found.Unreachable) > 0:
		found.Unreachable = found.Unreachable[:len(found.Unreachable)-1]
	case len(found.Legacy) > 0:
		found.Legacy = nil
	default:
		found.Message, found.ChainID = found.Message[:len(found.Message)/2], ""
	}
	return found
}
