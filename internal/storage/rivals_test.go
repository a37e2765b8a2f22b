package storage_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// rivalNode is another SeiNode that names the same claim.
func rivalNode(changes ...func(*seiv1alpha1.SeiNode)) *seiv1alpha1.SeiNode {
	node := importingNode("rival")
	node.UID = "33333333-rival"
	for _, change := range changes {
		change(node)
	}
	return node
}

func older(n *seiv1alpha1.SeiNode) {
	n.CreationTimestamp = metav1.NewTime(someTime.Add(-time.Hour))
}

func younger(n *seiv1alpha1.SeiNode) {
	n.CreationTimestamp = metav1.NewTime(someTime.Add(time.Hour))
}

func holding(n *seiv1alpha1.SeiNode) {
	n.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimUID: claimUID}
}

func uid(uid types.UID) func(*seiv1alpha1.SeiNode) {
	return func(n *seiv1alpha1.SeiNode) { n.UID = uid }
}

func TestTheHolderKeepsTheClaimElseTheOlderElseTheSmallerUID(t *testing.T) {
	tests := map[string]struct {
		node  []func(*seiv1alpha1.SeiNode)
		rival []func(*seiv1alpha1.SeiNode)
		ours  bool
	}{
		"we hold, the rival is older":         {node: fns(holding), rival: fns(older), ours: true},
		"the rival holds, and is younger":     {rival: fns(holding, younger)},
		"both hold, the rival is older":       {node: fns(holding), rival: fns(holding, older)},
		"both hold, we are older":             {node: fns(holding), rival: fns(holding, younger), ours: true},
		"none holds, the rival is older":      {rival: fns(older)},
		"none holds, we are older":            {rival: fns(younger), ours: true},
		"the same age, our UID is smaller":    {node: fns(uid("a")), rival: fns(uid("b")), ours: true},
		"the same age, their UID is smaller":  {node: fns(uid("b")), rival: fns(uid("a"))},
		"older by age, larger by UID, we win": {node: fns(uid("b"), older), rival: fns(uid("a")), ours: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			facts := importFacts(withRival(rivalNode(test.rival...)))
			for _, change := range test.node {
				change(facts.Node)
			}
			got := storage.Validate(facts)
			if got.OK() != test.ours {
				t.Errorf("verdict is %s, wanted the claim to be ours: %t", got, test.ours)
			}
		})
	}
}

func fns(changes ...func(*seiv1alpha1.SeiNode)) []func(*seiv1alpha1.SeiNode) { return changes }

// TestOfAnyTwoNodesExactlyOneYields goes through every pair: neither may two nodes start on one claim, nor may both wait
// for each other for ever.
func TestOfAnyTwoNodesExactlyOneYields(t *testing.T) {
	var nodes []*seiv1alpha1.SeiNode
	for _, age := range []func(*seiv1alpha1.SeiNode){older, younger, func(*seiv1alpha1.SeiNode) {}} {
		for _, id := range []types.UID{"a", "b", "c"} {
			for _, held := range []func(*seiv1alpha1.SeiNode){holding, func(*seiv1alpha1.SeiNode) {}} {
				nodes = append(nodes, rivalNode(age, uid(id), held))
			}
		}
	}
	for _, one := range nodes {
		for _, other := range nodes {
			if one.UID != other.UID && mayUse(one, other) == mayUse(other, one) {
				t.Errorf("of %+v and %+v not exactly one may use the claim", one.ObjectMeta, other.ObjectMeta)
			}
		}
	}
}

func mayUse(node, rival *seiv1alpha1.SeiNode) bool {
	facts := importFacts(withRival(rival))
	facts.Node = node
	return storage.Validate(facts).OK()
}

func TestAnyOfSeveralRivalsIsEnoughToYield(t *testing.T) {
	facts := importFacts(withRival(rivalNode(younger)), withRival(rivalNode(older, uid("another"))))
	if got := storage.Validate(facts); got.Reason != seiv1alpha1.ReasonImportPVCInUse {
		t.Errorf("verdict is %s, wanted PVCInUse", got)
	}
}

func TestWhosePodOnTheClaimItIs(t *testing.T) {
	tests := map[string]struct {
		change func(*corev1.Pod)
		own    bool
	}{
		"ours":                          {func(*corev1.Pod) {}, true},
		"orphaned":                      {func(p *corev1.Pod) { p.OwnerReferences = nil }, true},
		"a copy of it, with its labels": {func(p *corev1.Pod) { p.Name, p.OwnerReferences = "archive-0-0-copy", nil }, false},
		"of a deleted namesake": {func(p *corev1.Pod) {
			p.Labels = map[string]string{seiv1alpha1.LabelNodeUID: "former-node"}
		}, false},
		"without the label": {func(p *corev1.Pod) { p.Labels = nil }, false},
		"our label, but a Job's": {func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{controllerRef("Job", "copy", "job-uid")}
		}, false},
		"our label, but a ReplicaSet's": {func(p *corev1.Pod) {
			p.OwnerReferences = []metav1.OwnerReference{controllerRef("ReplicaSet", "archive-0", "rs-uid")}
		}, false},
		"nobody's": {foreign, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := owner.Pod(podOn(importName, test.change), importingNode("archive-0")); got != test.own {
				t.Errorf("OwnPod is %t, wanted %t", got, test.own)
			}
			if got := storage.Validate(importFacts(withPod(test.change))); got.OK() != test.own {
				t.Errorf("verdict is %s, wanted valid: %t", got, test.own)
			}
		})
	}
}

func TestAForeignPodInAnyUnfinishedPhaseKeepsTheClaim(t *testing.T) {
	for _, phase := range []corev1.PodPhase{"", corev1.PodPending, corev1.PodRunning, corev1.PodUnknown} {
		t.Run(string(phase), func(t *testing.T) {
			got := storage.Validate(importFacts(withPod(), withPod(foreign, podPhase(phase))))
			if got.Class != verdict.Transient || got.Reason != seiv1alpha1.ReasonImportPVCInUse {
				t.Errorf("verdict is %s %s, wanted transient PVCInUse", got.Class, got)
			}
		})
	}
}

// late lists SeiNodes as they were before anything was said of them.
func late(inner client.WithWatch) client.Reader {
	return interceptor.NewClient(inner, interceptor.Funcs{
		List: func(ctx context.Context, real client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			err := real.List(ctx, list, options...)
			if nodes, is := list.(*seiv1alpha1.SeiNodeList); is {
				for i := range nodes.Items {
					nodes.Items[i].Status = seiv1alpha1.SeiNodeStatus{}
				}
			}
			return err
		},
	})
}

// TestARivalIsTakenAsItsOwnReconcileLeftIt: a list that waits for nobody's writes does not say who has the claim.
func TestARivalIsTakenAsItsOwnReconcileLeftIt(t *testing.T) {
	facts := observe(t, late(cluster(t, boundClaim(importName), volumeOf(importName), rivalNode(younger, holding))))
	if got := storage.Validate(facts); got.Reason != seiv1alpha1.ReasonImportPVCInUse {
		t.Errorf("verdict is %s (%v), wanted PVCInUse", got, facts.Err)
	}
}
