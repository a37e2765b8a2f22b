package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/preflight"
	"github.com/seinode/seinode-operator/internal/platform"
)

// preflightFlags are those of the verb.
type preflightFlags struct {
	file, claim, mode, chain, size, platform string
	inspectFlags
}

func (s *session) preflight() *cobra.Command {
	flags := &preflightFlags{}
	command := &cobra.Command{
		Use:   "preflight -f FILE | --claim NAME",
		Short: "Judge a SeiNode, or a claim for one, before it exists",
		Long: "preflight judges a SeiNode that does not exist yet, or a claim to import, by the operator's own rules and with your rights. A manifest is shown to the API\n" +
			"server in a dry run, too. Nothing is written.\n\n" +
			"With --inspect it writes a pod, which looks at what is on the volume, and deletes it in every case: the pod has the volume read-only. That is refused while a pod mounts\n" +
			"the claim, unless it is for several, and for the claim of a SeiNode.\n\n" +
			"Exit codes: 0 nothing speaks against it, 3 it would be refused, or --inspect is, 4 it would wait, something warns, or something could not be read, 124 --timeout passed.",
		Example: "  kubectl sei preflight -f archive-0.yaml\n  kubectl sei preflight --claim data-archive-0-0 --mode archive -n sei\n" +
			"  kubectl sei preflight --claim data-archive-0-0 --chain pacific-1 -n sei --inspect",
		Args: exactly(0, "no name but that of a file or a claim"),
	}
	command.RunE = func(command *cobra.Command, _ []string) error { return s.runPreflight(command, flags) }
	command.Flags().StringVarP(&flags.file, "filename", "f", "", "the manifest of one SeiNode; - is the standard input")
	command.Flags().StringVar(&flags.claim, "claim", "", "the name of a claim to import, instead of a manifest")
	command.Flags().StringVar(&flags.mode, "mode", string(seiv1alpha1.ModeArchive), "with --claim: the node's mode")
	command.Flags().StringVar(&flags.chain, "chain", "", "with --claim: the node's chain ID; nothing rests on it but what --inspect finds")
	command.Flags().StringVar(&flags.size, "size", "", "with --claim: the capacity that is wanted, as spec.dataVolume.size has it")
	command.Flags().StringVar(&flags.platform, "platform-config", "", "the operator's own configuration, with the sizes of the modes; the built-in ones without it")
	flags.inspectFlags.add(command)
	s.addOutput(command)
	return command
}

func (s *session) runPreflight(command *cobra.Command, flags *preflightFlags) error {
	if (flags.file == "") == (flags.claim == "") {
		return usage("preflight wants either -f FILE or --claim NAME")
	}
	if err := flags.check(command, flags.claim != "" && flags.chain == ""); err != nil {
		return err
	}
	config, err := configured(flags.platform)
	if err != nil {
		return coded{Usage, err}
	}
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	manifest, err := s.wanted(flags, access)
	if err != nil {
		return coded{Usage, err}
	}
	facts, err := preflight.Look(command.Context(), access.Client, manifest, config, flags.file != "", s.Now())
	if err != nil {
		return err
	}
	if unknown := preflight.UnknownField(facts.Admission); unknown != "" {
		return usage("the SeiNode is not understood: %s", unknown)
	}
	report := preflight.Judge(facts)
	if flags.inspect {
		if err := s.lookInto(command.Context(), access, facts, config, flags.inspectFlags, &report); err != nil {
			return err
		}
	}
	s.code = codeOfPreflight(report)
	return s.print(report, func(out io.Writer, _ bool) error {
		report.Text(out, s.Width)
		return nil
	}, named(report))
}

// configured is the operator's configuration in a file, the built-in one for none.
func configured(path string) (platform.Config, error) {
	if path == "" {
		return platform.Default(), nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the user names it
	if err != nil {
		return platform.Config{}, err
	}
	return platform.Parse(data)
}

// codeOfPreflight is the exit code: what could not be read warns.
func codeOfPreflight(report preflight.Report) int {
	code := codeOfState(report.State)
	if code == Fine && len(report.Unread) > 0 {
		return Waits
	}
	return code
}

// named is what -o name prints.
func named(report preflight.Report) metav1.PartialObjectMetadata {
	if report.Name != "" {
		return nodeNamed(report.Name)
	}
	return objectNamed(metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, report.Claim)
}

// wanted is the SeiNode that is asked about.
func (s *session) wanted(flags *preflightFlags, access cluster.Access) (preflight.Manifest, error) {
	if flags.claim != "" {
		node, err := importing(flags, access.Namespace)
		return preflight.Manifest{Node: node}, err
	}
	manifest, err := s.read(flags.file)
	if err != nil {
		return manifest, err
	}
	switch own := manifest.Node.Namespace; {
	case own == "":
		manifest.Node.Namespace = access.Namespace
	case access.Named && own != access.Namespace:
		return manifest, fmt.Errorf("the manifest is of namespace %q, and --namespace says %q", own, access.Namespace)
	}
	return manifest, nil
}

func (s *session) read(path string) (preflight.Manifest, error) {
	if path == "-" {
		return preflight.Parse(s.In)
	}
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return preflight.Manifest{}, err
	}
	defer func() { _ = file.Close() }()
	return preflight.Parse(file)
}

// importing is a SeiNode that imports a claim, and of which nothing else is known.
func importing(flags *preflightFlags, namespace string) (*seiv1alpha1.SeiNode, error) {
	node := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: namespace}}
	node.Spec.ChainID = flags.chain
	node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: flags.claim}}
	if err := setMode(node, flags.mode); err != nil {
		return nil, err
	}
	if flags.size == "" {
		return node, nil
	}
	size, err := resource.ParseQuantity(flags.size)
	if err != nil {
		return nil, fmt.Errorf("--size %q is not understood; wanted a quantity such as 2000Gi", flags.size)
	}
	node.Spec.DataVolume.Size = &size
	return node, nil
}

// setMode gives the node the mode of that name.
func setMode(node *seiv1alpha1.SeiNode, mode string) error {
	switch seiv1alpha1.Mode(mode) {
	case seiv1alpha1.ModeFullNode:
		node.Spec.FullNode = &seiv1alpha1.FullNodeSpec{}
	case seiv1alpha1.ModeArchive:
		node.Spec.Archive = &seiv1alpha1.ArchiveSpec{}
	case seiv1alpha1.ModeValidator:
		node.Spec.Validator = &seiv1alpha1.ValidatorSpec{}
	case seiv1alpha1.ModeSeed:
		node.Spec.Seed = &seiv1alpha1.SeedSpec{}
	default:
		return fmt.Errorf("unknown mode %q; wanted fullNode, archive, validator or seed", mode)
	}
	return nil
}
