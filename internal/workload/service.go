package workload

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Service builds the node's headless Service. It publishes a pod that is not ready: peers have to reach a node that is
// still catching up, and so does whoever looks into it.
func Service(node *seiv1alpha1.SeiNode) *corev1.Service {
	service := &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: objectMeta(node),
		Spec: corev1.ServiceSpec{
			ClusterIP:                corev1.ClusterIPNone,
			PublishNotReadyAddresses: true,
			Selector:                 SelectorLabels(node),
			Ports:                    servicePorts(node),
		},
	}
	stamp(service, service.Spec)
	return service
}

func servicePorts(node *seiv1alpha1.SeiNode) []corev1.ServicePort {
	var served []corev1.ServicePort
	for _, port := range ports(node) {
		served = append(served, corev1.ServicePort{
			Name: port.Name, Port: port.Number, Protocol: corev1.ProtocolTCP,
			TargetPort: intstr.FromString(port.Name), AppProtocol: optional(port.AppProtocol),
		})
	}
	return append(served, corev1.ServicePort{
		Name: seid.PortAgent, Port: seid.AgentPort, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromString(seid.PortAgent),
	})
}

func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
