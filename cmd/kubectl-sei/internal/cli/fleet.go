package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/fleet"
)

// everywhere is the flag -A.
type everywhere bool

func (e *everywhere) add(command *cobra.Command) {
	command.Flags().BoolVarP((*bool)(e), "all-namespaces", "A", false, "of all namespaces")
}

func (e *everywhere) of(access cluster.Access) string {
	if *e {
		return metav1.NamespaceAll
	}
	return access.Namespace
}

// none says on the other stream that there is nothing to show, as kubectl does.
func (s *session) none(what, namespace string) {
	if namespace == metav1.NamespaceAll {
		fmt.Fprintf(s.Err, "no %s in any namespace\n", what)
		return
	}
	fmt.Fprintf(s.Err, "no %s in namespace %q\n", what, namespace)
}

// list reads the SeiNodes of a namespace, or of all.
func list(ctx context.Context, access cluster.Access, namespace string) ([]seiv1alpha1.SeiNode, error) {
	nodes := &seiv1alpha1.SeiNodeList{}
	err := access.Client.List(ctx, nodes, client.InNamespace(namespace))
	return nodes.Items, err
}

func (s *session) peers() *cobra.Command {
	command := &cobra.Command{
		Use:   "peers NODE",
		Short: "Show where a node is reached by its peers, and who they are",
		Long: "peers shows <node ID>@<host>:<port> of a node and of those that it is to be connected to, inside and outside of the cluster. Whom seid found by itself, the\n" +
			"operator does not know.",
		Example:           "  kubectl sei peers archive-0 -n sei",
		Args:              exactly(1, "the name of one SeiNode"),
		ValidArgsFunction: s.completeNode,
		RunE:              s.runPeers,
	}
	s.addOutput(command)
	return command
}

func (s *session) runPeers(command *cobra.Command, args []string) error {
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	node, err := nodeOf(command.Context(), access, args[0])
	if err != nil {
		return err
	}
	siblings, err := list(command.Context(), access, access.Namespace)
	if apierrors.IsForbidden(err) { // the addresses of others outside of the cluster are in their own status
		fmt.Fprintln(s.Err, "kubectl sei: "+cluster.Refusal{Kind: "SeiNode", Namespace: access.Namespace}.Line())
	} else if err != nil {
		return err
	}
	report := fleet.PeersOf(node, siblings)
	if report.Peered == metav1.ConditionFalse {
		s.code = Waits
	}
	return s.print(report, func(out io.Writer, wide bool) error {
		fmt.Fprintln(out, report.Sentence())
		return report.Table().Write(out, s.Width, wide)
	}, nodeNamed(node.Name))
}

func (s *session) upgrades() *cobra.Command {
	all := everywhere(false)
	command := &cobra.Command{
		Use:   "upgrades [NODE]",
		Short: "Show which upgrades of the chain nodes have, list and can take",
		Long: "upgrades shows each upgrade that a node's chain has planned, that its spec lists, or that it has reached: with the image, and the machine where that was\n" +
			"pulled and tried.\n\nExit codes: 0 nothing is in the way, 4 a node cannot take what its chain has planned.",
		Example:           "  kubectl sei upgrades -A",
		Args:              atMostOne,
		ValidArgsFunction: s.completeNode,
		RunE:              func(command *cobra.Command, args []string) error { return s.runUpgrades(command, args, all) },
	}
	all.add(command)
	s.addOutput(command)
	return command
}

func (s *session) runUpgrades(command *cobra.Command, args []string, all everywhere) error {
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	nodes, err := s.asked(command.Context(), access, args, all)
	if err != nil {
		return err
	}
	report := fleet.UpgradesOf(nodes)
	s.code = codeOfState(report.State)
	if len(report.Upgrades) == 0 && (s.output == asTable || s.output == asWide) {
		s.none("upgrades are planned, listed or reached", all.of(access))
		return nil
	}
	names := []metav1.PartialObjectMetadata{}
	for i := range nodes {
		names = append(names, nodeNamed(nodes[i].Name))
	}
	return s.print(report, func(out io.Writer, wide bool) error { return report.Table(bool(all)).Write(out, s.Width, wide) }, names...)
}

// asked are the nodes that the arguments name.
func (s *session) asked(ctx context.Context, access cluster.Access, args []string, all everywhere) ([]seiv1alpha1.SeiNode, error) {
	if len(args) == 0 {
		return list(ctx, access, all.of(access))
	}
	if all {
		return nil, usage("the name of a node and -A do not go together")
	}
	node, err := nodeOf(ctx, access, args[0])
	if err != nil {
		return nil, err
	}
	return []seiv1alpha1.SeiNode{*node}, nil
}
