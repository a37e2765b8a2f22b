package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// A pause is how people make sure that nothing writes, or signs, any more: whatever else is wrong, it stops the pod.
var _ = Describe("A pause", func() {
	DescribeTable("stops the pod, and has none come", func(ctx context.Context, trouble func(context.Context, *corev1.PersistentVolumeClaim) (mend func())) {
		mend := trouble(ctx, running(ctx, "archive", "old"))
		setPaused(ctx, "archive", true)
		expectReady(ctx, "archive", "False/Paused", "set it to false to start the node")
		Expect(*set(ctx, "archive").Spec.Replicas).To(BeZero())
		mend()
		Consistently(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeFalse())
	},
		Entry("when the claim is lost", func(ctx context.Context, claim *corev1.PersistentVolumeClaim) func() {
			setClaimStatus(ctx, claim, corev1.ClaimLost, "10Gi")
			expectImport(ctx, "archive", "False/PVCLost")
			return func() { setClaimStatus(ctx, claim, corev1.ClaimBound, "10Gi") }
		}),
		Entry("when the claim goes, which the pod keeps", func(ctx context.Context, claim *corev1.PersistentVolumeClaim) func() {
			remove(ctx, claim)
			expectImport(ctx, "archive", "False/PVCTerminating")
			return func() { release(ctx, "old") }
		}),
		Entry("when the claim is gone", func(ctx context.Context, claim *corev1.PersistentVolumeClaim) func() {
			remove(ctx, claim)
			release(ctx, "old")
			expectImport(ctx, "archive", "False/PVCNotFound")
			return func() { boundClaim(ctx, "old", "10Gi") }
		}),
		Entry("when the volume is gone", func(ctx context.Context, claim *corev1.PersistentVolumeClaim) func() {
			removeVolume(ctx, volumeOf(ctx, claim))
			expectImport(ctx, "archive", "False/UnderlyingPVMissing")
			return func() {}
		}),
		Entry("when there is no pod, which a quota forbids", func(ctx context.Context, _ *corev1.PersistentVolumeClaim) func() {
			forbidding := noPods(ctx)
			remove(ctx, get(ctx, "archive-0", &corev1.Pod{}))
			expectGone(ctx, "archive-0", &corev1.Pod{})
			return func() { remove(ctx, forbidding) }
		}),
		Entry("when the pod is never ready, as on a full disk", func(ctx context.Context, _ *corev1.PersistentVolumeClaim) func() {
			setImage(ctx, "archive", "sei:bad")
			expectReady(ctx, "archive", "False/PodNotReady")
			return func() {}
		}),
	)

	It("says that the pod is still there for as long as it is", func(ctx context.Context) {
		running(ctx, "archive", "old")
		keepPod(ctx, "archive-0")
		setPaused(ctx, "archive", true)
		Expect(expectReady(ctx, "archive", "False/Paused", `pod "archive-0" is still there`)).NotTo(ContainSubstring("set it to false"))
		letPodGo(ctx, "archive-0")
		expectReady(ctx, "archive", "False/Paused", "set it to false to start the node")
	})
})

// noPods is a quota that allows none.
func noPods(ctx context.Context) *corev1.ResourceQuota {
	none := corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}
	made := &corev1.ResourceQuota{ObjectMeta: objectMeta("none"), Spec: corev1.ResourceQuotaSpec{Hard: none}}
	create(ctx, made)
	made.Status.Hard, made.Status.Used = none, none
	Expect(k8s.Status().Update(ctx, made)).To(Succeed())
	return made
}
