package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// An operator with Roles in some namespaces and no more than volumes and storage classes beyond them.
var _ = Describe("An operator that watches", Ordered, func() {
	BeforeAll(func() {
		ownControlPlane("blue", "green")
		Expect(api.run(newManager(api.operator, prometheus.NewRegistry(), nil, "blue", "green"))).To(Succeed())
	})

	DescribeTable("one of its namespaces runs a node there", func(ctx context.Context, watched string) {
		namespace = watched
		running(ctx, "archive", "old")
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
	}, Entry("the first", "blue"), Entry("the second", "green"))

	It("two namespaces leaves a third alone", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		create(ctx, importing("archive", "old"))
		Consistently(ctx, func() []metav1.Condition { return node(ctx, "archive").Status.Conditions }).Should(BeEmpty())
		Expect(node(ctx, "archive").Finalizers).To(BeEmpty())
	})

	It("two namespaces may not look into a third", func(ctx context.Context) {
		tenant, err := client.New(api.operator, client.Options{})
		Expect(err).NotTo(HaveOccurred())
		for _, list := range []client.ObjectList{&corev1.PersistentVolumeClaimList{}, &corev1.PodList{}, &corev1.SecretList{}} {
			Expect(apierrors.IsForbidden(tenant.List(ctx, list, client.InNamespace(namespace)))).To(BeTrue())
		}
	})
})
