package prepare

import (
	"io"
	"os"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/seid"
)

// NodeID is the ID that seid will have among its peers, once the volume is prepared; "" where that is not known. Nothing else of the key is told.
func NodeID(o Options) string {
	if o.NodeKeyElsewhere {
		return idIn(o.NodeKey)
	}
	opened, err := volume.Open(o.Volume, o.Place)
	if err != nil {
		return ""
	}
	defer opened.Close()
	_, home := opened.Home()
	return volume.NodeID(opened.At(home).Read(seid.ConfigDir + "/" + o.nodeKey()))
}

func idIn(file string) string {
	from, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer func() { _ = from.Close() }()
	content, _ := io.ReadAll(io.LimitReader(from, volume.MaxConfig)) // half a key is none
	return volume.NodeID(content)
}
