package restore

import (
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// Encode writes how a restore ended as a termination message. The message keeps its first 1024 bytes, and gives way where those are escaped to many more.
func Encode(end wire.Restore) []byte {
	const longest = 1024
	end.Message = strings.ToValidUTF8(end.Message[:min(len(end.Message), longest)], "")
	return wire.Bounded(end, func(end wire.Restore) wire.Restore {
		end.Message, end.Inspection = strings.ToValidUTF8(end.Message[:len(end.Message)/2], ""), nil
		return end
	})
}
