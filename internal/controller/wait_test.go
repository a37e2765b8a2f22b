package controller

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/seinode/seinode-operator/internal/fixture"
)

// TestANodeWhoseMachineFallsSilentIsLookedAtAgain: that nothing is heard wakes nobody.
func TestANodeWhoseMachineFallsSilentIsLookedAtAgain(t *testing.T) {
	now := time.Unix(1e9, 0)
	r := &Reconciler{Clock: clocktesting.NewFakeClock(now)}
	for seconds, want := range map[int]time.Duration{0: time.Minute, 59: time.Second, 60: 0, 999: 0} {
		silent := fixture.Pod(fixture.NotReady, func(pod *corev1.Pod) {
			pod.Spec.NodeName = "m1"
			pod.Status.Conditions[0].LastTransitionTime = metav1.NewTime(now.Add(-time.Duration(seconds) * time.Second))
			pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionTrue})
		})
		if got := r.wait(fixture.Scope(fixture.Made, silent)); got != want {
			t.Errorf("silent for %d s: looked at again in %s, wanted %s", seconds, got, want)
		}
	}
	if got := r.wait(fixture.Scope(fixture.Made, fixture.Pod())); got != 0 {
		t.Errorf("a node at rest is looked at again in %s", got)
	}
}
