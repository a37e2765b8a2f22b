package status_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/status"
	"github.com/seinode/seinode-operator/internal/task"
)

// placed is the node's pod, ready, on its machine.
var placed = fixture.Pod(func(pod *corev1.Pod) { pod.Spec.NodeName = fixture.Machine })

// heldUp is a pre-pull pod whose container the kubelet does not start, and triedAnd one whose container ended.
func heldUp(reason, message string) fixture.Change {
	return fixture.PrePull("sei:v7", fixture.InContainer(waiting(reason, message)))
}

func triedAnd(code int32, reason, message string, changes ...func(*corev1.Pod)) fixture.Change {
	return fixture.PrePull("sei:v7", append(changes, fixture.InContainer(ended(code, reason, message)))...)
}

func evicted(pod *corev1.Pod) {
	pod.Status.Phase, pod.Status.Reason, pod.Status.Message = corev1.PodFailed, "Evicted", "the node was low on resource: ephemeral-storage"
}

func unplaced(pod *corev1.Pod) {
	pod.Spec.NodeName = ""
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 nodes are available"}}
}

func proof(machine string) fixture.Change {
	return func(o *task.Observation) {
		o.Node.Status.Upgrades = &seiv1alpha1.UpgradesStatus{PrePulled: []seiv1alpha1.PrePulledImage{{Image: "sei:v7", Machine: machine}}}
	}
}

func prePullOff(o *task.Observation) {
	o.Node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{PrePull: ptr.To(false)}
}

func runsFrom(image string) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.Image = image }
}

// TestUpgradeReadyTellsOfTheImage: what a pre-pull pod found, in whatever state it is, planned or not.
func TestUpgradeReadyTellsOfTheImage(t *testing.T) {
	v7, none, unheard := &wire.NodeStatus{Answers: true, Plan: &wire.Plan{Name: "v7", Height: 500}}, &wire.NodeStatus{Answers: true, Plan: &wire.Plan{}}, (*wire.NodeStatus)(nil)
	v8 := &wire.NodeStatus{Answers: true, Plan: &wire.Plan{Name: "v8", Height: 500}}
	lists := listing("v7", 0)
	hasV8 := func(o *task.Observation) { o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v8", Height: 500}) }
	plansV8 := func(o *task.Observation) { o.Planned = "v8" }
	foreign := fixture.PrePull("sei:v7", func(pod *corev1.Pod) { pod.OwnerReferences = nil })
	for name, test := range map[string]struct {
		said    *wire.NodeStatus
		changes []fixture.Change
		want    string
		says    string
	}{
		"planned, about to be tried":          {v7, with(lists, made, placed), "True/ImageListed", `and pod "archive-0-pre-pull" tries on machine "m-1" whether that can be pulled`},
		"planned, being tried":                {v7, with(lists, made, placed, fixture.PrePull("sei:v7")), "True/ImageListed", `and pod "archive-0-pre-pull" tries on machine "m-1" whether`},
		"planned, its machine is full":        {v7, with(lists, made, placed, fixture.PrePull("sei:v7", unplaced)), "True/ImageListed", `is not tried yet: machine "m-1" does not take pod "archive-0-pre-pull" now`},
		"planned, somebody has the name":      {v7, with(lists, made, placed, foreign), "True/ImageListed", `pod "archive-0-pre-pull" is somebody else's; delete it`},
		"planned, the pod was evicted":        {v7, with(lists, made, placed, triedAnd(137, "Error", "", evicted)), "True/ImageListed", `was ended from outside (Evicted): the node was low on resource: ephemeral-storage; have it tried again: kubectl delete pod archive-0-pre-pull -n sei`},
		"planned, its machine was turned off": {v7, with(lists, made, placed, triedAnd(255, "Unknown", "")), "True/ImageListed", `was ended from outside (Unknown); have it tried again`},
		"planned, it ran":                     {v7, with(lists, made, placed, triedAnd(0, "Completed", "")), "True/PrePulled", `from image "sei:v7", which was pulled and ran on machine "m-1"`},
		"planned, it ran before":              {v7, with(lists, made, placed, proof("m-1")), "True/PrePulled", `which was pulled and ran on machine "m-1"`},
		"planned, it ran elsewhere":           {v7, with(lists, made, placed, proof("m-2")), "True/ImageListed", `tries on machine "m-1"`},
		"planned, proven, the pod restarts":   {v7, with(lists, made, proof("m-2")), "True/PrePulled", `on machine "m-2"`},
		"planned, proven, and switched off":   {v7, with(lists, prePullOff, made, placed, proof("m-1")), "True/PrePulled", `on machine "m-1"`},
		"planned, switched off":               {v7, with(lists, prePullOff, made, placed), "True/ImageListed", "is not tried: spec.upgradePolicy.prePull is false"},
		"planned, paused":                     {v7, with(lists, fixture.Paused, made, placed), "True/ImageListed", "is not tried while the node is paused"},
		"planned, the pod has no machine":     {v7, with(lists, made, ready), "True/ImageListed", "is tried once the node's pod has a machine"},
		"planned, and it runs from it":        {v7, with(lists, runsFrom("sei:v7"), made, placed), "True/ImageListed", `image "sei:v7", which it runs from`},
		"planned, it cannot be pulled":        {v7, with(lists, made, placed, heldUp("ErrImagePull", "not found")), "False/ImagePullFailed", `image "sei:v7" of upgrade "v7" cannot be used on machine "m-1": ErrImagePull: not found; name another`},
		"planned otherwise, and it cannot":    {v8, with(lists, made, placed, heldUp("ErrImagePull", "not found")), "False/ImageMissing", `to "v8"`},
		"planned otherwise, both listed":      {v8, with(lists, listing("v8", 0), plansV8, made, placed, fixture.PrePull("sei:v8")), "True/ImageListed", `image "sei:v8", and pod`},
		"planned at another height":           {v7, with(listing("v7", 501), made, placed, heldUp("ErrImagePull", "not found")), "False/HeightMismatch", ""},
		"planned and reached, another fails":  {v8, with(lists, listing("v8", 0), hasV8, made, placed, heldUp("ErrImagePull", "not found")), "False/ImagePullFailed", `image "sei:v7" of upgrade "v7"`},
		"not planned, it cannot be pulled":    {none, with(lists, made, placed, heldUp("ErrImagePull", "not found")), "False/ImagePullFailed", `image "sei:v7" of upgrade "v7"`},
		"unheard, it cannot be pulled":        {unheard, with(lists, made, placed, heldUp("InvalidImageName", "couldn't parse")), "False/ImagePullFailed", "InvalidImageName: couldn't parse"},
		"unheard, it does not run":            {unheard, with(lists, made, placed, triedAnd(1, "Error", "exec /usr/bin/seid: exec format error")), "False/ImagePullFailed", `does not run on machine "m-1": "seid version" ended with exit code 1 (Error), last words: exec /usr/bin/seid: exec format error; name another one in spec.upgrades, or have it tried again: kubectl delete pod archive-0-pre-pull -n sei`},
		"unheard, the node's pod restarts":    {unheard, with(lists, made, heldUp("ErrImagePull", "not found")), "False/ImagePullFailed", `on machine "m-1": ErrImagePull: not found`},
		"unheard, it ran":                     {unheard, with(lists, made, placed, triedAnd(0, "Completed", "")), "", ""},
		"not planned, being tried":            {none, with(lists, made, placed, fixture.PrePull("sei:v7")), "True/NotPlanned", `no upgrade planned, as far as it was heard; image "sei:v7" is listed, and pod "archive-0-pre-pull" tries`},
		"not planned, it ran":                 {none, with(lists, made, placed, triedAnd(0, "Completed", "")), "True/NotPlanned", `; image "sei:v7" was pulled and ran on machine "m-1"`},
		"not planned, nothing is listed":      {none, with(made, placed), "True/NotPlanned", "the chain has no upgrade planned, as far as it was heard"},
	} {
		t.Run(name, func(t *testing.T) {
			c, got, message := meta.FindStatusCondition(of(test.said, test.changes...).Conditions, seiv1alpha1.ConditionUpgradeReady), "", ""
			if c != nil {
				got, message = string(c.Status)+"/"+c.Reason, c.Message
			}
			if got != test.want || !strings.Contains(message, test.says) {
				t.Errorf("%s %q, wanted %s …%s…", got, message, test.want, test.says)
			}
		})
	}
}

// TestARefusedPrePullPodIsTold, and is nothing against the node.
func TestARefusedPrePullPodIsTold(t *testing.T) {
	scope := fixture.Scope(listing("v7", 0), made, placed)
	scope.PrePull.Refused = `pods is forbidden: User "operator" cannot create resource "pods"`
	said := &wire.NodeStatus{Answers: true, Plan: &wire.Plan{Name: "v7", Height: 500}}
	c := meta.FindStatusCondition(status.Of(status.Input{Scope: scope, Said: said, Now: now}).Conditions, seiv1alpha1.ConditionUpgradeReady)
	if want := `is not tried: the API server refuses pod "archive-0-pre-pull": pods is forbidden: User "operator"`; c.Status != metav1.ConditionTrue || !strings.Contains(c.Message, want) {
		t.Errorf("%s %q", c.Status, c.Message)
	}
}

// TestTheKubeletsWordsAreSteady: it tries again and again, and says the same in other words each time.
func TestTheKubeletsWordsAreSteady(t *testing.T) {
	const cause = `failed to pull image "sei:v7": dial tcp 10.0.0.1:443: i/o timeout`
	const listed = `of upgrade "v7" cannot be used on machine "m-1": `
	for name, test := range map[string]struct {
		reason, message string
		keeps           bool
	}{
		"the same":                    {"ErrImagePull", cause, true},
		"while it waits":              {"ImagePullBackOff", `Back-off pulling image "sei:v7": ErrImagePull: ` + cause, true},
		"while it waits, without why": {"ImagePullBackOff", `Back-off pulling image "sei:v7"`, true},
		"from another port":           {"ErrImagePull", strings.ReplaceAll(cause, "10.0.0.1:443", "10.0.0.2:41234"), true},
		"another cause":               {"ErrImagePull", "not found", false},
		"another cause, and it waits": {"ImagePullBackOff", `Back-off pulling image "sei:v7": ErrImagePull: not found`, false},
		"it is pulled, and not made":  {"CreateContainerError", cause, false},
	} {
		t.Run(name, func(t *testing.T) {
			shown := of(nil, listing("v7", 0), made, placed, heldUp("ErrImagePull", cause)).Conditions
			had := func(o *task.Observation) { o.Node.Status.Conditions = shown }
			was := meta.FindStatusCondition(shown, seiv1alpha1.ConditionUpgradeReady).Message
			is := meta.FindStatusCondition(of(nil, had, listing("v7", 0), made, placed, heldUp(test.reason, test.message)).Conditions, seiv1alpha1.ConditionUpgradeReady).Message
			if (was == is) != test.keeps || !strings.Contains(is, listed) {
				t.Errorf("before %q, now %q", was, is)
			}
		})
	}
	other := func(o *task.Observation) {
		o.Node.Status.Conditions = of(nil, listing("v7", 0), made, placed, heldUp("ErrImagePull", cause)).Conditions
		o.Node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v71"}}
	}
	is := meta.FindStatusCondition(of(nil, other, made, placed, fixture.PrePull("sei:v71", fixture.InContainer(waiting("ImagePullBackOff", "")))).Conditions, seiv1alpha1.ConditionUpgradeReady)
	if !strings.Contains(is.Message, `"sei:v71"`) {
		t.Errorf("of another image: %q", is.Message)
	}
}

// TestWhatIsKnownToRunIsShown, each image once, for as long as it is listed.
func TestWhatIsKnownToRunIsShown(t *testing.T) {
	shown := func(machine string) []seiv1alpha1.PrePulledImage {
		return []seiv1alpha1.PrePulledImage{{Image: "sei:v7", Machine: machine, Time: &metav1.Time{Time: now.Truncate(1e9)}}}
	}
	before := []seiv1alpha1.PrePulledImage{{Image: "sei:v7", Machine: "m-2"}}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    []seiv1alpha1.PrePulledImage
	}{
		"nothing was tried":     {with(listing("v7", 0), made, placed), nil},
		"it ran":                {with(listing("v7", 0), made, placed, triedAnd(0, "Completed", "")), shown("m-1")},
		"it ran elsewhere":      {with(listing("v7", 0), made, placed, proof("m-2")), before},
		"it ran here, too":      {with(listing("v7", 0), made, placed, proof("m-2"), triedAnd(0, "Completed", "")), shown("m-1")},
		"it is listed no more":  {with(listing("v8", 0), made, placed, proof("m-2")), nil},
		"nothing is listed":     {with(made, placed, proof("m-2")), nil},
		"it does not run here":  {with(listing("v7", 0), made, placed, proof("m-2"), triedAnd(1, "Error", "")), before},
		"something is not read": {with(listing("v7", 0), made, placed, proof("m-2"), unreadable), before},
	} {
		var got []seiv1alpha1.PrePulledImage
		if known := of(nil, test.changes...).Upgrades; known != nil {
			got = known.PrePulled
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
