package fleet

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// TestLag is the distance to the best of the chain, and 0 for a node that says itself that it is at the tip, however old its height is.
func TestLag(t *testing.T) {
	node := func(name, chain string, height int64, synced metav1.ConditionStatus) seiv1alpha1.SeiNode {
		one := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: seiv1alpha1.SeiNodeSpec{ChainID: chain}}
		if height > 0 {
			one.Status.Node = &seiv1alpha1.NodeStatus{Height: height}
		}
		one.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionSynced, Status: synced}}
		return one
	}
	nodes := []seiv1alpha1.SeiNode{
		node("best", "a", 100, metav1.ConditionTrue), node("behind", "a", 60, metav1.ConditionFalse), node("old", "a", 10, metav1.ConditionTrue),
		node("silent", "a", 90, metav1.ConditionUnknown), node("none", "a", 0, metav1.ConditionFalse), node("elsewhere", "b", 5, metav1.ConditionFalse),
	}
	want := map[string]string{"best": "0", "behind": "40", "old": "0", "silent": "10", "none": "-", "elsewhere": "0"}
	for _, got := range StatusOf(nodes, func(*seiv1alpha1.SeiNode) bool { return true }).Nodes {
		if optional(got.Lag) != want[got.Name] {
			t.Errorf("%s is %s behind, wanted %s", got.Name, optional(got.Lag), want[got.Name])
		}
	}
}
