package controller_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/poll"
	"github.com/seinode/seinode-operator/internal/workload"
)

// ahead is a clock that is as far ahead as a spec says.
type ahead struct {
	clock.RealClock
	by *atomic.Int64
}

func (a ahead) Now() time.Time                  { return time.Now().Add(time.Duration(a.by.Load())) }
func (a ahead) Since(t time.Time) time.Duration { return a.Now().Sub(t) }

// agentsOf answer for those in the pods: seid of image sei:good stopped for upgrade v7 once the pod says so, and any other is well.
func agentsOf() (halted, well *httptest.Server) {
	answer := func(said wire.NodeStatus) *httptest.Server {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(said) }))
		DeferCleanup(server.Close)
		return server
	}
	return answer(wire.NodeStatus{UpgradeHalt: &wire.UpgradeHalt{Name: "v7", Height: 500}}), answer(wire.NodeStatus{Ready: true, Answers: true, Height: 501})
}

// startOperator runs an operator that asks agents, until it is stopped.
func startOperator(by *atomic.Int64) (stop func()) {
	manager, err := emptyManager(api.operator, nil)
	Expect(err).NotTo(HaveOccurred())
	reconciler := newReconciler(manager, prometheus.NewRegistry(), testPlatform())
	reconciler.Clock, reconciler.Agents = ahead{by: by}, poll.New(manager.GetClient(), 0)
	halted, well := agentsOf()
	reconciler.Agents.Address = func(pod *corev1.Pod) (string, error) {
		if workload.SeidImage(pod.Spec) == "sei:good" {
			return halted.Listener.Addr().String(), nil
		}
		return well.Listener.Addr().String(), nil
	}
	Expect(reconciler.SetupWithManager(context.Background(), manager, 4)).To(Succeed())
	ctx, cancel := context.WithCancel(api.ctx)
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	Expect(manager.GetCache().WaitForCacheSync(ctx)).To(BeTrue())
	return func() {
		cancel()
		Eventually(ended).Should(Receive(BeNil()))
	}
}

// asking is a node that runs and has a policy that asks for a snapshot before upgrade v7.
func asking(ctx context.Context, required bool) *corev1.PersistentVolumeClaim {
	claim := running(ctx, "archive", "old")
	editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
		node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v7"}}
		node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{Snapshot: &seiv1alpha1.UpgradeSnapshotPolicy{
			Required: &required, VolumeSnapshotClassName: ptr.To("csi"),
		}}
	})
	return claim
}

// stops has seid in the node's pod end as it does at an upgrade; the agent in it says what seid wrote.
func stops(ctx context.Context) {
	Eventually(ctx, func() error {
		pod := get(ctx, "archive-0", &corev1.Pod{})
		pod.Status.PodIP, pod.Status.Conditions[0].Status = "10.0.0.1", corev1.ConditionFalse
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "seid", LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 2, Reason: "Error", Message: `panic: UPGRADE "v7" NEEDED at height: 500:  [recovered, repanicked]`,
		}}}}
		return k8s.Status().Update(ctx, pod)
	}).Should(Succeed())
}

// stopped has the operator believe, at once, that seid stopped: what it notes in the status when both of it are proven.
func stopped(ctx context.Context) (snapshot string) {
	Eventually(ctx, func() error {
		found := node(ctx, "archive")
		reached := seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Time: ptr.To(metav1.NewTime(time.Now().Truncate(time.Second)))}
		reached.Snapshot = workload.SnapshotAtHalt(found, reached)
		found.Reach(reached)
		snapshot = reached.Snapshot.Name
		return k8s.Status().Update(ctx, found)
	}).Should(Succeed())
	wake(ctx)
	return snapshot
}

// wake has the operator look at the node now: a VolumeSnapshot wakes nobody, and every five seconds is slow for a test.
func wake(ctx context.Context) {
	editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Annotations = map[string]string{"wake": node.ResourceVersion} })
}

func snapshots(ctx context.Context) []unstructured.Unstructured {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(workload.VolumeSnapshotKind)
	Expect(k8s.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	return list.Items
}

// expectSnapshot waits for the one VolumeSnapshot, and says that nothing of the node is there that might write meanwhile.
func expectSnapshot(ctx context.Context) *unstructured.Unstructured {
	var found []unstructured.Unstructured
	Eventually(ctx, func() []unstructured.Unstructured { found = snapshots(ctx); return found }).Should(HaveLen(1))
	Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse(), "a pod is there while the snapshot is taken")
	Expect(*set(ctx, "archive").Spec.Replicas).To(BeZero())
	return &found[0]
}

// answerSnapshot is the snapshot controller.
func answerSnapshot(ctx context.Context, snapshot *unstructured.Unstructured, status map[string]any) {
	Eventually(ctx, func() error {
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(snapshot), snapshot)).To(Succeed())
		snapshot.Object["status"] = status
		return k8s.Status().Update(ctx, snapshot)
	}).Should(Succeed())
	wake(ctx)
}

func take(ctx context.Context, snapshot *unstructured.Unstructured) {
	answerSnapshot(ctx, snapshot, map[string]any{"creationTime": time.Now().UTC().Format(time.RFC3339), "readyToUse": false})
}

// expectNext waits until the node runs from the next image, and for how its snapshot went.
func expectNext(ctx context.Context, state seiv1alpha1.SnapshotState) *seiv1alpha1.UpgradeSnapshot {
	Eventually(ctx, func(g Gomega) {
		pod := &corev1.Pod{}
		g.Expect(k8s.Get(ctx, key("archive-0"), pod)).To(Succeed())
		g.Expect(workload.SeidImage(pod.Spec)).To(Equal("sei:v7"))
	}).Should(Succeed())
	expectReady(ctx, "archive", "True/NodeReady")
	reached := node(ctx, "archive").Reached()
	Expect(reached).To(HaveLen(1))
	Expect(reached[0].Snapshot.State).To(Equal(state), reached[0].Snapshot.Message)
	Expect(workload.ReachedUpgrades(set(ctx, "archive"))).To(Equal(reached), "the note on the StatefulSet")
	return reached[0].Snapshot
}

// holdSnapshot has finalizers hold a VolumeSnapshot, as its controller does.
func holdSnapshot(ctx context.Context, snapshot *unstructured.Unstructured, finalizers ...string) {
	Eventually(ctx, func() error {
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(snapshot), snapshot)).To(Succeed())
		snapshot.SetFinalizers(finalizers)
		return k8s.Update(ctx, snapshot)
	}).Should(Succeed())
}

// makes counts the VolumeSnapshots that the operator made or deleted, or tried to.
func makes() (made int) {
	for _, write := range operatorWrites(namespace) {
		if write.ObjectRef.Resource == "volumesnapshots" {
			made++
		}
	}
	return made
}

// mayOnly has the operator do no more than that with VolumeSnapshots.
func mayOnly(ctx context.Context, verbs ...string) {
	role := &rbacv1.ClusterRole{}
	Expect(k8s.Get(ctx, client.ObjectKey{Name: "manager-role"}, role)).To(Succeed())
	var kept []rbacv1.PolicyRule
	for _, rule := range role.Rules {
		isOfThem := strings.Contains(strings.Join(rule.Resources, " "), "volumesnapshots")
		if isOfThem {
			rule.Verbs = verbs
		}
		if !isOfThem || len(verbs) > 0 {
			kept = append(kept, rule)
		}
	}
	role.Rules = kept
	Expect(k8s.Update(ctx, role)).To(Succeed())
}
