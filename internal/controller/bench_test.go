package controller_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// BenchmarkBoundToReady measures how long it takes from the write that makes a claim Bound until a watch shows
// ImportPVCReady=True on its SeiNode, with 200 SeiNodes waiting. It prints figures and judges none.
func BenchmarkBoundToReady(b *testing.B) {
	const waiting = 200
	RegisterTestingT(b)
	ctx, cancel := context.WithCancel(b.Context())
	plane, err := startControlPlane(b.TempDir())
	Expect(err).NotTo(HaveOccurred())
	defer func() {
		cancel() // an API server waits for its watches
		Expect(plane.stop()).To(Succeed())
	}()
	api, k8s = plane, plane.admin
	Expect(plane.run(newManager(plane.operator, prometheus.NewRegistry(), nil))).To(Succeed())
	namespace = newNamespace(ctx, k8s)

	claims := make([]*corev1.PersistentVolumeClaim, waiting)
	for i := range claims {
		claims[i] = newClaim(fmt.Sprintf("claim-%03d", i))
		create(ctx, claims[i])
		create(ctx, importing(fmt.Sprintf("node-%03d", i), claims[i].Name))
	}
	expectImport(ctx, fmt.Sprintf("node-%03d", waiting-1), "False/PVCNotBound")

	for b.Loop() {
		ready := watchReady(ctx, plane)
		var took []time.Duration
		for i, claim := range claims {
			bind(ctx, claim, "10Gi") // its last write is the claim's status
			bound := time.Now()
			took = append(took, (<-ready[fmt.Sprintf("node-%03d", i)]).Sub(bound))
		}
		slices.Sort(took)
		b.ReportMetric(0, "ns/op")
		for name, rank := range map[string]int{"p50-ms": waiting / 2, "p99-ms": waiting * 99 / 100, "max-ms": waiting - 1} {
			b.ReportMetric(float64(took[rank].Microseconds())/1000, name)
		}
	}
}

// watchReady returns, for each node, a channel that gets the time at which its condition was seen True.
func watchReady(ctx context.Context, plane *controlPlane) map[string]chan time.Time {
	watcher, err := client.NewWithWatch(plane.config, client.Options{Scheme: scheme.Scheme})
	Expect(err).NotTo(HaveOccurred())
	nodes := &seiv1alpha1.SeiNodeList{}
	Expect(watcher.List(ctx, nodes, client.InNamespace(namespace))).To(Succeed())
	ready := map[string]chan time.Time{}
	for i := range nodes.Items {
		ready[nodes.Items[i].Name] = make(chan time.Time, 1)
	}
	changes, err := watcher.Watch(ctx, &seiv1alpha1.SeiNodeList{}, client.InNamespace(namespace))
	Expect(err).NotTo(HaveOccurred())
	go func() {
		for change := range changes.ResultChan() {
			node, isNode := change.Object.(*seiv1alpha1.SeiNode)
			if isNode && meta.IsStatusConditionTrue(node.Status.Conditions, seiv1alpha1.ConditionImportPVCReady) {
				select {
				case ready[node.Name] <- time.Now():
				default:
				}
			}
		}
	}()
	return ready
}
