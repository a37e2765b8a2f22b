package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// To destroy takes more proof than to use.
var _ = Describe("What a deleted SeiNode leaves", func() {
	references := func(ctx context.Context) []metav1.OwnerReference {
		return get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).OwnerReferences
	}
	// expectKept says that the SeiNode is gone, and its claim is nobody's and stays, for a reason that was told.
	expectKept := func(ctx context.Context, because string) {
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
		Expect(references(ctx)).To(BeEmpty(), "garbage collection would take it")
		Eventually(ctx, func() []string { return eventsOf(ctx, "archive") }).Should(ContainElement(
			And(HavePrefix("Normal DataVolumeKept PVC data-archive and its data stay, because "), ContainSubstring(because))))
	}
	// copyOf is what `kubectl debug --copy-to --keep-labels` makes of the node's pod.
	copyOf := func(ctx context.Context) *corev1.Pod {
		pod := get(ctx, "archive-0", &corev1.Pod{})
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "archive-0-copy", Labels: pod.Labels}, Spec: pod.Spec}
	}

	It("is the claim that a foreign pod mounts, and not before", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(references(ctx)).NotTo(BeEmpty())
		stranger := podOn("data-archive")
		create(ctx, stranger)
		Consistently(ctx, references).ShouldNot(BeEmpty(), "a pod may have filled it")
		remove(ctx, node(ctx, "archive"))
		expectKept(ctx, `pod "stranger"`)
	})

	It("is no claim that a foreign pod mounted, and ended", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		stranger := podOn("data-archive")
		create(ctx, stranger)
		stranger.Status.Phase = corev1.PodSucceeded
		Expect(k8s.Status().Update(ctx, stranger)).To(Succeed())
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).NotTo(BeNil())
	})

	It("is a copy of its pod that somebody made, and the claim that it mounts", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		create(ctx, copyOf(ctx))
		remove(ctx, node(ctx, "archive"))
		expectKept(ctx, "")
		Expect(get(ctx, "archive-0-copy", &corev1.Pod{}).DeletionTimestamp).To(BeNil())
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse())
	})

	It("is a validator's claim, unless it says otherwise", func(ctx context.Context) {
		validator := creating("archive")
		validator.Spec.Archive, validator.Spec.Validator = nil, &seiv1alpha1.ValidatorSpec{}
		create(ctx, validator)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(references(ctx)).To(BeEmpty())
		remove(ctx, validator)
		expectKept(ctx, "")
	})

	It("is a workload and a claim whose StatefulSet somebody let go of by hand", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		pod := podUID(ctx, "archive-0")
		own := set(ctx, "archive")
		own.OwnerReferences = nil
		Expect(k8s.Update(ctx, own)).To(Succeed())
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(references(ctx)).To(BeEmpty(), "garbage collection would take it from under the pod")
		Consistently(ctx, func(g Gomega) {
			g.Expect(podUID(ctx, "archive-0")).To(Equal(pod))
			g.Expect(get(ctx, "archive-0", &corev1.Pod{}).DeletionTimestamp).To(BeNil())
		}).Should(Succeed())
	})

	It("is the claim that another node names while the deletion waits for the pod", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		keepPod(ctx, "archive-0")
		remove(ctx, node(ctx, "archive"))
		expectReady(ctx, "archive", "False/Terminating")
		imports := creating("importer")
		imports.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: "data-archive"}
		create(ctx, imports)
		Eventually(ctx, references).Should(BeEmpty(), "at once, and not when the pod is gone")
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeTrue())
		letPodGo(ctx, "archive-0")
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
	})

	It("is nothing that bears a well-known label", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		edit(ctx, "data-archive", &corev1.PersistentVolumeClaim{}, func(claim *corev1.PersistentVolumeClaim) {
			claim.Labels[seiv1alpha1.LabelInstance] = "archive" // as a former version did
		})
		Eventually(ctx, func() map[string]string { return get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).Labels }).
			ShouldNot(HaveKey(seiv1alpha1.LabelInstance))
		Expect(references(ctx)).NotTo(BeEmpty())
	})
})

// No pod may wait for whatever comes under the name of a claim that is gone.
var _ = It("A claim that vanished while its pod is pending means no pod, until it is judged anew", func(ctx context.Context) {
	claim := boundClaim(ctx, "old", "10Gi")
	stuck := importing("archive", "old")
	stuck.Spec.Image = "sei:stuck"
	create(ctx, stuck)
	Eventually(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeTrue())
	expectImport(ctx, "archive", "True/PVCValidated")
	Expect(k8s.Delete(ctx, claim)).To(Succeed())
	release(ctx, "old")
	Eventually(ctx, func() int32 { return *set(ctx, "archive").Spec.Replicas }).Should(BeZero())
	expectGone(ctx, "archive-0", &corev1.Pod{})
	boundClaim(ctx, "old", "10Gi")
	expectImport(ctx, "archive", "False/PVCReplaced")
	Consistently(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeFalse())
})
