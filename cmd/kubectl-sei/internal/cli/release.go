package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/release"
	"github.com/seinode/seinode-operator/internal/storage"
)

// looking is how often release looks.
const looking = time.Second

// releaseFlags are those of the verb.
type releaseFlags struct {
	keep    bool
	dryRun  string
	timeout time.Duration
}

func (s *session) release() *cobra.Command {
	flags := &releaseFlags{}
	command := &cobra.Command{
		Use:   "release NODE",
		Short: "Let go of a node's volume: stop it, and delete the SeiNode so that its data stays",
		Long: "release writes to the SeiNode: it pauses it, waits until its pod is gone and its volume is attached nowhere, sets spec.dataVolume.deletionPolicy to Retain where the\n" +
			"node made its claim, and deletes the SeiNode. Claim, volume and data stay, and are never written to. It can be interrupted, and goes on when it is given again.\n\n" +
			"Exit codes: 0 it is done, 4 it is done, and claim or volume changed meanwhile, 124 the timeout passed.",
		Example:           "  kubectl sei release archive-0 -n sei\n  kubectl sei release archive-0 -n sei --dry-run=server",
		Args:              exactly(1, "the name of one SeiNode"),
		ValidArgsFunction: s.completeNode,
		RunE:              func(command *cobra.Command, args []string) error { return s.runRelease(command, args, flags) },
	}
	command.Flags().BoolVar(&flags.keep, "keep", false, "stop once the node is down: the SeiNode stays, paused")
	command.Flags().StringVar(&flags.dryRun, "dry-run", "none", "none, or server: the API server says what it would do, and does nothing")
	command.Flags().DurationVar(&flags.timeout, "timeout", 10*time.Minute, "how long all of it may take")
	s.addOutput(command)
	return command
}

func (s *session) runRelease(command *cobra.Command, args []string, flags *releaseFlags) error {
	dryRun, err := isDryRun(flags.dryRun)
	if err != nil {
		return err
	}
	if flags.timeout <= 0 {
		return usage("--timeout is %s; wanted more than nothing", flags.timeout)
	}
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	node, err := nodeOf(command.Context(), access, args[0])
	if err != nil {
		return err
	}
	report, err := release.Release(command.Context(), access.Client, node, release.Options{
		Keep: flags.keep, DryRun: dryRun, Timeout: flags.timeout, Every: s.every(), Say: s.saying(dryRun),
	})
	if errors.Is(err, release.ErrTimeout) {
		return coded{TimedOut, err}
	}
	if err != nil {
		return err
	}
	if !report.Unchanged() {
		s.code = Waits
	}
	return s.print(report, func(out io.Writer, _ bool) error {
		stays(out, &report)
		return nil
	}, nodeNamed(report.Name))
}

// isDryRun says whether --dry-run asks for one.
func isDryRun(flag string) (bool, error) {
	if flag != "none" && flag != "server" {
		return false, usage("unknown --dry-run %q; wanted none or server", flag)
	}
	return flag == "server", nil
}

// every is how often is looked.
func (s *session) every() time.Duration {
	if s.Every > 0 {
		return s.Every
	}
	return looking
}

// saying tells of each step, in the forms that are for people.
func (s *session) saying(dryRun bool) func(string, ...any) {
	prefix := ""
	if dryRun {
		prefix = "dry run: "
	}
	return func(format string, args ...any) {
		if s.output == asTable || s.output == asWide {
			fmt.Fprintf(s.Out, prefix+format+"\n", args...)
		}
	}
}

// stays says what is left.
func stays(out io.Writer, report *release.Report) {
	if report.DryRun {
		fmt.Fprintln(out, "nothing was written (--dry-run=server)")
	}
	fmt.Fprintf(out, "what stays: PVC %s/%s (UID %s)\n", report.Namespace, report.Claim, report.ClaimUID)
	if report.Volume != "" {
		fmt.Fprintf(out, "            volume %s (%s)\n", report.Volume, report.Identity)
	}
	if len(report.Specs) > 0 {
		fmt.Fprintln(out, "their specs, before and after (sha256):")
	}
	for _, spec := range report.Specs {
		fmt.Fprintf(out, "  %-21s  %s\n", spec.Kind, compared(spec))
	}
	if report.ReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
		fmt.Fprintf(out, "whoever deletes the PVC destroys the data; to keep it then:\n  %s\n", storage.Retaining(report.Volume))
	}
}

// compared says what came of a spec.
func compared(spec release.Spec) string {
	switch {
	case spec.Same():
		return spec.Before + "  unchanged"
	case spec.After == "":
		return spec.Before + "  is gone now, and release has not deleted it"
	}
	return spec.Before + "  became " + spec.After + ", and release has not changed it"
}
