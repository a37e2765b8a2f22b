package controller

import (
	"encoding/json"
	"reflect"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/internal/fixture"
)

// BenchmarkBytesANode measures how much of each kind is kept in memory for a node, without the cache's own maps and indexes. It prints figures and judges none.
func BenchmarkBytesANode(b *testing.B) {
	const nodes = 2000
	transforms := map[reflect.Type]func(any) (any, error){}
	for object, options := range CacheOptions().ByObject {
		transforms[reflect.TypeOf(object)] = options.Transform
	}
	for b.Loop() {
		b.ReportMetric(0, "ns/op")
		for _, object := range ofOneNode() {
			kind := reflect.TypeOf(object)
			b.ReportMetric(float64(kept(b, object, nodes, transforms[kind]))/nodes, kind.Elem().Name()+"-B")
		}
	}
}

// ofOneNode are the objects that a node has.
func ofOneNode() []client.Object {
	seen := fixture.Observation(fixture.Made)
	pod := &corev1.Pod{ObjectMeta: fixture.Set(&seen).Spec.Template.ObjectMeta, Spec: fixture.Set(&seen).Spec.Template.Spec}
	pod.Name, pod.Namespace, pod.Status.Phase, pod.Status.PodIP = seen.Node.PodName(), seen.Node.Namespace, corev1.PodRunning, "10.0.0.1"
	for _, kind := range readConditions {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue})
	}
	for _, container := range pod.Spec.InitContainers {
		status := corev1.ContainerStatus{Name: container.Name, State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}}
		pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, status)
	}
	objects := []client.Object{seen.Node, seen.Data.Claim, seen.Data.Volume, pod}
	for _, kind := range kinds() {
		if live := seen.Live[kind.Key()]; live != nil {
			objects = append(objects, live.(client.Object))
		}
	}
	return objects
}

// kept is how many bytes that many copies of an object take, as they are once they were decoded and cut down.
func kept(b *testing.B, object client.Object, copies int, transform func(any) (any, error)) int64 {
	text, err := json.Marshal(object)
	if err != nil {
		b.Fatal(err)
	}
	all, before := make([]any, copies), inUse()
	for i := range all {
		decoded := reflect.New(reflect.TypeOf(object).Elem()).Interface()
		if err := json.Unmarshal(text, decoded); err != nil {
			b.Fatal(err)
		}
		if all[i], err = transform(decoded); err != nil {
			b.Fatal(err)
		}
	}
	after := inUse()
	runtime.KeepAlive(all)
	return after - before
}

// inUse is the memory that is in use once all garbage is collected.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int64(now.HeapAlloc)
}
