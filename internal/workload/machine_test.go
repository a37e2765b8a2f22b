package workload_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seinode/seinode-operator/internal/workload"
)

// TestUnreachable: what is printed is never to force a deletion, and comes with the condition that makes the taint safe.
func TestUnreachable(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ago := func(seconds int) metav1.Time { return metav1.NewTime(now.Add(-time.Duration(seconds) * time.Second)) }
	is := func(ready, containers corev1.ConditionStatus, seconds int) func(*corev1.Pod) {
		return func(pod *corev1.Pod) {
			pod.Status.Conditions = []corev1.PodCondition{
				{Type: corev1.PodReady, Status: ready, LastTransitionTime: ago(seconds)}, {Type: corev1.ContainersReady, Status: containers},
			}
		}
	}
	stopping := func(seconds int) func(*corev1.Pod) { // so long after its grace period
		return func(pod *corev1.Pod) {
			end := ago(seconds)
			pod.DeletionTimestamp = &end
		}
	}
	unknown := func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodUnknown }
	gated := func(pod *corev1.Pod) { pod.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "a.b/c"}} }
	kept := func(pod *corev1.Pod) { pod.Finalizers = []string{"a.b/c"} }
	nowhere := func(pod *corev1.Pod) { pod.Spec.NodeName = "" }
	for name, test := range map[string]struct {
		changes []func(*corev1.Pod)
		silent  bool
		until   time.Duration
	}{
		"ready":                                  {[]func(*corev1.Pod){is("True", "True", 999)}, false, 0},
		"not ready, as its containers say":       {[]func(*corev1.Pod){is("False", "False", 999)}, false, 0},
		"not ready, though its containers are":   {[]func(*corev1.Pod){is("False", "True", 61)}, true, 0},
		"the same, just now":                     {[]func(*corev1.Pod){is("False", "True", 20)}, false, 40 * time.Second},
		"the same, but somebody gates readiness": {[]func(*corev1.Pod){is("False", "True", 999), gated}, false, 0},
		"unknown":                                {[]func(*corev1.Pod){is("Unknown", "Unknown", 61), unknown}, true, 0},
		"stopping, in its grace period":          {[]func(*corev1.Pod){is("True", "True", 999), stopping(-100)}, false, 160 * time.Second},
		"stopping, a little late":                {[]func(*corev1.Pod){is("True", "True", 999), stopping(59)}, false, time.Second},
		"stopping, overdue":                      {[]func(*corev1.Pod){is("False", "False", 999), stopping(60)}, true, 0},
		"stopping, kept by a finalizer":          {[]func(*corev1.Pod){is("False", "False", 999), stopping(999), kept}, false, 0},
		"marked before it was evicted":           {[]func(*corev1.Pod){is("False", "True", 61), stopping(-100)}, true, 0},
		"stopping, without a machine":            {[]func(*corev1.Pod){stopping(999), nowhere}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "archive-0-0"}, Spec: corev1.PodSpec{NodeName: "m1"}}
			for _, change := range test.changes {
				change(pod)
			}
			said, until := workload.Unreachable(pod, now), workload.UntilUnreachable(pod, now)
			if (said != "") != test.silent || until != test.until {
				t.Fatalf("says %q, and %s from now; wanted %t, %s", said, until, test.silent, test.until)
			}
			off, taint := strings.Index(said, "make sure that it is off"), strings.Index(said, "kubectl taint nodes m1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute")
			if test.silent && (off < 0 || taint < off || strings.Contains(said, "force")) {
				t.Errorf("says %q", said)
			}
		})
	}
	if workload.Unreachable(nil, now) != "" || workload.UntilUnreachable(nil, now) != 0 {
		t.Error("no pod has a silent machine")
	}
}
