package why

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Report is the explanation of a node.
type Report struct {
	metav1.TypeMeta `json:",inline"`
	// Name, Namespace, Mode, Chain and Phase are the node's.
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Mode      seiv1alpha1.Mode  `json:"mode"`
	Chain     string            `json:"chain"`
	Phase     seiv1alpha1.Phase `json:"phase,omitempty"`
	// State is Met for a node that is fine, Warns or Waits, or Refused for one that no waiting mends.
	State finding.State `json:"state"`
	// Sentence says it in plain words; Reason and Message are those of condition Ready.
	Sentence string `json:"sentence"`
	Reason   string `json:"reason,omitempty"`
	Message  string `json:"message,omitempty"`
	// Causes are the links of the chain from the claim to the chain's tip.
	Causes []finding.Finding `json:"causes"`
	// Transitions are the last ones, the newest first.
	Transitions []Transition `json:"transitions"`
	// Next is the command to go on with.
	Next string `json:"next"`
	// Reference is the address of what is written of the reason that decides; "" for a node that is fine.
	Reference string `json:"reference,omitempty"`
	// Unread is what the user may not read.
	Unread []string `json:"unread,omitempty"`
}

// Transition is something that changed.
type Transition struct {
	// Time is when, in UTC.
	Time metav1.Time `json:"time"`
	// What is the condition or the event.
	What string `json:"what"`
	// Message is what was said of it.
	Message string `json:"message,omitempty"`
}

// shown is how many transitions a report has.
const shown = 3

// Explain is pure.
func Explain(f Facts) Report {
	report := Report{
		TypeMeta: finding.Report("Why"),
		Name:     f.Node.Name, Namespace: f.Node.Namespace, Mode: f.Node.Mode(), Chain: f.Node.Spec.ChainID, Phase: f.Node.Status.Phase,
		Causes: causes(f), Transitions: transitions(f), Unread: f.Refused.Lines(),
	}
	if ready := condition(f, seiv1alpha1.ConditionReady); ready != nil {
		report.Reason, report.Message = ready.Reason, ready.Message
	}
	report.State = stateOf(f, report.Causes)
	report.Sentence = sentence(f)
	report.Next, report.Reference = next(f), readOn(f)
	return report
}

// stateOf is that of the whole node: phase Failed alone is terminal.
func stateOf(f Facts, causes []finding.Finding) finding.State {
	worst := finding.Worst(causes)
	switch {
	case f.Node.Status.Phase == seiv1alpha1.PhaseFailed:
		return finding.Refused
	case !isReady(f):
		return finding.Waits
	case worst == finding.Waits, worst == finding.Warns, worst == finding.Refused:
		return finding.Warns
	}
	return finding.Met
}

func isReady(f Facts) bool {
	return !unseen(f) && meta.IsStatusConditionTrue(f.Node.Status.Conditions, seiv1alpha1.ConditionReady)
}

// unseen says whether the operator has not looked at the node as it is.
func unseen(f Facts) bool {
	return f.Node.Status.ObservedGeneration < f.Node.Generation || condition(f, seiv1alpha1.ConditionReady) == nil
}

func condition(f Facts, kind string) *metav1.Condition {
	return meta.FindStatusCondition(f.Node.Status.Conditions, kind)
}

// transitions are the last conditions that changed and the last events, the newest first.
func transitions(f Facts) []Transition {
	all := []Transition{}
	for _, c := range f.Node.Status.Conditions {
		all = append(all, Transition{inUTC(c.LastTransitionTime.Time), fmt.Sprintf("%s became %s (%s)", c.Type, c.Status, c.Reason), c.Message})
	}
	for i := range f.Events {
		event := &f.Events[i]
		what := fmt.Sprintf("event %s on %s %s", event.Reason, event.InvolvedObject.Kind, event.InvolvedObject.Name)
		all = append(all, Transition{inUTC(workload.LastSeen(event)), what, event.Message})
	}
	slices.SortStableFunc(all, func(a, b Transition) int { return b.Time.Compare(a.Time.Time) })
	return all[:min(len(all), shown)]
}

func inUTC(t time.Time) metav1.Time { return metav1.NewTime(t.UTC().Truncate(time.Second)) }
