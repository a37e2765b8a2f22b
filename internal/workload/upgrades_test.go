package workload_test

import (
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

// upgrading is a node that began with image sei:v6, with upgrades listed and reached by name.
func upgrading(image string, reached []string, listed ...string) *seiv1alpha1.SeiNode {
	node := nodeOf(archive, func(s *seiv1alpha1.SeiNodeSpec) { s.Image = image })
	for _, name := range listed {
		node.Spec.Upgrades = append(node.Spec.Upgrades, seiv1alpha1.Upgrade{Name: name, Image: "sei:" + name})
	}
	for _, name := range reached {
		number, _ := strconv.Atoi(name[1:])
		node.Reach(seiv1alpha1.ReachedUpgrade{Name: name, Height: int64(number) * 100})
	}
	return node
}

func setFor(node *seiv1alpha1.SeiNode) *appsv1.StatefulSet {
	return statefulSet(node, claimName, platform.Default(), 1)
}

// TestTheImageIsThatOfTheLastUpgradeReached, whatever is listed for later, and all of seid's containers have it.
func TestTheImageIsThatOfTheLastUpgradeReached(t *testing.T) {
	for name, test := range map[string]struct {
		node *seiv1alpha1.SeiNode
		want string
	}{
		"nothing is listed":                   {upgrading("sei:v6", nil), "sei:v6"},
		"none is reached":                     {upgrading("sei:v6", nil, "v7", "v8"), "sei:v6"},
		"one is reached":                      {upgrading("sei:v6", []string{"v7"}, "v7", "v8"), "sei:v7"},
		"both are":                            {upgrading("sei:v6", []string{"v7", "v8"}, "v7", "v8"), "sei:v8"},
		"the last is listed no more":          {upgrading("sei:v8", []string{"v7", "v8"}, "v7"), "sei:v8"},
		"none is listed any more":             {upgrading("sei:v8", []string{"v7", "v8"}), "sei:v8"},
		"they are noted in another order":     {upgrading("sei:v6", []string{"v8", "v7"}, "v7", "v8"), "sei:v8"},
		"another one was reached, not listed": {upgrading("sei:v9", []string{"v7", "v9"}, "v7", "v8"), "sei:v9"},
	} {
		pod := setFor(test.node).Spec.Template.Spec
		home, seid := container(pod.InitContainers, workload.ContainerHome).Image, container(pod.Containers, workload.ContainerSeid).Image
		if home != test.want || seid != test.want {
			t.Errorf("%s: home %s, seid %s, wanted %s", name, home, seid, test.want)
		}
	}
}

// TestWhatIsListedForLaterRollsNothing, and taking the upgrades off the list in one edit with the image neither.
func TestWhatIsListedForLaterRollsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		before, after *seiv1alpha1.SeiNode
		rolls         bool
	}{
		"one is listed":                {upgrading("sei:v6", nil), upgrading("sei:v6", nil, "v7"), false},
		"it is reached":                {upgrading("sei:v6", nil, "v7"), upgrading("sei:v6", []string{"v7"}, "v7"), true},
		"the next is listed":           {upgrading("sei:v6", []string{"v7"}, "v7"), upgrading("sei:v6", []string{"v7"}, "v7", "v8"), false},
		"the list is cleared, in time": {upgrading("sei:v6", []string{"v7"}, "v7"), upgrading("sei:v7", []string{"v7"}), false},
		"the list alone is cleared":    {upgrading("sei:v6", []string{"v7"}, "v7"), upgrading("sei:v6", []string{"v7"}), true},
		"a snapshot is asked for":      {upgrading("sei:v6", nil, "v7"), asking(upgrading("sei:v6", nil, "v7")), false},
		"one is waited for":            {upgrading("sei:v6", nil, "v7"), halted(upgrading("sei:v6", nil, "v7"), seiv1alpha1.SnapshotPending), false},
		"it is taken":                  {halted(upgrading("sei:v6", nil, "v7"), seiv1alpha1.SnapshotPending), halted(upgrading("sei:v6", nil, "v7"), seiv1alpha1.SnapshotTaken), true},
		"the image of a past one":      {upgrading("sei:v6", []string{"v7"}, "v7"), upgrading("sei:v5", []string{"v7"}, "v7"), false},
	} {
		live := setFor(test.before)
		decision := workload.DecideStatefulSet(live, setFor(test.after), workload.StatefulSetChild.Digest(live))
		if decision.Rolls != test.rolls {
			t.Errorf("%s: rolls %t", name, decision.Rolls)
		}
	}
}

// TestWhatWasReachedIsNotedOnTheStatefulSet, and read back; what is not understood says nothing, and is not written over without a cause.
func TestWhatWasReachedIsNotedOnTheStatefulSet(t *testing.T) {
	node := upgrading("sei:v6", []string{"v7"}, "v7")
	live := setFor(node)
	if got := workload.ReachedUpgrades(live); len(got) != 1 || got[0].Name != "v7" || got[0].Height != 700 {
		t.Errorf("%+v", got)
	}
	for _, odd := range []string{"no JSON", `[{"name":"v7"}]`, `[{"height":7}]`, `[{"name":"` + strings.Repeat("v", 65) + `","height":7}]`} {
		live.Annotations[seiv1alpha1.AnnotationReached] = odd
		if got := workload.ReachedUpgrades(live); len(got) != 0 {
			t.Errorf("%s: %+v", odd, got)
		}
	}
	same := upgrading("sei:v6", nil, "v7") // of one image
	same.Spec.Upgrades[0].Image = "sei:v6"
	before := setFor(same)
	same.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500})
	decision := workload.DecideStatefulSet(before, setFor(same), workload.StatefulSetChild.Digest(before))
	if decision.Rolls || decision.Write == nil || len(workload.ReachedUpgrades(decision.Write)) != 1 {
		t.Errorf("an upgrade of the same image: rolls %t, write %v", decision.Rolls, decision.Write)
	}
}

// TestTheFirstStartAsksWhetherTheImageIsForTheData: inspect is told, and it is no other template, so that it comes and goes without a pod that is replaced.
func TestTheFirstStartAsksWhetherTheImageIsForTheData(t *testing.T) {
	node := upgrading("sei:v6", nil, "v7")
	in := workload.Inputs{Node: node, ClaimName: claimName, Platform: platform.Default(), Replicas: 1}
	plain := workload.StatefulSet(in)
	in.ImageUntil = ptr.To[int64](700)
	asks := workload.StatefulSet(in)
	inspect := container(asks.Spec.Template.Spec.InitContainers, workload.ContainerInspect)
	if got := strings.Join(inspect.Args, " "); !strings.HasSuffix(got, "--image-until 700 --begun /home/nonroot/.sei") {
		t.Errorf("inspect is told %s", got)
	}
	last := inspect.VolumeMounts[len(inspect.VolumeMounts)-1]
	if last.Name != "home" || !last.ReadOnly {
		t.Errorf("inspect has %+v", last)
	}
	if workload.ImageUntil(&asks.Spec.Template) != 700 || workload.AsksForImage(&plain.Spec.Template) {
		t.Error("the note")
	}
	in.ImageUntil = ptr.To[int64](0)
	if none := workload.StatefulSet(in); !workload.AsksForImage(&none.Spec.Template) || len(container(none.Spec.Template.Spec.InitContainers, workload.ContainerInspect).Args) != len(inspect.Args)-4 {
		t.Error("a first start without a height is not noted, or inspect is told of one")
	}
	for name, step := range map[string][2]*appsv1.StatefulSet{"it goes": {asks, plain}, "it comes": {plain, asks}} {
		live := normalized(step[0])
		decision := workload.DecideStatefulSet(live, step[1], workload.StatefulSetChild.Digest(live))
		if decision.Rolls || decision.Write == nil || workload.PodMark(decision.Write.(*appsv1.StatefulSet)) != workload.PodMark(live) {
			t.Errorf("%s: rolls %t, write %v", name, decision.Rolls, decision.Write)
		}
	}
}
