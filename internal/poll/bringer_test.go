package poll

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/workload"
)

// bringsData is a pod in which the data of an empty volume is brought, and dataCame one in which it has come.
func bringsData(pod *corev1.Pod) {
	pod.Status.Phase = corev1.PodPending
	pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: workload.ContainerBootstrap, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
}

func dataCame(pod *corev1.Pod) {
	bringsData(pod)
	pod.Status.InitContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
}

// TestBytesAloneAreNoNews: how far the data is, is told in steps.
func TestBytesAloneAreNoNews(t *testing.T) {
	at := func(percent int, bytes int64) wire.NodeStatus {
		return wire.NodeStatus{Restore: &wire.Restore{Reason: "Downloading", Percent: percent, BytesDone: bytes, BytesTotal: 1000}}
	}
	a, b := at(35, 351), at(35, 399)
	if !says(a, b) || a.Restore.BytesDone != 351 {
		t.Error("some bytes more are news, or an answer was changed")
	}
	if says(at(35, 399), at(40, 400)) {
		t.Error("a step is no news")
	}
}
