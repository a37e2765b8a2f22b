package v1alpha1

import networkingv1 "k8s.io/api/networking/v1"

// NetworkPolicySpec says who may reach the node's pod besides its peers. What the pod reaches itself is not restricted.
//
// +kubebuilder:validation:XValidation:rule="!has(self.metricsFrom) || self.metricsFrom.all(p, has(p.ipBlock) != (has(p.podSelector) || has(p.namespaceSelector)))",message="each entry of spec.networkPolicy.metricsFrom wants podSelector, namespaceSelector or both, or ipBlock alone"
// +kubebuilder:validation:XValidation:rule="!has(self.rpcFrom) || self.rpcFrom.all(p, has(p.ipBlock) != (has(p.podSelector) || has(p.namespaceSelector)))",message="each entry of spec.networkPolicy.rpcFrom wants podSelector, namespaceSelector or both, or ipBlock alone"
type NetworkPolicySpec struct {
	// metricsFrom are those who may collect the metrics of seid (26660) and of the agent beside it (8090). Absent, nobody but the operator, which asks the
	// agent.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Metrics From"
	MetricsFrom []networkingv1.NetworkPolicyPeer `json:"metricsFrom,omitempty"`

	// rpcFrom are those who may use RPC, REST, gRPC and the EVM's ports of a node that serves them. Absent, whoever reaches its pod.
	//
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="RPC From"
	RPCFrom []networkingv1.NetworkPolicyPeer `json:"rpcFrom,omitempty"`
}
