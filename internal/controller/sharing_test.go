package controller_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Two processes on one volume destroy it.
var _ = Describe("One claim", func() {
	It("serves one SeiNode; the next one waits until the first is gone", func(ctx context.Context) {
		running(ctx, "first", "one")
		create(ctx, importing("second", "one"))
		expectImport(ctx, "second", "False/PVCInUse", `already the data of SeiNode "first"`)
		expectNoWorkload(ctx, "second")
		keepPod(ctx, "first-0")
		remove(ctx, node(ctx, "first"))
		expectReady(ctx, "first", "False/Terminating")
		expectNoWorkload(ctx, "second")
		letPodGo(ctx, "first-0")
		expectPhase(ctx, "second", seiv1alpha1.PhaseRunning)
	})

	It("serves one of ten that want it at once", func(ctx context.Context) {
		boundClaim(ctx, "one", "10Gi")
		var group sync.WaitGroup
		for i := range 10 {
			wants := importing(fmt.Sprintf("node-%d", i), "one")
			group.Go(func() {
				defer GinkgoRecover()
				create(ctx, wants)
			})
		}
		group.Wait()
		sets := func(g Gomega) int {
			list := &appsv1.StatefulSetList{}
			g.Expect(k8s.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
			return len(list.Items)
		}
		Eventually(ctx, sets).Should(Equal(1))
		Consistently(ctx, sets, "2s").Should(Equal(1))
	})

	It("is not shared between a node that imports it and one that would create it", func(ctx context.Context) {
		create(ctx, importing("importer", "data-creator"))
		expectImport(ctx, "importer", "False/PVCNotFound")
		Eventually(ctx, time.Now).Should(BeTemporally(">", node(ctx, "importer").CreationTimestamp.Add(time.Second)), "the older one wins")
		create(ctx, creating("creator"))
		expectReady(ctx, "creator", "False/DataVolumeNotReady", "PVCInUse", `SeiNode "importer"`)
		expectNoWorkload(ctx, "creator")
		Expect(exists(ctx, "data-creator", &corev1.PersistentVolumeClaim{})).To(BeFalse())
	})

	It("outlives the node that created it, if another imports it", func(ctx context.Context) {
		create(ctx, creating("creator"))
		Eventually(ctx, func() bool { return exists(ctx, "data-creator", &corev1.PersistentVolumeClaim{}) }).Should(BeTrue())
		claim := get(ctx, "data-creator", &corev1.PersistentVolumeClaim{})
		bind(ctx, claim, "10Gi")
		expectPhase(ctx, "creator", seiv1alpha1.PhaseRunning)
		expectQuiet(ctx) // nothing but the importer wakes the creator
		imports := creating("importer")
		imports.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: "data-creator"}
		create(ctx, imports)
		expectImport(ctx, "importer", "False/PVCInUse", `SeiNode "creator"`)
		By("being let go of at once: garbage collection in the foreground waits for no finalizer of ours")
		Eventually(ctx, func() []metav1.OwnerReference { return get(ctx, "data-creator", claim).OwnerReferences }).Should(BeEmpty())
		expectQuiet(ctx)
		remove(ctx, node(ctx, "creator"))
		expectGone(ctx, "creator", &seiv1alpha1.SeiNode{})
		expectPhase(ctx, "importer", seiv1alpha1.PhaseRunning)
		kept := get(ctx, "data-creator", &corev1.PersistentVolumeClaim{})
		Expect(kept.UID).To(Equal(claim.UID))
		Expect(kept.DeletionTimestamp).To(BeNil())
		Expect(kept.OwnerReferences).To(BeEmpty())
	})

	It("is not mounted beside a foreign pod", func(ctx context.Context) {
		boundClaim(ctx, "one", "10Gi")
		create(ctx, podOn("one"))
		create(ctx, importing("archive", "one"))
		expectImport(ctx, "archive", "False/PVCInUse", `mounted by pod "stranger"`)
		expectNoWorkload(ctx, "archive")
		remove(ctx, podOn("one"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	It("is free once a foreign pod has ended", func(ctx context.Context) {
		boundClaim(ctx, "one", "10Gi")
		stranger := podOn("one")
		create(ctx, stranger)
		create(ctx, importing("archive", "one"))
		expectImport(ctx, "archive", "False/PVCInUse")
		stranger.Status.Phase = corev1.PodSucceeded
		Expect(k8s.Status().Update(ctx, stranger)).To(Succeed())
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})
})

func podOn(claim string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: objectMeta("stranger"), Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "c", Image: "busybox"}},
		Volumes: []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
		}}},
	}}
}
