package task_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

const needed = `panic: UPGRADE "v7" NEEDED at height: 500: {"upgradeType":"major"} [recovered, repanicked]`

// TestAnUpgradeIsReachedOnTwoProofs: seid wrote it down since this pod began, and ended with those words. Nothing less is evidence.
func TestAnUpgradeIsReachedOnTwoProofs(t *testing.T) {
	written, again := &wire.UpgradeHalt{Name: "v7", Height: 500}, &wire.UpgradeHalt{Name: "v7", Height: 500, Again: true}
	ended := func(code int32, words string) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Message: words}}
	}
	waits, runs := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{}}, corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	none := corev1.ContainerState{}
	for name, test := range map[string]struct {
		container   string
		state, last corev1.ContainerState
		written     *wire.UpgradeHalt
		want        bool
	}{
		"both":                            {"seid", ended(2, needed), none, written, true},
		"both, between two starts":        {"seid", waits, ended(2, needed), written, true},
		"both, and it was just started":   {"seid", runs, ended(2, needed), written, true},
		"a log that says so, and a panic": {"seid", ended(2, `UPGRADE "v7" NEEDED at height: 500, says a peer`+"\npanic: UPGRADE \"v8\" NEEDED at height: 600: "), none, written, false},
		"words that were pushed out":      {"seid", ended(2, "panic: … of the proposal"), none, written, false},
		"pushed out, and it did it again": {"seid", ended(2, "panic: … of the proposal"), none, again, true},
		"again, and of another name":      {"seid", ended(2, strings.Replace(needed, "v7", "v8", 1)), none, again, false},
		"again, and another exit code":    {"seid", ended(1, "Error: boom"), none, again, false},
		"a file alone":                    {"seid", runs, none, written, false},
		"words alone":                     {"seid", ended(2, needed), none, nil, false},
		"another exit code":               {"seid", ended(1, needed), none, written, false},
		"other words":                     {"seid", ended(2, "panic: boom"), none, written, false},
		"words of another container":      {"agent", ended(2, needed), none, written, false},
		"of another name":                 {"seid", ended(2, needed), none, &wire.UpgradeHalt{Name: "v8", Height: 500}, false},
		"at another height":               {"seid", ended(2, needed), none, &wire.UpgradeHalt{Name: "v7", Height: 499}, false},
		"it ended otherwise since":        {"seid", ended(2, "panic: boom"), ended(2, needed), written, false},
	} {
		pod := &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: test.container, State: test.state, LastTerminationState: test.last}}}}
		if got := task.HaltOf(pod, test.written); (got != nil) != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if task.HaltOf(nil, written) != nil {
		t.Error("without a pod")
	}
	stops := &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "seid", State: ended(2, needed)}}}}
	fixture.Stopping(stops)
	if task.HaltOf(stops, written) != nil {
		t.Error("a pod that stops, whose data may be another's by now")
	}
}

// TestWhatNobodyHeardIsAskedFor: of a seid that panicked and does not run, until the agent says what it wrote down.
func TestWhatNobodyHeardIsAskedFor(t *testing.T) {
	panicked := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 2}}
	ready := []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	pod := func(status corev1.ContainerStatus, conditions ...corev1.PodCondition) *corev1.Pod {
		status.Name = "seid"
		return &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{status}, Conditions: conditions}}
	}
	stops := pod(corev1.ContainerStatus{State: panicked})
	fixture.Stopping(stops)
	for name, test := range map[string]struct {
		pod     *corev1.Pod
		written *wire.UpgradeHalt
		want    bool
	}{
		"it panicked":                   {pod(corev1.ContainerStatus{State: panicked}), nil, true},
		"it panicked, and starts again": {pod(corev1.ContainerStatus{LastTerminationState: panicked}), nil, true},
		"and runs since":                {pod(corev1.ContainerStatus{LastTerminationState: panicked}, ready...), nil, false},
		"and the agent said why":        {pod(corev1.ContainerStatus{State: panicked}), &wire.UpgradeHalt{Name: "v7", Height: 500}, false},
		"it was killed":                 {pod(corev1.ContainerStatus{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137}}}), nil, false},
		"it never ended":                {pod(corev1.ContainerStatus{}), nil, false},
		"its pod stops":                 {stops, nil, false},
		"there is no pod":               {nil, nil, false},
	} {
		if got := task.Unheard(test.pod, test.written); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestOnlyAListedUpgradeIsReached, at its height, if it has one, once, and never by a node that is paused.
func TestOnlyAListedUpgradeIsReached(t *testing.T) {
	halt := &wire.UpgradeHalt{Name: "v7", Height: 500}
	listed := func(height *int64) func(*seiv1alpha1.SeiNode) {
		return func(n *seiv1alpha1.SeiNode) {
			n.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v6", Image: "sei:v6"}, {Name: "v7", Image: "sei:v7", Height: height}}
		}
	}
	for name, test := range map[string]struct {
		change func(*seiv1alpha1.SeiNode)
		halt   *wire.UpgradeHalt
		want   bool
	}{
		"listed":             {listed(nil), halt, true},
		"at its height":      {listed(ptr.To[int64](500)), halt, true},
		"at another height":  {listed(ptr.To[int64](501)), halt, false},
		"at no height":       {listed(nil), &wire.UpgradeHalt{Name: "v7"}, false},
		"not listed":         {func(*seiv1alpha1.SeiNode) {}, halt, false},
		"no evidence":        {listed(nil), nil, false},
		"it is paused":       {func(n *seiv1alpha1.SeiNode) { listed(nil)(n); n.Spec.Paused = ptr.To(true) }, halt, false},
		"it was reached":     {func(n *seiv1alpha1.SeiNode) { listed(nil)(n); n.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7"}) }, halt, false},
		"another was before": {func(n *seiv1alpha1.SeiNode) { listed(nil)(n); n.Reach(seiv1alpha1.ReachedUpgrade{Name: "v6"}) }, halt, true},
	} {
		node := &seiv1alpha1.SeiNode{Spec: seiv1alpha1.SeiNodeSpec{Image: "sei:v1"}}
		test.change(node)
		before := node.Image()
		got := task.Reached(node, test.halt)
		if (got != nil) != test.want || got != nil && (got.Name != "v7" || got.Height != 500 || *got.From != before) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
