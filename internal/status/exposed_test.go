package status_test

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/status"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// TestExposed says what peers are told, and nothing of a node that is not exposed.
func TestExposed(t *testing.T) {
	const at, other = "1.1.1.1:26656", "2.2.2.2:26656"
	balanced := func(o *task.Observation) {
		o.Node.Spec.Expose = &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeLoadBalancer}
	}
	tells := func(address task.Address) fixture.Change {
		return func(o *task.Observation) { o.Address, o.Node.Status.ExternalAddress = address, address.Told }
	}
	showed := func(reason string) fixture.Change {
		return func(o *task.Observation) {
			meta.SetStatusCondition(&o.Node.Status.Conditions, metav1.Condition{
				Type: seiv1alpha1.ConditionExposed, Status: metav1.ConditionFalse, Reason: reason, Message: "as it was", ObservedGeneration: o.Node.Generation,
			})
		}
	}
	pending, gone := verdict.Wait("AddressPending", "it waits"), verdict.Fail("AddressUnresolvable", "name %q does not resolve", "a")
	known := task.Address{Verdict: verdict.Done(), Found: at, Told: at}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
		says    []string
	}{
		"not exposed":             {[]fixture.Change{made, fixture.Pod()}, "", nil},
		"not exposed any more":    {[]fixture.Change{made, fixture.Pod(), showed("AddressPending")}, "", nil},
		"waits":                   {[]fixture.Change{balanced, made, fixture.Pod(), tells(task.Address{Verdict: pending})}, "False/AddressPending", []string{"it waits"}},
		"told":                    {[]fixture.Change{balanced, tells(known), made, fixture.Pod()}, "True/Advertised", []string{at}},
		"told, and not yet there": {[]fixture.Change{balanced, made, fixture.Pod(), tells(known)}, "False/AddressPending", []string{at, "once the node's pod is made with it"}},
		"told, and no pod tells":  {[]fixture.Change{balanced, tells(known), made}, "False/AddressPending", []string{at}},
		"told, nothing is made":   {[]fixture.Change{balanced, tells(known)}, "False/AddressPending", []string{at}},
		"told, and unresolvable": {
			[]fixture.Change{balanced, tells(task.Address{Verdict: gone, Told: at}), made, fixture.Pod()},
			"False/AddressUnresolvable", []string{`name "a" does not resolve`, "peers are told " + at},
		},
		"told, a name, and unresolvable": {
			[]fixture.Change{balanced, tells(task.Address{Verdict: gone, Told: "a:26656"}), made, fixture.Pod()},
			"False/AddressUnresolvable", []string{"peers are told a:26656, a name that has to resolve whenever seid starts"},
		},
		"changed": {
			[]fixture.Change{balanced, tells(task.Address{Verdict: verdict.Done(), Found: other, Told: at}), made, fixture.Pod()},
			"False/ExternalAddressChanged", []string{other, "peers are told " + at, "kubectl annotate seinode archive-0 -n sei sei.io/rollout=now"},
		},
		"changed, and taken in a while": {
			[]fixture.Change{balanced, tells(task.Address{Verdict: verdict.Done(), Found: other, Told: at, Wait: time.Minute}), made, fixture.Pod()},
			"False/ExternalAddressChanged", []string{"once it has run for a while"},
		},
		"the operator was started anew": {
			[]fixture.Change{balanced, tells(task.Address{Verdict: pending, Asked: true}), made, fixture.Pod(), showed("AddressUnresolvable")},
			"False/AddressUnresolvable", []string{"as it was"},
		},
		"another question": {
			[]fixture.Change{balanced, tells(task.Address{Verdict: pending, Asked: true}), made, fixture.Pod(), showed("AddressUnresolvable"), func(o *task.Observation) { o.Node.Generation++ }},
			"False/AddressPending", []string{"it waits"},
		},
	} {
		s := fixture.Scope(test.changes...)
		got := status.Of(status.Input{Scope: s, Now: time.Unix(1, 0)})
		found, said, message := meta.FindStatusCondition(got.Conditions, seiv1alpha1.ConditionExposed), "", ""
		if found != nil {
			said, message = string(found.Status)+"/"+found.Reason, found.Message
		}
		if said != test.want || got.ExternalAddress != s.Address.Told {
			t.Errorf("%s: %q: %s; shown is %q", name, said, message, got.ExternalAddress)
		}
		if strings.Contains(message, at+", a name") {
			t.Errorf("%s: %q takes an address for a name", name, message)
		}
		for _, part := range test.says {
			if !strings.Contains(message, part) {
				t.Errorf("%s: %q does not say %q", name, message, part)
			}
		}
	}
}
