package task_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

func onMachine(pod *corev1.Pod) { pod.Spec.NodeName = fixture.Machine }

// placed is the node's pod, on its machine.
var placed = fixture.Pod(onMachine)

// lists has the node list upgrades by name, each with the image of its name.
func lists(names ...string) fixture.Change {
	return func(o *task.Observation) {
		for _, name := range names {
			o.Node.Spec.Upgrades = append(o.Node.Spec.Upgrades, seiv1alpha1.Upgrade{Name: name, Image: "sei:" + name})
		}
	}
}

func atHeight(height int64) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.Upgrades[0].Height = &height }
}

func stands(height int64) fixture.Change {
	return func(o *task.Observation) { o.Node.Status.Node = &seiv1alpha1.NodeStatus{Height: height} }
}

func proven(image, machine string) fixture.Change {
	return func(o *task.Observation) {
		o.Node.Status.Upgrades = &seiv1alpha1.UpgradesStatus{PrePulled: []seiv1alpha1.PrePulledImage{{Image: image, Machine: machine}}}
	}
}

func plans(name string) fixture.Change { return func(o *task.Observation) { o.Planned = name } }

func off(o *task.Observation) {
	o.Node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{PrePull: ptr.To(false)}
}

func unset(o *task.Observation) { o.Node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{} }

func becomesSeed(o *task.Observation) {
	o.Node.Spec.Archive, o.Node.Spec.Seed = nil, &seiv1alpha1.SeedSpec{}
}

func reaches(name string) fixture.Change {
	return func(o *task.Observation) { o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: name, Height: 1}) }
}

func runsFrom(image string) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.Image = image }
}

// TestWhichImageIsTried: that of the chain's plan first, then in the order of the list, and none that nobody needs any more.
func TestWhichImageIsTried(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"nothing is listed":            {with(made, placed), ""},
		"the first":                    {with(made, placed, lists("v7", "v8")), "sei:v7"},
		"the one that is planned":      {with(made, placed, lists("v7", "v8"), plans("v8")), "sei:v8"},
		"another is planned":           {with(made, placed, lists("v7", "v8"), plans("v9")), "sei:v7"},
		"the planned one is proven":    {with(made, placed, lists("v7", "v8"), plans("v8"), proven("sei:v8", fixture.Machine)), "sei:v7"},
		"the first is proven":          {with(made, placed, lists("v7", "v8"), proven("sei:v7", fixture.Machine)), "sei:v8"},
		"proven on another machine":    {with(made, placed, lists("v7", "v8"), proven("sei:v7", "m-2")), "sei:v7"},
		"the first is reached":         {with(made, placed, lists("v7", "v8"), reaches("v7")), "sei:v8"},
		"its height is past":           {with(made, placed, lists("v7", "v8"), atHeight(500), stands(500)), "sei:v8"},
		"its height comes":             {with(made, placed, lists("v7", "v8"), atHeight(500), stands(499)), "sei:v7"},
		"the node has not been heard":  {with(made, placed, lists("v7"), atHeight(500)), "sei:v7"},
		"the node runs from it":        {with(runsFrom("sei:v7"), made, placed, lists("v7")), ""},
		"the policy says so":           {with(made, placed, lists("v7"), unset), "sei:v7"},
		"the policy says no":           {with(made, placed, lists("v7"), off), ""},
		"it is paused":                 {with(made, placed, lists("v7"), fixture.Paused), ""},
		"it is a seed":                 {with(becomesSeed, made, placed, lists("v7")), ""},
		"the pod has no machine":       {with(made, fixture.Pod(), lists("v7")), ""},
		"the pod leaves its machine":   {with(made, fixture.Pod(onMachine, fixture.Stopping), lists("v7")), ""},
		"the pod has ended":            {with(made, fixture.Pod(onMachine, func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }), lists("v7")), ""},
		"there is no pod":              {with(made, lists("v7")), ""},
		"something could not be read":  {with(made, placed, lists("v7"), unreadable), ""},
		"the claim has trouble":        {with(made, placed, lists("v7"), fixture.Terminating), "sei:v7"},
		"the node's pod is not ready":  {with(made, fixture.Pod(onMachine, fixture.NotReady), lists("v7")), "sei:v7"},
		"the node's pod is of another": {with(made, fixture.Pod(onMachine, ofNamesake), lists("v7")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, p := "", fixture.Scope(test.changes...).PrePull
			if p.Write != nil {
				pod := p.Write.Object.(*corev1.Pod)
				got = pod.Spec.Containers[0].Image
				if told(p.Write) != "Creating Pod archive-0-pre-pull" || !workload.PrePulls(pod, p.Upgrade.Image, fixture.Machine) || p.State != task.PrePullUntried {
					t.Errorf("%s, %s", told(p.Write), p.State)
				}
			}
			if got != test.want {
				t.Errorf("%q, wanted %q", got, test.want)
			}
		})
	}
}

// tries is the pre-pull pod that tries sei:v7, as it is after the changes.
func tries(changes ...func(*corev1.Pod)) fixture.Change { return fixture.PrePull("sei:v7", changes...) }

func ends(code int32, reason string) func(*corev1.Pod) {
	return fixture.InContainer(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason}})
}

func waits(reason string) func(*corev1.Pod) {
	return fixture.InContainer(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}})
}

func inPhase(phase corev1.PodPhase, reason string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Status.Phase, pod.Status.Reason = phase, reason }
}

func unscheduled(pod *corev1.Pod) {
	pod.Spec.NodeName = ""
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse}}
}

func stops(pod *corev1.Pod) { pod.DeletionTimestamp = &metav1.Time{} }

func noLabel(pod *corev1.Pod) { pod.Labels = nil }

func orphaned(pod *corev1.Pod) { pod.OwnerReferences = nil }

func ofFormer(pod *corev1.Pod) { pod.OwnerReferences[0].UID = "former" }

func elsewhere(pod *corev1.Pod) { pod.Spec.NodeName = "m-2" }

// TestWhatBecomesOfAPrePullPod: only the node's own is deleted, when nothing is to be tried any more, or something else; and what came of it is told
// before that.
func TestWhatBecomesOfAPrePullPod(t *testing.T) {
	const deletes = "Deleting Pod archive-0-pre-pull"
	v7 := lists("v7")
	for name, test := range map[string]struct {
		changes []fixture.Change
		state   task.PrePullState
		write   string
	}{
		"it is pulled":                       {with(made, placed, v7, tries()), task.PrePullUnderway, ""},
		"its container is made":              {with(made, placed, v7, tries(waits("ContainerCreating"))), task.PrePullUnderway, ""},
		"it runs":                            {with(made, placed, v7, tries(fixture.InContainer(corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}))), task.PrePullUnderway, ""},
		"its machine does not take it":       {with(made, placed, v7, tries(unscheduled)), task.PrePullUnscheduled, ""},
		"it cannot be pulled":                {with(made, placed, v7, tries(waits("ErrImagePull"))), task.PrePullStuck, ""},
		"it cannot be pulled, again":         {with(made, placed, v7, tries(waits("ImagePullBackOff"))), task.PrePullStuck, ""},
		"it cannot be made":                  {with(made, placed, v7, tries(waits("CreateContainerError"))), task.PrePullStuck, ""},
		"it ran":                             {with(made, placed, v7, tries(ends(0, "Completed"), inPhase(corev1.PodSucceeded, ""))), task.PrePullProven, ""},
		"it ran, and a sidecar runs on":      {with(made, placed, v7, tries(ends(0, "Completed"), inPhase(corev1.PodRunning, ""))), task.PrePullProven, ""},
		"it ran, and it is persisted":        {with(made, placed, v7, proven("sei:v7", fixture.Machine), tries(ends(0, "Completed"))), "", deletes},
		"it ran, and another is next":        {with(made, placed, lists("v7", "v8"), proven("sei:v7", fixture.Machine), tries(ends(0, "Completed"))), task.PrePullUntried, deletes},
		"it ran where it was not sent":       {with(made, placed, v7, tries(ends(0, "Completed"), elsewhere)), task.PrePullUnderway, ""},
		"it does not run":                    {with(made, placed, v7, tries(ends(1, "Error"), inPhase(corev1.PodFailed, ""))), task.PrePullFailed, ""},
		"it cannot be started":               {with(made, placed, v7, tries(ends(128, "StartError"), inPhase(corev1.PodFailed, ""))), task.PrePullFailed, ""},
		"it was evicted before":              {with(made, placed, v7, tries(inPhase(corev1.PodFailed, "Evicted"))), task.PrePullUnrun, ""},
		"it was evicted while it ran":        {with(made, placed, v7, tries(ends(137, "Error"), inPhase(corev1.PodFailed, "Evicted"))), task.PrePullUnrun, ""},
		"nobody knows how it ended":          {with(made, placed, v7, tries(ends(137, "ContainerStatusUnknown"), inPhase(corev1.PodFailed, ""))), task.PrePullUnrun, ""},
		"its machine was turned off":         {with(made, placed, v7, tries(ends(255, "Unknown"), inPhase(corev1.PodFailed, ""))), task.PrePullUnrun, ""},
		"it ended without a word":            {with(made, placed, v7, tries(inPhase(corev1.PodFailed, ""))), task.PrePullUnrun, ""},
		"it stops":                           {with(made, placed, v7, tries(stops)), task.PrePullUntried, ""},
		"another image is listed":            {with(made, placed, lists("v8"), tries()), task.PrePullUntried, deletes},
		"another image, and it failed":       {with(made, placed, lists("v8"), tries(ends(1, "Error"))), task.PrePullUntried, deletes},
		"another image, and it stops":        {with(made, placed, lists("v8"), tries(stops)), task.PrePullUntried, ""},
		"the node moved":                     {with(made, fixture.Pod(elsewhere), v7, tries(waits("ErrImagePull"))), task.PrePullUntried, deletes},
		"nothing is listed":                  {with(made, placed, tries(ends(1, "Error"))), "", deletes},
		"nothing is listed, and it stops":    {with(made, placed, tries(stops)), "", ""},
		"the policy says no":                 {with(made, placed, v7, off, tries(ends(1, "Error"))), "", deletes},
		"it is paused":                       {with(made, placed, v7, fixture.Paused, tries()), "", deletes},
		"the node's pod has no machine":      {with(made, fixture.Pod(), v7, tries(ends(1, "Error"))), task.PrePullFailed, ""},
		"the same, and it is paused":         {with(made, v7, fixture.Paused, tries(ends(1, "Error"))), "", deletes},
		"the same, of another image":         {with(made, lists("v8"), tries(ends(1, "Error"))), task.PrePullUntried, ""},
		"the same, nothing is listed":        {with(made, tries(ends(1, "Error"))), "", ""},
		"the same, somebody else's":          {with(made, v7, tries(orphaned)), "", ""},
		"the node's pod is gone":             {with(made, v7, tries(ends(1, "Error"))), task.PrePullFailed, ""},
		"something could not be read":        {with(made, placed, tries(), unreadable), "", ""},
		"it is somebody else's":              {with(made, placed, v7, tries(orphaned)), task.PrePullTaken, ""},
		"it is a namesake's":                 {with(made, placed, v7, tries(ofFormer)), task.PrePullTaken, ""},
		"it is none":                         {with(made, placed, v7, tries(noLabel)), task.PrePullTaken, ""},
		"somebody else's, nothing is listed": {with(made, placed, tries(orphaned)), "", ""},
		"a namesake's, nothing is listed":    {with(made, placed, tries(ofFormer)), "", ""},
		"no pre-pull pod, nothing is listed": {with(made, placed, tries(noLabel)), "", ""},
		"somebody else's, of another image":  {with(made, placed, lists("v8"), tries(orphaned)), task.PrePullTaken, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := fixture.Scope(test.changes...).PrePull
			if p.State != test.state || told(p.Write) != test.write || p.Proves() != (test.state == task.PrePullProven) {
				t.Errorf("%q, %q; wanted %q, %q", p.State, told(p.Write), test.state, test.write)
			}
		})
	}
}

// TestAPrePullPodStandsInNobodysWay: nothing else is decided otherwise because of it, also not of a node that is paused or goes.
func TestAPrePullPodStandsInNobodysWay(t *testing.T) {
	for name, changes := range map[string][]fixture.Change{
		"it runs": with(made, placed), "it is paused": with(made, fixture.Replicas(0), fixture.Paused), "its claim goes": with(made, placed, fixture.Terminating),
	} {
		alone, beside := fixture.Scope(changes...), fixture.Scope(append(changes, tries())...)
		if alone.Pod == nil != (beside.Pod == nil) || alone.Replicas != beside.Replicas || alone.Claim != beside.Claim || alone.Ready != beside.Ready ||
			len(alone.OwnPods()) != len(beside.OwnPods()) || alone.Awaited() != nil != (beside.Awaited() != nil) {
			t.Errorf("%s: %+v, and beside one %+v", name, alone, beside)
		}
		if strings.Contains(told(task.Scale(beside)), "pre-pull") {
			t.Errorf("%s: %s", name, told(task.Scale(beside)))
		}
	}
}
