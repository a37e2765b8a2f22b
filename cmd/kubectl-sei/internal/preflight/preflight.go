package preflight

import (
	"fmt"
	"io"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/page"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Report is what was looked at, and what came of it.
type Report struct {
	metav1.TypeMeta `json:",inline"`
	// Name is the SeiNode's, "" where a claim alone was looked at.
	Name      string           `json:"name,omitempty"`
	Namespace string           `json:"namespace"`
	Mode      seiv1alpha1.Mode `json:"mode"`
	// Claim is the claim's name, Required the capacity that it has to have.
	Claim    string `json:"claim"`
	Required string `json:"required"`
	// State is the worst of the checks.
	State  finding.State     `json:"state"`
	Checks []finding.Finding `json:"checks"`
	// Volume is what is on the volume, where that was looked at.
	Volume *Volume `json:"volume,omitempty"`
	// Sentence is what comes of it.
	Sentence string `json:"sentence"`
	// Unread is what the user may not read.
	Unread []string `json:"unread,omitempty"`
}

// Judge is pure: it asks the operator's own rules.
func Judge(f Facts) Report {
	report := Report{
		TypeMeta: finding.Report("Preflight"),
		Name:     f.Node.Name, Namespace: f.Node.Namespace, Mode: f.Node.Mode(), Claim: storage.ClaimName(f.Node), Required: f.Data.Required.String(),
		Unread: f.Refused.Lines(),
	}
	for _, part := range []func(Facts) []finding.Finding{manifest, claim, risks, signing, names} {
		report.Checks = append(report.Checks, part(f)...)
	}
	report.State = finding.Worst(report.Checks)
	report.Sentence = sentence(report.State, false)
	return report
}

func sentence(worst finding.State, inspected bool) string {
	switch worst {
	case finding.Refused:
		return "It would be refused, and waiting does not mend it: see ✗."
	case finding.Waits:
		return "It would wait: see …"
	case finding.Warns:
		return "It would start. Mind what is marked with !"
	case finding.Unknown:
		return "Nothing that could be looked at speaks against it; what is marked with ? could not."
	}
	if inspected {
		return "Nothing that can be seen speaks against it, on the volume or outside of it."
	}
	return "Nothing that can be seen from outside of the volume speaks against it. What is on it, the pod looks at before seid starts."
}

// manifest is what the API server says to it.
func manifest(f Facts) (all []finding.Finding) {
	const of = "the API server takes the manifest"
	switch {
	case !f.Asked:
		return nil
	case f.Exists:
		all = append(all, finding.Finding{Of: of, State: finding.Skipped, Message: fmt.Sprintf(
			"SeiNode %q exists already: to ask about the change: kubectl diff -f FILE; how it is: kubectl sei why %s -n %s", f.Node.Name, f.Node.Name, f.Node.Namespace)})
	case f.Admission == nil:
		all = append(all, finding.Finding{Of: of, State: finding.Met})
	case apierrors.IsForbidden(f.Admission) && mayNotCreate(f.Admission):
		all = append(all, finding.Finding{Of: of, State: finding.Unknown, Message: "you may not create SeiNodes here, so that it was not asked"})
	default:
		all = append(all, finding.Finding{Of: of, State: finding.Refused, Reason: string(apierrors.ReasonForError(f.Admission)), Message: oneLine(f.Admission)})
	}
	for _, other := range f.Others {
		all = append(all, finding.Finding{Of: "what else the manifest holds", State: finding.Unknown, Message: other + " was not looked at: preflight knows what is in the cluster"})
	}
	return all
}

// mayNotCreate says whether it is the right that is missing: a quota and a webhook forbid, too.
func mayNotCreate(err error) bool { return strings.Contains(err.Error(), "cannot create resource") }

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// claim is the claim that is imported, requirement by requirement, or the one that would be made.
func claim(f Facts) (all []finding.Finding) {
	if !storage.Imports(f.Node) {
		return []finding.Finding{created(f)}
	}
	for _, check := range storage.Checks(f.Data, f.Refused.Kinds()...) {
		one := finding.Judged("claim: "+check.Name, check.Verdict)
		switch {
		case check.Skipped:
			one.State = finding.Skipped
		case len(check.Unread) > 0:
			one.State, one.Message = finding.Unknown, restsOn(check.Unread...)
		}
		all = append(all, one)
	}
	return all
}

// restsOn is said of what was not judged, since the user may not read what it rests on.
func restsOn(kinds ...string) string {
	return "it rests on " + strings.Join(kinds, ", ") + ", which you may not read"
}

// created is the claim that the operator would make. What it is to be a copy of, the operator looks at itself.
func created(f Facts) finding.Finding {
	const of = "claim: it can be made"
	if f.Node.Copies() && f.Data.Claim == nil {
		kind, name := f.Node.CopyOf()
		return finding.Finding{Of: of, State: finding.Unknown, Message: fmt.Sprintf("%s %q, of which it is to be a copy, is not looked at here; condition Bootstrapped tells of it", kind, name)}
	}
	makes, v := storage.DecideCreate(f.Data)
	if makes {
		v = verdict.Pass("", "PVC %q would be made, with %s", storage.ClaimName(f.Node), f.Data.Required.String())
	}
	return finding.Judged(of, v)
}

// risks are what may take the claim or its data away although nothing is wrong now.
func risks(f Facts) []finding.Finding {
	if text := storage.Risks(f.Data); text != "" {
		return []finding.Finding{{Of: "claim: nothing takes it away", State: finding.Warns, Message: text}}
	}
	return nil
}

// signing is whether anybody else signs with the key of a Secret.
func signing(f Facts) []finding.Finding {
	if f.Node.SigningSecret() == "" {
		return nil
	}
	one := finding.Judged("key: nobody else signs with it", keys.Validate(f.Keys))
	for _, kind := range f.Refused.Kinds() {
		if one.State == finding.Met && (kind == "Pod" || kind == "SeiNode") {
			one.State, one.Message = finding.Unknown, restsOn(kind)
		}
	}
	return []finding.Finding{one}
}

// names are the objects in the way of those that the node would have.
func names(f Facts) (all []finding.Finding) {
	for _, stranger := range f.Strangers {
		all = append(all, finding.Judged("names: they are free", task.NotOwned(stranger.Kind, stranger.Live, f.Node)))
	}
	if len(all) == 0 && f.Node.Name != "" {
		all = append(all, finding.Finding{Of: "names: they are free", State: finding.Met})
	}
	for _, kind := range f.Refused.Kinds() {
		if len(f.Strangers) == 0 && f.Node.Name != "" && isChild(kind) {
			all[len(all)-1].State, all[len(all)-1].Message = finding.Unknown, restsOn(kind)
		}
	}
	return all
}

func isChild(kind string) bool {
	return slices.ContainsFunc(workload.Children, func(child workload.Child) bool { return child.Kind == kind })
}

// Text writes the report for people.
func (r Report) Text(out io.Writer, width int) {
	who := fmt.Sprintf("SeiNode %q in namespace %q", r.Name, r.Namespace)
	if r.Name == "" {
		who = fmt.Sprintf("a SeiNode in namespace %q", r.Namespace)
	}
	fmt.Fprintln(out, page.Wrap(fmt.Sprintf("%s, mode %s, on PVC %q with at least %s:", who, r.Mode, r.Claim, r.Required), width, 0))
	page.Findings(out, r.Checks, width)
	if r.Volume != nil {
		r.Volume.Text(out, width)
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, page.Wrap(r.Sentence, width, 0))
	for _, line := range r.Unread {
		fmt.Fprintln(out, page.Wrap("? "+line, width, 2))
	}
}
