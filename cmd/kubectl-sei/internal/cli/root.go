// Package cli is the command line: flags, verbs, exit codes and forms of output. What a verb finds out is in packages of their own.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/internal/version"
)

// Environment is what the command line is run in.
type Environment struct {
	// In, Out and Err are the streams.
	In       io.Reader
	Out, Err io.Writer
	// Width is that of the terminal, 0 where the output goes elsewhere.
	Width int
	// Every is how often a verb that waits looks, 0 for once a second.
	Every time.Duration
	// Name makes the name of a pod, nil for one at random.
	Name func() string
	// Now tells the time.
	Now func() time.Time
	// Connect makes the way to the cluster.
	Connect func(*genericclioptions.ConfigFlags) (cluster.Access, error)
}

// Terminal is the environment of a process.
func Terminal() Environment {
	width, _, err := term.GetSize(int(os.Stdout.Fd())) //nolint:gosec // a descriptor is small
	if err != nil {
		width = 0
	}
	return Environment{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Width: width, Now: time.Now, Connect: cluster.Connect}
}

// session is one run.
type session struct {
	Environment
	config *genericclioptions.ConfigFlags
	output string
	// code is the exit code of what was found.
	code int
}

// Run runs a command line and returns its exit code. An error is one line.
func Run(ctx context.Context, args []string, environment Environment) int {
	s := &session{Environment: environment, config: genericclioptions.NewConfigFlags(true)}
	root := s.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(s.Err, "kubectl sei: "+oneLine(err))
		return codeOf(err)
	}
	return s.code
}

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-sei",
		Short: "Look at SeiNodes, and get a volume ready for one",
		Long: "kubectl sei looks at SeiNodes with your own rights. It writes nothing but by the verbs that say so, each of which has --dry-run=server.\n\n" +
			"Exit codes: 0 fine, 1 an error, 2 not understood, 3 refused: no waiting mends it, 4 it waits or warns, 124 the timeout passed.",
		Version: version.Version, SilenceErrors: true, SilenceUsage: true, DisableSuggestions: true,
		Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl sei"},
		Args:        cobra.ArbitraryArgs,
	}
	root.RunE = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			return command.Help()
		}
		return usage("unknown verb %q; wanted one of %s", args[0], strings.Join(verbs(command), ", "))
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return coded{Usage, err} })
	s.config.AddFlags(root.PersistentFlags())
	root.AddCommand(s.why(), s.preflight(), s.status(), s.peers(), s.upgrades(), s.logs(), s.report(), s.release(), s.adopt(), s.export())
	return root
}

// verbs are the names of the commands, without those that only help.
func verbs(of *cobra.Command) (names []string) {
	for _, command := range of.Commands() {
		if command.IsAvailableCommand() && !slices.Contains([]string{"help", "completion"}, command.Name()) {
			names = append(names, command.Name())
		}
	}
	return names
}

// exactly is for a verb that takes so many names.
func exactly(count int, what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != count {
			return usage("%s wants %s, and got %d arguments", command.Name(), what, len(args))
		}
		return nil
	}
}

// atMostOne is for a verb that takes a name or none.
func atMostOne(command *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage("%s wants the name of one SeiNode, or none, and got %d arguments", command.Name(), len(args))
	}
	return nil
}
