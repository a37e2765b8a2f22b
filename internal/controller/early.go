package controller

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
)

// ahead is the name of the SeiNode that takes an upgrade early now, so that this one waits, "" for none. That nobody does is read past the cache, which
// may not show yet what another has just taken; that somebody does is believed.
func (r *Reconciler) ahead(ctx context.Context, node *seiv1alpha1.SeiNode, upgrade string) (string, error) {
	for _, reader := range []client.Reader{r.Client, r.Live} {
		all := &seiv1alpha1.SeiNodeList{}
		if err := reader.List(ctx, all, client.InNamespace(node.Namespace)); err != nil {
			return "", fmt.Errorf("listing the SeiNodes of namespace %q: %w", node.Namespace, err)
		}
		if other := task.Ahead(node, upgrade, all.Items); other != "" {
			return other, nil
		}
	}
	return "", nil
}
