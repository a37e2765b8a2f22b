package controller_test

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

var _ = Describe("What the operator tells", func() {
	It("is one event a transition, and none while nothing changes", func(ctx context.Context) {
		create(ctx, importing("archive", "late"))
		expectImport(ctx, "archive", "False/PVCNotFound")
		claim := boundClaim(ctx, "late", "10Gi")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		for i := range 5 { // nothing that matters changes
			edit(ctx, "late", claim, func(claim *corev1.PersistentVolumeClaim) { claim.Labels = map[string]string{"n": fmt.Sprint(i)} })
		}
		told := func() []string { return eventsOf(ctx, "archive") }
		Eventually(ctx, told).Should(ContainElement(HavePrefix("Normal NodeRunning")))
		Consistently(ctx, func() bool { return allDifferent(told()) }).Should(BeTrue())
		Expect(told()).To(ContainElement(HavePrefix(`Warning PVCImportFailed PVCNotFound: PVC "late" does not exist`)))
		Expect(told()).To(ContainElement(HavePrefix(`Normal PVCImportValidated PVC "late"`)))
	})

	It("is understood by tools that wait for any object", func(ctx context.Context) {
		create(ctx, importing("archive", "late"))
		Eventually(ctx, kstatus(ctx, "archive")).Should(Equal(status.InProgressStatus))
		expectImport(ctx, "archive", "False/PVCNotFound")
		Expect(kstatus(ctx, "archive")()).To(Equal(status.InProgressStatus))
		boundClaim(ctx, "late", "10Gi")
		Eventually(ctx, kstatus(ctx, "archive")).Should(Equal(status.CurrentStatus))
		setImage(ctx, "archive", "sei:bad")
		Eventually(ctx, kstatus(ctx, "archive")).Should(Equal(status.InProgressStatus))
		keepPod(ctx, "archive-0")
		remove(ctx, node(ctx, "archive"))
		Eventually(ctx, kstatus(ctx, "archive")).Should(Equal(status.TerminatingStatus))
		letPodGo(ctx, "archive-0")
	})

	It("is counted", func(ctx context.Context) {
		boundClaim(ctx, "small", "5Gi")
		create(ctx, importing("failing", "small"))
		expectPhase(ctx, "failing", seiv1alpha1.PhaseFailed)
		running(ctx, "archive", "old")
		counted := func(name string) int {
			count, err := testutil.GatherAndCount(registry, name)
			Expect(err).NotTo(HaveOccurred())
			return count
		}
		Expect(counted("sei_import_pvc_validation_total")).To(BeNumerically(">=", 2))
		Expect(counted("sei_import_pvc_terminal_total")).To(BeNumerically(">=", 1))
		Expect(counted("sei_import_pvc_time_to_valid_seconds")).To(BeNumerically(">=", 1))
	})

	It("heals when somebody wipes the status", func(ctx context.Context) {
		running(ctx, "archive", "old")
		pod := podUID(ctx, "archive-0")
		wipeStatus(ctx, "archive")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		expectReady(ctx, "archive", "True/NodeReady")
		Expect(podUID(ctx, "archive-0")).To(Equal(pod))
	})

	It("costs nothing while nothing changes", func(ctx context.Context) {
		claim := running(ctx, "archive", "old")
		create(ctx, importing("waiting", "never"))
		expectImport(ctx, "waiting", "False/PVCNotFound")
		Eventually(ctx, func() string { return node(ctx, "waiting").Status.Plan.Tasks[0].Error }).ShouldNot(BeEmpty())
		Eventually(ctx, settled()).Should(BeTrue())
		before := len(operatorWrites(namespace))
		edit(ctx, "old", claim, func(claim *corev1.PersistentVolumeClaim) { claim.Labels = map[string]string{"poke": "it"} })
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Annotations = map[string]string{"poke": "it"} })
		Consistently(ctx, func() []fixture.Write { return operatorWrites(namespace)[before:] }, "7s", "500ms").Should(BeEmpty(), "longer than a poll")
	})
})

// kstatus is what kubectl apply's successors, Argo and Flux make of the node.
func kstatus(ctx context.Context, name string) func() status.Status {
	return func() status.Status {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(seiv1alpha1.GroupVersion.WithKind("SeiNode"))
		result, err := status.Compute(get(ctx, name, object))
		Expect(err).NotTo(HaveOccurred())
		return result.Status
	}
}

// settled says whether the operator wrote nothing between this call and the one before.
func settled() func() bool {
	last := -1
	return func() bool {
		now := len(operatorWrites(namespace))
		same := now == last
		last = now
		return same
	}
}

// eventsOf returns the node's events as "type reason note".
func eventsOf(ctx context.Context, name string) []string {
	list := &eventsv1.EventList{}
	Expect(k8s.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	var texts []string
	for _, event := range list.Items {
		if event.Regarding.Name == name {
			texts = append(texts, fmt.Sprintf("%s %s %s", event.Type, event.Reason, event.Note))
		}
		Expect(event.Series).To(BeNil(), "event %s was repeated", event.Reason)
	}
	return texts
}

func allDifferent(texts []string) bool {
	seen := map[string]bool{}
	for _, text := range texts {
		seen[text] = true
	}
	return len(seen) == len(texts)
}

// wipeStatus takes the status away, as a restore from a backup does.
func wipeStatus(ctx context.Context, name string) {
	Eventually(ctx, func() error {
		found := &seiv1alpha1.SeiNode{}
		if err := k8s.Get(ctx, key(name), found); err != nil {
			return err
		}
		found.Status = seiv1alpha1.SeiNodeStatus{}
		return k8s.Status().Update(ctx, found)
	}).Should(Succeed())
}
