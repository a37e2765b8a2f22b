package workload

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// p2pSuffix is what the Service's name ends in.
const p2pSuffix = "p2p"

// P2PService builds the Service by which peers from outside of the cluster reach the node: its one pod, also while that is not ready, since a node that catches
// up needs peers; and its port for peers alone. Nothing else ever rides on it.
func P2PService(node *seiv1alpha1.SeiNode) *corev1.Service {
	service := &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: objectMeta(node),
		Spec:       p2pServiceSpec(node, *node.Spec.Expose),
	}
	service.Name = node.Name + "-" + p2pSuffix
	own := node.Spec.Expose.Annotations
	names := strings.Join(slices.Sorted(maps.Keys(own)), ",")
	stamp(service, []any{service.Spec, own})
	service.Annotations[seiv1alpha1.AnnotationAnnotates] = names
	maps.Copy(service.Annotations, own)
	return service
}

func p2pServiceSpec(node *seiv1alpha1.SeiNode, expose seiv1alpha1.ExposeSpec) corev1.ServiceSpec {
	return corev1.ServiceSpec{
		Type:                     corev1.ServiceType(expose.Type),
		PublishNotReadyAddresses: true,
		Selector:                 SelectorLabels(node),
		ExternalTrafficPolicy:    corev1.ServiceExternalTrafficPolicy(ptr.Deref(expose.ExternalTrafficPolicy, seiv1alpha1.TrafficPolicy(corev1.ServiceExternalTrafficPolicyLocal))),
		Ports: []corev1.ServicePort{{
			Name: seid.PortP2P, Port: seid.P2PPort, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString(seid.PortP2P), NodePort: ptr.Deref(expose.NodePort, 0),
		}},
	}
}

// layP2PService keeps what the API server, or what makes load balancers, allocated, and takes the annotations off that the spec had before.
func layP2PService(live, wanted *corev1.Service) {
	before := live.Spec.DeepCopy()
	layService(live, wanted)
	live.Spec.ClusterIP, live.Spec.HealthCheckNodePort, live.Spec.LoadBalancerClass = before.ClusterIP, 0, nil
	if before.Type == wanted.Spec.Type {
		live.Spec.HealthCheckNodePort, live.Spec.LoadBalancerClass = before.HealthCheckNodePort, before.LoadBalancerClass
		live.Spec.AllocateLoadBalancerNodePorts = before.AllocateLoadBalancerNodePorts
		live.Spec.LoadBalancerIP = before.LoadBalancerIP // some note there what they allocated, and would again
	}
	if before.ExternalTrafficPolicy != wanted.Spec.ExternalTrafficPolicy {
		live.Spec.HealthCheckNodePort = 0
	}
	if port := &live.Spec.Ports[0]; port.NodePort == 0 && len(before.Ports) > 0 {
		port.NodePort = before.Ports[0].NodePort
	}
	for name := range annotated(live) {
		delete(live.Annotations, name)
	}
}

// annotated are the annotations of a Service that are of spec.expose.
func annotated(service metav1.Object) map[string]string {
	found, all := map[string]string{}, service.GetAnnotations()
	for name := range strings.SplitSeq(all[seiv1alpha1.AnnotationAnnotates], ",") {
		if value, there := all[name]; there {
			found[name] = value
		}
	}
	return found
}
