package v1alpha1_test

import (
	"strings"
	"testing"
)

func TestPeersThatAreAccepted(t *testing.T) {
	expectAccepted(t,
		"{peers: {nodes: {matchLabels: {mesh: a}}}}",
		"{peers: {nodes: {matchLabels: {example.com/mesh: '', a_b.c: "+strings.Repeat("v", 63)+"}}, static: []}}",
		"{archive: null, validator: {}, sentries: {matchLabels: {sentry: validator-0}}}",
		"{archive: null, validator: {}, sentries: {matchLabels: {sentry: v}}, overrides: {p2p.private-peer-ids: x, p2p.max-connections: '5'}}",
	)
}

func TestPeersThatAreRefusedByTheNameOfTheField(t *testing.T) {
	const guarded = "{archive: null, validator: {}, sentries: {matchLabels: {sentry: v}}, "
	peer := strings.Repeat("a", 40) + "@host:26656"
	expectRefused(t, map[string]string{
		"{peers: {nodes: {}}}":                                                  "spec.peers.nodes.matchLabels",
		"{peers: {nodes: {matchLabels: {}}}}":                                   "spec.peers.nodes.matchLabels",
		"{peers: {nodes: {matchExpressions: []}}}":                              "spec.peers.nodes",
		"{peers: {nodes: {matchLabels: {'a b': c}}}}":                           "a key of matchLabels must be that of a label",
		"{peers: {nodes: {matchLabels: {/a: c}}}}":                              "a key of matchLabels must be that of a label",
		"{peers: {nodes: {matchLabels: {a: 'b c'}}}}":                           "spec.peers.nodes.matchLabels.a",
		"{peers: {nodes: {matchLabels: {a: " + strings.Repeat("v", 64) + "}}}}": "spec.peers.nodes.matchLabels.a",
		"{peers: {static: ['host.example:26656']}}":                             "spec.peers.static",
		"{peers: {static: ['" + peer + "', '" + peer + "']}}":                   "spec.peers.static",
		"{sentries: {matchLabels: {sentry: v}}}":                                "spec.sentries is for validators",
		"{archive: null, validator: {}, sentries: {}}":                          "spec.sentries.matchLabels",
		guarded + "peers: {}}":                                                  "spec.peers must not be set beside spec.sentries",
		guarded + "peers: {static: ['" + peer + "']}}":                          "spec.peers must not be set beside spec.sentries",
		guarded + "peers: {nodes: {matchLabels: {mesh: a}}}}":                   "spec.peers must not be set beside spec.sentries",
		guarded + "peers: {seeds: ['" + peer + "']}}":                           "spec.peers must not be set beside spec.sentries",
		guarded + "externalAddress: 'v.example.com:26656'}":                     "spec.externalAddress must not be set beside spec.sentries",
		guarded + "overrides: {p2p.pex: 'true'}}":                               "p2p.pex",
		guarded + "overrides: {p2p_bootstrap-peers: '" + peer + "'}}":           "p2p.bootstrap-peers",
		guarded + "overrides: {p2p.max-outbound-connections: '5'}}":             "p2p.max-outbound-connections",
		guarded + "overrides: {p2p.blocksync-peers: x}}":                        "p2p.blocksync-peers",
	})
}
