package wire

import (
	"encoding/json"
	"regexp"
)

// nodeID is that of a node among its peers.
var nodeID = regexp.MustCompile(`^[0-9a-f]{40}$`)

// Preparation is what was made ready for seid: the termination message of prepare, where nothing stood in its way.
type Preparation struct {
	// Created are the files that were missing, and were copied onto the volume.
	Created []string `json:"created"`
	// NodeID is the node's ID among its peers, "" where its key is not understood. seid itself says it only once its RPC answers.
	NodeID string `json:"nodeId,omitempty"`
}

// ParseNodeID reads the ID from a termination message, "" where that has none.
func ParseNodeID(message string) string {
	var found Preparation
	if json.Unmarshal([]byte(message), &found) != nil || !nodeID.MatchString(found.NodeID) {
		return ""
	}
	return found.NodeID
}
