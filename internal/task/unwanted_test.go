package task_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

var policy = workload.NetworkPolicyChild

// optional asks for every object that not every node has.
func optional(o *task.Observation) {
	guarded(o)
	o.Node.Spec.Expose = &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort}
}

func guarded(o *task.Observation) { o.Node.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{} }

func unguarded(o *task.Observation) { o.Node.Spec.NetworkPolicy = nil }

func goes(o *task.Observation) { o.Live[policy.Kind].SetDeletionTimestamp(&metav1.Time{}) }

// TestWhatTheSpecAsksForNoMoreIsDeleted, if it is the node's own, by UID, and what it never asked for is nobody's business.
func TestWhatTheSpecAsksForNoMoreIsDeleted(t *testing.T) {
	const valid, transient, terminal = verdict.Valid, verdict.Transient, verdict.Terminal
	for name, test := range map[string]struct {
		changes []fixture.Change
		class   verdict.Class
		write   string
		decided bool
	}{
		"never asked for":                  {with(made), valid, "", false},
		"never asked for, and somebody's":  {with(made, fixture.Foreign(policy)), valid, "", false},
		"never asked for, of a namesake":   {with(made, fixture.OfNamesake(policy)), valid, "", false},
		"asked for":                        {with(guarded), transient, "Creating NetworkPolicy archive-0", true},
		"asked for, of one that runs":      {with(made, running, guarded), transient, "Creating NetworkPolicy archive-0", true},
		"asked for, and there":             {with(guarded, made), valid, "", true},
		"asked for, and somebody's":        {with(made, guarded, fixture.Foreign(policy)), terminal, "", true},
		"asked for no more":                {with(guarded, made, unguarded), transient, "Deleting NetworkPolicy archive-0", true},
		"asked for no more, and going":     {with(guarded, made, unguarded, goes), valid, "", false},
		"asked for again, and still going": {with(guarded, made, goes), transient, "", true},
	} {
		s := fixture.Scope(test.changes...)
		v, write := task.All[policy.Task](s)
		if _, decided := s.Children[policy.Kind]; v.Class != test.class || told(write) != test.write || decided != test.decided {
			t.Errorf("%s: %s, %q, decided %t", name, v.Class, told(write), decided)
		}
	}
}

// TestTheObjectOfAnotherSeiNodeStays: SeiNode a, which is exposed, and SeiNode a-p2p want a Service of the same name, and nobody is told to delete the other's.
func TestTheObjectOfAnotherSeiNodeStays(t *testing.T) {
	p2p := workload.P2PServiceChild
	ofAnother := func(o *task.Observation) {
		other := o.Node.DeepCopy()
		other.Name, other.UID = "archive-0-p2p", "other"
		object := p2p.New()
		object.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(other, seiv1alpha1.GroupVersion.WithKind("SeiNode"))})
		o.Live[p2p.Key()] = object
	}
	v, write := task.All[p2p.Task](fixture.Scope(made, optional, ofAnother))
	const want = `ServiceNotOwned: Service "archive-0-p2p" is made for SeiNode "archive-0-p2p"; give SeiNode "archive-0" another name`
	if v.Class != verdict.Terminal || v.String() != want || write != nil {
		t.Errorf("%s: %s, %q", v.Class, v, told(write))
	}
	if !strings.Contains(task.Decide(fixture.Observation(made, optional, fixture.Foreign(p2p))).Children[p2p.Key()].Verdict.Message, "delete it, or give the SeiNode another name") {
		t.Error("anybody else's is not advised to be deleted")
	}
}
