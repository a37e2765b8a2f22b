package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("A node's workload", func() {
	It("is updated though its pod is not ready, and a second change overtakes the first", func(ctx context.Context) {
		running(ctx, "archive", "old")
		first := podUID(ctx, "archive-0")
		setImage(ctx, "archive", "sei:bad")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "True/Updating")
		Eventually(ctx, func() types.UID { return podUID(ctx, "archive-0") }).ShouldNot(Equal(first))
		expectReady(ctx, "archive", "False/PodNotReady")
		Expect(node(ctx, "archive").Status.Phase).To(Equal(seiv1alpha1.PhaseRunning))

		setImage(ctx, "archive", "sei:better")
		expectReady(ctx, "archive", "True/NodeReady")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "False/UpToDate")
		Eventually(ctx, func() string { return node(ctx, "archive").Status.CurrentImage }).Should(Equal("sei:better"))
		Expect(get(ctx, "archive-0", &corev1.Pod{}).Spec.Containers[0].Image).To(Equal("sei:better"))
	})

	It("gets a corrected image while it is being brought up", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		wants.Spec.Image = "sei:bad"
		create(ctx, wants)
		expectReady(ctx, "archive", "False/PodNotReady")
		setImage(ctx, "archive", "sei:good")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		expectReady(ctx, "archive", "True/NodeReady")
	})

	DescribeTable("stops and comes back", func(ctx context.Context, bring func(context.Context)) {
		bring(ctx)
		setPaused(ctx, "archive", true)
		expectReady(ctx, "archive", "False/Paused")
		expectGone(ctx, "archive-0", &corev1.Pod{})
		setPaused(ctx, "archive", false)
		Eventually(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeTrue())
	},
		Entry("when it runs", func(ctx context.Context) { running(ctx, "archive", "old") }),
		Entry("when it comes up", func(ctx context.Context) {
			boundClaim(ctx, "old", "10Gi")
			wants := importing("archive", "old")
			wants.Spec.Image = "sei:bad"
			create(ctx, wants)
			expectReady(ctx, "archive", "False/PodNotReady")
		}),
		Entry("when it failed", func(ctx context.Context) {
			running(ctx, "archive", "old")
			stealService(ctx, "archive")
			expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		}),
	)

	It("is not taken from somebody else: StatefulSet", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		theirs := &appsv1.StatefulSet{ObjectMeta: objectMeta("archive"), Spec: appsv1.StatefulSetSpec{
			Replicas: ptr.To(int32(0)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "busybox"}}}},
		}}
		create(ctx, theirs)
		create(ctx, importing("archive", "old"))
		expectReady(ctx, "archive", "False/PlanFailed", "StatefulSetNotOwned")
		Expect(set(ctx, "archive").Generation).To(Equal(theirs.Generation))
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(set(ctx, "archive").DeletionTimestamp).To(BeNil())
	})

	It("is not taken from somebody else: Service", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		theirs := &corev1.Service{ObjectMeta: objectMeta("archive"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 1}}}}
		create(ctx, theirs)
		create(ctx, importing("archive", "old"))
		expectReady(ctx, "archive", "False/PlanFailed", "ServiceNotOwned")
		Expect(get(ctx, "archive", &corev1.Service{}).ResourceVersion).To(Equal(theirs.ResourceVersion))
		remove(ctx, theirs)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	It("is made again where somebody deleted it", func(ctx context.Context) {
		running(ctx, "archive", "old")
		first := podUID(ctx, "archive-0")
		Expect(k8s.Delete(ctx, set(ctx, "archive"), client.PropagationPolicy(metav1.DeletePropagationForeground))).To(Succeed())
		Eventually(ctx, func() types.UID { return podUID(ctx, "archive-0") }).ShouldNot(Or(Equal(first), BeEmpty()))
		expectReady(ctx, "archive", "True/NodeReady")
	})

	It("is made again where somebody deleted it while the node came up", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		wants.Spec.Image = "sei:bad"
		create(ctx, wants)
		expectReady(ctx, "archive", "False/PodNotReady")
		first := set(ctx, "archive").UID
		Expect(k8s.Delete(ctx, set(ctx, "archive"), client.PropagationPolicy(metav1.DeletePropagationForeground))).To(Succeed())
		Eventually(ctx, func(g Gomega) {
			again := &appsv1.StatefulSet{}
			g.Expect(k8s.Get(ctx, key("archive"), again)).To(Succeed())
			g.Expect(again.UID).NotTo(Equal(first))
		}).Should(Succeed())
	})

	It("is put right where somebody changed it", func(ctx context.Context) {
		running(ctx, "archive", "old")
		edit(ctx, "archive", &appsv1.StatefulSet{}, func(set *appsv1.StatefulSet) {
			set.Spec.Template.Spec.TerminationGracePeriodSeconds = ptr.To(int64(1))
		})
		Eventually(ctx, func() int64 { return *set(ctx, "archive").Spec.Template.Spec.TerminationGracePeriodSeconds }).Should(BeEquivalentTo(300))
	})

	It("tells why the API server refuses it", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		wants.Spec.PodLabels = map[string]string{"a label": "no"}
		create(ctx, wants)
		expectReady(ctx, "archive", "False/Initializing", "InvalidObject", "a label")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.PodLabels = nil })
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	It("is scaled to 0 by a pause, also while the API server refuses what else the spec asks for", func(ctx context.Context) {
		running(ctx, "archive", "old")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.PodLabels = map[string]string{"a label": "no"} })
		Eventually(ctx, func() []seiv1alpha1.PlannedTask { return node(ctx, "archive").Status.Plan.Tasks }).
			Should(ContainElement(HaveField("Error", ContainSubstring("InvalidObject"))))
		setPaused(ctx, "archive", true)
		Eventually(ctx, func() int32 { return *set(ctx, "archive").Spec.Replicas }).Should(BeZero())
		expectGone(ctx, "archive-0", &corev1.Pod{})
	})
})

func podUID(ctx context.Context, name string) types.UID {
	pod := &corev1.Pod{}
	if !exists(ctx, name, pod) {
		return ""
	}
	return pod.UID
}

func setImage(ctx context.Context, name, image string) {
	editNode(ctx, name, func(node *seiv1alpha1.SeiNode) { node.Spec.Image = image })
}

func setPaused(ctx context.Context, name string, paused bool) {
	editNode(ctx, name, func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = &paused })
}

// stealService puts somebody else's Service in the place of the node's.
func stealService(ctx context.Context, name string) {
	theirs := &corev1.Service{ObjectMeta: objectMeta(name), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 1}}}}
	Eventually(ctx, func() error { // the operator puts its own back
		if live := (&corev1.Service{}); exists(ctx, name, live) && len(live.OwnerReferences) > 0 {
			_ = k8s.Delete(ctx, live)
		}
		return k8s.Create(ctx, theirs.DeepCopy())
	}).Should(Succeed())
}
