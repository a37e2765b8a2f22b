//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What a user does who installs by a Subscription, on a real OLM. hack/test-olm.sh runs it.
var _ = Describe("By OLM", Label("olm"), Ordered, func() {
	var release, next string

	BeforeAll(func() {
		release, next = os.Getenv("OLM_RELEASE"), os.Getenv("OLM_NEXT")
		Expect(release).NotTo(BeEmpty(), "hack/test-olm.sh sets OLM_RELEASE")
	})

	It("the operator is installed for all namespaces, passes the scorecard, is upgraded while a node runs, and is uninstalled", func(ctx context.Context) {
		step("the catalogue is served", func() { offer(ctx, release) })
		step(release+" is installed by its Subscription", func() {
			subscribe(ctx, operatorNamespace)
			expectInstalled(ctx, operatorNamespace, release)
		})
		step("a SeiNode adopts a filled claim and runs", func() {
			filledClaim(ctx, "old")
			create(ctx, importing("archive", "old"))
			expectRunning(ctx, "archive", "old")
		})
		step("OLM is told that it may be upgraded, now that nothing is under way", func() { expectUpgradeable(ctx, operatorNamespace, release) })
		before, pod := userPart(ctx, "old"), podUID(ctx, "archive-0")
		step("the scorecard passes, in pods", func() { scorecard(ctx) })
		step("the Subscription upgrades "+release+" to "+next, func() {
			offer(ctx, next)
			expectInstalled(ctx, operatorNamespace, next)
			expectEnd(ctx, csv(operatorNamespace, release))
		})
		expectUntouched := func() {
			Expect(podUID(ctx, "archive-0")).To(Equal(pod), "the node's pod was replaced")
			Expect(userPart(ctx, "old")).To(Equal(before))
		}
		step("the new operator works, and has left the node's pod alone", func() { expectReconciled(ctx, "archive", "1Gi"); expectUntouched() })
		step("it is uninstalled: node, claim and data stay", func() {
			uninstall(ctx, operatorNamespace)
			expectUntouched()
			Expect(node(ctx, Default, "archive").DeletionTimestamp).To(BeNil())
			deletePod(ctx, get(ctx, Default, "archive-0", &corev1.Pod{}))
			Eventually(ctx, func(g Gomega) {
				again := get(ctx, g, "archive-0", &corev1.Pod{})
				g.Expect(again.UID).NotTo(Equal(pod))
				g.Expect(isReady(again)).To(BeTrue())
			}).Should(Succeed(), "a node starts without the operator")
		})
		step("it is installed again and takes the node over", func() {
			subscribe(ctx, operatorNamespace)
			expectInstalled(ctx, operatorNamespace, next)
			expectReconciled(ctx, "archive", "1500Mi")
			deleteNow(ctx, node(ctx, Default, "archive"))
			expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
			Expect(userPart(ctx, "old")).To(Equal(before))
			uninstall(ctx, operatorNamespace)
		})
	})

	It("the operator is installed for its own namespace", func(ctx context.Context) {
		step("installed", func() {
			offer(ctx, next)
			configure(ctx, namespace, "modes: {archive: {resources: {requests: {cpu: 7m}}}}")
			subscribe(ctx, namespace, namespace)
			expectInstalled(ctx, namespace, next)
		})
		step("it takes the platform's configuration from the user's ConfigMap", func() {
			create(ctx, creating("configured"))
			Eventually(ctx, func(g Gomega) {
				seid := get(ctx, g, "configured", &appsv1.StatefulSet{}).Spec.Template.Spec.Containers[0]
				g.Expect(seid.Resources.Requests.Cpu().String()).To(Equal("7m"))
			}).Should(Succeed())
			deleteNow(ctx, node(ctx, Default, "configured"))
			expectGone(ctx, "configured", &seiv1alpha1.SeiNode{})
		})
		step("it runs a node there, and sees no other namespace", func() {
			expectServed(ctx, namespace)
			expectRights(ctx, namespace, namespace)
		})
		uninstall(ctx, namespace)
	})

	It("the operator is installed for two namespaces", func(ctx context.Context) {
		home, first, second := namespace, newNamespace(ctx), newNamespace(ctx)
		step("installed", func() {
			offer(ctx, next)
			subscribe(ctx, home, first, second)
			expectInstalled(ctx, home, next)
		})
		step("it runs a node in each, and sees no other namespace", func() {
			for _, watched := range []string{first, second} {
				expectServed(ctx, watched)
				expectRights(ctx, home, watched)
				removeNamespace(ctx, watched)
			}
		})
		uninstall(ctx, home)
	})
})

// scorecard runs the stock tests and ours against the installed operator. The script fails on anything but passes.
func scorecard(ctx context.Context) {
	command := exec.CommandContext(ctx, "hack/scorecard.sh")
	command.Dir, command.Stdout, command.Stderr = "../..", GinkgoWriter, GinkgoWriter
	Expect(command.Run()).To(Succeed())
}

// expectReconciled changes what rolls no pod, the capacity that is required, and waits until the operator has seen it.
func expectReconciled(ctx context.Context, name, size string) {
	edit(ctx, name, &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
		node.Spec.DataVolume.Size = ptr.To(resource.MustParse(size))
	})
	Eventually(ctx, func(g Gomega) {
		seen := node(ctx, g, name)
		g.Expect(seen.Status.ObservedGeneration).To(Equal(seen.Generation))
	}).Should(Succeed())
}

// configure makes the platform's configuration, as docs/how-to/install.md tells a user to.
func configure(ctx context.Context, where, config string) {
	text := map[string]string{"config.yaml": config}
	create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: where, Name: "seinode-platform-config"}, Data: text})
}

// expectServed says that the operator runs a node in that namespace.
func expectServed(ctx context.Context, watched string) {
	own := namespace
	namespace = watched
	defer func() { namespace = own }()
	filledClaim(ctx, "old")
	create(ctx, importing("archive", "old"))
	expectRunning(ctx, "archive", "old")
	deleteNow(ctx, node(ctx, Default, "archive"))
	expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
	Expect(exists(ctx, "old", &corev1.PersistentVolumeClaim{})).To(BeTrue())
}

// expectRights asks the API server what the operator installed in home may do: its work in the watched namespace, nothing in
// another, and to look at volumes. At home OLM always grants what the bundle asks for.
func expectRights(ctx context.Context, home, watched string) {
	may := func(verb, resource, where string) bool {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User:               "system:serviceaccount:" + home + ":" + operatorName,
			ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Namespace: where},
		}}
		create(ctx, review)
		return review.Status.Allowed
	}
	Expect(may("delete", "persistentvolumeclaims", watched)).To(BeTrue())
	Expect(may("list", "persistentvolumes", "")).To(BeTrue())
	Expect(may("patch", "persistentvolumes", "")).To(BeFalse())
	for _, other := range []string{"", "default", chainNamespace} {
		Expect(may("list", "persistentvolumeclaims", other)).To(BeFalse(), "namespace %q", other)
		Expect(may("get", "secrets", other)).To(BeFalse(), "namespace %q", other)
	}
}
