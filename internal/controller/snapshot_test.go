package controller_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

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
			And(HavePrefix(`Normal UpgradeReached upgrade "v7" of the chain at height 500 `), HaveSuffix(`is reached; the node goes on from image "sei:v7"`)),
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
			HaveKeyWithValue(seiv1alpha1.AnnotationUpgrade, HavePrefix(`{"name":"v7","height":500,"from":"sei:good","time":`))))
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
		Expect(expectNext(ctx, seiv1alpha1.SnapshotFailed).Message).To(And(ContainSubstring("after ten minutes"), HaveSuffix("; no VolumeSnapshot is left of it")))
		Expect(snapshots(ctx)).To(BeEmpty(), "it would be cut later, with data after the upgrade")
		Expect(makes()).To(Equal(2), "made, and deleted")
	})

	It("that is given up is gone before the node goes on", func(ctx context.Context) {
		asking(ctx, true)
		stopped(ctx)
		held := expectSnapshot(ctx)
		holdSnapshot(ctx, held, "test/held")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.UpgradePolicy = nil })
		Eventually(ctx, func() *metav1.Time { return snapshots(ctx)[0].GetDeletionTimestamp() }).ShouldNot(BeNil())
		expectReady(ctx, "archive", "False/UpgradeSnapshot", "is gone: ", "was taken away", "given up, and deleted before the node goes on")
		Consistently(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeFalse())
		Expect(makes()).To(Equal(2), "made, and deleted once")
		holdSnapshot(ctx, held)
		wake(ctx)
		expectNext(ctx, seiv1alpha1.SnapshotSkipped)
		Expect(snapshots(ctx)).To(BeEmpty())
	})

	It("of a class that was corrected is made anew", func(ctx context.Context) {
		asking(ctx, true)
		stopped(ctx)
		old := expectSnapshot(ctx)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
			node.Spec.UpgradePolicy.Snapshot.VolumeSnapshotClassName = ptr.To("other")
		})
		Eventually(ctx, func() []unstructured.Unstructured { return snapshots(ctx) }).Should(
			And(HaveLen(1), Not(ContainElement(HaveField("GetUID()", old.GetUID())))))
		found := expectSnapshot(ctx)
		Expect(found.Object["spec"]).To(HaveKeyWithValue("volumeSnapshotClassName", "other"))
		take(ctx, found)
		expectNext(ctx, seiv1alpha1.SnapshotTaken)
	})

	It("is given up when the policy is taken away", func(ctx context.Context) {
		asking(ctx, true)
		stopped(ctx)
		expectSnapshot(ctx)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.UpgradePolicy = nil })
		expectNext(ctx, seiv1alpha1.SnapshotSkipped)
		Expect(snapshots(ctx)).To(BeEmpty())
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

	It("that the operator may not delete is told, and keeps nobody", func(ctx context.Context) {
		mayOnly(ctx, "get", "create")
		asking(ctx, false)
		stopped(ctx)
		expectSnapshot(ctx)
		by.Store(int64(11 * time.Minute))
		wake(ctx)
		const left = "which may still be cut, with data after the upgrade: delete it"
		Expect(expectNext(ctx, seiv1alpha1.SnapshotFailed).Message).To(And(ContainSubstring("the operator cannot delete VolumeSnapshot"), HaveSuffix(left)))
		Expect(eventsOf(ctx, "archive")).To(ContainElement(And(HavePrefix("Warning UpgradeSnapshotFailed "), ContainSubstring(left))))
		Expect(snapshots(ctx)).To(HaveLen(1))
	})

	It("keeps nobody where the operator has no right to one", func(ctx context.Context) {
		mayOnly(ctx)
		asking(ctx, false)
		stopped(ctx)
		Expect(expectNext(ctx, seiv1alpha1.SnapshotFailed).Message).To(ContainSubstring("the operator needs get, create and delete on volumesnapshots.snapshot.storage.k8s.io"))
	})
})
