package controller_test

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// After Running the condition goes on following the claim and its volume; the pod is left alone.
var _ = Describe("A running node's claim", func() {
	var claim *corev1.PersistentVolumeClaim
	var pod types.UID

	BeforeEach(func(ctx context.Context) {
		claim = running(ctx, "archive", "old")
		pod = get(ctx, "archive-0", &corev1.Pod{}).UID
	})

	expectLeftAlone := func(ctx context.Context) {
		Consistently(ctx, func(g Gomega) {
			found := &corev1.Pod{}
			g.Expect(k8s.Get(ctx, key("archive-0"), found)).To(Succeed())
			g.Expect(found.UID).To(Equal(pod))
			g.Expect(found.DeletionTimestamp).To(BeNil())
		}).Should(Succeed(), "the running pod is what keeps the data")
		Expect(node(ctx, "archive").Status.Phase).To(Equal(seiv1alpha1.PhaseRunning))
		Expect(*set(ctx, "archive").Spec.Replicas).To(BeEquivalentTo(1))
	}

	It("is deleted", func(ctx context.Context) {
		remove(ctx, claim)
		expectImport(ctx, "archive", "False/PVCTerminating")
		expectReady(ctx, "archive", "False/DataVolumeNotReady", "PVCTerminating")
		expectLeftAlone(ctx)
		Expect(eventsOf(ctx, "archive")).To(ContainElement(HavePrefix("Warning PVCImportFailed PVCTerminating: ")))
	})

	It("is deleted while the pod is of an older spec: the pod stays", func(ctx context.Context) {
		remove(ctx, claim)
		expectImport(ctx, "archive", "False/PVCTerminating")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Image = "sei:newer" })
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "True/Updating", "is not restarted now", "PVCTerminating")
		expectLeftAlone(ctx)
	})

	It("is lost, and is restored", func(ctx context.Context) {
		setClaimStatus(ctx, claim, corev1.ClaimLost, "10Gi")
		expectImport(ctx, "archive", "False/PVCLost")
		expectReady(ctx, "archive", "False/DataVolumeNotReady")
		expectLeftAlone(ctx)
		setClaimStatus(ctx, claim, corev1.ClaimBound, "10Gi")
		expectImport(ctx, "archive", "True/PVCValidated")
		expectReady(ctx, "archive", "True/NodeReady")
	})

	It("has a volume that failed", func(ctx context.Context) {
		volume := volumeOf(ctx, claim)
		volume.Status.Phase = corev1.VolumeFailed
		Expect(k8s.Status().Update(ctx, volume)).To(Succeed())
		expectImport(ctx, "archive", "False/UnderlyingPVFailed")
		expectLeftAlone(ctx)
	})

	It("has a volume that vanished", func(ctx context.Context) {
		volume := volumeOf(ctx, claim)
		volume.Finalizers = nil
		Expect(k8s.Update(ctx, volume)).To(Succeed())
		Expect(k8s.Delete(ctx, volume)).To(Succeed())
		expectImport(ctx, "archive", "False/UnderlyingPVMissing")
		expectLeftAlone(ctx)
	})

	It("grows while the node runs: the condition follows, and the node stays ready", func(ctx context.Context) {
		volume := volumeOf(ctx, claim)
		volume.Spec.Capacity[corev1.ResourceStorage] = resource.MustParse("20Gi")
		Expect(k8s.Update(ctx, volume)).To(Succeed())
		expectImport(ctx, "archive", "False/UnderlyingPVCapacityMismatch")
		expectReady(ctx, "archive", "True/NodeReady")
		setClaimStatus(ctx, claim, corev1.ClaimBound, "20Gi")
		expectImport(ctx, "archive", "True/PVCValidated")
		expectLeftAlone(ctx)
	})

	It("is replaced by one of the same name, which holds other data", func(ctx context.Context) {
		remove(ctx, claim)
		release(ctx, "old")
		other := boundClaim(ctx, "old", "10Gi")
		expectImport(ctx, "archive", "False/PVCReplaced", string(claim.UID), string(other.UID), seiv1alpha1.AnnotationAcceptClaimUID)
		Eventually(ctx, func() int32 { return *set(ctx, "archive").Spec.Replicas }).Should(BeZero(), "no pod may start on it")
		Expect(node(ctx, "archive").Status.DataVolume.ClaimUID).To(Equal(claim.UID), "what was adopted is not forgotten")

		By("accepting it, once times tell its pod from one that was there before it")
		Eventually(ctx, func() time.Time { return time.Now().Truncate(time.Second) }).Should(BeTemporally(">", other.CreationTimestamp.Time))
		held := node(ctx, "archive").Status.Leases
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
			node.Annotations = map[string]string{seiv1alpha1.AnnotationAcceptClaimUID: string(other.UID)}
		})
		expectImport(ctx, "archive", "True/PVCValidated")
		expectReady(ctx, "archive", "True/NodeReady")
		Expect(node(ctx, "archive").Status.DataVolume.ClaimUID).To(Equal(other.UID))

		By("giving the former volume back: another SeiNode may adopt it")
		Eventually(ctx, func() []string { return node(ctx, "archive").Status.Leases }).Should(And(HaveLen(1), Not(Equal(held))))
		namespace, lease, _ := strings.Cut(held[0], "/")
		Expect(apierrors.IsNotFound(k8s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: lease}, &coordinationv1.Lease{}))).To(BeTrue())
	})
})
