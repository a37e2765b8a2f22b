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

func TestHowANodeIsExposed(t *testing.T) {
	expectAccepted(t,
		"{expose: {type: ClusterIP}, externalAddress: 'sei.example.com:26656'}",
		"{expose: {type: NodePort}}",
		"{expose: {type: NodePort, nodePort: 30656, externalTrafficPolicy: Cluster, host: 1.2.3.4}}",
		"{expose: {type: LoadBalancer, host: node.example.com, annotations: {service.beta.kubernetes.io/aws-load-balancer-type: nlb, plain: ''}}}",
		"{archive: null, seed: {}, nodeKey: {secretName: node}, expose: {type: LoadBalancer}}",
	)
	expectRefused(t, map[string]string{
		"{expose: {}}":                                                                              "spec.expose.type",
		"{expose: {type: ExternalName}}":                                                            `spec.expose.type: Unsupported value: "ExternalName"`,
		"{expose: {type: ClusterIP, host: a.example}}":                                              "spec.expose of type ClusterIP makes no Service",
		"{expose: {type: ClusterIP, nodePort: 30656}}":                                              "spec.expose of type ClusterIP makes no Service",
		"{expose: {type: ClusterIP, annotations: {a: b}}}":                                          "spec.expose of type ClusterIP makes no Service",
		"{expose: {type: NodePort, nodePort: 0}}":                                                   "spec.expose.nodePort",
		"{expose: {type: NodePort, nodePort: 65536}}":                                               "spec.expose.nodePort",
		"{expose: {type: NodePort, externalTrafficPolicy: local}}":                                  "spec.expose.externalTrafficPolicy",
		"{expose: {type: NodePort, host: 'a.example:26656'}}":                                       "spec.expose.host",
		"{expose: {type: NodePort, host: ''}}":                                                      "spec.expose.host",
		"{expose: {type: NodePort, annotations: {'a b': c}}}":                                       "a key of spec.expose.annotations must be an annotation's",
		"{expose: {type: NodePort, annotations: {sei.io/x: c}}}":                                    "spec.expose.annotations must not use keys under sei.io/",
		"{archive: null, validator: {}, sentries: {matchLabels: {a: b}}, expose: {type: NodePort}}": "spec.expose must not be set beside spec.sentries",
		"{expose: {type: NodePort}, externalAddress: 'a:26656'}":                                    "spec.externalAddress must not be set beside spec.expose",
	})
}
