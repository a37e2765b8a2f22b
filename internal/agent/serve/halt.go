package serve

import (
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// heightHalt says why seid is kept stopped at its halt height, nil if it is not. It goes by what seid's container goes by, and only while seid does not answer: the
// note of a lower height stays when seid goes on.
func (a *Agent) heightHalt(status *wire.NodeStatus) *wire.HeightHalt {
	if a.options.HaltHeight == 0 || status.Answers {
		return nil
	}
	_, height, doubt := volume.Halted(a.options.Volume, a.options.Place)
	if doubt == "" && height < a.options.HaltHeight {
		return nil
	}
	return &wire.HeightHalt{Height: height, Doubt: doubt}
}
