package world

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/faults"
)

// beginning is a play in which a node that imports a bound claim was applied, and not looked at yet.
func beginning(injector *faults.Injector) *play {
	p := newPlay(injector)
	claimed("disk")(p)
	p.rest()
	importing("a")(p)
	p.syncAll()
	return p
}

func (p *play) said() string {
	ready := meta.FindStatusCondition(p.node("a").Status.Conditions, seiv1alpha1.ConditionReady)
	if ready == nil {
		return "nothing"
	}
	return ready.Message
}

// TestNoPlanActsThatIsNotPersisted: neither where that fails, nor where the SeiNode is gone meanwhile.
func TestNoPlanActsThatIsNotPersisted(t *testing.T) {
	what := faults.What{Verb: faults.PatchStatus, Kind: "SeiNode", Namespace: namespace, Name: "a"}
	for name, fault := range map[string]faults.Fault{"it fails": faults.Failure, "it is overtaken": faults.Conflict} {
		p := beginning(&faults.Injector{At: faults.Call{What: what, Nth: 1}, Fault: fault})
		if _, _ = p.attempt("a"); p.node("a").Status.Plan != nil || get[*appsv1.StatefulSet](p.api.stored, "a") != nil {
			t.Errorf("%s, and the plan is persisted, or acts", name)
		}
	}
	p := beginning(&faults.Injector{})
	p.api.changed = func() {
		if node := p.node("a"); node != nil && len(all[*coordinationv1.Lease](p.api.stored)) > 0 {
			p.api.remove(node)
		}
	}
	if _, _ = p.attempt("a"); p.node("a") != nil || get[*appsv1.StatefulSet](p.api.stored, "a") != nil {
		t.Error("the plan of a SeiNode that is gone acts")
	}
}

// TestWhatWaitsForTheNextNewsIsTold, when none comes: a node whose pod is not made is looked at again then, and nothing is written until then.
func TestWhatWaitsForTheNextNewsIsTold(t *testing.T) {
	p := beginning(&faults.Injector{})
	result, err := p.attempt("a")
	if err != nil || get[*appsv1.StatefulSet](p.api.stored, "a") == nil || !strings.Contains(p.said(), "applying") {
		t.Fatalf("its plan was not persisted and made (%v): it says %q", err, p.said())
	}
	if result.RequeueAfter <= 0 || result.RequeueAfter > 5*time.Second {
		t.Errorf("it is looked at again in %s", result.RequeueAfter)
	}
	changes := p.changes
	p.pass(time.Second)
	p.syncAll()
	if next, _ := p.attempt("a"); p.changes != changes || next.RequeueAfter != result.RequeueAfter-time.Second {
		t.Errorf("%d writes, and it is looked at again in %s", p.changes-changes, next.RequeueAfter)
	}
	p.pass(result.RequeueAfter)
	p.syncAll()
	if _, _ = p.attempt("a"); p.changes != changes+1 || !strings.Contains(p.said(), "is starting") {
		t.Errorf("%d writes, and it says %q", p.changes-changes, p.said())
	}
}

// TestALeaseThatIsLostIsNotToldAsWon: it has no label by which the operator would have known of it, so that the node finds it only when it makes its own.
func TestALeaseThatIsLostIsNotToldAsWon(t *testing.T) {
	p := beginning(&faults.Injector{})
	_, _ = p.attempt("a")
	lease := all[*coordinationv1.Lease](p.api.stored)[0].DeepCopy()
	p = beginning(&faults.Injector{})
	lease.Labels, lease.ResourceVersion, lease.Spec.HolderIdentity = nil, "", ptr.To("elsewhere/b/another-uid")
	p.create(lease)
	_, err := p.attempt("a")
	status := p.node("a").Status
	if status.DataVolume != nil && status.DataVolume.ClaimUID != "" {
		t.Errorf("another node holds the volume, and the node notes it as adopted (%v): %+v", err, status.DataVolume)
	}
}
