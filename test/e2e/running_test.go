//go:build e2e

package e2e

import (
	"context"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

var _ = Describe("A running SeiNode", func() {
	BeforeEach(func(ctx context.Context) {
		filledClaim(ctx, "old")
		create(ctx, importing("archive", "old"))
		expectRunning(ctx, "archive", "old")
	})

	It("gets a corrected image although its pod is not ready", func(ctx context.Context) {
		first := podUID(ctx, "archive-0")
		setImage(ctx, "archive", "seid-standin:no-such-tag")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "True", seiv1alpha1.ReasonUpdating)
		Eventually(ctx, func(g Gomega) {
			pod := get(ctx, g, "archive-0", &corev1.Pod{})
			g.Expect(pod.UID).NotTo(Equal(first))
			g.Expect(pod.Spec.Containers[0].Image).To(Equal("seid-standin:no-such-tag"))
		}).Should(Succeed())
		message := expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonContainerFailed)
		Expect(message).To(And(ContainSubstring("does not start"), ContainSubstring("no-such-tag")))
		Expect(node(ctx, Default, "archive").Status.CurrentImage).To(Equal(image), "seid never ran with another")
		setImage(ctx, "archive", image)
		expectRunning(ctx, "archive", "old")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "False", seiv1alpha1.ReasonUpToDate)
		Expect(node(ctx, Default, "archive").Status.CurrentImage).To(Equal(image))
	})

	It("comes back without the operator", Serial, func(ctx context.Context) {
		scaleOperator(ctx, 0)
		defer scaleOperator(ctx, 1) // before the namespace is removed: a SeiNode's end takes the operator
		for name, end := range map[string]func(context.Context, *corev1.Pod){"deleted": deletePod, "drained": evict, "killed": killSeid} {
			By("its pod being " + name)
			first := get(ctx, Default, "archive-0", &corev1.Pod{})
			end(ctx, first)
			Eventually(ctx, func(g Gomega) {
				again := get(ctx, g, "archive-0", &corev1.Pod{})
				g.Expect(again.UID != first.UID || restarts(again) > restarts(first)).To(BeTrue())
				g.Expect(isReady(again)).To(BeTrue())
			}).Should(Succeed())
			expectChainGoesOn(ctx, "archive")
		}
	})

	It("is left running while its claim is deleted, and never starts on an empty one of the same name", func(ctx context.Context) {
		first, former := podUID(ctx, "archive-0"), get(ctx, Default, "old", &corev1.PersistentVolumeClaim{})
		deleteNow(ctx, former)
		expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCTerminating)
		Consistently(ctx, func() types.UID { return podUID(ctx, "archive-0") }).Should(Equal(first), "the pod is what keeps the data")
		Expect(node(ctx, Default, "archive").Status.Phase).To(Equal(seiv1alpha1.PhaseRunning))

		deleteNow(ctx, pod("archive-0")) // and with it the claim, which only the pod held
		expectGone(ctx, "old", &corev1.PersistentVolumeClaim{})
		accept := commandOf(expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCNotFound), "kubectl annotate")
		newClaim(ctx, "old")
		Eventually(ctx, func(g Gomega) { g.Expect(replicas(ctx, g, "archive")).To(BeZero()) }).Should(Succeed())
		expectGone(ctx, "archive-0", &corev1.Pod{})

		By("restoring the data, and accepting the claim by its UID, as the message says")
		fill(ctx, "old")
		expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCReplaced)
		Expect(replicas(ctx, Default, "archive")).To(BeZero())
		run(ctx, strings.ReplaceAll(accept, "<UID>", string(get(ctx, Default, "old", &corev1.PersistentVolumeClaim{}).UID)))
		expectRunning(ctx, "archive", "old")
	})
})

var _ = Describe("A fleet at rest", long, func() {
	It("costs no write in a minute", func(ctx context.Context) {
		for _, name := range []string{"one", "two"} {
			filledClaim(ctx, name)
			create(ctx, importing("node-"+name, name))
			expectRunning(ctx, "node-"+name, name)
		}
		create(ctx, importing("waiting", "no-such-claim"))
		expectImport(ctx, "waiting", seiv1alpha1.ReasonImportPVCNotFound)
		newClaim(ctx, "data-failed")
		create(ctx, creating("failed"))
		expectCondition(ctx, "failed", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonPlanFailed)
		paused := importing("paused", "one-more")
		paused.Spec.Paused = ptr.To(true)
		create(ctx, paused)
		expectImport(ctx, "paused", seiv1alpha1.ReasonImportPVCNotFound)
		for _, name := range []string{"node-one", "node-two"} { // their agents are asked every 10 s at first: Running may be reported before this
			expectCondition(ctx, name, seiv1alpha1.ConditionSynced, "True", seiv1alpha1.ReasonCaughtUp)
		}
		Eventually(ctx, func() []fixture.Write { return fixture.In(namespace, operatorWrites(time.Now().Add(-15*time.Second))) }).Should(BeEmpty())
		expectAtRest(ctx, time.Minute)
	})
})

func deletePod(ctx context.Context, pod *corev1.Pod) { deleteNow(ctx, pod) }

// evict is what kubectl drain does.
func evict(ctx context.Context, pod *corev1.Pod) {
	eviction := &policyv1.Eviction{ObjectMeta: objectMeta(pod.Name)}
	Eventually(ctx, func() error { return raw.CoreV1().Pods(namespace).EvictV1(ctx, eviction) }).Should(Succeed())
}

func killSeid(_ context.Context, pod *corev1.Pod) {
	process := processOf(pod.UID, "seid\x00start")
	Expect(process).NotTo(BeZero())
	Expect(syscall.Kill(process, syscall.SIGKILL)).To(Succeed())
}

func restarts(pod *corev1.Pod) int32 {
	for _, container := range pod.Status.ContainerStatuses {
		if container.Name == "seid" {
			return container.RestartCount
		}
	}
	return 0
}

func podUID(ctx context.Context, name string) types.UID {
	return get(ctx, Default, name, &corev1.Pod{}).UID
}

func setImage(ctx context.Context, name, image string) {
	edit(ctx, name, &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.Image = image })
}
