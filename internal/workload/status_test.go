package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

func setMarked(generation, observed int64, mark string) *appsv1.StatefulSet {
	set := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Generation: generation}}
	set.Status.ObservedGeneration = observed
	set.Spec.Template.Annotations = map[string]string{seiv1alpha1.AnnotationTemplate: mark}
	return set
}

func podMarked(mark string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{seiv1alpha1.AnnotationTemplate: mark}}}
}

func TestPodOutdated(t *testing.T) {
	tests := map[string]struct {
		pod  *corev1.Pod
		set  *appsv1.StatefulSet
		want bool
	}{
		"of the newest template":                  {podMarked("new"), setMarked(2, 2, "new"), false},
		"of an older template":                    {podMarked("old"), setMarked(2, 2, "new"), true},
		"of a version that made no mark":          {&corev1.Pod{}, setMarked(2, 2, "new"), true},
		"neither has a mark":                      {&corev1.Pod{}, &appsv1.StatefulSet{}, false},
		"the spec is not seen yet":                {podMarked("old"), setMarked(2, 1, "new"), true},
		"there is no pod":                         {nil, setMarked(2, 2, "new"), false},
		"there is no StatefulSet":                 {podMarked("old"), nil, false},
		"the status speaks of a later generation": {podMarked("old"), setMarked(2, 3, "new"), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := workload.PodOutdated(test.pod, test.set); got != test.want {
				t.Errorf("PodOutdated is %t", got)
			}
		})
	}
}

func TestPodReady(t *testing.T) {
	pod := func(status corev1.ConditionStatus, changes ...func(*corev1.Pod)) *corev1.Pod {
		pod := &corev1.Pod{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}}}
		for _, change := range changes {
			change(pod)
		}
		return pod
	}
	for name, test := range map[string]struct {
		pod  *corev1.Pod
		want bool
	}{
		"ready":                    {pod(corev1.ConditionTrue), true},
		"not ready":                {pod(corev1.ConditionFalse), false},
		"ready, but terminating":   {pod(corev1.ConditionTrue, func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }), false},
		"nothing is said":          {&corev1.Pod{}, false},
		"only another is reported": {&corev1.Pod{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}}}}, false},
		"there is no pod":          {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := workload.PodReady(test.pod); got != test.want {
				t.Errorf("PodReady is %t", got)
			}
		})
	}
}

func TestThePodIsNamedAsItsStatefulSetNamesIt(t *testing.T) {
	if got := nodeOf(archive).PodName(); got != "archive-0-0" {
		t.Errorf("pod is %q", got)
	}
}
