package v1alpha1_test

import "testing"

func TestWhoMayAskAValidator(t *testing.T) {
	expectAccepted(t, "{archive: null, validator: {rpcAccess: Cluster}}", "{archive: null, validator: {rpcAccess: Pod}}")
	expectRefused(t, map[string]string{
		"{archive: null, validator: {rpcAccess: Everywhere}}": `spec.validator.rpcAccess: Unsupported value: "Everywhere": supported values: "Pod", "Cluster"`,
	})
}

func TestWhoMayReachAPod(t *testing.T) {
	expectAccepted(t,
		"{networkPolicy: {}}",
		"{networkPolicy: {metricsFrom: [{namespaceSelector: {}, podSelector: {}}], rpcFrom: [{ipBlock: {cidr: 10.0.0.0/8}}]}}",
		"{archive: null, validator: {}, networkPolicy: {metricsFrom: [{podSelector: {}}]}}",
		"{archive: null, validator: {rpcAccess: Cluster}, networkPolicy: {rpcFrom: [{podSelector: {}}]}}",
	)
	expectRefused(t, map[string]string{
		"{networkPolicy: {metricsFrom: [{}]}}":                                                                  "each entry of spec.networkPolicy.metricsFrom wants podSelector",
		"{networkPolicy: {rpcFrom: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}}":                          "each entry of spec.networkPolicy.rpcFrom wants podSelector",
		"{networkPolicy: {rpcFrom: []}}":                                                                        "spec.networkPolicy.rpcFrom",
		"{archive: null, validator: {}, networkPolicy: {rpcFrom: [{podSelector: {}}]}}":                         "spec.networkPolicy.rpcFrom is for a node that serves RPC",
		"{archive: null, seed: {}, nodeKey: {secretName: node}, networkPolicy: {rpcFrom: [{podSelector: {}}]}}": "spec.networkPolicy.rpcFrom is for a node that serves RPC",
	})
}
