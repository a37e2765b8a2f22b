package workload

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/seinode/seinode-operator/internal/seid"
)

// NetworkPolicy builds the node's NetworkPolicy, which lets in its peers, the operator, and those that the spec names, and nobody else. The kubelet's probes
// need no rule: a policy does not apply to a pod's own machine.
func NetworkPolicy(in Inputs) *networkingv1.NetworkPolicy {
	policy := &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: objectMeta(in.Node),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: SelectorLabels(in.Node)},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     letIn(in),
		},
	}
	stamp(policy, policy.Spec)
	return policy
}

func letIn(in Inputs) []networkingv1.NetworkPolicyIngressRule {
	asked := in.Node.Spec.NetworkPolicy
	rules := []networkingv1.NetworkPolicyIngressRule{
		{Ports: onPorts(seid.P2PPort)},
		{From: ofNamespace(in.OperatorNamespace), Ports: onPorts(seid.AgentPort)},
	}
	if asked == nil {
		return rules
	}
	if len(asked.MetricsFrom) > 0 {
		rules = append(rules, networkingv1.NetworkPolicyIngressRule{From: asked.MetricsFrom, Ports: onPorts(seid.MetricsPort, seid.AgentPort)})
	}
	if in.Node.ServesRPC() {
		rules = append(rules, networkingv1.NetworkPolicyIngressRule{From: asked.RPCFrom, Ports: onPorts(questionPorts()...)})
	}
	return rules
}

// questionPorts are those of seid that answer users: neither its peers' nor its metrics'.
func questionPorts() (numbers []int32) {
	for _, port := range seid.Ports {
		if port.Number != seid.P2PPort && port.Number != seid.MetricsPort {
			numbers = append(numbers, port.Number)
		}
	}
	return numbers
}

func onPorts(numbers ...int32) (ports []networkingv1.NetworkPolicyPort) {
	for _, number := range numbers {
		ports = append(ports, networkingv1.NetworkPolicyPort{Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To(intstr.FromInt32(number))})
	}
	return ports
}

func ofNamespace(name string) []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}}}
}
