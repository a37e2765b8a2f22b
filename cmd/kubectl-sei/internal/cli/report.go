package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/report"
)

func (s *session) report() *cobra.Command {
	file := ""
	command := &cobra.Command{
		Use:   "report NODE",
		Short: "Gather what there is of a node in one archive, for somebody who is asked for help",
		Long: "report gathers the SeiNode, its claim, volume and pods, the objects that are made for it, events, the end of what containers said, what the agent in its pod answers, the\n" +
			"operator's logs as far as you may read them, versions, and what kubectl sei why finds. No Secret and no ConfigMap is read; values of annotations, environment variables and\n" +
			"overrides, and what looks like a key, a token, a password or a URL with one, are taken out. Names, addresses and images stay: look through it before you send it.\n\n" +
			"Exit codes: 0 it is whole, 4 something could not be read: unread.txt in it says what.",
		Example:           "  kubectl sei report archive-0 -n sei\n  kubectl sei report archive-0 -n sei -f - | tar tz",
		Args:              exactly(1, "the name of one SeiNode"),
		ValidArgsFunction: s.completeNode,
		RunE:              func(command *cobra.Command, args []string) error { return s.runReport(command, args[0], file) },
	}
	command.Flags().StringVarP(&file, "filename", "f", "", "the file to write, .tar.gz; - is the standard output; without it one in this folder, named after the node and the time")
	return command
}

func (s *session) runReport(command *cobra.Command, name, path string) error {
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	bundle, err := report.Gather(command.Context(), access, types.NamespacedName{Namespace: access.Namespace, Name: name}, s.Now())
	if err != nil {
		return missing(err, access, name)
	}
	for _, line := range bundle.Unread() {
		fmt.Fprintln(s.Err, "kubectl sei: "+line)
		s.code = Waits
	}
	folder := fmt.Sprintf("seinode-%s-%s-%s", access.Namespace, name, s.Now().UTC().Format("20060102T150405Z"))
	if path == "-" {
		return bundle.Write(s.Out, folder, s.Now())
	}
	if path == "" {
		path = folder + ".tar.gz"
	}
	if err := newFile(path, func(out io.Writer) error { return bundle.Write(out, folder, s.Now()) }); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%d files are in %s; look through it before you send it\n", len(bundle.Files()), path)
	return nil
}

// newFile writes a file that only the user may read, and that is not there yet; nothing is left of one that could not be written.
func newFile(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the user names it
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
