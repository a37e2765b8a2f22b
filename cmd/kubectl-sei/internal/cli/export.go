package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/export"
	"github.com/seinode/seinode-operator/internal/storage"
)

func (s *session) export() *cobra.Command {
	command := &cobra.Command{
		Use:   "export NODE",
		Short: "Print a node, its claim and its volume as manifests for another cluster",
		Long: "export prints a SeiNode, its claim and its volume as one file for kubectl apply in another cluster: the volume with Retain, the SeiNode as one that imports the claim, paused.\n" +
			"What is to be done here before, and which keys are to be moved by hand, is in comments. Nothing is written to the cluster.\n\n" +
			"Exit codes: 0 it is whole, 3 the volume cannot move, 4 something that belongs to it could not be read.",
		Example:           "  kubectl sei export archive-0 -n sei > archive-0.yaml",
		Args:              exactly(1, "the name of one SeiNode"),
		ValidArgsFunction: s.completeNode,
		RunE:              func(command *cobra.Command, args []string) error { return s.runExport(command.Context(), args[0]) },
	}
	s.addForms(command, manifests)
	return command
}

func (s *session) runExport(ctx context.Context, name string) error {
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	node, err := nodeOf(ctx, access, name)
	if err != nil {
		return err
	}
	facts, refused, err := exported(ctx, access.Client, node)
	if err != nil {
		return err
	}
	plan, err := export.Make(facts)
	if err != nil {
		return coded{Refused, err}
	}
	for _, line := range refused.Lines() {
		fmt.Fprintln(s.Err, "kubectl sei: "+line)
		s.code = Waits
	}
	return s.printPlan(plan)
}

// exported reads what there is of a node's volume.
func exported(ctx context.Context, from client.Reader, node *seiv1alpha1.SeiNode) (export.Facts, cluster.Refusals, error) {
	facts, reader := export.Facts{Node: node}, cluster.NewReader(from)
	claim, volume := &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}
	err := reader.Get(ctx, types.NamespacedName{Namespace: node.Namespace, Name: storage.ClaimName(node)}, claim)
	if err == nil {
		facts.Claim = claim
	}
	if err == nil && claim.Spec.VolumeName != "" {
		if err = reader.Get(ctx, types.NamespacedName{Name: claim.Spec.VolumeName}, volume); err == nil {
			facts.Volume = volume
		}
	}
	facts.Unread = reader.Refused().Kinds()
	return facts, reader.Refused(), client.IgnoreNotFound(err)
}
