package controller_test

import (
	"context"
	"path/filepath"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

// driver has the volumes that are copied here, and class makes others of it.
const driver = "disk.example.com"

var _ = Describe("A volume that begins as a copy of a claim", func() {
	It("is made once the claim is there, of the same driver, and not larger; and the claim is only read", func(ctx context.Context) {
		class := classOf(ctx, driver)
		create(ctx, copying(class, seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "old"}}, "10Gi"))
		expectUnmade(ctx, "False/SourceNotReady", `PersistentVolumeClaim "old", of which PVC "data-archive" is to be a copy, does not exist`)
		source := onDriver(ctx, "old", "10Gi")
		witness("old")
		before := userPart(ctx, source)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionBootstrapped, "False/Copying")
		foundOfHeight(ctx, "Inspected", false)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionBootstrapped, "True/Restored", `PVC "data-archive" began as a copy of PersistentVolumeClaim "old"`)
		made := get(ctx, "data-archive", &corev1.PersistentVolumeClaim{})
		Expect(made.Spec.DataSourceRef).To(Equal(&corev1.TypedObjectReference{Kind: "PersistentVolumeClaim", Name: "old"}))
		Expect(mountedClaims(set(ctx, "archive").Spec.Template.Spec)).To(ConsistOf("data-archive"))
		Expect(node(ctx, "archive").Status.Bootstrap.Source).To(Equal("Claim"))
		Expect(eventsOf(ctx, "archive")).To(ContainElements(HavePrefix("Warning BootstrapFailed SourceNotReady: "), HavePrefix("Normal Bootstrapped ")))
		expectQuiet(ctx)

		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(userPart(ctx, source)).To(Equal(before))
	})

	It("is not made where it would be too small, or of another driver", func(ctx context.Context) {
		onDriver(ctx, "old", "10Gi")
		witness("old")
		create(ctx, copying(classOf(ctx, driver), seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "old"}}, "9Gi"))
		expectUnmade(ctx, "False/NoSpace", `PersistentVolumeClaim "old" takes 10Gi, and PVC "data-archive" would have 9Gi`)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})

		create(ctx, copying(classOf(ctx, "other.example.com"), seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "old"}}, "10Gi"))
		expectUnmade(ctx, "False/DriverMismatch", `is of driver "disk.example.com"`, `whose driver is "other.example.com"`)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
	})

	It("is not made of a snapshot where the cluster knows none", func(ctx context.Context) {
		create(ctx, copying(classOf(ctx, driver), snapshotNamed("yesterday"), "10Gi"))
		expectUnmade(ctx, "False/SourceNotReady", "install their CRDs")
		Expect(node(ctx, "archive").Status.Bootstrap.Source).To(Equal("VolumeSnapshot"))
	})
})

// On a control plane of its own: the kind is one of the cluster's.
var _ = Describe("A volume that begins as a copy of a snapshot", Ordered, func() {
	BeforeAll(func(ctx context.Context) {
		ownControlPlane()
		_, err := envtest.InstallCRDs(api.config, envtest.CRDInstallOptions{Paths: []string{filepath.Join("testdata", "volumesnapshots.yaml")}})
		Expect(err).NotTo(HaveOccurred())
		namespace = newNamespace(ctx, k8s)
		DeferCleanup(startOperator(new(atomic.Int64)))
	})

	It("is made once the snapshot is ready, of the same driver, and not larger", func(ctx context.Context) {
		create(ctx, copying(classOf(ctx, driver), snapshotNamed("yesterday"), "10Gi"))
		expectUnmade(ctx, "False/SourceNotReady", `VolumeSnapshot "yesterday"`, "does not exist")
		snapshot := taken(ctx, "yesterday", driver)
		wake(ctx)
		expectUnmade(ctx, "False/SourceNotReady", "not ready to use yet")
		answerSnapshot(ctx, snapshot, map[string]any{"readyToUse": true, "restoreSize": "10Gi", "boundVolumeSnapshotContentName": snapshot.GetName() + "-" + namespace})
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		made := get(ctx, "data-archive", &corev1.PersistentVolumeClaim{})
		Expect(made.Spec.DataSourceRef).To(Equal(&corev1.TypedObjectReference{APIGroup: ptr.To("snapshot.storage.k8s.io"), Kind: "VolumeSnapshot", Name: "yesterday"}))
		foundOfHeight(ctx, "Inspected", false)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionBootstrapped, "True/Restored", `began as a copy of VolumeSnapshot "yesterday"`)
		Expect(snapshots(ctx)).To(HaveLen(1), "it is only read")
	})

	It("is not made of one that is too large, or of another driver, and nothing is left", func(ctx context.Context) {
		namespace = newNamespace(ctx, k8s)
		for _, test := range []struct{ driver, size, want, says string }{
			{driver, "11Gi", "False/NoSpace", `VolumeSnapshot "yesterday" takes 11Gi, and PVC "data-archive" would have 10Gi`},
			{"other.example.com", "10Gi", "False/DriverMismatch", `VolumeSnapshot "yesterday" is of driver "other.example.com"`},
		} {
			create(ctx, copying(classOf(ctx, driver), snapshotNamed("yesterday"), "10Gi"))
			snapshot := taken(ctx, "yesterday", test.driver)
			answerSnapshot(ctx, snapshot, map[string]any{"readyToUse": true, "restoreSize": test.size, "boundVolumeSnapshotContentName": snapshot.GetName() + "-" + namespace})
			expectUnmade(ctx, test.want, test.says)
			expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
			remove(ctx, node(ctx, "archive"))
			expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
			Expect(k8s.Delete(ctx, snapshot)).To(Succeed())
			namespace = newNamespace(ctx, k8s)
		}
	})
})

// copying is an archive whose claim of that class and size begins as a copy.
func copying(class string, from seiv1alpha1.BootstrapSpec, size string) *seiv1alpha1.SeiNode {
	node := creating("archive")
	node.Spec.Bootstrap = &from
	node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{StorageClassName: &class, Size: ptr.To(resource.MustParse(size))}
	return node
}

func snapshotNamed(name string) seiv1alpha1.BootstrapSpec {
	return seiv1alpha1.BootstrapSpec{VolumeSnapshot: &seiv1alpha1.VolumeSnapshotSource{Name: name}}
}

// classOf makes a class of a driver, and returns its name.
func classOf(ctx context.Context, driver string) string {
	class := &storagev1.StorageClass{Provisioner: driver}
	class.GenerateName = "class-"
	Expect(k8s.Create(ctx, class)).To(Succeed())
	DeferCleanup(func(ctx context.Context) { _ = k8s.Delete(ctx, class) })
	return class.Name
}

// onDriver makes a claim that is bound to a volume of the driver.
func onDriver(ctx context.Context, name, size string) *corev1.PersistentVolumeClaim {
	claim := newClaim(name)
	create(ctx, claim)
	bindTo(ctx, claim, size, corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: driver, VolumeHandle: string(claim.UID)}})
	return claim
}

// taken makes a VolumeSnapshot, and what its driver keeps of it.
func taken(ctx context.Context, name, driver string) *unstructured.Unstructured {
	content := workload.NewVolumeSnapshotContent()
	content.SetName(name + "-" + namespace)
	content.Object["spec"] = map[string]any{"driver": driver}
	Expect(k8s.Create(ctx, content)).To(Succeed())
	snapshot := workload.NewVolumeSnapshot()
	snapshot.SetNamespace(namespace)
	snapshot.SetName(name)
	snapshot.Object["spec"] = map[string]any{"source": map[string]any{"persistentVolumeClaimName": "old"}}
	Expect(k8s.Create(ctx, snapshot)).To(Succeed())
	return snapshot
}

// expectUnmade waits until the node says why its volume is not made, and wants nothing to be there of it.
func expectUnmade(ctx context.Context, statusAndReason string, parts ...string) {
	expectCondition(ctx, "archive", seiv1alpha1.ConditionBootstrapped, statusAndReason, parts...)
	Expect(exists(ctx, "data-archive", &corev1.PersistentVolumeClaim{})).To(BeFalse(), "the claim was made")
	expectNoWorkload(ctx, "archive")
}
