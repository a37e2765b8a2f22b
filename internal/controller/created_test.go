package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("A created claim", func() {
	It("is not taken from somebody else, nor touched, nor deleted", func(ctx context.Context) {
		claim := boundClaim(ctx, "data-archive", "10Gi")
		witness("data-archive")
		before := userPart(ctx, claim)
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		expectReady(ctx, "archive", "False/PlanFailed", `data PVC "data-archive" already exists and is not owned by SeiNode "archive"; `+
			`set spec.dataVolume.import.pvcName of another SeiNode to adopt it, and delete this one; or delete the PVC, and its data with it`)
		expectNoWorkload(ctx, "archive")
		Expect(eventsOf(ctx, "archive")).To(ContainElement(HavePrefix("Warning TaskFailed PVCNotOwned: ")))
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(userPart(ctx, claim)).To(Equal(before))
	})

	It("is made once the foreign claim of its name is gone", func(ctx context.Context) {
		create(ctx, newClaim("data-archive"))
		witness("data-archive")
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		forgetWitness("data-archive")
		remove(ctx, newClaim("data-archive"))
		release(ctx, "data-archive")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	It("is recognized by UID after a crash between its creation and the status", func(ctx context.Context) {
		paused := creating("archive")
		paused.Spec.Paused = ptr.To(true)
		create(ctx, paused)
		Eventually(ctx, func() bool { return exists(ctx, "data-archive", &corev1.PersistentVolumeClaim{}) }).Should(BeTrue())
		made := get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).UID
		wipeStatus(ctx, "archive")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = nil })
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).UID).To(Equal(made))
	})

	It("waits for its namesake's claim to go", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		first := get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).UID
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).NotTo(BeNil())

		create(ctx, creating("archive"))
		expectReady(ctx, "archive", "False/DataVolumeNotReady", "PVCTerminating", "is created when it is gone")
		expectNoWorkload(ctx, "archive")
		release(ctx, "data-archive")
		Eventually(ctx, func() types.UID {
			claim := &corev1.PersistentVolumeClaim{}
			_ = exists(ctx, "data-archive", claim)
			return claim.UID
		}).ShouldNot(Or(BeEmpty(), Equal(first)))

		By("waiting for what else garbage collection has not taken yet")
		Eventually(ctx, func() []seiv1alpha1.PlannedTask { return node(ctx, "archive").Status.Plan.Tasks }).
			Should(ContainElement(HaveField("Error", And(HavePrefix("ServiceNotOwned"), ContainSubstring("an earlier life of this node")))))
		remove(ctx, get(ctx, "archive", &corev1.Service{}))
		Eventually(ctx, func() seiv1alpha1.PlanPhase { return node(ctx, "archive").Status.Plan.Phase }).Should(Equal(seiv1alpha1.PlanComplete))
		Expect(metav1.IsControlledBy(get(ctx, "archive", &corev1.Service{}), node(ctx, "archive"))).To(BeTrue())
	})

	It("is never replaced by an empty one once it held data", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		remove(ctx, newClaim("data-archive"))
		release(ctx, "data-archive")
		expectReady(ctx, "archive", "False/DataVolumeNotReady", "DataVolumeLost", "an empty one is not put in its place")
		Consistently(ctx, func() bool { return exists(ctx, "data-archive", &corev1.PersistentVolumeClaim{}) }).Should(BeFalse())
	})

	It("that is retained carries no owner reference, and stays", func(ctx context.Context) {
		retained := creating("archive")
		retained.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
		create(ctx, retained)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).OwnerReferences).To(BeEmpty())
		remove(ctx, retained)
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
	})

	DescribeTable("is released when the policy becomes Retain, whatever else is under way", func(ctx context.Context, meanwhile func(context.Context)) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(metav1.GetControllerOf(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}))).NotTo(BeNil())
		meanwhile(ctx)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
			node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
		})
		Eventually(ctx, func() []metav1.OwnerReference {
			return get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).OwnerReferences
		}).Should(BeEmpty())
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
	},
		Entry("while the node runs", func(context.Context) {}),
		Entry("while it is paused", func(ctx context.Context) { setPaused(ctx, "archive", true) }),
		Entry("while an update does not come up", func(ctx context.Context) {
			setImage(ctx, "archive", "sei:bad")
			expectReady(ctx, "archive", "False/PodNotReady")
		}),
		Entry("while its plan has failed", func(ctx context.Context) {
			stealService(ctx, "archive")
			expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		}),
	)
})
