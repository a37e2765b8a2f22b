package workload

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Peers is who a pod is to be connected to, besides those that the spec names.
type Peers struct {
	// Dial are SeiNodes to connect to. They are no other template: that they change replaces no pod.
	Dial []seiv1alpha1.PeerStatus
	// Shields are the validators that the pod stands before. Others replace the pod: one that does not know a validator for private would tell everybody of it.
	Shields []seiv1alpha1.PeerStatus
	// Witnesses are SeiNodes that the chain is trusted by, by name. They are no other template, either.
	Witnesses []string
}

// noPeers is an empty list that counts: seid takes an empty variable for none, and then the file's list (v6.6.2).
const noPeers = ","

// behindSentries are values for validators that have sentries.
func behindSentries(value string) func(*seiv1alpha1.SeiNode) string {
	return func(node *seiv1alpha1.SeiNode) string {
		if node.Spec.Sentries == nil {
			return ""
		}
		return value
	}
}

func persistentPeers(node *seiv1alpha1.SeiNode) string {
	if static := strings.Join(node.StaticPeers(), ","); static != "" {
		return static
	}
	return behindSentries(noPeers)(node)
}

func bootstrapPeers(node *seiv1alpha1.SeiNode) string {
	if seeds := strings.Join(node.SeedPeers(), ","); seeds != "" {
		return seeds
	}
	return behindSentries(noPeers)(node)
}

// shielding is the node with the validators that it stands before: it dials them, takes their connections in any case, and tells nobody of them.
func shielding(node *seiv1alpha1.SeiNode, validators []seiv1alpha1.PeerStatus) *seiv1alpha1.SeiNode {
	if len(validators) == 0 {
		return node
	}
	wired := dialling(node, validators)
	for _, key := range []string{"p2p.unconditional-peer-ids", "p2p.private-peer-ids"} {
		for _, validator := range validators {
			addToOverride(wired, key, validator.NodeID)
		}
	}
	return wired
}

// addToOverride adds to a list that is the user's own.
func addToOverride(node *seiv1alpha1.SeiNode, key, value string) {
	if node.Spec.Overrides == nil {
		node.Spec.Overrides = map[string]string{}
	}
	for users := range node.Spec.Overrides {
		if seid.Variable(users) == seid.Variable(key) {
			key = users
		}
	}
	list := strings.FieldsFunc(node.Spec.Overrides[key], func(r rune) bool { return r == ',' || r == ' ' })
	if !slices.Contains(list, value) {
		list = append(list, value)
	}
	node.Spec.Overrides[key] = strings.Join(list, ",")
}

// dialling is the node with more peers to keep a connection to.
func dialling(node *seiv1alpha1.SeiNode, more []seiv1alpha1.PeerStatus) *seiv1alpha1.SeiNode {
	if len(more) == 0 {
		return node
	}
	wired := node.DeepCopy()
	if wired.Spec.Peers == nil {
		wired.Spec.Peers = &seiv1alpha1.PeersSpec{}
	}
	for _, peer := range more {
		if dialled := PeerAddress(node.Namespace, peer); !slices.Contains(wired.Spec.Peers.Static, dialled) {
			wired.Spec.Peers.Static = append(wired.Spec.Peers.Static, dialled)
		}
	}
	return wired
}

// trusting is the node with the servers that its chain is trusted by, where it selects them.
func trusting(node *seiv1alpha1.SeiNode, witnesses []string) *seiv1alpha1.SeiNode {
	if node.StateSync() == nil || len(witnesses) == 0 {
		return node
	}
	told := node.DeepCopy()
	for _, name := range witnesses {
		told.Spec.Bootstrap.StateSync.RPCServers = append(told.Spec.Bootstrap.StateSync.RPCServers, fmt.Sprintf("http://%s.%s.svc:%d", name, node.Namespace, seid.RPCPort))
	}
	return told
}

// PeerAddress is what a SeiNode is dialled at inside of the cluster: its Service's name, which stays while its pod's address changes.
func PeerAddress(namespace string, peer seiv1alpha1.PeerStatus) string {
	return fmt.Sprintf("%s@%s.%s.svc:%d", peer.NodeID, peer.Name, namespace, seid.P2PPort)
}

// WiredTo are the validators that a StatefulSet has its pods stand before; what is not understood names none.
func WiredTo(set Object) []seiv1alpha1.PeerStatus {
	var wired []seiv1alpha1.PeerStatus
	if json.Unmarshal([]byte(set.GetAnnotations()[seiv1alpha1.AnnotationShields]), &wired) != nil {
		return nil
	}
	return wired
}

// shieldsNote is what a StatefulSet notes of them, "" for none.
func shieldsNote(validators []seiv1alpha1.PeerStatus) string {
	if len(validators) == 0 {
		return ""
	}
	return string(asJSON(validators))
}
