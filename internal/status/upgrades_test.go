package status_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// listing is a node that lists an upgrade, at a height if that is not 0.
func listing(name string, height int64) fixture.Change {
	return func(o *task.Observation) {
		upgrade := seiv1alpha1.Upgrade{Name: name, Image: "sei:" + name}
		if height > 0 {
			upgrade.Height = &height
		}
		o.Node.Spec.Upgrades = append(o.Node.Spec.Upgrades, upgrade)
	}
}

// TestUpgradeReady: what the chain has planned is told days ahead, and stays told while nobody hears the chain.
func TestUpgradeReady(t *testing.T) {
	v7 := &wire.Plan{Name: "v7", Height: 500}
	minor := &wire.NodeStatus{Answers: true, Plan: &wire.Plan{Name: "v7", Height: 500, Minor: true}}
	early := func(o *task.Observation) { o.Node.Spec.Upgrades[0].Early = ptr.To(true) }
	has := func(o *task.Observation) {
		o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Early: ptr.To(true)})
	}
	ahead := func(o *task.Observation) { o.Ahead = "first" }
	told := func(o *task.Observation) {
		o.Node.Status.Upgrades = &seiv1alpha1.UpgradesStatus{Planned: &seiv1alpha1.PlannedUpgrade{Name: "v7", Height: 500}}
		o.Node.Status.Conditions = of(&wire.NodeStatus{Answers: true, Plan: v7}, made, ready).Conditions
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		said    *wire.NodeStatus
		want    string
		says    string
	}{
		"nobody has asked":                 {with(made, ready), nil, "", ""},
		"the chain was not heard":          {with(made, ready), &wire.NodeStatus{Answers: true}, "", ""},
		"nothing is planned":               {with(made, ready), &wire.NodeStatus{Answers: true, Plan: &wire.Plan{}}, "True/NotPlanned", "no upgrade planned"},
		"planned, and not listed":          {with(listing("v8", 0), made, ready), &wire.NodeStatus{Answers: true, Plan: v7}, "False/ImageMissing", `to "v7" at height 500`},
		"planned, and listed":              {with(listing("v7", 0), made, ready), &wire.NodeStatus{Answers: true, Plan: v7}, "True/ImageListed", `image "sei:v7"`},
		"listed, early, and minor":         {with(listing("v7", 0), early, made, ready), minor, "True/ImageListed", "goes on"},
		"early, and nobody tried it":       {with(listing("v7", 0), early, made, placed), minor, "True/ImageListed", `from image "sei:v7", early once that is known to run where its pod is, and pod "archive-0-pre-pull" tries`},
		"early, and it ran":                {with(listing("v7", 0), early, proof("m-1"), made, placed), minor, "True/PrePulled", `from image "sei:v7", which was pulled and ran`},
		"early, and it is not to be tried": {with(listing("v7", 0), early, prePullOff, made, placed), minor, "True/ImageListed", `from image "sei:v7", and whether`},
		"early, and it cannot be pulled":   {with(listing("v7", 0), early, made, placed, heldUp("ErrImagePull", "gone")), minor, "False/ImagePullFailed", `on machine "m-1", so that the upgrade is not taken early: ErrImagePull: gone`},
		"early, and it does not run":       {with(listing("v7", 0), early, made, placed, triedAnd(1, "Error", "")), minor, "False/ImagePullFailed", `on machine "m-1", so that the upgrade is not taken early: "seid version" ended`},
		"at its height, and it does not":   {with(listing("v7", 0), early, made, placed, triedAnd(1, "Error", "")), &wire.NodeStatus{Answers: true, Plan: v7}, "False/ImagePullFailed", `on machine "m-1": "seid version" ended`},
		"early, and another comes first":   {with(listing("v7", 0), early, ahead, made, ready), minor, "True/ImageListed", `once SeiNode "first" is ready`},
		"listed, early, and major":         {with(listing("v7", 0), early, made, ready), &wire.NodeStatus{Answers: true, Plan: v7}, "False/UpgradeNotMinor", "before height 500"},
		"taken early":                      {with(listing("v7", 0), early, has, made, ready), minor, "True/ImageListed", `runs from image "sei:v7" already`},
		"listed at its height":             {with(listing("v7", 500), made, ready), &wire.NodeStatus{Answers: true, Plan: v7}, "True/ImageListed", ""},
		"listed at another height":         {with(listing("v7", 501), made, ready), &wire.NodeStatus{Answers: true, Plan: v7}, "False/HeightMismatch", "has it at height 501"},
		"heard before, and listed since":   {with(told, listing("v7", 0), made, ready), nil, "True/ImageListed", ""},
		"heard before, and seid is down":   {with(told, made, ready), &wire.NodeStatus{}, "False/ImageMissing", ""},
		"heard before, and it is gone":     {with(told, made, ready), &wire.NodeStatus{Answers: true, Plan: &wire.Plan{}}, "True/NotPlanned", ""},
		"a plan at a height that is none":  {with(made, ready), &wire.NodeStatus{Answers: true, Plan: &wire.Plan{Name: "v7"}}, "True/NotPlanned", ""},
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

// TestWhatIsPlannedIsShown beside what was reached.
func TestWhatIsPlannedIsShown(t *testing.T) {
	reached := func(o *task.Observation) { o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v6", Height: 300}) }
	got := of(&wire.NodeStatus{Answers: true, Plan: &wire.Plan{Name: "v7", Height: 500, Minor: true}}, reached, made, ready).Upgrades
	want := &seiv1alpha1.UpgradesStatus{
		Planned: &seiv1alpha1.PlannedUpgrade{Name: "v7", Height: 500, Minor: ptr.To(true)}, Reached: []seiv1alpha1.ReachedUpgrade{{Name: "v6", Height: 300}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := of(&wire.NodeStatus{Answers: true, Plan: &wire.Plan{}}, made, ready).Upgrades; got != nil {
		t.Errorf("%+v", got)
	}
}
