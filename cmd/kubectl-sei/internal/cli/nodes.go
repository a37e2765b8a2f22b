package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// nodeOf reads the SeiNode of that name.
func nodeOf(ctx context.Context, access cluster.Access, name string) (*seiv1alpha1.SeiNode, error) {
	node := &seiv1alpha1.SeiNode{}
	if err := access.Client.Get(ctx, types.NamespacedName{Namespace: access.Namespace, Name: name}, node); err != nil {
		return nil, missing(err, access, name)
	}
	return node, nil
}

// missing says that a SeiNode does not exist, where that is the error.
func missing(err error, access cluster.Access, name string) error {
	explained := cluster.Explain(err)
	if !apierrors.IsNotFound(explained) {
		return err
	}
	return fmt.Errorf("SeiNode %q does not exist in namespace %q; to see those that do: kubectl sei status -n %s", name, access.Namespace, access.Namespace)
}

// completeNode completes the name of a SeiNode.
func (s *session) completeNode(command *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	access, err := s.Connect(s.config)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names(command.Context(), access), cobra.ShellCompDirectiveNoFileComp
}

// names are those of the SeiNodes of the namespace, none where they cannot be read.
func names(ctx context.Context, access cluster.Access) (found []cobra.Completion) {
	nodes, err := list(ctx, access, access.Namespace)
	if err != nil {
		return nil
	}
	for i := range nodes {
		found = append(found, nodes[i].Name)
	}
	return found
}
