package status_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/status"
)

// TestElsewhere: that another operator has a node is told once for each generation, and all else stays as it was shown, of a node that ran here as of one that did not.
func TestElsewhere(t *testing.T) {
	for name, shown := range map[string]seiv1alpha1.SeiNodeStatus{
		"it never was ours": {},
		"it ran here":       of(nil, made, ready),
		"what they wrote": {Phase: seiv1alpha1.PhaseRunning, CurrentImage: "seid", Conditions: []metav1.Condition{
			{Type: "SidecarReady", Status: metav1.ConditionTrue, Reason: "Healthy", LastTransitionTime: metav1.NewTime(now)},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			node := fixture.Observation().Node
			node.Status, node.Generation = shown, 5
			got := status.Elsewhere(node, now.Add(time.Hour))
			c := find(t, got, seiv1alpha1.ConditionReady)
			page := regexp.MustCompile(`docs/\S+\.md`).FindString(c.Message)
			if _, err := os.Stat("../../" + page); err != nil || c.Status != metav1.ConditionUnknown || c.Reason != "ManagedElsewhere" || !strings.Contains(c.Message, seiv1alpha1.FinalizerElsewhere) {
				t.Errorf("%s/%s: %s (%v)", c.Status, c.Reason, c.Message, err)
			}
			node.Status = got
			if diff := cmp.Diff(got, status.Elsewhere(node, now.Add(2*time.Hour))); diff != "" {
				t.Errorf("it is told again (-first +again):\n%s", diff)
			}
			meta.RemoveStatusCondition(&got.Conditions, seiv1alpha1.ConditionReady)
			meta.RemoveStatusCondition(&shown.Conditions, seiv1alpha1.ConditionReady)
			if shown.ObservedGeneration = 5; !cmp.Equal(shown, got, cmpopts.EquateEmpty()) {
				t.Errorf("something else changed (-shown +got):\n%s", cmp.Diff(shown, got))
			}
		})
	}
}
