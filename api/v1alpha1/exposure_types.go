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

// ExposeSpec has the node reached by peers from outside of the cluster.
//
// +kubebuilder:validation:XValidation:rule="self.type != 'ClusterIP' || !has(self.nodePort) && !has(self.annotations) && !has(self.externalTrafficPolicy) && !has(self.host)",message="spec.expose of type ClusterIP makes no Service: nodePort, annotations, externalTrafficPolicy and host are for type NodePort or LoadBalancer"
type ExposeSpec struct {
	// type of NodePort or LoadBalancer has a Service <node>-p2p made, for the port of peers (26656) alone. ClusterIP has none made: the node's own Service
	// is enough inside of the cluster.
	//
	// +required
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Type",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:select:ClusterIP","urn:alm:descriptor:com.tectonic.ui:select:NodePort","urn:alm:descriptor:com.tectonic.ui:select:LoadBalancer"}
	Type ExposeType `json:"type,omitempty"`

	// nodePort is the port on the machines. Absent, the API server chooses one, and it stays.
	//
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Node Port",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:number"}
	NodePort *int32 `json:"nodePort,omitempty"`

	// annotations are added to that Service, for what makes load balancers. One that is taken out here is taken off there; those that others set stay.
	//
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 317 && k.matches('^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$'))",message="a key of spec.expose.annotations must be an annotation's, such as example.com/name"
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.startsWith('sei.io/'))",message="spec.expose.annotations must not use keys under sei.io/"
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(self[k]) <= 4096)",message="a value of spec.expose.annotations may have 4096 characters at the most"
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Annotations"
	Annotations map[string]string `json:"annotations,omitempty"`

	// externalTrafficPolicy of Local, the default, has only the machine of the node's pod take connections, and shows seid its peers' addresses. Cluster:
	// every machine takes them.
	//
	// +optional
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="External Traffic Policy",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:select:Local","urn:alm:descriptor:com.tectonic.ui:select:Cluster"}
	ExternalTrafficPolicy *TrafficPolicy `json:"externalTrafficPolicy,omitempty"`

	// host is a DNS name of yours, or an address, that leads to that Service. Absent, what the load balancer, or the machine of the node's pod, is reached at.
	//
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?$`
	// +operator-sdk:csv:customresourcedefinitions:type=spec,displayName="Host",xDescriptors={"urn:alm:descriptor:com.tectonic.ui:text"}
	Host *string `json:"host,omitempty"`
}

// ExposeType is how the node is reached from outside.
//
// +kubebuilder:validation:Enum=ClusterIP;NodePort;LoadBalancer
type ExposeType string

// How a node is reached from outside.
const (
	ExposeClusterIP    ExposeType = "ClusterIP"
	ExposeNodePort     ExposeType = "NodePort"
	ExposeLoadBalancer ExposeType = "LoadBalancer"
)

// TrafficPolicy says which machines take connections from outside.
//
// +kubebuilder:validation:Enum=Local;Cluster
type TrafficPolicy string
