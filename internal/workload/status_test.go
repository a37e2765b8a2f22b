package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seinode/seinode-operator/internal/workload"
)

func setWith(generation, observed int64, ready, updated int32, revision string) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Generation: generation},
		Status: appsv1.StatefulSetStatus{
			ObservedGeneration: observed, ReadyReplicas: ready, UpdatedReplicas: updated, UpdateRevision: revision,
		},
	}
}

func podAt(revision string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{appsv1.StatefulSetRevisionLabel: revision}}}
}

// TestPodOutdated is unknown, and so false, while the StatefulSet's controller has not seen the newest spec: its revision is
// still that of the pod.
func TestPodOutdated(t *testing.T) {
	tests := map[string]struct {
		pod  *corev1.Pod
		set  *appsv1.StatefulSet
		want bool
	}{
		"of the newest revision":             {podAt("new"), setWith(2, 2, 1, 1, "new"), false},
		"of an older revision":               {podAt("old"), setWith(2, 2, 1, 0, "new"), true},
		"of an older revision, not ready":    {podAt("old"), setWith(2, 2, 0, 0, "new"), true},
		"of no revision":                     {&corev1.Pod{}, setWith(2, 2, 1, 0, "new"), true},
		"the spec is not seen yet":           {podAt("old"), setWith(2, 1, 1, 0, "new"), false},
		"the status names no revision":       {podAt("old"), setWith(2, 2, 1, 0, ""), false},
		"there is no pod":                    {nil, setWith(2, 2, 0, 0, "new"), false},
		"there is no StatefulSet":            {podAt("old"), nil, false},
		"the status is of a later look, too": {podAt("old"), setWith(2, 3, 1, 0, "new"), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := workload.PodOutdated(test.pod, test.set); got != test.want {
				t.Errorf("PodOutdated is %t", got)
			}
		})
	}
}

// TestReady: an old pod that is still ready says nothing about the spec that it was not made from.
func TestReady(t *testing.T) {
	tests := map[string]struct {
		set  *appsv1.StatefulSet
		want bool
	}{
		"ready, of the newest revision":        {setWith(2, 2, 1, 1, "new"), true},
		"ready, of an older revision":          {setWith(2, 2, 1, 0, "new"), false},
		"ready, and no revision is told":       {setWith(2, 2, 1, 0, ""), true},
		"not ready":                            {setWith(2, 2, 0, 1, "new"), false},
		"ready, but the spec is not seen yet":  {setWith(2, 1, 1, 1, "new"), false},
		"just created: nothing is told at all": {setWith(1, 0, 0, 0, ""), false},
		"there is no StatefulSet":              {nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := workload.Ready(test.set); got != test.want {
				t.Errorf("Ready is %t", got)
			}
		})
	}
}

func TestThePodIsNamedAsItsStatefulSetNamesIt(t *testing.T) {
	if got := workload.PodName(nodeOf(archive)); got != "archive-0-0" {
		t.Errorf("pod is %q", got)
	}
}
