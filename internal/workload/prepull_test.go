package workload_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

func TestThePrePullPodIsWhatTheGoldenFileSays(t *testing.T) {
	plain := workload.PrePull(nodeOf(archive), "sei:v7", "m-1", platform.Default())
	full := workload.PrePull(nodeOf(archive, everything), "sei:v7", "m-1", platformWide())
	golden(t, filepath.Join("testdata", "prepull.yaml"), render(t, plain)+"---\n"+render(t, full))
}

// TestAPrePullPodHasNothing that could do harm, whatever the spec says: nothing of a volume, a Secret or a token reaches the image that it tries.
func TestAPrePullPodHasNothing(t *testing.T) {
	for name, changes := range map[string][]func(*seiv1alpha1.SeiNodeSpec){
		"an archive with all there is": {archive, everything}, "a validator with a key": {signing, withNodeKey}, "an import": {fullNode, imported},
	} {
		pod := workload.PrePull(nodeOf(changes...), "sei:v7", "m-1", platformWide()).Spec
		container := pod.Containers[0]
		switch {
		case len(pod.Volumes) > 0 || len(container.VolumeMounts) > 0 || len(container.EnvFrom) > 0 || len(pod.InitContainers) > 0 || len(pod.Containers) > 1:
			t.Errorf("%s: something reaches it: %+v", name, pod)
		case ptr.Deref(pod.AutomountServiceAccountToken, true):
			t.Errorf("%s: it has a token", name)
		case pod.HostNetwork || len(container.Ports) > 0 || pod.DNSPolicy != corev1.DNSNone || pod.DNSConfig.Nameservers[0] != "127.0.0.1":
			t.Errorf("%s: it has more of a network than every pod has", name)
		case pod.SecurityContext.FSGroup != nil || !ptr.Deref(pod.SecurityContext.RunAsNonRoot, false) || ptr.Deref(container.SecurityContext.AllowPrivilegeEscalation, true):
			t.Errorf("%s: it has privileges", name)
		case pod.PriorityClassName != "":
			t.Errorf("%s: other pods would have to make room for it", name)
		case len(container.Resources.Requests) == 0 || len(container.Resources.Limits) == 0:
			t.Errorf("%s: a quota would forbid it", name)
		}
	}
}

// TestNothingTakesAPrePullPodForTheNodes: no Service, budget or StatefulSet selects it, the node's pod does not repel it, and neither do other nodes' pods.
func TestNothingTakesAPrePullPodForTheNodes(t *testing.T) {
	node := nodeOf(archive, everything)
	pod, set := workload.PrePull(node, "sei:v7", "m-1", platform.Default()), statefulSet(node, claimName, platform.Default(), 1)
	selectors := []*metav1.LabelSelector{
		set.Spec.Selector, workload.DisruptionBudget(node).Spec.Selector, {MatchLabels: workload.Service(node).Spec.Selector},
	}
	for _, term := range set.Spec.Template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
		selectors = append(selectors, term.LabelSelector)
	}
	for _, selector := range selectors {
		compiled, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil || compiled.Matches(labels.Set(pod.Labels)) {
			t.Errorf("%v selects it (%v)", selector, err)
		}
	}
	if owner.Pod(pod, node) {
		t.Error("it counts as the node's pod")
	}
	for key := range set.Spec.Template.Labels {
		if pod.Labels[key] != "" {
			t.Errorf("whatever selects nodes' pods by %s selects it", key)
		}
	}
}

// TestAPrePullPodGoesWithItsNode, whose deletion does not wait for it.
func TestAPrePullPodGoesWithItsNode(t *testing.T) {
	node := nodeOf(archive)
	node.Name = strings.Repeat("n", 52)
	pod := workload.PrePull(node, "sei:v7", "m-1", platform.Default())
	if !owner.PrePull(pod, node) || ptr.Deref(pod.OwnerReferences[0].BlockOwnerDeletion, false) {
		t.Errorf("%+v", pod.OwnerReferences)
	}
	if len(pod.Name) > 63 || pod.Name == node.PodName() {
		t.Errorf("it is called %s", pod.Name)
	}
}

func TestWhatAPrePullPodTries(t *testing.T) {
	pod := workload.PrePull(nodeOf(archive), "sei:v7", "m-1", platform.Default())
	pod.Spec.Containers[0].Image = "mirror.example.com/sei:v7" // as some clusters have it
	for name, test := range map[string]struct {
		image, machine string
		want           bool
	}{
		"that": {"sei:v7", "m-1", true}, "another image": {"sei:v8", "m-1", false}, "another machine": {"sei:v7", "m-2", false},
	} {
		if got := workload.PrePulls(pod, test.image, test.machine); got != test.want || workload.PrePullMachine(pod) != "m-1" {
			t.Errorf("%s: %t, made for %s", name, got, workload.PrePullMachine(pod))
		}
	}
}

// TestThePolicyOfUpgradesRollsNothing: how a node gets ready asks for no other pod.
func TestThePolicyOfUpgradesRollsNothing(t *testing.T) {
	without, with := nodeOf(archive), nodeOf(archive)
	with.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{PrePull: ptr.To(false)}
	if got := workload.DecideStatefulSet(setFor(without), setFor(with), workload.StatefulSetChild.Digest(setFor(without))); got.Write != nil || got.Rolls || got.Pending != "" {
		t.Errorf("%+v", got)
	}
}

func TestStuck(t *testing.T) {
	waits := func(reason string) corev1.ContainerStatus {
		return corev1.ContainerStatus{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}
	}
	starts := []corev1.ContainerStatus{{}, waits(""), waits("ContainerCreating"), waits("PodInitializing")}
	stuck := []corev1.ContainerStatus{waits("ErrImagePull"), waits("ImagePullBackOff"), waits("InvalidImageName"), waits("CreateContainerError")}
	if slices.ContainsFunc(starts, func(c corev1.ContainerStatus) bool { return workload.Stuck(c) != nil }) {
		t.Error("one that starts is stuck")
	}
	if slices.ContainsFunc(stuck, func(c corev1.ContainerStatus) bool { return workload.Stuck(c) == nil }) {
		t.Error("one that is stuck starts")
	}
}
