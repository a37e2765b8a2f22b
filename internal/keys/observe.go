package keys

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The keys of the cache's field indexes that Observe reads by.
const (
	// IndexNodeBySigningSecret finds the SeiNodes that name a signing Secret.
	IndexNodeBySigningSecret = "signingSecret"
	// IndexPodBySecret finds the pods that mount a Secret: MountedSecrets.
	IndexPodBySecret = "mountedSecrets"
)

// Observe reads the facts about a node's keys. Secrets are read past the cache, one by one and only if look is true: no copy of
// anybody's Secrets is kept. A failed read is in Facts.Err.
func Observe(ctx context.Context, cached, live client.Reader, node *seiv1alpha1.SeiNode, look bool) Facts {
	facts := Facts{Node: node}
	if node.SigningSecret() != "" {
		facts.Err = facts.readRivals(ctx, cached)
	}
	if facts.Err == nil && look {
		facts.Err = facts.readSecrets(ctx, live)
	}
	return facts
}

func (f *Facts) readRivals(ctx context.Context, reader client.Reader) error {
	nodes, pods := &seiv1alpha1.SeiNodeList{}, &corev1.PodList{}
	namespace, secret := client.InNamespace(f.Node.Namespace), f.Node.SigningSecret()
	if err := reader.List(ctx, nodes, namespace, client.MatchingFields{IndexNodeBySigningSecret: secret}); err != nil {
		return err
	}
	for i := range nodes.Items {
		if nodes.Items[i].UID != f.Node.UID {
			f.Rivals = append(f.Rivals, nodes.Items[i])
		}
	}
	err := reader.List(ctx, pods, namespace, client.MatchingFields{IndexPodBySecret: secret})
	f.Pods = pods.Items
	return err
}

func (f *Facts) readSecrets(ctx context.Context, reader client.Reader) error {
	wanted := Wanted(f.Node)
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		secret := &corev1.Secret{}
		err := reader.Get(ctx, client.ObjectKey{Namespace: f.Node.Namespace, Name: name}, secret)
		switch {
		case client.IgnoreNotFound(err) != nil:
			return err
		case err != nil:
			f.Missing = append(f.Missing, fmt.Sprintf("Secret %q does not exist in namespace %q; create it with data key %s",
				name, f.Node.Namespace, wanted[name]))
		case len(secret.Data[wanted[name]]) == 0:
			f.Missing = append(f.Missing, fmt.Sprintf("Secret %q has no data key %s; add it", name, wanted[name]))
		}
	}
	return nil
}
