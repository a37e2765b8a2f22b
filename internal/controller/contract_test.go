package controller_test

import (
	"context"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The specs that the import contract asks for by name, and what else it promises of a verdict.
var _ = Describe("The import contract", func() {
	It("TestController_Import_Happy_ReachesRunning", func(ctx context.Context) {
		boundClaim(ctx, "old-data", "10Gi")
		create(ctx, importing("archive", "old-data"))
		found := expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)

		expectImport(ctx, "archive", "True/PVCValidated")
		expectReady(ctx, "archive", "True/NodeReady")
		Expect(mountedClaims(set(ctx, "archive").Spec.Template.Spec)).To(Equal([]string{"old-data"}))
		Expect(mountedClaims(get(ctx, "archive-0", &corev1.Pod{}).Spec)).To(Equal([]string{"old-data"}))
		Expect(set(ctx, "archive").Spec.VolumeClaimTemplates).To(BeEmpty(), "one of the pod's volume's name would take its place")
		Expect(exists(ctx, "data-archive", &corev1.PersistentVolumeClaim{})).To(BeFalse(), "an import makes no claim")
		claim := get(ctx, "old-data", &corev1.PersistentVolumeClaim{})
		Expect(found.Status.DataVolume).To(HaveValue(MatchDataVolume(claim, true)))
		Expect(found.Status.Plan.Phase).To(Equal(seiv1alpha1.PlanComplete))
	})

	It("TestController_Import_LatePVC_Converges", func(ctx context.Context) {
		create(ctx, importing("archive", "late"))
		expectImport(ctx, "archive", "False/PVCNotFound", `PVC "late" does not exist in namespace`)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseInitializing)
		Eventually(ctx, func() string { return node(ctx, "archive").Status.Plan.Tasks[0].Error }).Should(HavePrefix(`PVCNotFound: PVC "late"`))
		expectNoWorkload(ctx, "archive")

		claim := newClaim("late")
		create(ctx, claim)
		expectImport(ctx, "archive", "False/PVCNotBound")
		expectNoWorkload(ctx, "archive")
		bind(ctx, claim, "10Gi")
		expectImport(ctx, "archive", "True/PVCValidated")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	It("TestController_Import_TerminalFailure_MarksFailed", func(ctx context.Context) {
		claim := boundClaim(ctx, "small", "5Gi")
		create(ctx, importing("archive", "small"))
		found := expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		text := `PVC "small" capacity 5Gi is less than the 10Gi that an archive node requires; expand the PVC, or set spec.dataVolume.size`
		Expect(expectImport(ctx, "archive", "False/CapacityTooSmall")).To(Equal(text))
		Expect(found.Status.Plan.Phase).To(Equal(seiv1alpha1.PlanFailed))
		Expect(*found.Status.Plan.FailedTaskIndex).To(BeZero())
		Expect(*found.Status.Plan.FailedTaskDetail).To(Equal(seiv1alpha1.FailedTaskDetail{
			Type: seiv1alpha1.TaskEnsureDataPVC, Reason: seiv1alpha1.ReasonImportCapacityTooSmall, Message: text,
		}))
		expectReady(ctx, "archive", "False/PlanFailed")
		expectNoWorkload(ctx, "archive")

		By("mending the cause, the same SeiNode goes on")
		resize(ctx, claim, "10Gi")
		Expect(expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning).UID).To(Equal(found.UID))
	})

	It("recovers from a terminal verdict when the node asks for less", func(ctx context.Context) {
		boundClaim(ctx, "small", "5Gi")
		create(ctx, importing("archive", "small"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.DataVolume.Size = ptr.To(resource.MustParse("5Gi")) })
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	DescribeTable("TestController_Import_Deletion_PreservesPVC", func(ctx context.Context, name string) {
		claim := boundClaim(ctx, name, "10Gi")
		before := userPart(ctx, claim)
		create(ctx, importing("archive", name))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse())
		Expect(cmp.Diff(before, userPart(ctx, claim))).To(BeEmpty())
	},
		Entry("a claim of any name", "old-data"),
		Entry("a claim of the name that a created one would have", "data-archive"),
	)

	It("TestController_NoImport_Deletion_DeletesPVC", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		claim := get(ctx, "data-archive", &corev1.PersistentVolumeClaim{})
		Expect(metav1.IsControlledBy(claim, node(ctx, "archive"))).To(BeTrue())
		Expect(mountedClaims(set(ctx, "archive").Spec.Template.Spec)).To(Equal([]string{"data-archive"}))

		keepPod(ctx, "archive-0")
		remove(ctx, node(ctx, "archive"))
		expectReady(ctx, "archive", "False/Terminating", `waiting for pod "archive-0"`)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseTerminating)
		Consistently(ctx, func() bool {
			return get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp == nil && exists(ctx, "archive", &seiv1alpha1.SeiNode{})
		}).Should(BeTrue(), "the claim and the SeiNode stay for as long as the pod does")
		letPodGo(ctx, "archive-0")
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		release(ctx, "data-archive")
	})
})

// userPart is what belongs to the user of a claim and its volume: all but the status and the bookkeeping.
func userPart(ctx context.Context, claim *corev1.PersistentVolumeClaim) []any {
	live, volume := get(ctx, claim.Name, &corev1.PersistentVolumeClaim{}), volumeOf(ctx, claim)
	live.ResourceVersion, volume.ResourceVersion = "", ""
	return []any{live.ObjectMeta, live.Spec, volume.ObjectMeta, volume.Spec}
}

// MatchDataVolume matches the status of a node that uses the claim.
func MatchDataVolume(claim *corev1.PersistentVolumeClaim, imported bool) OmegaMatcher {
	capacity := claim.Status.Capacity[corev1.ResourceStorage]
	return WithTransform(func(status seiv1alpha1.DataVolumeStatus) string {
		return cmp.Diff(seiv1alpha1.DataVolumeStatus{
			ClaimName: claim.Name, ClaimUID: claim.UID, VolumeName: claim.Spec.VolumeName, VolumeIdentity: "local:/nowhere/" + string(claim.UID), Capacity: &capacity, Imported: imported,
		}, status)
	}, BeEmpty())
}

const keeper = "test.sei.io/keep"

// keepPod makes a pod take its time to stop.
func keepPod(ctx context.Context, name string) {
	edit(ctx, name, &corev1.Pod{}, func(pod *corev1.Pod) { pod.Finalizers = append(pod.Finalizers, keeper) })
}

func letPodGo(ctx context.Context, name string) {
	edit(ctx, name, &corev1.Pod{}, func(pod *corev1.Pod) { pod.Finalizers = nil })
}
