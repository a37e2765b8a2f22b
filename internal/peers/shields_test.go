package peers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/peers"
)

// unreadyFor has been said not to be ready that long before created.
func unreadyFor(d time.Duration) change { return said(metav1.ConditionFalse, created.Add(-d)) }

func said(ready metav1.ConditionStatus, since time.Time) change {
	return func(n *seiv1alpha1.SeiNode) {
		n.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionReady, Status: ready, LastTransitionTime: metav1.NewTime(since)}}
	}
}

// TestSentriesAreWiredOneAfterTheOther, those that run: a validator's or a chain's public face is never gone at once. Who does not run takes its validators along at
// once, and keeps the others for a while only.
func TestSentriesAreWiredOneAfterTheOther(t *testing.T) {
	v, w := node("v", guarded, known), node("w", guarded, known)
	many := make([]string, peers.Most)
	for i := range many {
		many[i] = fmt.Sprintf("u%d", i)
	}
	for name, test := range map[string]struct {
		of     seiv1alpha1.SeiNode
		others []seiv1alpha1.SeiNode
		wired  []string
		want   string
		behind string
	}{
		"the first validator, and it is the first":    {node("a", isReady), []seiv1alpha1.SeiNode{v, node("b", isReady)}, nil, "v", ""},
		"the first validator, and it is the second":   {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", isReady)}, nil, "", `"a"`},
		"the first validator, and the first comes up": {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", standsBefore("v"))}, nil, "", `"a"`},
		"the first validator, and the first is up":    {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", isReady, standsBefore("v"))}, nil, "v", ""},
		"the first validator, and it does not run":    {node("b"), []seiv1alpha1.SeiNode{v, node("a", isReady)}, nil, "v", ""},
		"a later one comes up":                        {node("a", isReady), []seiv1alpha1.SeiNode{v, node("b", unreadyFor(10*time.Minute-time.Second))}, nil, "", `"b"`},
		"a later one does not come up":                {node("a", isReady), []seiv1alpha1.SeiNode{v, node("b", unreadyFor(10*time.Minute))}, nil, "v", ""},
		"an earlier one does not come up":             {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", unreadyFor(10*time.Minute))}, nil, "v", ""},
		"a new one":                                   {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", before(9*time.Minute))}, nil, "", `"a"`},
		"an old one that has never said how it is":    {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", before(10*time.Minute))}, nil, "v", ""},
		"an earlier one that has as many as it takes": {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", isReady, standsBefore(many...))}, nil, "v", ""},
		"another validator's sentries":                {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a", isReady, func(n *seiv1alpha1.SeiNode) { n.Labels = nil })}, nil, "v", ""},
		"one that is not known yet":                   {node("b", isReady), []seiv1alpha1.SeiNode{node("v", guarded)}, nil, "", ""},
		"another, and it is the first":                {node("a", isReady), []seiv1alpha1.SeiNode{v, w, node("b", isReady, standsBefore("v"))}, []string{"v"}, "v w", ""},
		"another, and it is the second":               {node("b", isReady), []seiv1alpha1.SeiNode{v, w, node("a", isReady, standsBefore("v"))}, []string{"v"}, "v", `"a"`},
		"the first has it, and is not ready":          {node("b", isReady), []seiv1alpha1.SeiNode{v, w, node("a", standsBefore("v", "w"))}, []string{"v"}, "v", `"a"`},
		"the first has it, and is ready":              {node("b", isReady), []seiv1alpha1.SeiNode{v, w, node("a", isReady, standsBefore("v", "w"))}, []string{"v"}, "v w", ""},
		"the second is not ready":                     {node("a", isReady), []seiv1alpha1.SeiNode{v, w, node("b", standsBefore("v"))}, []string{"v"}, "v", `"b"`},
		"it is not ready itself":                      {node("b"), []seiv1alpha1.SeiNode{v, w, node("a", isReady, standsBefore("v"))}, []string{"v"}, "v w", ""},
		"a validator is gone":                         {node("a", isReady), []seiv1alpha1.SeiNode{v, node("b", isReady, standsBefore("v"))}, []string{"v", "w"}, "v w", ""},
		"no validator is left":                        {node("a", isReady), nil, []string{"v"}, "v", ""},
		"its ID is not known now":                     {node("a", isReady), []seiv1alpha1.SeiNode{node("v", guarded)}, []string{"v"}, "v", ""},
		"its ID is not, and another comes":            {node("b", isReady), []seiv1alpha1.SeiNode{node("v", guarded), w, node("a", isReady, standsBefore("v", "w"))}, []string{"v"}, "v w", ""},
		"nothing is new":                              {node("b", isReady), []seiv1alpha1.SeiNode{v, node("a")}, []string{"v"}, "v", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := peers.Decide(factsOf(test.of, test.others, test.wired...))
			if names(got.Shields) != test.want || !strings.Contains(got.Behind, test.behind) || (test.behind == "") != (got.Behind == "") {
				t.Errorf("shields %q, behind %q", names(got.Shields), got.Behind)
			}
		})
	}
}

// TestAValidatorThatGoesReplacesNoSentry: it may come again, and is told to nobody meanwhile. A sentry forgets it with the next pod, and at once where the user
// has it select others.
func TestAValidatorThatGoesReplacesNoSentry(t *testing.T) {
	me := node("me", isReady)
	facts := peers.Facts{Node: &me, Wired: statuses("v")}
	for name, test := range map[string]struct {
		change func(*peers.Facts)
		want   string
	}{
		"gone":                             {func(*peers.Facts) {}, "v"},
		"gone, and the pod is replaced":    {func(f *peers.Facts) { f.Rolls = true }, ""},
		"unknown, and the pod is replaced": {func(f *peers.Facts) { f.Rolls, f.Shielded = true, []seiv1alpha1.SeiNode{node("v", guarded)} }, "v"},
		"it selects others":                {func(f *peers.Facts) { f.Left = []seiv1alpha1.SeiNode{node("v", validator, known)} }, ""},
	} {
		changed := facts
		test.change(&changed)
		if got := names(peers.Decide(changed).Shields); got != test.want {
			t.Errorf("%s: %q, wanted %q", name, got, test.want)
		}
	}
}

// TestOfTooManyValidatorsTheSameAreShielded, in whatever order a cache has them.
func TestOfTooManyValidatorsTheSameAreShielded(t *testing.T) {
	me := node("me")
	var validators []seiv1alpha1.SeiNode
	for i := range peers.Most + 5 {
		validators = append(validators, node(fmt.Sprintf("v%02d", i), guarded, known))
	}
	first := peers.Decide(peers.Facts{Node: &me, Shielded: validators, Wired: statuses("w")}).Shields
	slices.Reverse(validators)
	if again := peers.Decide(peers.Facts{Node: &me, Shielded: validators, Wired: statuses("w")}).Shields; len(first) != peers.Most || !slices.Equal(first, again) {
		t.Errorf("%s\n%s", names(first), names(again))
	}
}

// TestASentryThatIsReplacedAnywayIsWiredWithThat, whoever goes first.
func TestASentryThatIsReplacedAnywayIsWiredWithThat(t *testing.T) {
	facts := factsOf(node("b", isReady), []seiv1alpha1.SeiNode{node("v", guarded, known), node("a", isReady)})
	facts.Rolls = true
	if got := peers.Decide(facts); names(got.Shields) != "v" || got.Behind != "" {
		t.Errorf("shields %q, behind %q", names(got.Shields), got.Behind)
	}
}

// TestAllSentriesAreWiredInTheEnd, in 200 random fleets of which some sentries never come up, and some are replaced for something else meanwhile: none that is
// ready is replaced while a fellow comes up, and nobody waits for ever.
func TestAllSentriesAreWiredInTheEnd(t *testing.T) {
	for seed := range uint64(200) {
		f := newFleet(rand.New(rand.NewPCG(seed, 0))) //nolint:gosec // a seed that a failure names
		for range 500 {
			if wrong := f.step(); wrong != "" {
				t.Fatalf("fleet %d: %s", seed, wrong)
			}
		}
		for i := range f.sentries {
			if want, wired := f.wanted(i), names(f.wired[i]); want != wired {
				t.Fatalf("fleet %d: after %s %s is wired to %q, wanted %q", seed, f.now.Sub(created), f.sentries[i].Name, wired, want)
			}
		}
	}
}

// fleet is a namespace of sentries and validators, and the time.
type fleet struct {
	random               *rand.Rand
	sentries, validators []seiv1alpha1.SeiNode
	// wired is what the pod of each sentry knows, broken says that it never comes up again.
	wired  [][]seiv1alpha1.PeerStatus
	broken []bool
	now    time.Time
}

func newFleet(random *rand.Rand) *fleet {
	f := &fleet{random: random, now: created}
	for i := range 1 + random.IntN(3) {
		name := fmt.Sprintf("v%d", i)
		f.validators = append(f.validators, node(name, guarded, known, func(n *seiv1alpha1.SeiNode) {
			n.Spec.Sentries = &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{name: "yes"}}
		}))
	}
	for i := range 2 + random.IntN(5) {
		sentry := node(fmt.Sprintf("s%d", i), isReady)
		sentry.Labels = map[string]string{}
		for v := range f.validators {
			if random.IntN(3) > 0 {
				sentry.Labels[f.validators[v].Name] = "yes"
			}
		}
		f.sentries, f.wired, f.broken = append(f.sentries, sentry), append(f.wired, nil), append(f.broken, random.IntN(4) == 0)
	}
	return f
}

// wanted are the validators that select a sentry.
func (f *fleet) wanted(i int) string {
	var all []string
	for v := range f.validators {
		if f.sentries[i].Labels[f.validators[v].Name] != "" {
			all = append(all, f.validators[v].Name)
		}
	}
	return strings.Join(all, " ")
}

// step has a random sentry come up, or looked at. It says what is wrong with what is decided, "" for nothing.
func (f *fleet) step() string {
	f.now = f.now.Add(time.Duration(f.random.IntN(30)) * time.Second)
	i := f.random.IntN(len(f.sentries))
	if !ready(&f.sentries[i]) && !f.broken[i] && f.random.IntN(3) == 0 {
		f.sentries[i].Status.Peers = &seiv1alpha1.PeersStatus{Shields: f.wired[i]}
		said(metav1.ConditionTrue, f.now)(&f.sentries[i])
		return ""
	}
	facts := factsOf(f.sentries[i], append(slices.Clone(f.validators), slices.Delete(slices.Clone(f.sentries), i, i+1)...))
	facts.Wired, facts.Now, facts.Rolls = f.wired[i], f.now, f.random.IntN(40) == 0
	shields := peers.Decide(facts).Shields
	if slices.Equal(shields, f.wired[i]) && !facts.Rolls {
		return ""
	}
	coming := f.coming(facts.Fellows)
	if f.wired[i] = shields; !ready(&f.sentries[i]) {
		return ""
	}
	said(metav1.ConditionFalse, f.now)(&f.sentries[i])
	if coming != "" && !facts.Rolls {
		return fmt.Sprintf("%s is replaced while %s comes up", f.sentries[i].Name, coming)
	}
	return ""
}

// coming is a fellow that has not been ready for less than ten minutes, "" for none.
func (f *fleet) coming(fellows []seiv1alpha1.SeiNode) string {
	for i := range fellows {
		if ready := fellows[i].Status.Conditions[0]; ready.Status != metav1.ConditionTrue && f.now.Sub(ready.LastTransitionTime.Time) < 10*time.Minute {
			return fellows[i].Name
		}
	}
	return ""
}

func ready(n *seiv1alpha1.SeiNode) bool { return n.Status.Conditions[0].Status == metav1.ConditionTrue }
