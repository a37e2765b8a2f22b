// Package keys is everything that the operator knows about a node's keys: whether anybody else signs with its key. Two signers with
// one key cost money at once, so that when in doubt a node gets no pod. Secrets are never read: whether one is there, the kubelet says.
//
// Decisions are pure functions of Facts; only observe.go holds a client.
package keys

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// Facts is all that a decision about a node's keys rests on.
type Facts struct {
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Rivals are the other SeiNodes of the namespace that name the same signing Secret.
	Rivals []seiv1alpha1.SeiNode
	// Pods are those of the namespace that mount the signing Secret, the node's own included.
	Pods []corev1.Pod
	// Err is the error of the first read that failed; nothing may be decided then.
	Err error
}

// Validate judges a node's signing key. It is pure, and valid for a node that names none.
func Validate(f Facts) verdict.Verdict {
	if f.Node.SigningSecret() == "" {
		return verdict.Done()
	}
	if signer := f.signer(); signer != "" {
		return verdict.Wait(seiv1alpha1.ReasonSigningKeyInUse,
			"the key in Secret %q already signs for %s: two signers with one key are slashed; delete it, or give one of the two another key",
			f.Node.SigningSecret(), signer)
	}
	return verdict.Done()
}

// signer names who signs with the node's key before it, "" for nobody.
func (f Facts) signer() string {
	for i := range f.Rivals {
		if owner.Yields(f.Node, &f.Rivals[i], signs) {
			return fmt.Sprintf("SeiNode %q", f.Rivals[i].Name)
		}
	}
	for i := range f.Pods {
		pod := &f.Pods[i]
		if !ended(pod) && !owner.Pod(pod, f.Node) {
			return fmt.Sprintf("pod %q", pod.Name)
		}
	}
	return ""
}

func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// signs says whether the node's status says that it signs with its key.
func signs(node *seiv1alpha1.SeiNode) bool { return node.Status.SigningSecret != "" }

// MountedSecrets returns the names of the Secrets among the pod's volumes.
func MountedSecrets(pod *corev1.Pod) []string {
	var names []string
	for _, volume := range pod.Spec.Volumes {
		if volume.Secret != nil {
			names = append(names, volume.Secret.SecretName)
		}
		if volume.Projected != nil {
			names = append(names, projected(volume.Projected.Sources)...)
		}
	}
	return names
}

func projected(sources []corev1.VolumeProjection) []string {
	var names []string
	for _, source := range sources {
		if source.Secret != nil {
			names = append(names, source.Secret.Name)
		}
	}
	return names
}
