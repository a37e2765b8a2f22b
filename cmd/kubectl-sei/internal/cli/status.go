package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/fleet"
)

// settling is how long changes that come together are waited for, before they are shown.
const settling = 200 * time.Millisecond

// statusFlags are those of the verb.
type statusFlags struct {
	all   everywhere
	watch bool
}

func (s *session) status() *cobra.Command {
	flags := &statusFlags{}
	command := &cobra.Command{
		Use:   "status [NODE]",
		Short: "Show how nodes are, side by side",
		Long: "status shows nodes side by side, as the operator last wrote them down. LAG is how far a node is behind the best of its chain among those of the namespace, or\n" +
			"of all with -A; it is 0 where seid says that it is at the tip. PEERS are the SeiNodes that a node is to be connected to. A ! behind UPGRADE says that the node\n" +
			"cannot take it. Where the terminal has no room, columns are left out; -o wide has all.\n\n" +
			"Exit codes: 0 all are fine, 3 the phase of one is Failed, 4 one waits, or runs and something warns.",
		Example:           "  kubectl sei status -A\n  kubectl sei status archive-0 -n sei --watch",
		Args:              atMostOne,
		ValidArgsFunction: s.completeNode,
		RunE:              func(command *cobra.Command, args []string) error { return s.runStatus(command, args, flags) },
	}
	flags.all.add(command)
	command.Flags().BoolVarP(&flags.watch, "watch", "w", false, "go on, and show again what changes")
	s.addOutput(command)
	return command
}

func (s *session) runStatus(command *cobra.Command, args []string, flags *statusFlags) error {
	if len(args) > 0 && bool(flags.all) {
		return usage("the name of a node and -A do not go together")
	}
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	nodes := &seiv1alpha1.SeiNodeList{}
	if err := access.Client.List(command.Context(), nodes, client.InNamespace(flags.all.of(access))); err != nil {
		return err
	}
	if err := s.showStatus(access, nodes.Items, args, flags); err != nil || !flags.watch {
		return err
	}
	return s.follow(command.Context(), access, nodes, args, flags)
}

// showStatus shows the nodes that the arguments name. Those that are not named count for the lag all the same.
func (s *session) showStatus(access cluster.Access, nodes []seiv1alpha1.SeiNode, args []string, flags *statusFlags) error {
	report := fleet.StatusOf(nodes, func(node *seiv1alpha1.SeiNode) bool { return len(args) == 0 || node.Name == args[0] })
	s.code = codeOfState(report.State)
	if len(args) > 0 && len(report.Nodes) == 0 {
		return fmt.Errorf("SeiNode %q does not exist in namespace %q; to see those that do: kubectl sei status -n %s", args[0], access.Namespace, access.Namespace)
	}
	if len(report.Nodes) == 0 && (s.output == asTable || s.output == asWide) {
		s.none("SeiNodes", flags.all.of(access))
		return nil
	}
	names := []metav1.PartialObjectMetadata{}
	for i := range report.Nodes {
		names = append(names, nodeNamed(report.Nodes[i].Name))
	}
	return s.print(report, func(out io.Writer, wide bool) error {
		return report.Table(bool(flags.all), s.Now()).Write(out, s.Width, wide)
	}, names...)
}

// follow shows the nodes again as they change, until it is interrupted.
func (s *session) follow(ctx context.Context, access cluster.Access, nodes *seiv1alpha1.SeiNodeList, args []string, flags *statusFlags) error {
	events, err := access.Client.Watch(ctx, &seiv1alpha1.SeiNodeList{}, client.InNamespace(flags.all.of(access)), &client.ListOptions{
		Raw: &metav1.ListOptions{ResourceVersion: nodes.ResourceVersion},
	})
	if err != nil {
		return err
	}
	defer events.Stop()
	var settled <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, more := <-events.ResultChan():
			if !more || event.Type == watch.Error {
				return fmt.Errorf("the API server ended the watch; start again")
			}
			nodes.Items = changed(nodes.Items, event)
			settled = time.After(settling)
		case <-settled:
			settled = nil
			if s.output == asTable || s.output == asWide {
				fmt.Fprintln(s.Out, "\n"+s.Now().UTC().Format(time.RFC3339))
			}
			if err := s.showStatus(access, nodes.Items, args, flags); err != nil {
				return err
			}
		}
	}
}

// changed are the nodes after an event.
func changed(nodes []seiv1alpha1.SeiNode, event watch.Event) []seiv1alpha1.SeiNode {
	node, is := event.Object.(*seiv1alpha1.SeiNode)
	if !is {
		return nodes
	}
	rest := slices.DeleteFunc(nodes, func(one seiv1alpha1.SeiNode) bool { return one.Namespace == node.Namespace && one.Name == node.Name })
	if event.Type == watch.Deleted {
		return rest
	}
	return append(rest, *node)
}
