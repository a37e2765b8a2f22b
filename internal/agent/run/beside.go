package run

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// answerTimeout bounds the question, and maxAnswer the answer, in bytes. The agent answers from memory.
	answerTimeout = 2 * time.Second
	maxAnswer     = 1 << 20
	// fresh is how long ago seid may have told its height for that to count, and the others how many blocks no chain makes in that time: a node at its tip,
	// and one that catches up.
	fresh         = time.Minute
	soon          = 1000
	soonCatchesUp = 100_000
)

// farBelow says that seid ended far below its halt height, as the agent beside it knows: of a signal that did not come by way of this program. What nobody
// knows is not far below.
func (r *runner) farBelow() bool {
	heard, err := ask(r.options.Agent)
	if err != nil || heard.Height <= 0 || heard.HeardSeconds > fresh.Seconds() {
		return false
	}
	ahead := int64(soon)
	if heard.CatchingUp {
		ahead = soonCatchesUp
	}
	return heard.Height+ahead < r.options.HaltHeight
}

func ask(agent string) (status wire.NodeStatus, err error) {
	client := http.Client{Timeout: answerTimeout}
	answer, err := client.Get(agent)
	if err != nil {
		return status, err
	}
	defer func() { _ = answer.Body.Close() }()
	err = json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&status)
	return status, err
}
