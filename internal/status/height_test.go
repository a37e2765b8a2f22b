package status_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// haltingAt has the node stop at a block.
func haltingAt(height int64) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.HaltHeight = ptr.To(height) }
}

// TestANodeThatStoppedAtItsBlockSaysSo, whatever ended its container before, and how to go on.
func TestANodeThatStoppedAtItsBlockSaysSo(t *testing.T) {
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(now.Add(-time.Minute))}}
	up := inContainer("seid", running, corev1.ContainerState{})
	killed := inContainer("seid", running, ended(137, "Error", ""))
	stopped := &wire.NodeStatus{Reason: "seid stopped", HeightHalt: &wire.HeightHalt{Height: 500}}
	doubtful := &wire.NodeStatus{Reason: "seid is not started", HeightHalt: &wire.HeightHalt{Doubt: "data/x is a pipe: move it away"}}
	for name, test := range map[string]struct {
		said          *wire.NodeStatus
		changes       []fixture.Change
		ready, synced string
		says          string
	}{
		"it stopped":            {stopped, with(haltingAt(500), made, up), "HaltHeight", "HaltHeight", "spec.haltHeight is 500, and seid has stopped for halt height 500"},
		"its container started": {stopped, with(haltingAt(500), made, killed), "HaltHeight", "HaltHeight", "remove spec.haltHeight, or raise it above 500"},
		"it stopped above":      {stopped, with(haltingAt(400), made, up), "HaltHeight", "HaltHeight", "spec.haltHeight is 400, and seid has stopped for halt height 500"},
		"it was no halt":        {stopped, with(haltingAt(500), made, up), "HaltHeight", "HaltHeight", "delete data/.seinode-agent-halted on the volume"},
		"in doubt":              {doubtful, with(haltingAt(500), made, up), "HaltHeight", "HaltHeight", "in doubt, so that pod \"archive-0-0\" does not start it: data/x is a pipe: move it away"},
		"it comes up":           {&wire.NodeStatus{Reason: "seid's RPC does not answer"}, with(haltingAt(500), made, up), "PodNotReady", "NoAnswer", "does not answer"},
		"it is not to stop":     {stopped, with(made, up), "PodNotReady", "NoAnswer", "seid stopped"},
		"it is paused": {stopped, with(haltingAt(500), made, func(o *task.Observation) { o.Node.Spec.Paused = ptr.To(true) }),
			"Paused", "HaltHeight", "spec.paused is true"},
	} {
		status := of(test.said, test.changes...)
		ready, synced := find(t, status, seiv1alpha1.ConditionReady), find(t, status, seiv1alpha1.ConditionSynced)
		if ready.Reason != test.ready || !strings.Contains(ready.Message, test.says) || synced.Reason != test.synced {
			t.Errorf("%s: %s %q, synced %s", name, ready.Reason, ready.Message, synced.Reason)
		}
	}
}

// TestAnotherHaltHeightIsNews: it is no counter.
func TestAnotherHaltHeightIsNews(t *testing.T) {
	said, up := &wire.NodeStatus{HeightHalt: &wire.HeightHalt{Height: 500}}, inContainer("seid", corev1.ContainerState{}, corev1.ContainerState{})
	first := of(said, with(haltingAt(500), made, up)...)
	again := of(said, with(haltingAt(400), made, up, func(o *task.Observation) { o.Node.Status.Conditions = first.Conditions })...)
	if got := find(t, again, seiv1alpha1.ConditionReady).Message; !strings.Contains(got, "spec.haltHeight is 400") {
		t.Errorf("%q", got)
	}
}

// TestANodeThatStoppedAtItsBlockStaysRunning: it came up, and was asked to stop.
func TestANodeThatStoppedAtItsBlockStaysRunning(t *testing.T) {
	cameUp := func(o *task.Observation) { o.Node.Status.CurrentImage = "sei:v1" }
	said := &wire.NodeStatus{HeightHalt: &wire.HeightHalt{Height: 500}}
	if got := of(said, with(haltingAt(500), made, cameUp, func(o *task.Observation) {
		o.Node.Status.Plan = &seiv1alpha1.Plan{Phase: seiv1alpha1.PlanComplete}
	})...).Phase; got != seiv1alpha1.PhaseRunning {
		t.Errorf("phase %s", got)
	}
}
