package cli

import (
	"io"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/why"
)

func (s *session) why() *cobra.Command {
	command := &cobra.Command{
		Use:   "why NODE",
		Short: "Explain on one page how a node is, and what to do",
		Long: "why explains how a node is: in a sentence, by the chain of causes from its claim to the chain's tip, with what changed last, with the next\n" +
			"command, and with where the reason that decides is explained.\n\n" +
			"Exit codes: 0 it is fine, 3 its phase is Failed, 4 it waits, or runs and something warns.",
		Example:           "  kubectl sei why archive-0 -n sei",
		Args:              exactly(1, "the name of one SeiNode"),
		ValidArgsFunction: s.completeNode,
		RunE:              s.runWhy,
	}
	s.addOutput(command)
	return command
}

func (s *session) runWhy(command *cobra.Command, args []string) error {
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	facts, err := why.Look(command.Context(), access.Client, types.NamespacedName{Namespace: access.Namespace, Name: args[0]})
	if err != nil {
		return missing(err, access, args[0])
	}
	report := why.Explain(facts)
	s.code = codeOfState(report.State)
	return s.print(report, func(out io.Writer, _ bool) error {
		report.Text(out, s.Width)
		return nil
	}, nodeNamed(report.Name))
}
