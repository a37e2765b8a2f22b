// Package operator finds the operator that runs in the cluster, as far as the user may see it.
package operator

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// Namespace is where the operator is installed, unless somebody chose another one.
const Namespace = "seinode-system"

// Image is where the releases' images are.
const Image = "ghcr.io/seinode/seinode-operator"

// agentVariable names the agent's image where a bundle sets it.
const agentVariable = "RELATED_IMAGE_AGENT"

// ContainerManager is the manager's container.
const ContainerManager = "manager"

// Pods are those of the manager: in whichever namespace, where the user may look into all of them, else in the one of the install. What may not be read is in the
// refusal, nil for nothing.
func Pods(ctx context.Context, from client.Reader) ([]corev1.Pod, *cluster.Refusal, error) {
	pods := &corev1.PodList{}
	manager := client.MatchingLabels{"app.kubernetes.io/name": "seinode-operator"}
	err := from.List(ctx, pods, manager)
	if apierrors.IsForbidden(err) {
		err = from.List(ctx, pods, manager, client.InNamespace(Namespace))
	}
	if apierrors.IsForbidden(err) {
		return nil, &cluster.Refusal{Kind: "Pod", Namespace: Namespace}, nil
	}
	return slices.DeleteFunc(pods.Items, func(pod corev1.Pod) bool { return container(&pod) == nil }), nil, err
}

// AgentImage is the image of the agent that those pods give to nodes, "" where none says.
func AgentImage(pods []corev1.Pod) string {
	for i := range pods {
		manager := container(&pods[i])
		for _, variable := range manager.Env {
			if variable.Name == agentVariable && variable.Value != "" {
				return variable.Value
			}
		}
		return manager.Image
	}
	return ""
}

// container is the manager's, nil for a pod without.
func container(pod *corev1.Pod) *corev1.Container {
	for i := range pod.Spec.Containers {
		if pod.Spec.Containers[i].Name == ContainerManager {
			return &pod.Spec.Containers[i]
		}
	}
	return nil
}
