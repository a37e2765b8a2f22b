package keys

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/read"
)

// The keys of the cache's field indexes that Observe reads by.
const (
	// IndexNodeBySigningSecret finds the SeiNodes that name a signing Secret.
	IndexNodeBySigningSecret = "signingSecret"
	// IndexPodBySecret finds the pods that mount a Secret: MountedSecrets.
	IndexPodBySecret = "mountedSecrets"
)

// Indexes adds them to a cache.
func Indexes(add func(of client.Object, key string, values client.IndexerFunc)) {
	add(&seiv1alpha1.SeiNode{}, IndexNodeBySigningSecret, func(object client.Object) []string {
		if secret := object.(*seiv1alpha1.SeiNode).SigningSecret(); secret != "" {
			return []string{secret}
		}
		return nil
	})
	add(&corev1.Pod{}, IndexPodBySecret, func(object client.Object) []string { return MountedSecrets(object.(*corev1.Pod)) })
}

// Observe reads the facts about a node's signing key, from the cache. A failed read is in Facts.Err.
func Observe(ctx context.Context, reader client.Reader, node *seiv1alpha1.SeiNode) Facts {
	facts := Facts{Node: node}
	if node.SigningSecret() != "" {
		facts.Err = facts.readRivals(ctx, reader)
	}
	return facts
}

func (f *Facts) readRivals(ctx context.Context, reader client.Reader) error {
	nodes, pods := &seiv1alpha1.SeiNodeList{}, &corev1.PodList{}
	namespace, secret := client.InNamespace(f.Node.Namespace), f.Node.SigningSecret()
	if err := reader.List(ctx, nodes, namespace, client.MatchingFields{IndexNodeBySigningSecret: secret}); err != nil {
		return fmt.Errorf("listing the SeiNodes that name Secret %q: %w", secret, err)
	}
	rivals := slices.DeleteFunc(nodes.Items, func(node seiv1alpha1.SeiNode) bool { return node.UID == f.Node.UID })
	var err error
	if f.Rivals, err = read.Anew(ctx, reader, rivals); err != nil {
		return fmt.Errorf("reading a SeiNode that names Secret %q: %w", secret, err)
	}
	if err := reader.List(ctx, pods, namespace, client.MatchingFields{IndexPodBySecret: secret}); err != nil {
		return fmt.Errorf("listing the pods that mount Secret %q: %w", secret, err)
	}
	f.Pods = pods.Items
	return nil
}
