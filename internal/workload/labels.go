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

// Labels are on everything that is made for the node.
func Labels(node *seiv1alpha1.SeiNode) map[string]string {
	labels := SelectorLabels(node)
	labels["app.kubernetes.io/name"] = "seinode"
	labels["app.kubernetes.io/instance"] = node.Name
	labels["app.kubernetes.io/managed-by"] = "seinode-operator"
	labels[seiv1alpha1.LabelChain] = node.Spec.ChainID
	labels[seiv1alpha1.LabelMode] = string(node.Mode())
	return labels
}

// podLabels are the user's and ours; ours win.
func podLabels(node *seiv1alpha1.SeiNode) map[string]string {
	labels := map[string]string{}
	maps.Copy(labels, node.Spec.PodLabels)
	maps.Copy(labels, Labels(node))
	return labels
}

// PodName is the name of the node's one pod.
func PodName(node *seiv1alpha1.SeiNode) string { return node.Name + "-0" }

func objectMeta(node *seiv1alpha1.SeiNode) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:            node.Name,
		Namespace:       node.Namespace,
		Labels:          Labels(node),
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))},
	}
}
