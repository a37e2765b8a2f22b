package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("The NetworkPolicy of a node", func() {
	It("is made, put right and taken away as the spec says, and restarts nothing", func(ctx context.Context) {
		running(ctx, "archive", "old")
		first := podUID(ctx, "archive-0")
		By("making it")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{} })
		Eventually(ctx, func() bool { return exists(ctx, "archive", &networkingv1.NetworkPolicy{}) }).Should(BeTrue())
		made := get(ctx, "archive", &networkingv1.NetworkPolicy{})
		Expect(metav1.IsControlledBy(made, node(ctx, "archive"))).To(BeTrue())
		expectQuiet(ctx)

		By("putting right what somebody edited")
		edit(ctx, "archive", &networkingv1.NetworkPolicy{}, func(policy *networkingv1.NetworkPolicy) { policy.Spec.Ingress = nil })
		Eventually(ctx, func() int { return len(get(ctx, "archive", &networkingv1.NetworkPolicy{}).Spec.Ingress) }).Should(Equal(len(made.Spec.Ingress)))

		By("taking it away")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = nil })
		expectGone(ctx, "archive", &networkingv1.NetworkPolicy{})
		Eventually(ctx, func() []seiv1alpha1.ChildStatus { return node(ctx, "archive").Status.Children }).
			ShouldNot(ContainElement(HaveField("Kind", "NetworkPolicy")))
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(first), "the pod was restarted")
	})

	It("is left alone where it is somebody else's, asked for or not", func(ctx context.Context) {
		create(ctx, &networkingv1.NetworkPolicy{ObjectMeta: objectMeta("archive")})
		running(ctx, "archive", "old")
		before := get(ctx, "archive", &networkingv1.NetworkPolicy{}).ResourceVersion
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{} })
		expectReady(ctx, "archive", "False/PlanFailed", `NetworkPolicy "archive" already exists and is not owned by SeiNode "archive"`)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = nil })
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(get(ctx, "archive", &networkingv1.NetworkPolicy{}).ResourceVersion).To(Equal(before))
	})
})
