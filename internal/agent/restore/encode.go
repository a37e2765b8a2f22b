package restore

import (
	"encoding/json"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// Encode writes how a restore ended as JSON of at most 4096 bytes, the bound of a termination message: Kubernetes would cut it in the middle. The
// message keeps its first 1024 bytes, and gives way where those are escaped to many more.
func Encode(end wire.Restore) []byte {
	const limit, longest = 4096, 1024
	end.Message = strings.ToValidUTF8(end.Message[:min(len(end.Message), longest)], "")
	for {
		text, err := json.Marshal(end)
		if err != nil {
			panic(err) // strings and numbers always marshal
		}
		if len(text) <= limit {
			return text
		}
		end.Message, end.Inspection = strings.ToValidUTF8(end.Message[:len(end.Message)/2], ""), nil
	}
}
