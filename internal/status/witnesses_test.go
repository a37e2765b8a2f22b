package status_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// vouchedBy is a node that trusts its chain by the SeiNodes of those names, where its pod was made when there were others.
func vouchedBy(now, then []string) fixture.Change {
	return func(o *task.Observation) {
		o.Node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{WitnessNodes: &seiv1alpha1.SeiNodeSelector{}}}
		made(o)
		o.Live[workload.StatefulSetChild.Kind] = workload.StatefulSet(workload.Inputs{
			Node: o.Node, ClaimName: storage.ClaimName(o.Node), Platform: o.Platform, Replicas: 1, Peers: workload.Peers{Witnesses: then},
		})
		for _, name := range now {
			other := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name)}}
			other.Spec.FullNode, other.Status.Node = &seiv1alpha1.FullNodeSpec{}, &seiv1alpha1.NodeStatus{Height: 5}
			o.Peers.Vouching = append(o.Peers.Vouching, other)
		}
	}
}

// rolled is a node whose pod was made at the user's word.
func rolled(o *task.Observation) {
	o.Live[workload.StatefulSetChild.Kind].GetAnnotations()[seiv1alpha1.AnnotationRollout] = seiv1alpha1.RolloutNow
}

// TestAPodIsToldToAskOtherWitnesses, by the command that has it do so, where its own cannot vouch and there are others by now.
func TestAPodIsToldToAskOtherWitnesses(t *testing.T) {
	runs, gone := fixture.Pod(fixture.NotReady), []string{"a", "gone"}
	const command = "kubectl annotate seinode archive-0 -n sei sei.io/rollout=now"
	for name, test := range map[string]struct {
		reason  string
		changes []fixture.Change
		says    string
	}{
		"one is gone, and another there":   {wire.ReasonWitnessUnreachable, with(vouchedBy([]string{"b", "a"}, gone), runs), "to have it ask a, b, which replaces the pod: " + command},
		"one lost the block":               {wire.ReasonWitnessTooOld, with(vouchedBy([]string{"a", "b"}, gone), runs), command},
		"the pod was replaced so before":   {wire.ReasonWitnessUnreachable, with(vouchedBy([]string{"a", "b"}, gone), rolled, runs), "kubectl annotate seinode archive-0 -n sei sei.io/rollout- && " + command},
		"those of now are the pod's":       {wire.ReasonWitnessUnreachable, with(vouchedBy(gone, gone), runs), ""},
		"one of them is left":              {wire.ReasonWitnessUnreachable, with(vouchedBy([]string{"a"}, gone), runs), ""},
		"they do not agree":                {wire.ReasonWitnessDisagreement, with(vouchedBy([]string{"a", "b"}, gone), runs), ""},
		"the servers are not of this kind": {wire.ReasonWitnessUnreachable, with(fetching, made, runs), ""},
	} {
		said := &wire.NodeStatus{Restore: &wire.Restore{Reason: test.reason, Message: "1 of the 2 servers answers"}}
		got := find(t, of(said, test.changes...), seiv1alpha1.ConditionBootstrapped)
		if rest, is := strings.CutPrefix(got.Message, said.Restore.Message); got.Reason != test.reason || !is || !strings.HasSuffix(rest, test.says) || (test.says == "") != (rest == "") {
			t.Errorf("%s: %s %q", name, got.Reason, got.Message)
		}
	}
}
