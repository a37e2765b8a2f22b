package controller

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

// TestWhatIsCachedOfAStatefulSet: all of one that a SeiNode controls, whatever labels somebody took off, and of any other only that it is
// there and whose. What is decided from an object without its spec is decided wrongly.
func TestWhatIsCachedOfAStatefulSet(t *testing.T) {
	controlledBy := func(kind string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{Kind: kind, Name: "archive-0", UID: "uid", Controller: ptr.To(true)}}
	}
	for name, test := range map[string]struct {
		owners []metav1.OwnerReference
		labels map[string]string
		whole  bool
	}{
		"a SeiNode's":                     {controlledBy("SeiNode"), map[string]string{seiv1alpha1.LabelNodeUID: "uid"}, true},
		"a SeiNode's, its labels are off": {controlledBy("SeiNode"), nil, true},
		"somebody's":                      {controlledBy("Database"), nil, false},
		"nobody's":                        {nil, nil, false},
		"somebody's, with our label":      {controlledBy("Database"), map[string]string{seiv1alpha1.LabelNodeUID: "uid"}, false},
	} {
		set := &appsv1.StatefulSet{
			ObjectMeta: metav1.ObjectMeta{Name: "archive-0", UID: "set", Labels: test.labels, OwnerReferences: test.owners},
			Spec:       appsv1.StatefulSetSpec{Replicas: ptr.To[int32](1)},
		}
		kept, err := stripForeign(workload.StatefulSetChild)(set)
		if err != nil {
			t.Fatal(err)
		}
		cached := kept.(*appsv1.StatefulSet)
		if whole := cached.Spec.Replicas != nil; whole != test.whole {
			t.Errorf("%s: whole %t, wanted %t", name, whole, test.whole)
		}
		if cached.UID != "set" || metav1.GetControllerOf(cached) == nil && test.owners != nil {
			t.Errorf("%s: whose it is cannot be told: %+v", name, cached.ObjectMeta)
		}
	}
}

// TestWhatIsCachedOfAPod: of the node's own that on which a silent machine is told.
func TestWhatIsCachedOfAPod(t *testing.T) {
	for label, own := range map[string]bool{seiv1alpha1.LabelNodeUID: true, "app": false} {
		gates := []corev1.PodReadinessGate{{ConditionType: "a.b/c"}}
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{label: "uid"}}, Spec: corev1.PodSpec{NodeName: "m1", ReadinessGates: gates}}
		if _, err := stripPod(pod); err != nil || pod.Spec.NodeName != "m1" || (len(pod.Spec.ReadinessGates) == 1) != own {
			t.Errorf("%s: machine %q, gates %v (%v)", label, pod.Spec.NodeName, pod.Spec.ReadinessGates, err)
		}
	}
}

// TestWhatIsCachedOfSeid: its image, and that a state is fetched before it starts; its arguments are long, and not read.
func TestWhatIsCachedOfSeid(t *testing.T) {
	for flag, fetches := range map[string]bool{"--sync-said": true, "--halt-height": false} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{seiv1alpha1.LabelNodeUID: "uid"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Name: "other"}, {Name: workload.ContainerSeid, Image: "sei:v6", Args: []string{"run", flag, "x"}},
		}}}
		_, err := stripPod(pod)
		if err != nil || workload.FetchesState(pod) != fetches || workload.SeidImage(pod.Spec) != "sei:v6" || len(pod.Spec.Containers) != 1 || len(pod.Spec.Containers[0].Args) > 1 {
			t.Errorf("%s: %+v (%v)", flag, pod.Spec, err)
		}
	}
}

// TestWhatIsCachedOfAPrePullPod: what it tries, and what came of it. Without the label, or a SeiNode that controls it, it is any pod.
func TestWhatIsCachedOfAPrePullPod(t *testing.T) {
	for name, test := range map[string]struct {
		kind, label string
		whole       bool
	}{
		"a SeiNode's": {"SeiNode", seiv1alpha1.LabelPrePull, true}, "a SeiNode's, no such label": {"SeiNode", "app", false}, "somebody's": {"Job", seiv1alpha1.LabelPrePull, false},
	} {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Labels: map[string]string{test.label: "true"}, Annotations: map[string]string{seiv1alpha1.AnnotationPrePulls: "sei:v7 m-1", "other": "x"},
				OwnerReferences: []metav1.OwnerReference{{Kind: test.kind, Name: "archive-0", UID: "uid", Controller: ptr.To(true)}},
			},
			Spec: corev1.PodSpec{NodeName: "m-1"},
			Status: corev1.PodStatus{
				Phase: corev1.PodFailed, Reason: "Evicted", Message: "full", Conditions: []corev1.PodCondition{{}}, ContainerStatuses: []corev1.ContainerStatus{{}},
			},
		}
		_, err := stripPod(pod)
		whole := workload.PrePulls(pod, "sei:v7", "m-1") && pod.Labels[seiv1alpha1.LabelPrePull] != "" && pod.Status.Reason == "Evicted" && pod.Status.Message == "full" &&
			len(pod.Status.Conditions) == 1 && len(pod.Status.ContainerStatuses) == 1
		if err != nil || whole != test.whole || pod.Annotations["other"] != "" || pod.Spec.NodeName != "m-1" || metav1.GetControllerOf(pod) == nil {
			t.Errorf("%s: whole %t, %+v (%v)", name, whole, pod, err)
		}
	}
}
