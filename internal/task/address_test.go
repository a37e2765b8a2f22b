package task_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/lookup"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

var (
	midday = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

	balanced = exposed(seiv1alpha1.ExposeLoadBalancer)
	onPort   = exposed(seiv1alpha1.ExposeNodePort)
)

func exposed(kind seiv1alpha1.ExposeType) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.Expose = &seiv1alpha1.ExposeSpec{Type: kind} }
}

func named(host string) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.Expose.Host = &host }
}

// allocated is the Service for peers as the API server has it.
func allocated(o *task.Observation) {
	o.Live[workload.P2PServiceChild.Key()].(*corev1.Service).Spec.Ports[0].NodePort = 30656
}

// disowned is a Service like the node's that is not its own.
func disowned(o *task.Observation) {
	o.Live[workload.P2PServiceChild.Key()].SetOwnerReferences(nil)
}

func ingress(entries ...corev1.LoadBalancerIngress) fixture.Change {
	return func(o *task.Observation) {
		o.Live[workload.P2PServiceChild.Key()].(*corev1.Service).Status.LoadBalancer.Ingress = entries
	}
}

func advertised(address string) fixture.Change {
	return func(o *task.Observation) { o.Node.Status.ExternalAddress = address }
}

func placedOn(machine string, since time.Duration) fixture.Change {
	return fixture.Pod(func(pod *corev1.Pod) {
		pod.Spec.NodeName, pod.CreationTimestamp = machine, metav1.Time{Time: midday.Add(-since)}
	})
}

func validates(o *task.Observation) {
	o.Node.Spec.Archive, o.Node.Spec.Validator = nil, &seiv1alpha1.ValidatorSpec{}
}

func byIP(ip string) corev1.LoadBalancerIngress { return corev1.LoadBalancerIngress{IP: ip} }
func byName(name string) corev1.LoadBalancerIngress {
	return corev1.LoadBalancerIngress{Hostname: name}
}

// TestWhereANodeIsReached: what is asked beside the reconciler, what is found, and what is said where nothing is.
func TestWhereANodeIsReached(t *testing.T) {
	const pending, unresolved, none = "AddressPending", "AddressUnresolvable", "NoExternalAddress"
	known := lookup.Answer{Known: true, Address: "1.2.3.4"}
	resolves, fails := lookup.Answer{Known: true, Address: "a.example"}, lookup.Answer{Known: true, Why: "it is not there"}
	for name, test := range map[string]struct {
		changes []fixture.Change
		answer  lookup.Answer
		asks    string
		found   string
		reason  string
	}{
		"not exposed":                        {with(made), lookup.Answer{}, "", "", ""},
		"ClusterIP":                          {with(exposed(seiv1alpha1.ExposeClusterIP), made), lookup.Answer{}, "", "", ""},
		"no Service yet":                     {with(balanced), lookup.Answer{}, "", "", pending},
		"somebody else's Service":            {with(balanced, made, ingress(byIP("1.1.1.1")), disowned), lookup.Answer{}, "", "", pending},
		"a Service of another type still":    {with(balanced, made, ingress(byIP("1.1.1.1")), onPort), lookup.Answer{}, "", "", pending},
		"no load balancer yet":               {with(balanced, made), lookup.Answer{}, "", "", pending},
		"a load balancer's address":          {with(balanced, made, ingress(byIP("1.1.1.1"))), lookup.Answer{}, "", "1.1.1.1:26656", ""},
		"a load balancer's address of v6":    {with(balanced, made, ingress(byIP("2001:db8::1"))), lookup.Answer{}, "", "[2001:db8::1]:26656", ""},
		"the first of two":                   {with(balanced, made, ingress(byIP("1.1.1.1"), byIP("2.2.2.2"))), lookup.Answer{}, "", "1.1.1.1:26656", ""},
		"a load balancer's name":             {with(balanced, made, ingress(byName("a.example"))), lookup.Answer{}, "name a.example", "", pending},
		"a load balancer's name, resolves":   {with(balanced, made, ingress(byName("a.example"))), resolves, "name a.example", "a.example:26656", ""},
		"a load balancer's name, does not":   {with(balanced, made, ingress(byName("a.example"))), fails, "name a.example", "", unresolved},
		"a name of the user's wins":          {with(balanced, named("a.example"), made, ingress(byIP("1.1.1.1"))), resolves, "name a.example", "a.example:26656", ""},
		"it waits for no load balancer":      {with(balanced, named("a.example"), made), resolves, "name a.example", "a.example:26656", ""},
		"a name of the user's, does not":     {with(onPort, named("a.example"), made, allocated), fails, "name a.example", "", unresolved},
		"a name of the user's, on a port":    {with(onPort, named("a.example"), made, allocated), resolves, "name a.example", "a.example:30656", ""},
		"an address of the user's":           {with(onPort, named("9.9.9.9"), made, allocated), lookup.Answer{}, "", "9.9.9.9:30656", ""},
		"on a port, no pod":                  {with(onPort, made, allocated), lookup.Answer{}, "", "", pending},
		"on a port, the pod has no machine":  {with(onPort, made, allocated, placedOn("", 0)), lookup.Answer{}, "", "", pending},
		"on a port, nobody has looked":       {with(onPort, made, allocated, placedOn("m-1", 0)), lookup.Answer{}, "machine m-1", "", pending},
		"on a port of the machine":           {with(onPort, made, allocated, placedOn("m-1", 0)), known, "machine m-1", "1.2.3.4:30656", ""},
		"on a port, the machine has no such": {with(onPort, made, allocated, placedOn("m-1", 0)), fails, "machine m-1", "", none},
	} {
		o := fixture.Observation(test.changes...)
		question := task.AddressQuestion(o)
		asks := strings.TrimSpace(map[bool]string{true: "name " + question.Name}[question.Name != ""] + map[bool]string{true: "machine " + question.Machine}[question.Machine != ""])
		got := task.AddressOf(o, test.answer, midday)
		if asks != test.asks || got.Found != test.found || got.Reason != test.reason || got.OK() != (test.reason == "") || got.Told != test.found {
			t.Errorf("%s: asks %q, found %q, told %q, %s", name, asks, got.Found, got.Told, got)
		}
		if !got.OK() && got.Message == "" || test.reason == unresolved && !strings.Contains(got.Message, test.answer.Why) {
			t.Errorf("%s: says %q", name, got.Message)
		}
	}
}

// TestWhatPeersAreTold: the first address at once, another one only where the pod may be replaced for it, or is replaced anyway.
func TestWhatPeersAreTold(t *testing.T) {
	const now, before = "1.1.1.1:26656", "9.9.9.9:26656"
	rollout := func(o *task.Observation) {
		o.Node.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: seiv1alpha1.RolloutNow}
	}
	withoutNotes := func(o *task.Observation) { delete(fixture.Set(o).Annotations, seiv1alpha1.AnnotationAsked) }
	old, young := placedOn("m", time.Hour), placedOn("m", time.Minute)
	archive := func(*task.Observation) {}
	for name, test := range map[string]struct {
		mode    fixture.Change
		before  string
		then    []fixture.Change
		want    string
		changed bool
		wait    time.Duration
	}{
		"none before":                                {archive, "", with(young), now, false, 0},
		"none before, a validator":                   {validates, "", with(young), now, false, 0},
		"none before, nothing was made":              {archive, "", with(fixture.Gone(set)), now, false, 0},
		"the same":                                   {archive, now, with(old), now, false, 0},
		"the second one of the load balancer":        {archive, "2.2.2.2:26656", with(old), "2.2.2.2:26656", false, 0},
		"a name of the load balancer":                {archive, "b.example:26656", with(old), "b.example:26656", false, 0},
		"its second, on another port":                {archive, "2.2.2.2:1", with(old), now, false, 0},
		"another one":                                {archive, before, with(old), now, false, 0},
		"another one, after a minute":                {archive, before, with(young), before, true, 9 * time.Minute},
		"another one, no pod":                        {archive, before, nil, now, false, 0},
		"another one, a validator":                   {validates, before, with(old), before, true, 0},
		"another one, a validator and another image": {validates, before, with(young, fixture.NewImage), now, false, 0},
		"another one, a validator that rolls":        {validates, before, with(young, rollout), now, false, 0},
		"another one, of a set without notes":        {validates, before, with(young, withoutNotes), before, true, 0},
		"none now":                                   {archive, before, with(old, ingress()), before, false, 0},
		"an address of the user's in place of it":    {archive, "2.2.2.2:26656", with(old, named("1.1.1.1")), now, false, 0},
		"not exposed any more":                       {archive, before, with(old, func(o *task.Observation) { o.Node.Spec.Expose = nil }), "", false, 0},
	} {
		first := with(balanced, test.mode, advertised(test.before), made, ingress(byIP("1.1.1.1"), byIP("2.2.2.2"), byName("b.example")))
		got := task.AddressOf(fixture.Observation(append(first, test.then...)...), lookup.Answer{}, midday)
		if got.Told != test.want || got.Changed() != test.changed || got.Wait != test.wait {
			t.Errorf("%s: told %q, changed %t, wait %s; found %q, %s", name, got.Told, got.Changed(), got.Wait, got.Found, got)
		}
	}
}

// TestAPodIsNotReplacedForItsMachine: the next one may come to another machine again. Where the port is another, too, nobody reaches the node at the old one.
func TestAPodIsNotReplacedForItsMachine(t *testing.T) {
	for before, want := range map[string]string{"9.9.9.9:30656": "9.9.9.9:30656", "9.9.9.9:30000": "1.2.3.4:30656", "sei.example:26656": "1.2.3.4:30656"} {
		o := fixture.Observation(onPort, advertised(before), made, allocated, placedOn("m-2", time.Hour))
		if got := task.AddressOf(o, lookup.Answer{Known: true, Address: "1.2.3.4"}, midday); got.Told != want || got.Found != "1.2.3.4:30656" {
			t.Errorf("from %s: told %q, found %q", before, got.Told, got.Found)
		}
	}
}

// TestTheFirstAddressRollsThePodOnce, and what else of spec.expose changes rolls none.
func TestTheFirstAddressRollsThePodOnce(t *testing.T) {
	decided := func(changes ...fixture.Change) (writes, rolls bool) {
		child := fixture.Scope(append(with(balanced, made, running), changes...)...).Children[set.Kind]
		return child.Write != nil, child.Rolls
	}
	if writes, rolls := decided(func(o *task.Observation) { o.Node.Spec.Expose.Annotations = map[string]string{"a": "b"} }); writes || rolls {
		t.Errorf("an annotation of the Service: writes %t, rolls %t", writes, rolls)
	}
	if writes, rolls := decided(func(o *task.Observation) { o.Node.Spec.Expose.NodePort = ptr.To[int32](30000) }); writes || rolls {
		t.Errorf("a port: writes %t, rolls %t", writes, rolls)
	}
	if writes, rolls := decided(advertised("1.1.1.1:26656")); !writes || !rolls {
		t.Errorf("the first address: writes %t, rolls %t", writes, rolls)
	}
	byHand := func(o *task.Observation) {
		o.Node.Spec.Expose, o.Node.Spec.ExternalAddress = nil, ptr.To("1.1.1.1:26656")
	}
	if child := fixture.Scope(balanced, advertised("1.1.1.1:26656"), made, running, byHand).Children[set.Kind]; child.Write != nil {
		t.Error("the same address by hand asks for another pod")
	}
}
