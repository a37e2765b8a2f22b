// Package workload builds what runs a node: one StatefulSet and one headless Service. The builders are pure functions of
// the SeiNode, its claim's name and the platform's defaults.
package workload

import (
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// SelectorLabels select this very node's pods: by UID too, so that a pod which a deleted namesake left behind is neither
// adopted nor served.
func SelectorLabels(node *seiv1alpha1.SeiNode) map[string]string {
	return map[string]string{
		seiv1alpha1.LabelNode:    node.Name,
		seiv1alpha1.LabelNodeUID: string(node.UID),
	}
}

// ClaimLabels are on a claim that is made for the node: our own keys and no others. A claim may outlive the node without an owner, and there are
// tools that take whatever bears a well-known label for theirs, and prune what they do not find in their sources.
func ClaimLabels(node *seiv1alpha1.SeiNode) map[string]string {
	labels := SelectorLabels(node)
	labels[seiv1alpha1.LabelChain] = node.Spec.ChainID
	labels[seiv1alpha1.LabelMode] = string(node.Mode())
	return labels
}

// Labels are on everything else that is made for the node. There is no app.kubernetes.io/instance among them, by which Argo CD knows its
// applications' objects.
func Labels(node *seiv1alpha1.SeiNode) map[string]string {
	labels := ClaimLabels(node)
	labels["app.kubernetes.io/name"] = "seinode"
	labels["app.kubernetes.io/managed-by"] = "seinode-operator"
	return labels
}

// podLabels are the user's and ours; ours win.
func podLabels(node *seiv1alpha1.SeiNode) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, node.Spec.PodLabels)
	maps.Copy(labels, Labels(node))
	return labels
}

func objectMeta(node *seiv1alpha1.SeiNode) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:            node.Name,
		Namespace:       node.Namespace,
		Labels:          Labels(node),
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))},
	}
}
