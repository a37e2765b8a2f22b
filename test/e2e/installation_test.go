//go:build e2e

package e2e

import (
	"context"
	"os/exec"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What the documents say of the operator itself. Each of these takes it away from all namespaces for a while.
var _ = Describe("The operator", Serial, func() {
	It("is uninstalled as the document says: nodes and data stay; with the CRD, go what is to go and no imported claim", func(ctx context.Context) {
		defer install(ctx) // before the namespace is removed: a SeiNode's end takes the operator
		filledClaim(ctx, "old")
		create(ctx, validating("validator", "old"))
		createdAndRunning(ctx, "archive", nil)
		expectCondition(ctx, "validator", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		before, first := userPart(ctx, "old"), podUID(ctx, "validator-0")

		By("uninstalling and installing it")
		run(ctx, written("docs/how-to/install.md", "### Uninstall with kubectl", "console"))
		Expect(podUID(ctx, "validator-0")).To(Equal(first))
		Expect(node(ctx, Default, "validator").DeletionTimestamp).To(BeNil())
		install(ctx)
		expectReconciled(ctx, "validator", "1Gi")
		Expect(podUID(ctx, "validator-0")).To(Equal(first), "a node was restarted")
		expectLeases(ctx, "validator", 2)

		By("deleting the CRD")
		run(ctx, written("docs/how-to/install.md", "which stops the process before it lets go.", "console"))
		for _, gone := range []client.Object{pod("validator-0"), pod("archive-0")} {
			Expect(exists(ctx, gone.GetName(), gone)).To(BeFalse(), "a SeiNode went before its pod")
		}
		expectGone(ctx, "data-archive", &corev1.PersistentVolumeClaim{})
		Expect(userPart(ctx, "old")).To(Equal(before))
	})

	It("works again as soon as its process is started again in its pod, without waiting for a lease to expire", func(ctx context.Context) {
		leader := waitForLeader(ctx)
		before, after := lease(), lease()
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(before), before)).To(Succeed())
		Expect(syscall.Kill(processOf(leader.UID, "/manager"), syscall.SIGKILL)).To(Succeed())
		killed := time.Now()
		filledClaim(ctx, "old")
		create(ctx, importing("archive-0", "old"))
		expectRunning(ctx, "archive-0", "old")

		was := leader.Status.ContainerStatuses[0].RestartCount
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(leader), leader)).To(Succeed())
		Expect(leader.Status.ContainerStatuses[0].RestartCount).To(Equal(was+1), "it is to be started again in its pod")
		Expect(k8s.Get(ctx, client.ObjectKeyFromObject(after), after)).To(Succeed())
		Expect(after.Spec.LeaseTransitions).To(Equal(before.Spec.LeaseTransitions), "somebody else had to take the lease over")
		AddReportEntry("a SeiNode runs, after the manager was killed", time.Since(killed).Round(time.Second).String(), ReportEntryVisibilityAlways)
	})

	It("changes no running node with the platform's defaults, until it is told to, once, as the message and the document say", func(ctx context.Context) {
		filledClaim(ctx, "old")
		create(ctx, importing("archive-0", "old"))
		expectRunning(ctx, "archive-0", "old")
		DeferCleanup(defaults, "{}")
		first := podUID(ctx, "archive-0-0")
		replaced := func() types.UID {
			Eventually(ctx, func(g Gomega) { g.Expect(get(ctx, g, "archive-0-0", &corev1.Pod{}).UID).NotTo(Equal(first)) }).Should(Succeed())
			expectCondition(ctx, "archive-0", seiv1alpha1.ConditionNodeUpdateInProgress, "False", seiv1alpha1.ReasonUpToDate)
			expectRunning(ctx, "archive-0", "old")
			return podUID(ctx, "archive-0-0")
		}
		told := commands(upgrading, "agent alone is not worth a word)", "-n sei ", "-n "+namespace+" ")

		defaults(ctx, "containers: {agent: {requests: {cpu: 11m, memory: 32Mi}}}")
		expectCondition(ctx, "archive-0", seiv1alpha1.ConditionNodeUpdateInProgress, "False", seiv1alpha1.ReasonRolloutPending)
		Expect(podUID(ctx, "archive-0-0")).To(Equal(first))
		run(ctx, told[0])
		first = replaced()

		defaults(ctx, "containers: {agent: {requests: {cpu: 12m, memory: 32Mi}}}")
		message := expectCondition(ctx, "archive-0", seiv1alpha1.ConditionNodeUpdateInProgress, "False", seiv1alpha1.ReasonRolloutPending)
		Expect(podUID(ctx, "archive-0-0")).To(Equal(first), "it counted twice")
		run(ctx, commandOf(message, "kubectl annotate"))
		first = replaced()

		run(ctx, told[1])
		Consistently(ctx, func() types.UID { return podUID(ctx, "archive-0-0") }).Should(Equal(first))
	})
})

// expectLeases says that what a node holds is noted in the operator's namespace.
func expectLeases(ctx context.Context, name string, count int) {
	held := node(ctx, Default, name).Status.Leases
	ExpectWithOffset(1, held).To(HaveLen(count))
	for _, lease := range held {
		where, called, _ := strings.Cut(lease, "/")
		Eventually(ctx, func() error {
			return k8s.Get(ctx, client.ObjectKey{Namespace: where, Name: called}, &coordinationv1.Lease{})
		}).Should(Succeed())
	}
}

// install brings what config/local makes: the same objects as dist/install.yaml, with the image that the local cluster has.
func install(ctx context.Context) {
	deploy := exec.CommandContext(ctx, "hack/deploy.sh")
	deploy.Dir, deploy.Stdout, deploy.Stderr = "..", GinkgoWriter, GinkgoWriter
	Expect(deploy.Run()).To(Succeed())
}

// defaults changes the platform's configuration, which the manager reads at start.
func defaults(ctx context.Context, config string) {
	scaleOperator(ctx, 0)
	platform := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "seinode-platform-config"}}
	Expect(k8s.Get(ctx, client.ObjectKeyFromObject(platform), platform)).To(Succeed())
	platform.Data["config.yaml"] = config
	Expect(k8s.Update(ctx, platform)).To(Succeed())
	scaleOperator(ctx, 1)
}
