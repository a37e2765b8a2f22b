package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/printers"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/manifest"
)

// The forms of output.
const (
	asTable = "table"
	asWide  = "wide"
	asJSON  = "json"
	asYAML  = "yaml"
	asName  = "name"
)

// forms are those of reports, and manifests those of what is to be applied.
var (
	forms     = []string{asTable, asWide, asJSON, asYAML, asName}
	manifests = []string{asYAML, asJSON}
)

// addOutput gives a verb that reports its -o.
func (s *session) addOutput(command *cobra.Command) { s.addForms(command, forms) }

// addForms gives a verb its -o; the first form is the default.
func (s *session) addForms(command *cobra.Command, forms []string) {
	form := command.Flags().StringP("output", "o", forms[0], "the form of the output: "+strings.Join(forms, ", "))
	_ = command.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp)) // the flag was just made
	run := command.RunE
	command.RunE = func(command *cobra.Command, args []string) error {
		if s.output = *form; !slices.Contains(forms, s.output) {
			return usage("unknown output %q; wanted one of %s", s.output, strings.Join(forms, ", "))
		}
		return run(command, args)
	}
}

// print writes a report in the form that was asked for: text writes it for people, and objects are what it is of.
func (s *session) print(report any, text func(out io.Writer, wide bool) error, objects ...metav1.PartialObjectMetadata) error {
	switch s.output {
	case asName:
		for i := range objects {
			if err := (&printers.NamePrinter{}).PrintObj(&objects[i], s.Out); err != nil {
				return err
			}
		}
		return nil
	case asTable, asWide:
		return text(s.Out, s.output == asWide)
	}
	raw, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	var printer printers.ResourcePrinter = &printers.JSONPrinter{}
	if s.output == asYAML {
		printer = &printers.YAMLPrinter{}
	}
	return printer.PrintObj(&runtime.Unknown{Raw: raw}, s.Out)
}

// printPlan writes what is to be applied: as YAML with comments, or as one List, with the comments on the standard error.
func (s *session) printPlan(plan manifest.Plan) error {
	if s.output == asYAML {
		return plan.Write(s.Out)
	}
	list, err := plan.List()
	if err != nil {
		return err
	}
	plan.WriteSteps(s.Err)
	return s.print(list, nil)
}

// nodeNamed is what -o name prints of a SeiNode.
func nodeNamed(name string) metav1.PartialObjectMetadata {
	return objectNamed(metav1.TypeMeta{APIVersion: seiv1alpha1.GroupVersion.String(), Kind: "SeiNode"}, name)
}

func objectNamed(kind metav1.TypeMeta, name string) metav1.PartialObjectMetadata {
	return metav1.PartialObjectMetadata{TypeMeta: kind, ObjectMeta: metav1.ObjectMeta{Name: name}}
}
