//go:build e2e

package e2e

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("An upgrade that is listed to be taken early", long, func() {
	It("is taken one node after the other if the chain calls it minor, and else at its height alone", func(ctx context.Context) {
		startChain(ctx, namespace, emptyDir())
		first := following(ctx, "first", namespace)
		first.Spec.Image = release("v1")
		first.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v2", Image: release("v2"), Early: ptr.To(true)}}
		second := first.DeepCopy()
		second.Name = "second"
		names := []string{"first", "second"}
		create(ctx, first)
		create(ctx, second)
		for _, name := range names {
			expectRunning(ctx, name, "data-"+name)
		}

		By("deciding on a minor one, long before its height")
		at := scheduleIn(ctx, "v2", 10_000, "--minor")
		Eventually(ctx, func(g Gomega) {
			for _, name := range names {
				seen := node(ctx, g, name)
				g.Expect(seen.Status.CurrentImage).To(Equal(release("v2")))
				g.Expect(meta.IsStatusConditionTrue(seen.Status.Conditions, seiv1alpha1.ConditionReady)).To(BeTrue())
				g.Expect(seen.Reached()).To(ConsistOf(And(HaveField("Name", "v2"), HaveField("Height", at), HaveField("Early", ptr.To(true)))))
			}
		}).WithTimeout(5 * time.Minute).Should(Succeed())
		before, after := node(ctx, Default, "first"), node(ctx, Default, "second")
		if after.Reached()[0].Time.Before(before.Reached()[0].Time) {
			before, after = after, before
		}
		isReady := meta.FindStatusCondition(before.Status.Conditions, seiv1alpha1.ConditionReady)
		Expect(after.Reached()[0].Time.Time).NotTo(BeTemporally("<", isReady.LastTransitionTime.Time), "the second was taken before the first was ready again")

		By("deciding on a major one in its place")
		for _, name := range names {
			setUpgrades(ctx, name, release("v2"), seiv1alpha1.Upgrade{Name: "v3", Image: release("v3"), Early: ptr.To(true)})
		}
		pods := []any{podUID(ctx, "first-0"), podUID(ctx, "second-0")}
		scheduleIn(ctx, "v3", 10_000)
		for _, name := range names {
			expectCondition(ctx, name, seiv1alpha1.ConditionUpgradeReady, "False", seiv1alpha1.ReasonUpgradeNotMinor)
		}
		Consistently(ctx, func() []any { return []any{podUID(ctx, "first-0"), podUID(ctx, "second-0")} }).Should(Equal(pods))
	})
})
