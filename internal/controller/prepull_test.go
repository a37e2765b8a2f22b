package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

const trial = "archive-pre-pull"

// place gives a pod a machine, as the scheduler does.
func place(ctx context.Context, name, machine string) {
	pod := get(ctx, name, &corev1.Pod{})
	Expect(k8s.SubResource("binding").Create(ctx, pod, &corev1.Binding{Target: corev1.ObjectReference{Kind: "Node", Name: machine}})).To(Succeed())
}

// reap lets a pod go that is being deleted, as the kubelet does once it has stopped it.
func reap(ctx context.Context, name string, uid types.UID) {
	Eventually(ctx, func(g Gomega) {
		pod := &corev1.Pod{}
		if !exists(ctx, name, pod) || pod.UID != uid {
			return
		}
		g.Expect(pod.DeletionTimestamp).NotTo(BeNil(), "pod %s is not deleted", name)
		g.Expect(client.IgnoreNotFound(k8s.Delete(ctx, pod, client.GracePeriodSeconds(0)))).To(Succeed())
	}).Should(Succeed())
}

// listUpgrade lists one upgrade, with an image.
func listUpgrade(ctx context.Context, image string) {
	editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
		node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: image}}
	})
}

// expectTrial waits for the pod that tries an image, on a machine, and puts it there.
func expectTrial(ctx context.Context, image, machine string) *corev1.Pod {
	pod := &corev1.Pod{}
	EventuallyWithOffset(1, ctx, func(g Gomega) {
		g.Expect(exists(ctx, trial, pod)).To(BeTrue())
		g.Expect(pod.DeletionTimestamp).To(BeNil())
		g.Expect(pod.Spec.Containers[0].Image).To(Equal(image))
	}).Should(Succeed())
	terms := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	ExpectWithOffset(1, terms[0].MatchFields[0].Values).To(Equal([]string{machine}))
	place(ctx, trial, machine)
	return pod
}

func expectNoTrial(ctx context.Context) {
	ConsistentlyWithOffset(1, ctx, func() bool { return exists(ctx, trial, &corev1.Pod{}) }).Should(BeFalse())
}

// inTrial says of the pod what the kubelet would.
func inTrial(ctx context.Context, phase corev1.PodPhase, state corev1.ContainerState) {
	Eventually(ctx, func() error {
		pod := get(ctx, trial, &corev1.Pod{})
		pod.Status.Phase = phase
		fixture.InContainer(state)(pod)
		return k8s.Status().Update(ctx, pod)
	}).Should(Succeed())
}

func cannotPull(ctx context.Context, reason, message string) {
	inTrial(ctx, corev1.PodPending, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}})
}

func endTrial(ctx context.Context, phase corev1.PodPhase, code int32, reason string) {
	inTrial(ctx, phase, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason}})
}

func expectProven(ctx context.Context, image, machine string) {
	EventuallyWithOffset(1, ctx, func(g Gomega) {
		g.Expect(node(ctx, "archive").PrePulled(image, machine)).To(BeTrue())
	}).Should(Succeed())
}

// writesOn counts the operator's writes on the pod that tries images.
func writesOn(verb string) (count int) {
	for _, write := range operatorWrites(namespace) {
		if write.ObjectRef.Resource == "pods" && write.ObjectRef.Name == trial && write.Verb == verb {
			count++
		}
	}
	return count
}

var _ = Describe("The image of an upgrade that is to come", func() {
	BeforeEach(func(ctx context.Context) {
		running(ctx, "archive", "old")
		place(ctx, "archive-0", "m-1")
	})

	It("is tried once, by a pod that has nothing, and is known to run", func(ctx context.Context) {
		pod := podUID(ctx, "archive-0")
		listUpgrade(ctx, "sei:v7")
		made := expectTrial(ctx, "sei:v7", "m-1")
		Expect(made.Spec.Volumes).To(BeEmpty())
		Expect(made.Spec.Containers[0].VolumeMounts).To(BeEmpty())
		Expect(*made.Spec.AutomountServiceAccountToken).To(BeFalse())
		expectQuiet(ctx)

		By("letting it run")
		endTrial(ctx, corev1.PodSucceeded, 0, "Completed")
		expectProven(ctx, "sei:v7", "m-1")
		reap(ctx, trial, made.UID)
		expectGone(ctx, trial, &corev1.Pod{})
		expectQuiet(ctx)
		expectNoTrial(ctx)
		Expect(writesOn("create") + writesOn("delete")).To(Equal(2))
		Expect(podUID(ctx, "archive-0")).To(Equal(pod))

		By("taking it off the list")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Upgrades = nil })
		Eventually(ctx, func() bool { return node(ctx, "archive").PrePulled("sei:v7", "m-1") }).Should(BeFalse())
	})

	It("is told where it cannot be pulled, and tried anew when another is listed", func(ctx context.Context) {
		pod := podUID(ctx, "archive-0")
		listUpgrade(ctx, "sei:typo")
		made := expectTrial(ctx, "sei:typo", "m-1")
		cannotPull(ctx, "ErrImagePull", "sei:typo: not found")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionUpgradeReady, "False/ImagePullFailed", `"sei:typo"`, `"v7"`, `machine "m-1"`, "sei:typo: not found")
		By("trying again and again, which is no news")
		expectQuiet(ctx)
		before := len(operatorWrites(namespace))
		cannotPull(ctx, "ImagePullBackOff", `Back-off pulling image "sei:typo": ErrImagePull: sei:typo: not found`)
		cannotPull(ctx, "ErrImagePull", "sei:typo: not found")
		cannotPull(ctx, "ImagePullBackOff", `Back-off pulling image "sei:typo"`)
		expectQuiet(ctx)
		Expect(operatorWrites(namespace)).To(HaveLen(before))

		By("correcting it")
		listUpgrade(ctx, "sei:v7")
		reap(ctx, trial, made.UID)
		again := expectTrial(ctx, "sei:v7", "m-1")
		endTrial(ctx, corev1.PodSucceeded, 0, "Completed")
		expectProven(ctx, "sei:v7", "m-1")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionUpgradeReady, "True/NotPlanned", `image "sei:v7" was pulled and ran on machine "m-1"`)
		reap(ctx, trial, again.UID)
		Expect(podUID(ctx, "archive-0")).To(Equal(pod))
	})

	It("is told where it does not run, and tried again when its pod is deleted, as the message says", func(ctx context.Context) {
		listUpgrade(ctx, "sei:v7")
		made := expectTrial(ctx, "sei:v7", "m-1")
		endTrial(ctx, corev1.PodFailed, 1, "Error")
		message := expectCondition(ctx, "archive", seiv1alpha1.ConditionUpgradeReady, "False/ImagePullFailed", "does not run", "exit code 1 (Error)")
		expectQuiet(ctx)
		Expect(get(ctx, trial, &corev1.Pod{}).UID).To(Equal(made.UID), "what says why is kept")
		Expect(obey(ctx, message)).To(Succeed())
		Eventually(ctx, func() types.UID {
			again := &corev1.Pod{}
			exists(ctx, trial, again)
			return again.UID
		}).ShouldNot(Or(BeEmpty(), Equal(made.UID)))
	})

	It("is tried where the node's pod is", func(ctx context.Context) {
		listUpgrade(ctx, "sei:v7")
		made := expectTrial(ctx, "sei:v7", "m-1")
		endTrial(ctx, corev1.PodSucceeded, 0, "Completed")
		expectProven(ctx, "sei:v7", "m-1")
		reap(ctx, trial, made.UID)
		By("moving the node's pod")
		former := get(ctx, "archive-0", &corev1.Pod{})
		Expect(k8s.Delete(ctx, former, client.GracePeriodSeconds(0))).To(Succeed())
		Eventually(ctx, func() types.UID { return podUID(ctx, "archive-0") }).ShouldNot(Or(BeEmpty(), Equal(former.UID)))
		expectNoTrial(ctx)
		place(ctx, "archive-0", "m-2")
		again := expectTrial(ctx, "sei:v7", "m-2")
		endTrial(ctx, corev1.PodSucceeded, 0, "Completed")
		expectProven(ctx, "sei:v7", "m-2")
		reap(ctx, trial, again.UID)
	})

	It("is not tried where the policy says so, nor while the node is paused", func(ctx context.Context) {
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
			node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v7"}}
			node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{PrePull: ptr.To(false)}
		})
		expectNoTrial(ctx)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.UpgradePolicy = nil })
		Eventually(ctx, func() bool { return exists(ctx, trial, &corev1.Pod{}) }).Should(BeTrue())
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = ptr.To(true) })
		expectGone(ctx, trial, &corev1.Pod{})
	})

	It("is left to somebody else's pod of the name, and to a deletion of the node", func(ctx context.Context) {
		create(ctx, &corev1.Pod{ObjectMeta: objectMeta(trial), Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "theirs"}}}})
		listUpgrade(ctx, "sei:v7")
		expectQuiet(ctx)
		Expect(get(ctx, trial, &corev1.Pod{}).Spec.Containers[0].Image).To(Equal("theirs"))
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Upgrades = nil })
		expectQuiet(ctx)
		remove(ctx, get(ctx, trial, &corev1.Pod{}))
		listUpgrade(ctx, "sei:v7")
		expectTrial(ctx, "sei:v7", "m-1")
		former := podUID(ctx, "archive-0")
		remove(ctx, node(ctx, "archive"))
		reap(ctx, "archive-0", former)
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(writesOn("delete")).To(BeZero(), "garbage collection takes it")
	})

	It("is not tried where a quota forbids the pod, and nothing else is kept from the node", func(ctx context.Context) {
		full := &corev1.ResourceQuota{ObjectMeta: objectMeta("full"), Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}}}
		create(ctx, full)
		full.Status.Hard, full.Status.Used = full.Spec.Hard, full.Spec.Hard
		Expect(k8s.Status().Update(ctx, full)).To(Succeed())
		listUpgrade(ctx, "sei:v7")
		Eventually(ctx, func() int { return writesOn("create") }).Should(Equal(1))
		expectReady(ctx, "archive", "True/NodeReady")
		expectQuiet(ctx)
		By("waking the node")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Annotations = map[string]string{"any": "thing"} })
		expectQuiet(ctx)
		Expect(writesOn("create")).To(Equal(1), "it was refused a moment ago")
		expectNoTrial(ctx)
	})
})

var _ = Describe("An operator that may not make pods", Ordered, func() {
	BeforeAll(func(ctx context.Context) {
		ownControlPlane()
		Expect(k8s.Delete(ctx, &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "pre-pull-role"}})).To(Succeed())
		Expect(api.run(newManager(api.operator, prometheus.NewRegistry(), nil))).To(Succeed())
	})

	It("tries no image, and says nothing against the node", func(ctx context.Context) {
		namespace = newNamespace(ctx, k8s)
		running(ctx, "archive", "old")
		place(ctx, "archive-0", "m-1")
		listUpgrade(ctx, "sei:v7")
		Eventually(ctx, func() int { return len(refused(namespace)) }).Should(Equal(1))
		expectReady(ctx, "archive", "True/NodeReady")
		expectQuiet(ctx)
		for _, image := range []string{"sei:v8", "sei:v9"} { // what the user changes is tried at once
			listUpgrade(ctx, image)
			expectQuiet(ctx)
		}
		Expect(refused(namespace)).To(HaveLen(3))
		expectNoTrial(ctx)
	})
})

// refused are the operator's writes that the API server did not let through.
func refused(namespace string) (found []fixture.Write) {
	for _, write := range operatorWrites(namespace) {
		if write.ResponseStatus.Code == 403 {
			found = append(found, write)
		}
	}
	return found
}
