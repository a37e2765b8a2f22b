package controller_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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
	"sigs.k8s.io/controller-runtime/pkg/envtest"

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

// makes counts the VolumeSnapshots that the operator made, or tried to.
func makes() (made int) {
	for _, write := range operatorWrites(namespace) {
		if write.ObjectRef.Resource == "volumesnapshots" {
			made++
		}
	}
	return made
}

// On a control plane of its own: the kind is one of the cluster's. The first specs find none.
var _ = Describe("A snapshot at the halt", Ordered, func() {
	var by atomic.Int64
	var stop func()

	BeforeAll(func(ctx context.Context) {
		ownControlPlane()
		namespace = newNamespace(ctx, k8s)
		stop = startOperator(&by)
	})
	AfterAll(func() { stop() })
	BeforeEach(func() { by.Store(0) })

	It("keeps nobody where the cluster knows none, and an event says so", func(ctx context.Context) {
		asking(ctx, false)
		stops(ctx)
		failed := expectNext(ctx, seiv1alpha1.SnapshotFailed)
		Expect(failed.Message).To(ContainSubstring("install their CRDs"))
		Expect(eventsOf(ctx, "archive")).To(ContainElements(
			And(HavePrefix(`Normal UpgradeReached upgrade "v7" of the chain at height 500 `), HaveSuffix(`seid runs from image "sei:v7"`)),
			And(HavePrefix("Warning UpgradeSnapshotFailed "), ContainSubstring("install their CRDs"), HaveSuffix("; the node goes on without it"))))
	})

	It("that is required waits for the kind, and is taken while nothing runs, before anything does from the next image", func(ctx context.Context) {
		claim := asking(ctx, true)
		stops(ctx)
		expectReady(ctx, "archive", "False/UpgradeSnapshot", `the node goes on from image "sei:v7" once VolumeSnapshot "archive-v7-500-`, `of PVC "old"`,
			"install their CRDs", "set spec.upgradePolicy.snapshot.required to false")
		expectGone(ctx, "archive-0", &corev1.Pod{})
		_, err := envtest.InstallCRDs(api.config, envtest.CRDInstallOptions{Paths: []string{filepath.Join("testdata", "volumesnapshots.yaml")}})
		Expect(err).NotTo(HaveOccurred())

		wake(ctx)
		found := expectSnapshot(ctx)
		Expect(found.GetOwnerReferences()).To(BeEmpty(), "it outlives the SeiNode")
		Expect(found.GetLabels()).To(HaveKeyWithValue(seiv1alpha1.LabelNodeUID, string(node(ctx, "archive").UID)))
		Expect(found.GetAnnotations()).To(And(HaveKeyWithValue(seiv1alpha1.AnnotationClaimUID, string(claim.UID)),
			HaveKeyWithValue(seiv1alpha1.AnnotationUpgrade, HavePrefix(`{"name":"v7","height":500,"time":`))))
		Expect(found.Object["spec"]).To(Equal(map[string]any{
			"source": map[string]any{"persistentVolumeClaimName": "old"}, "volumeSnapshotClassName": "csi",
		}))
		expectReady(ctx, "archive", "False/UpgradeSnapshot", "the snapshot controller has not taken it yet")
		Expect(workload.SeidImage(set(ctx, "archive").Spec.Template.Spec)).To(Equal("sei:good"), "until it is taken, nobody could start the next one")
		Consistently(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeFalse())

		take(ctx, found)
		expectNext(ctx, seiv1alpha1.SnapshotTaken)
		Expect(makes()).To(Equal(1))
		Expect(eventsOf(ctx, "archive")).To(ContainElement(And(HavePrefix("Normal UpgradeSnapshotTaken "), ContainSubstring("as it was before upgrade"))))

	})

	It("that is required waits while the driver has an error, and passes it on", func(ctx context.Context) {
		asking(ctx, true)
		stopped(ctx)
		found := expectSnapshot(ctx)
		answerSnapshot(ctx, found, map[string]any{"error": map[string]any{"message": "the object has been modified"}})
		expectReady(ctx, "archive", "False/UpgradeSnapshot", "has not taken it yet") // it may pass
		by.Store(int64(2 * time.Minute))
		wake(ctx)
		expectReady(ctx, "archive", "False/UpgradeSnapshot", "the snapshot controller says: the object has been modified")
		expectQuiet(ctx)
		take(ctx, found)
		expectNext(ctx, seiv1alpha1.SnapshotTaken)
	})

	It("that is not required fails after ten minutes", func(ctx context.Context) {
		asking(ctx, false)
		stopped(ctx)
		expectSnapshot(ctx)
		by.Store(int64(11 * time.Minute))
		wake(ctx)
		Expect(expectNext(ctx, seiv1alpha1.SnapshotFailed).Message).To(ContainSubstring("after ten minutes"))
		Expect(makes()).To(Equal(1))
	})

	It("is given up when the policy is taken away", func(ctx context.Context) {
		asking(ctx, true)
		stopped(ctx)
		expectSnapshot(ctx)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.UpgradePolicy = nil })
		expectNext(ctx, seiv1alpha1.SnapshotSkipped)
	})

	It("outlives the SeiNode, which waits for nothing of it", func(ctx context.Context) {
		asking(ctx, true)
		stopped(ctx)
		expectSnapshot(ctx)
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(snapshots(ctx)).To(HaveLen(1))
	})

	It("is none that somebody else made", func(ctx context.Context) {
		asking(ctx, true)
		keepPod(ctx, "archive-0")
		name := stopped(ctx)
		expectReady(ctx, "archive", "False/UpgradeSnapshot", `pod "archive-0" is being stopped`)
		theirs := workload.NewVolumeSnapshot()
		theirs.SetNamespace(namespace)
		theirs.SetName(name)
		theirs.Object["spec"] = map[string]any{"source": map[string]any{"persistentVolumeClaimName": "old"}}
		create(ctx, theirs)
		take(ctx, theirs)
		letPodGo(ctx, "archive-0")
		expectReady(ctx, "archive", "False/UpgradeSnapshot", name, "is not of this halt", string(theirs.GetUID()), "delete it")
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse())
		remove(ctx, theirs)
		wake(ctx)
		take(ctx, expectSnapshot(ctx))
		expectNext(ctx, seiv1alpha1.SnapshotTaken)
		Expect(makes()).To(Equal(1))
	})

	It("outlives the operator, and starts nothing meanwhile", func(ctx context.Context) {
		asking(ctx, true)
		keepPod(ctx, "archive-0")
		stopped(ctx)
		expectReady(ctx, "archive", "False/UpgradeSnapshot", "is being stopped")
		stop()
		letPodGo(ctx, "archive-0")
		expectGone(ctx, "archive-0", &corev1.Pod{})
		stop = startOperator(&by)
		found := expectSnapshot(ctx)
		stop()
		take(ctx, found)
		Consistently(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeFalse())
		stop = startOperator(&by)
		expectNext(ctx, seiv1alpha1.SnapshotTaken)
		Expect(makes()).To(Equal(1))
	})

	It("keeps nobody where the operator has no right to one", func(ctx context.Context) {
		role := &rbacv1.ClusterRole{}
		Expect(k8s.Get(ctx, client.ObjectKey{Name: "manager-role"}, role)).To(Succeed())
		var kept []rbacv1.PolicyRule
		for _, rule := range role.Rules {
			if !strings.Contains(strings.Join(rule.Resources, " "), "volumesnapshots") {
				kept = append(kept, rule)
			}
		}
		Expect(kept).NotTo(HaveLen(len(role.Rules)))
		role.Rules = kept
		Expect(k8s.Update(ctx, role)).To(Succeed())
		asking(ctx, false)
		stopped(ctx)
		Expect(expectNext(ctx, seiv1alpha1.SnapshotFailed).Message).To(ContainSubstring("the operator needs get and create on volumesnapshots.snapshot.storage.k8s.io"))
	})
})
