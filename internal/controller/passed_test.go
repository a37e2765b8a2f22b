package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

// adopting is a node that lists two upgrades, and adopts a volume that may have them. Its pod is left to the test.
func adopting(ctx context.Context, image string, second int64) {
	boundClaim(ctx, "old", "10Gi")
	node := importing("archive", "old")
	node.Spec.Image = image
	node.Spec.Upgrades = []seiv1alpha1.Upgrade{
		{Name: "v7", Image: "sei:stuck-v7", Height: ptr.To[int64](300)}, {Name: "v8", Image: "sei:stuck-v8", Height: &second},
	}
	create(ctx, node)
}

// foundOfHeight is what inspect finds on a volume of height 500.
func foundOfHeight(ctx context.Context, reason string, refused bool) *corev1.Pod {
	pod := &corev1.Pod{}
	Eventually(ctx, func() bool { return exists(ctx, "archive-0", pod) }).Should(BeTrue())
	code, refusal := int32(0), ""
	if refused {
		code, refusal = 1, `"refused":true,`
	}
	pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "inspect", State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: code, Message: `{"reason":"` + reason + `","message":"the agent's words",` + refusal + `"layout":"Root","height":500}`,
	}}}}
	Expect(k8s.Status().Update(ctx, pod)).To(Succeed())
	return pod
}

var _ = Describe("A volume that is beyond a listed upgrade", func() {
	It("starts with the image of that upgrade, and no pod is asked twice", func(ctx context.Context) {
		adopting(ctx, "sei:stuck-v6", 900)
		first := foundOfHeight(ctx, "UpgradePassed", true)
		Expect(workload.ImageUntil(first)).To(BeEquivalentTo(300))
		Expect(workload.SeidImage(first.Spec)).To(Equal("sei:stuck-v6"))

		second := &corev1.Pod{}
		Eventually(ctx, func(g Gomega) {
			g.Expect(k8s.Get(ctx, key("archive-0"), second)).To(Succeed())
			g.Expect(second.UID).NotTo(Equal(first.UID))
			g.Expect(workload.SeidImage(second.Spec)).To(Equal("sei:stuck-v7"))
		}).Should(Succeed())
		Expect(workload.ImageUntil(second)).To(BeEquivalentTo(900))

		foundOfHeight(ctx, "Inspected", false)
		Eventually(ctx, func(g Gomega) { g.Expect(workload.ImageUntil(&set(ctx, "archive").Spec.Template)).To(BeZero()) }).Should(Succeed())
		Expect(node(ctx, "archive").Reached()).To(ConsistOf(And(HaveField("Name", "v7"), HaveField("Height", int64(300)))))
		Consistently(ctx, func(g Gomega) {
			pod := &corev1.Pod{}
			g.Expect(k8s.Get(ctx, key("archive-0"), pod)).To(Succeed())
			g.Expect(pod.UID).To(Equal(second.UID))
		}).Should(Succeed())
	})

	It("starts with the image that it has, where that is the upgrade's", func(ctx context.Context) {
		adopting(ctx, "sei:stuck-v8", 400)
		first := foundOfHeight(ctx, "UpgradePassed", true)
		Eventually(ctx, func(g Gomega) {
			pod := &corev1.Pod{}
			g.Expect(k8s.Get(ctx, key("archive-0"), pod)).To(Succeed())
			g.Expect(pod.UID).NotTo(Equal(first.UID))
			g.Expect(workload.ImageUntil(pod)).To(BeZero())
			g.Expect(workload.SeidImage(pod.Spec)).To(Equal("sei:stuck-v8"))
		}).Should(Succeed())
	})
})
