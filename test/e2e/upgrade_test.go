//go:build e2e

package e2e

import (
	"context"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

// release is the image of a release of the stand-in: v1 knows no upgrade, v2 that of its name, v3 to v8 those before their own, too.
func release(name string) string { return "seid-standin:" + name }

// schedule has the chain of the spec's namespace decide on an upgrade a few blocks from now, and returns its height.
func schedule(ctx context.Context, upgrade string) int64 { return scheduleIn(ctx, upgrade, 12) }

func scheduleIn(ctx context.Context, upgrade string, ahead int, flags ...string) int64 {
	at := height(ctx, namespace, "devnet") + ahead
	args := []string{"standin", "plan", "--rpc", "http://" + chainHost(namespace, "devnet") + ":26657", "--name", upgrade, "--height", strconv.Itoa(at)}
	plan := standin("plan-"+upgrade, emptyDir(), append(args, flags...)...)
	create(ctx, plan)
	Eventually(ctx, func(g Gomega) {
		g.Expect(get(ctx, g, plan.Name, &corev1.Pod{}).Status.Phase).To(Equal(corev1.PodSucceeded))
	}).Should(Succeed())
	return int64(at)
}

// expectUpgraded waits until the node has gone through an upgrade at a height, and runs from the release that has it.
func expectUpgraded(ctx context.Context, name, upgrade string, at int64) {
	Eventually(ctx, func(g Gomega) {
		reached := node(ctx, g, name).Reached()
		g.Expect(reached).NotTo(BeEmpty())
		g.Expect(reached[len(reached)-1]).To(And(HaveField("Name", upgrade), HaveField("Height", at)))
		g.Expect(node(ctx, g, name).Status.CurrentImage).To(Equal(release(upgrade)))
		g.Expect(seidHeight(ctx, name)).To(BeNumerically(">", at))
	}).Should(Succeed())
	expectCondition(ctx, name, seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
}

// expectHalt waits until the node is told to stand still for an upgrade in those words. Why seid ended is known before what it wrote down.
func expectHalt(ctx context.Context, name string, says ...string) {
	Eventually(ctx, func(g Gomega) {
		message := expectCondition(ctx, name, seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonUpgradeHalt)
		for _, text := range says {
			g.Expect(message).To(ContainSubstring(text))
		}
	}).Should(Succeed())
}

func setUpgrades(ctx context.Context, name, image string, upgrades ...seiv1alpha1.Upgrade) {
	edit(ctx, name, &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.Image, node.Spec.Upgrades = image, upgrades })
}

var _ = Describe("An upgrade of the chain", long, func() {
	BeforeEach(func(ctx context.Context) {
		startChain(ctx, namespace, emptyDir())
		follower := following(ctx, "follower", namespace)
		follower.Spec.Image = release("v1")
		create(ctx, follower)
		expectRunning(ctx, "follower", "data-follower")
	})

	It("is taken by itself where it is listed, and else told", story, func(ctx context.Context) {
		By("listing it, which restarts nothing")
		first := podUID(ctx, "follower-0")
		v2 := seiv1alpha1.Upgrade{Name: "v2", Image: release("v2")}
		setUpgrades(ctx, "follower", release("v1"), v2)
		at := schedule(ctx, "v2")
		Expect(podUID(ctx, "follower-0")).To(Equal(first))
		expectUpgraded(ctx, "follower", "v2", at)
		Expect(podUID(ctx, "follower-0")).NotTo(Equal(first))

		By("putting the list in order, which restarts nothing either")
		second := podUID(ctx, "follower-0")
		setUpgrades(ctx, "follower", release("v2"))
		expectCondition(ctx, "follower", seiv1alpha1.ConditionNodeUpdateInProgress, "False", seiv1alpha1.ReasonUpToDate)
		Consistently(ctx, func() string { return string(podUID(ctx, "follower-0")) }).Should(BeEquivalentTo(second))

		By("starting again, slowly, beside the file that the upgrade left: the agent is asked meanwhile, and seid does not answer")
		edit(ctx, "follower", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
			node.Spec.Overrides = map[string]string{"standin.start-delay": "20s"} // $SEID_STANDIN_START_DELAY
		})
		Eventually(ctx, func(g Gomega) {
			Expect(node(ctx, g, "follower").Status.Conditions).NotTo(ContainElement(HaveField("Reason", seiv1alpha1.ReasonUpgradeHalt)))
			again := get(ctx, g, "follower-0", &corev1.Pod{})
			g.Expect(again.UID).NotTo(Equal(second))
			g.Expect(isReady(again)).To(BeTrue())
		}).Should(Succeed())

		By("listing the next one under another name than the chain has for it")
		third := podUID(ctx, "follower-0")
		setUpgrades(ctx, "follower", release("v2"), seiv1alpha1.Upgrade{Name: "v3.0", Image: release("v3")})
		at = schedule(ctx, "v3")
		expectHalt(ctx, "follower", `the chain upgrades to "v3" at height `+strconv.FormatInt(at, 10), "list it in spec.upgrades")
		Expect(podUID(ctx, "follower-0")).To(Equal(third), "it was replaced for an upgrade that is not listed")
		v3 := seiv1alpha1.Upgrade{Name: "v3", Image: release("v3"), Height: ptr.To(at + 1)}
		setUpgrades(ctx, "follower", release("v2"), v3)
		expectHalt(ctx, "follower", "correct the height")
		v3.Height = &at
		setUpgrades(ctx, "follower", release("v2"), v3)
		expectUpgraded(ctx, "follower", "v3", at)
	})

	It("that is planned is told before its height, whether it is listed or not", func(ctx context.Context) {
		expectCondition(ctx, "follower", seiv1alpha1.ConditionUpgradeReady, "True", seiv1alpha1.ReasonNotPlanned)
		at := scheduleIn(ctx, "v2", 10_000)
		message := expectCondition(ctx, "follower", seiv1alpha1.ConditionUpgradeReady, "False", seiv1alpha1.ReasonImageMissing)
		Expect(message).To(ContainSubstring(`to "v2" at height ` + strconv.FormatInt(at, 10)))
		setUpgrades(ctx, "follower", release("v1"), seiv1alpha1.Upgrade{Name: "v2", Image: release("v2"), Height: ptr.To(at - 1)})
		expectCondition(ctx, "follower", seiv1alpha1.ConditionUpgradeReady, "False", seiv1alpha1.ReasonHeightMismatch)
		setUpgrades(ctx, "follower", release("v1"), seiv1alpha1.Upgrade{Name: "v2", Image: release("v2"), Height: &at})
		expectCondition(ctx, "follower", seiv1alpha1.ConditionUpgradeReady, "True", seiv1alpha1.ReasonPrePulled)
		Expect(node(ctx, Default, "follower").Status.Upgrades.Planned).To(And(HaveField("Name", "v2"), HaveField("Height", at)))
	})

	It("has its image tried on the node's machine, days ahead, and nothing is restarted for it", func(ctx context.Context) {
		first := podUID(ctx, "follower-0")
		lists := func(image string) {
			setUpgrades(ctx, "follower", release("v1"), seiv1alpha1.Upgrade{Name: "v2", Image: image})
		}
		expectFailed := func(says ...string) string {
			message := expectCondition(ctx, "follower", seiv1alpha1.ConditionUpgradeReady, "False", seiv1alpha1.ReasonImagePullFailed)
			for _, text := range says {
				Expect(message).To(ContainSubstring(text))
			}
			return message
		}
		By("listing a tag that does not exist")
		lists(release("none"))
		machine := get(ctx, Default, "follower-0", &corev1.Pod{}).Spec.NodeName
		told := expectFailed(release("none"), `upgrade "v2"`, machine, "ErrImagePull")
		AddReportEntry("told", told, ReportEntryVisibilityAlways)
		Consistently(ctx, func(g Gomega) {
			g.Expect(meta.FindStatusCondition(node(ctx, g, "follower").Status.Conditions, seiv1alpha1.ConditionUpgradeReady).Message).To(Equal(told))
		}, "30s", "1s").Should(Succeed(), "the kubelet tries again and again, which is no news")

		By("listing an image that has no seid")
		lists("seinode-operator:dev")
		Eventually(ctx, func() string { return expectFailed() }).Should(ContainSubstring("seinode-operator:dev"))
		told = expectFailed("does not run", "seid")
		AddReportEntry("told", told, ReportEntryVisibilityAlways)
		tried := podUID(ctx, "follower-pre-pull")
		Expect(fixture.Obey(ctx, k8s, told)).To(Succeed())
		Eventually(ctx, func(g Gomega) {
			g.Expect(get(ctx, g, "follower-pre-pull", &corev1.Pod{}).UID).NotTo(Equal(tried))
		}).Should(Succeed(), "it is tried again")

		By("correcting it")
		lists(release("v2"))
		Eventually(ctx, func(g Gomega) {
			g.Expect(node(ctx, g, "follower").PrePulled(release("v2"), machine)).To(BeTrue())
		}).Should(Succeed())
		expectGone(ctx, "follower-pre-pull", &corev1.Pod{})
		at := scheduleIn(ctx, "v2", 10_000)
		message := expectCondition(ctx, "follower", seiv1alpha1.ConditionUpgradeReady, "True", seiv1alpha1.ReasonPrePulled)
		Expect(message).To(And(ContainSubstring(strconv.FormatInt(at, 10)), ContainSubstring(machine)))
		expectCondition(ctx, "follower", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		Expect(podUID(ctx, "follower-0")).To(Equal(first))
	})

	It("that an image has too early, or has not, is told by name", func(ctx context.Context) {
		at := schedule(ctx, "v2")
		setImage(ctx, "follower", release("v2"))
		expectCondition(ctx, "follower", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonBinaryTooNew)
		Eventually(ctx, func() int64 { return int64(height(ctx, namespace, "devnet")) }).Should(BeNumerically(">", at))
		setImage(ctx, "follower", release("v1"))
		expectCondition(ctx, "follower", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonUpgradeHalt)
		setImage(ctx, "follower", release("v2"))
		expectRunning(ctx, "follower", "data-follower")
		setImage(ctx, "follower", release("v1"))
		expectCondition(ctx, "follower", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonBinaryTooOld)
	})
})
