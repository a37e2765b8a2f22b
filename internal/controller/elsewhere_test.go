package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Our CRD was laid over that of sei-k8s-controller by hand, and its SeiNodes are still there.
var _ = Describe("A SeiNode that another operator has", func() {
	finalizers := func(ctx context.Context, names ...string) {
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Finalizers = names })
	}

	It("is left as it is, with all that was made for it", func(ctx context.Context) {
		archive := creating("archive")
		archive.Finalizers = []string{seiv1alpha1.FinalizerElsewhere}
		create(ctx, archive)
		claim := theirs(ctx, archive)
		Eventually(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeTrue())
		expectReady(ctx, "archive", "Unknown/ManagedElsewhere", seiv1alpha1.FinalizerElsewhere, "docs/how-to/coming-from-sei-k8s-controller.md")

		By("a claim that goes once their pod stops, and a change of the spec")
		remove(ctx, claim)
		setImage(ctx, "archive", "sei:newer")
		expectReady(ctx, "archive", "Unknown/ManagedElsewhere")
		expectQuiet(ctx)
		Expect(operatorWrites(namespace)).To(And(HaveLen(2), HaveEach(HaveField("ObjectRef.Subresource", "status"))), "one for each generation")
		Expect(node(ctx, "archive").Finalizers).To(Equal([]string{seiv1alpha1.FinalizerElsewhere}))
		Expect(*set(ctx, "archive").Spec.Replicas).To(BeEquivalentTo(1))
		Expect(get(ctx, "archive-0", &corev1.Pod{}).DeletionTimestamp).To(BeNil())
	})

	It("after it ran here keeps its pod, and goes on once that lets go of it", func(ctx context.Context) {
		running(ctx, "archive", "old")
		pod := podUID(ctx, "archive-0")
		expectQuiet(ctx)
		before := len(operatorWrites(namespace))
		finalizers(ctx, seiv1alpha1.Finalizer, seiv1alpha1.FinalizerElsewhere)
		expectReady(ctx, "archive", "Unknown/ManagedElsewhere")
		setImage(ctx, "archive", "sei:newer")
		expectReady(ctx, "archive", "Unknown/ManagedElsewhere")
		expectQuiet(ctx)
		Expect(operatorWrites(namespace)[before:]).To(And(HaveLen(2), HaveEach(HaveField("ObjectRef.Subresource", "status"))), "one for each generation")
		Expect(podUID(ctx, "archive-0")).To(Equal(pod))

		finalizers(ctx, seiv1alpha1.Finalizer)
		expectReplaced(ctx, pod)
		expectReady(ctx, "archive", "True/NodeReady")
	})

	It("and is deleted leaves its claim, which that may have made", func(ctx context.Context) {
		create(ctx, creating("archive"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		finalizers(ctx, seiv1alpha1.Finalizer, seiv1alpha1.FinalizerElsewhere)
		expectReady(ctx, "archive", "Unknown/ManagedElsewhere")
		remove(ctx, node(ctx, "archive"))
		Eventually(ctx, func() []string { return node(ctx, "archive").Finalizers }).Should(Equal([]string{seiv1alpha1.FinalizerElsewhere}))
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse())
		kept := get(ctx, "data-archive", &corev1.PersistentVolumeClaim{})
		Expect(kept.DeletionTimestamp).To(BeNil())
		Expect(kept.OwnerReferences).To(BeEmpty(), "garbage collection would take it")
		Eventually(ctx, func() []string { return eventsOf(ctx, "archive") }).Should(ContainElement(
			And(HavePrefix("Normal DataVolumeKept"), ContainSubstring(seiv1alpha1.FinalizerElsewhere))))
		finalizers(ctx)
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
	})
})

// theirs makes what sei-k8s-controller makes for a SeiNode, which controls all of it. Nothing of ours may write to the claim.
func theirs(ctx context.Context, node *seiv1alpha1.SeiNode) *corev1.PersistentVolumeClaim {
	named := objectMeta(node.Name)
	named.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
	named.Labels = map[string]string{seiv1alpha1.LabelNode: node.Name}
	claim := newClaim("data-" + node.Name)
	claim.OwnerReferences, claim.Labels = named.OwnerReferences, named.Labels
	witness(claim.Name)
	create(ctx, claim)
	bind(ctx, claim, "10Gi")
	create(ctx, &corev1.Service{ObjectMeta: named, Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: named.Labels}})
	create(ctx, &appsv1.StatefulSet{ObjectMeta: named, Spec: appsv1.StatefulSetSpec{
		Replicas: ptr.To[int32](1), ServiceName: node.Name, Selector: &metav1.LabelSelector{MatchLabels: named.Labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: named.Labels}, Spec: podOn(claim.Name).Spec},
	}})
	return claim
}
