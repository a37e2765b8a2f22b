package status_test

import (
	"strings"
	"testing"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// awaitsSnapshot is a node that stopped for an upgrade, and is kept down for a snapshot.
func awaitsSnapshot(o *task.Observation) {
	o.Node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{Snapshot: &seiv1alpha1.UpgradeSnapshotPolicy{}}
	o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Snapshot: &seiv1alpha1.UpgradeSnapshot{Name: "s", State: seiv1alpha1.SnapshotPending}})
}

// TestReadyOfANodeThatIsKeptDown for a snapshot says what it waits for, unless something else is to be mended before.
func TestReadyOfANodeThatIsKeptDown(t *testing.T) {
	for name, test := range map[string]struct {
		changes    []fixture.Change
		want, says string
	}{
		"kept down for a snapshot":         {with(made, ready, awaitsSnapshot), "False/UpgradeSnapshot", `pod "archive-0-0" is being stopped before it is made`},
		"kept down, its machine is silent": {with(made, silent(61), awaitsSnapshot), "False/MachineUnreachable", `machine "m1" does not say what has become of pod`},
		"kept down, and paused":            {with(made, awaitsSnapshot, fixture.Paused), "False/Paused", ""},
		"kept down, the claim goes":        {with(made, ready, awaitsSnapshot, fixture.Terminating), "False/DataVolumeNotReady", "PVCTerminating: "},
	} {
		c := find(t, of(nil, test.changes...), seiv1alpha1.ConditionReady)
		if got := string(c.Status) + "/" + c.Reason; got != test.want || !strings.Contains(c.Message, test.says) {
			t.Errorf("%s: %s %q, wanted %s", name, got, c.Message, test.want)
		}
	}
}

// TestReadyOfANodeWhoseStatefulSetIsRefused: after a snapshot no pod starts before the StatefulSet has the next image, and why it has not is told.
func TestReadyOfANodeWhoseStatefulSetIsRefused(t *testing.T) {
	const refused, applying = "InvalidObject: admission webhook denied the request", "Initializing: applying StatefulSet"
	for name, test := range map[string]struct {
		changes    []fixture.Change
		error      string
		want, says string
	}{
		"refused, and no pod starts":     {with(made, fixture.Replicas(0)), refused, "False/Updating", `pod "archive-0-0" does not start, since the API server refuses StatefulSet "archive-0" as the spec has it; ` + refused},
		"refused, and its pod is made":   {with(made, fixture.Replicas(1)), refused, "False/PodNotReady", "is starting"},
		"refused, and the pod runs":      {with(made, ready), refused, "True/NodeReady", ""},
		"about to be written":            {with(made, fixture.Replicas(0)), applying, "False/PodNotReady", "is starting"},
		"refused, and paused":            {with(made, fixture.Replicas(0), fixture.Paused), refused, "False/Paused", ""},
		"refused, and down for snapshot": {with(made, fixture.Replicas(0), awaitsSnapshot), refused, "False/UpgradeSnapshot", ""},
	} {
		errs := func(o *task.Observation) {
			o.Node.Status.Plan = &seiv1alpha1.Plan{Phase: seiv1alpha1.PlanActive, Tasks: []seiv1alpha1.PlannedTask{
				{Type: seiv1alpha1.TaskApplyStatefulSet, Status: seiv1alpha1.TaskRunning, Error: test.error}, {Type: seiv1alpha1.TaskReplacePod, Status: seiv1alpha1.TaskRunning},
			}}
		}
		c := find(t, of(nil, append(test.changes, errs)...), seiv1alpha1.ConditionReady)
		if got := string(c.Status) + "/" + c.Reason; got != test.want || !strings.Contains(c.Message, test.says) {
			t.Errorf("%s: %s %q, wanted %s", name, got, c.Message, test.want)
		}
	}
}
