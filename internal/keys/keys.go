// Package keys is everything that the operator knows about a node's keys: whether the Secrets that it names are there, and
// whether anybody else signs with its key. Two signers with one key cost money at once, so that when in doubt a node gets no
// pod.
//
// Decisions are pure functions of Facts; only observe.go holds a client, and nothing here writes, keeps or logs a key.
package keys

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Facts is all that a decision about a node's keys rests on.
type Facts struct {
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Rivals are the other SeiNodes of the namespace that name the same signing Secret.
	Rivals []seiv1alpha1.SeiNode
	// Pods are those of the namespace that mount the signing Secret, the node's own included.
	Pods []corev1.Pod
	// Missing tells of each Secret that was looked for and is not there, or lacks its data key.
	Missing []string
	// Err is the error of the first read that failed; nothing may be decided then.
	Err error
}

// Validate judges a node's keys. It is pure, and valid for a node that names none.
func Validate(f Facts) storage.Verdict {
	if f.Node.SigningSecret() != "" {
		if signer := f.signer(); signer != "" {
			return waiting(seiv1alpha1.ReasonSigningKeyInUse, fmt.Sprintf(
				"the key in Secret %q already signs for %s: two signers with one key are slashed; delete it, or give one of the two another key",
				f.Node.SigningSecret(), signer))
		}
	}
	if len(f.Missing) > 0 {
		return waiting(seiv1alpha1.ReasonSecretNotFound, f.Missing[0])
	}
	return storage.Verdict{Class: storage.Valid}
}

func waiting(reason, message string) storage.Verdict {
	return storage.Verdict{Class: storage.Transient, Reason: reason, Message: message}
}

// signer names who signs with the node's key before it, "" for nobody.
func (f Facts) signer() string {
	for i := range f.Rivals {
		if yields(f.Node, &f.Rivals[i]) {
			return fmt.Sprintf("SeiNode %q", f.Rivals[i].Name)
		}
	}
	for i := range f.Pods {
		pod := &f.Pods[i]
		if !ended(pod) && !storage.OwnPod(pod, f.Node) {
			return fmt.Sprintf("pod %q", pod.Name)
		}
	}
	return ""
}

func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// yields says whether node must leave the key to other: to the one whose status says that it signs with it, else to the
// older one. For any two nodes exactly one yields. The caller runs the nodes of one key one after the other.
func yields(node, other *seiv1alpha1.SeiNode) bool {
	held, holds := node.Status.SigningSecret != "", other.Status.SigningSecret != ""
	if held != holds {
		return holds
	}
	return storage.Older(other, node)
}

// Wanted returns the Secrets that the node names, by name, and the data key that each must have.
func Wanted(node *seiv1alpha1.SeiNode) map[string]string {
	wanted := map[string]string{}
	if name := node.SigningSecret(); name != "" {
		wanted[name] = seid.SigningKeyFile
	}
	if node.Spec.NodeKey != nil {
		wanted[node.Spec.NodeKey.SecretName] = seid.NodeKeyFile
	}
	return wanted
}

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
