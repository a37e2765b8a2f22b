//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strconv"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/inspect"
)

// ahead is how many blocks after now the node is to stop: its pod is replaced first, and seid starts for 15 s.
const ahead = 40

func setHaltHeight(ctx context.Context, name string, height *int64) {
	edit(ctx, name, &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.HaltHeight = height })
}

// blockOn is the last block of the home on a claim's volume: the consensus' log has it.
func blockOn(ctx context.Context, claim string) int64 {
	return inspect.Inspect(inspect.Options{Volume: volumeOf(ctx, Default, claim).Spec.Local.Path, Mode: "fullNode"}).Height
}

// runner begins the command line of what runs around seid.
const runner = "/scratch/seinode-agent\x00run"

// killed starts the container of a stopped seid again, and replaced its pod.
func killed(ctx context.Context, pod *corev1.Pod) {
	Expect(syscall.Kill(processOf(pod.UID, runner), syscall.SIGKILL)).To(Succeed())
	Eventually(ctx, func(g Gomega) {
		g.Expect(restarts(get(ctx, g, pod.Name, &corev1.Pod{}))).To(BeNumerically(">", restarts(pod)))
		g.Expect(processOf(pod.UID, runner)).NotTo(BeZero())
	}).Should(Succeed())
}

func replaced(ctx context.Context, pod *corev1.Pod) {
	began := time.Now()
	deletePod(ctx, pod)
	Eventually(ctx, func(g Gomega) {
		again := get(ctx, g, pod.Name, &corev1.Pod{})
		g.Expect(again.UID).NotTo(Equal(pod.UID))
		g.Expect(processOf(again.UID, runner)).NotTo(BeZero())
	}).Should(Succeed())
	AddReportEntry("stopped pod", "replaced in "+time.Since(began).Round(100*time.Millisecond).String(), ReportEntryVisibilityAlways)
}

// expectStaysStopped starts what stopped at a block again, in each way that there is, and wants no block more.
func expectStaysStopped(ctx context.Context, name, claim string, at int64) {
	Expect(blockOn(ctx, claim)).To(Equal(at))
	Expect(restarts(get(ctx, Default, name+"-0", &corev1.Pod{}))).To(BeZero(), "nobody started its container again")
	killedAndAsked := func(ctx context.Context, pod *corev1.Pod) {
		killed(ctx, pod)
		Eventually(ctx, func(g Gomega) { g.Expect(isReady(get(ctx, g, pod.Name, &corev1.Pod{}))).To(BeFalse()) }).Should(Succeed())
		expectLog(ctx, Default, name, `it ended with exit code 137 .*, and runs again since .* \(--previous\)`, fmt.Sprintf("height=%d ", at))
	}
	for _, again := range []func(context.Context, *corev1.Pod){killedAndAsked, replaced} {
		again(ctx, get(ctx, Default, name+"-0", &corev1.Pod{}))
		Consistently(ctx, func() int64 { return blockOn(ctx, claim) }, "10s", "1s").Should(Equal(at))
	}
}

var _ = Describe("A node with a halt height", long, func() {
	It("stops at the block, stays stopped, tells so, and goes on without it", func(ctx context.Context) {
		create(ctx, following(ctx, "follower", chainNamespace))
		expectRunning(ctx, "follower", "data-follower")
		at := int64(height(ctx, chainNamespace, "devnet") + ahead)
		setHaltHeight(ctx, "follower", &at)
		told := func() {
			message := expectCondition(ctx, "follower", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonHaltHeight)
			ExpectWithOffset(1, message).To(ContainSubstring("seid has stopped for halt height " + strconv.FormatInt(at, 10)))
		}
		told()
		expectCondition(ctx, "follower", seiv1alpha1.ConditionSynced, "False", seiv1alpha1.ReasonHaltHeight)
		expectCondition(ctx, "follower", seiv1alpha1.ConditionNodeUpdateInProgress, "False", seiv1alpha1.ReasonUpToDate)
		Expect(node(ctx, Default, "follower").Status.Phase).To(Equal(seiv1alpha1.PhaseRunning))
		expectAtRest(ctx, 20*time.Second)
		expectStaysStopped(ctx, "follower", "data-follower", at)
		told()

		setHaltHeight(ctx, "follower", nil)
		expectCondition(ctx, "follower", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		Expect(int64(height(ctx, namespace, "follower-0"))).To(BeNumerically(">", at))
	})

	It("does so on a volume that it imported, while there is no operator", Serial, func(ctx context.Context) {
		filledClaim(ctx, "old")
		create(ctx, importing("archive", "old"))
		expectRunning(ctx, "archive", "old")
		at := int64(height(ctx, chainNamespace, "devnet") + ahead)
		setHaltHeight(ctx, "archive", &at)
		Eventually(ctx, func(g Gomega) {
			g.Expect(processOf(get(ctx, g, "archive-0", &corev1.Pod{}).UID, runner)).NotTo(BeZero())
		}).Should(Succeed())
		scaleOperator(ctx, 0)
		defer scaleOperator(ctx, 1) // before the namespace is removed: a SeiNode's end takes the operator
		Eventually(ctx, func(g Gomega) {
			g.Expect(processOf(get(ctx, g, "archive-0", &corev1.Pod{}).UID, "seid\x00start")).To(BeZero())
		}).Should(Succeed())
		expectStaysStopped(ctx, "archive", "old", at)
	})
})
