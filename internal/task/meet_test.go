package task_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// unknownPeer has the node select an older one whose ID is not known, so long after the node was made.
func unknownPeer(after time.Duration) fixture.Change {
	return func(o *task.Observation) {
		selector := &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"mesh": "a"}}
		o.Node.Spec.Peers = &seiv1alpha1.PeersSpec{Nodes: selector}
		other := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "other", UID: "other", Labels: map[string]string{"mesh": "a"}}}
		other.Spec.ChainID, other.Spec.FullNode = o.Node.Spec.ChainID, &seiv1alpha1.FullNodeSpec{}
		other.CreationTimestamp = metav1.NewTime(o.Node.CreationTimestamp.Add(-time.Minute))
		o.Peers.Selected = append(o.Peers.Selected, other)
		o.Now = o.Node.CreationTimestamp.Add(after)
	}
}

func sameNodeKey(o *task.Observation) {
	o.Node.Spec.NodeKey = &seiv1alpha1.SecretReference{SecretName: "key"}
	other := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "other", UID: "other"}}
	other.CreationTimestamp = metav1.NewTime(o.Node.CreationTimestamp.Add(-time.Minute))
	o.Peers.SameKey = append(o.Peers.SameKey, other)
}

// vouched has the node select SeiNodes to trust its chain by, of which so many can be asked.
func vouched(by int) fixture.Change {
	return func(o *task.Observation) {
		o.Node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{WitnessNodes: &seiv1alpha1.SeiNodeSelector{}}}
		for i := range by {
			other := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: string(rune('a' + i)), UID: types.UID(rune('a' + i))}}
			other.Spec.FullNode, other.Status.Node = &seiv1alpha1.FullNodeSpec{}, &seiv1alpha1.NodeStatus{Height: 5}
			o.Peers.Vouching = append(o.Peers.Vouching, other)
		}
	}
}

func cameBefore(o *task.Observation) {
	o.Node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionBootstrapped, Status: metav1.ConditionTrue}}
}

// TestTheFirstStartWaitsAWhile, and no other: a node that has a StatefulSet starts whoever is known.
func TestTheFirstStartWaitsAWhile(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		reason  string
	}{
		"an unknown peer":                {with(unknownPeer(time.Minute)), seiv1alpha1.ReasonAwaitingPeers},
		"for two minutes":                {with(unknownPeer(119 * time.Second)), seiv1alpha1.ReasonAwaitingPeers},
		"and no longer":                  {with(unknownPeer(2 * time.Minute)), ""},
		"not one that was started":       {with(unknownPeer(time.Minute), made, fixture.Replicas(0)), ""},
		"the key has trouble":            {with(unknownPeer(time.Minute), fixture.KeyInUse), seiv1alpha1.ReasonSigningKeyInUse},
		"a node key that another has":    {with(sameNodeKey), seiv1alpha1.ReasonNodeKeyInUse},
		"not under a node that runs":     {with(sameNodeKey, made, running), ""},
		"nobody vouches for the state":   {with(vouched(0)), seiv1alpha1.ReasonAwaitingPeers},
		"one does":                       {with(vouched(1)), seiv1alpha1.ReasonAwaitingPeers},
		"two do":                         {with(vouched(2)), ""},
		"the state is there":             {with(vouched(0), cameBefore), ""},
		"it was started before":          {with(vouched(0), made, fixture.Replicas(0)), ""},
		"which matters more than a peer": {with(sameNodeKey, unknownPeer(time.Minute)), seiv1alpha1.ReasonNodeKeyInUse},
	} {
		t.Run(name, func(t *testing.T) {
			s := fixture.Scope(test.changes...)
			if got := s.Start; got.OK() != (test.reason == "") || got.Reason != test.reason {
				t.Errorf("%+v", got)
			}
			if starts := s.Replicas == 1; starts != (test.reason == "") {
				t.Errorf("%d pods", s.Replicas)
			}
			if waits := test.reason == seiv1alpha1.ReasonAwaitingPeers || test.reason == seiv1alpha1.ReasonNodeKeyInUse; waits && !s.Waits {
				t.Error("nobody looks again")
			}
		})
	}
}

// TestWhatPrepareSays of the node's ID, and nothing else that looks like it.
func TestWhatPrepareSays(t *testing.T) {
	id := strings.Repeat("0a", 20)
	for message, want := range map[string]string{
		`{"created":null,"nodeId":"` + id + `"}`:   id,
		`{"created":[]}`:                           "",
		`{"nodeId":"` + id[1:] + `"}`:              "",
		`{"nodeId":"` + strings.ToUpper(id) + `"}`: "",
		`nodeId ` + id:                             "",
	} {
		pod := &corev1.Pod{Status: corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{{
			Name: workload.ContainerPrepare, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: message}},
		}}}}
		if got := task.NodeIDIn(pod); got != want {
			t.Errorf("%s: %q", message, got)
		}
	}
	if task.NodeIDIn(nil) != "" {
		t.Error("without a pod")
	}
}

// TestASentryIsSaidToShieldOnceItsPodDoes: a validator connects to none that would tell of it.
func TestASentryIsSaidToShieldOnceItsPodDoes(t *testing.T) {
	noted := func(o *task.Observation) {
		fixture.Set(o).Annotations[seiv1alpha1.AnnotationShields] = `[{"name":"v","nodeId":"` + strings.Repeat("a", 40) + `"}]`
	}
	shown := func(o *task.Observation) {
		o.Node.Status.Peers = &seiv1alpha1.PeersStatus{Shields: []seiv1alpha1.PeerStatus{{Name: "before"}}}
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"its pod is the one that is wanted": {with(made, running, noted, shown), "v"},
		"its pod is an older one":           {with(made, noted, shown, fixture.Pod(fixture.Outdated)), "before"},
		"an older one, and none was shown":  {with(made, noted, fixture.Pod(fixture.Outdated)), ""},
		"there is no pod":                   {with(made, noted, shown), "v"},
		"there is no StatefulSet":           {with(shown), ""},
	} {
		got := ""
		for _, validator := range fixture.Scope(test.changes...).WiredNow() {
			got += validator.Name
		}
		if got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
