package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("A namespace with a quota on requests and limits", func() {
	It("runs a node that sets its resources", func(ctx context.Context) {
		quota(ctx)
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		wants.Spec.Resources = &corev1.ResourceRequirements{Requests: cpuAndMemory("8", "64Gi"), Limits: cpuAndMemory("8", "64Gi")}
		create(ctx, wants)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeTrue())
	})

	It("refuses the pod of one that does not", func(ctx context.Context) {
		quota(ctx)
		boundClaim(ctx, "old", "10Gi")
		create(ctx, importing("archive", "old"))
		Eventually(ctx, func() bool { return exists(ctx, "archive", &appsv1.StatefulSet{}) }).Should(BeTrue())
		err := k8s.Create(ctx, podFrom(set(ctx, "archive"), "any"), client.DryRunAll)
		Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%v", err)
		Expect(err.Error()).To(ContainSubstring("failed quota: compute: must specify limits.cpu for: seid; limits.memory for: seid"))
	})
})

// quota asks every container for requests and limits. No quota controller runs, so its status is set by hand.
func quota(ctx context.Context) {
	hard := corev1.ResourceList{}
	for _, name := range []corev1.ResourceName{"requests.cpu", "requests.memory", "limits.cpu", "limits.memory"} {
		hard[name] = resource.MustParse("1Ti")
	}
	made := &corev1.ResourceQuota{ObjectMeta: objectMeta("compute"), Spec: corev1.ResourceQuotaSpec{Hard: hard}}
	create(ctx, made)
	made.Status.Hard, made.Status.Used = hard, corev1.ResourceList{}
	for name := range hard {
		made.Status.Used[name] = resource.MustParse("0")
	}
	Expect(k8s.Status().Update(ctx, made)).To(Succeed())
}

func cpuAndMemory(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse(memory)}
}
