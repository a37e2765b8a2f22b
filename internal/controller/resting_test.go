package controller_test

import (
	"context"
	"fmt"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

var _ = Describe("A fleet at rest", func() {
	It("is left alone by an operator that something else writes after", func(ctx context.Context) {
		mutate(ctx, `Object{spec: Object.spec{template: Object.spec.template{metadata: Object.spec.template.metadata{annotations: {"theirs": "kept"}}}}}`)
		running(ctx, "archive", "old")
		expectQuiet(ctx)
		Expect(set(ctx, "archive").Spec.Template.Annotations).To(HaveKeyWithValue("theirs", "kept"))
		setImage(ctx, "archive", "sei:newer")
		Eventually(ctx, func() string { return node(ctx, "archive").Status.CurrentImage }).Should(Equal("sei:newer"))
		expectQuiet(ctx)
	})
})

// Nodes that wait, on a control plane of their own: every reconcile begins with a read of its SeiNode, and those are counted.
var _ = Describe("A fleet that waits", Ordered, func() {
	const count = 500
	var reconciles atomic.Int32

	BeforeAll(func() {
		ownControlPlane()
		counting := func(config *rest.Config, options client.Options) (client.Client, error) {
			real, err := client.NewWithWatch(config, options)
			if err != nil {
				return nil, err
			}
			return interceptor.NewClient(real, interceptor.Funcs{
				Get: func(ctx context.Context, real client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
					if _, is := object.(*seiv1alpha1.SeiNode); is {
						reconciles.Add(1)
					}
					return real.Get(ctx, key, object, options...)
				},
			}), nil
		}
		Expect(api.run(newManager(api.operator, prometheus.NewRegistry(), counting))).To(Succeed())
	})

	It("for what is watched, or because it is paused, does not work", func(ctx context.Context) {
		namespace = newNamespace(ctx, k8s) // the one that every spec gets was made on the shared one
		for i := range count {
			name := fmt.Sprintf("paused-%d", i)
			boundClaim(ctx, name, "10Gi")
			paused := importing(name, name)
			paused.Spec.Paused = ptr.To(true)
			create(ctx, paused)
			create(ctx, importing(fmt.Sprintf("waiting-%d", i), fmt.Sprintf("none-%d", i)))
		}
		for i := range count {
			expectReady(ctx, fmt.Sprintf("paused-%d", i), "False/Paused")
			expectImport(ctx, fmt.Sprintf("waiting-%d", i), "False/PVCNotFound")
		}
		expectQuiet(ctx)
		before := reconciles.Load()
		Expect(before).To(BeNumerically(">", count), "nothing is counted")
		Consistently(ctx, func() int32 { return reconciles.Load() - before }, "7s", "500ms").Should(BeZero(), "longer than a poll")
	})
})

// mutate has the API server change every StatefulSet of the spec's namespace that is written.
func mutate(ctx context.Context, expression string) {
	policy := &admissionv1.MutatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Spec: admissionv1.MutatingAdmissionPolicySpec{
			MatchConstraints: &admissionv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}},
				ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
					Rule:       admissionv1.Rule{APIGroups: []string{"apps"}, APIVersions: []string{"v1"}, Resources: []string{"statefulsets"}},
				}}},
			},
			FailurePolicy: ptr.To(admissionv1.Fail), ReinvocationPolicy: admissionv1.NeverReinvocationPolicy,
			Mutations: []admissionv1.Mutation{{
				PatchType: admissionv1.PatchTypeApplyConfiguration, ApplyConfiguration: &admissionv1.ApplyConfiguration{Expression: expression},
			}},
		},
	}
	binding := &admissionv1.MutatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: namespace}, Spec: admissionv1.MutatingAdmissionPolicyBindingSpec{PolicyName: namespace},
	}
	for _, object := range []client.Object{policy, binding} {
		create(ctx, object)
		DeferCleanup(func(ctx context.Context) { remove(ctx, object) })
	}
	probe := &appsv1.StatefulSet{ObjectMeta: objectMeta("probe"), Spec: appsv1.StatefulSetSpec{
		Replicas: ptr.To(int32(0)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "busybox"}}}},
	}}
	Eventually(ctx, func() map[string]string { // until the API server has seen its new policy
		trial := probe.DeepCopy()
		_ = k8s.Create(ctx, trial, client.DryRunAll)
		return trial.Spec.Template.Annotations
	}).ShouldNot(BeEmpty())
}

// An upgrade of the operator, on a control plane of its own: the next version has another template.
var _ = Describe("An upgrade of the operator", Ordered, func() {
	const fleet = 10
	var stop context.CancelFunc

	upgrade := func(ctx context.Context, change func(*platform.Config)) {
		if stop != nil {
			stop()
		}
		config := testPlatform()
		change(&config)
		manager, err := newManagerWith(api.operator, prometheus.NewRegistry(), config)
		Expect(err).NotTo(HaveOccurred())
		var running context.Context
		running, stop = context.WithCancel(api.ctx)
		go func() {
			defer GinkgoRecover()
			Expect(manager.Start(running)).To(Succeed())
		}()
		<-manager.Elected()
		manager.GetCache().WaitForCacheSync(ctx)
	}

	pods := func(ctx context.Context) map[string]types.UID {
		uids := map[string]types.UID{}
		for i := range fleet {
			name := fmt.Sprintf("node-%d-0", i)
			uids[name] = podUID(ctx, name)
		}
		return uids
	}

	BeforeAll(func() { ownControlPlane() })

	It("restarts no pod; what waits is said, and comes with the next change or when it is asked for", func(ctx context.Context) {
		namespace = newNamespace(ctx, k8s) // the one that every spec gets was made on the shared one
		upgrade(ctx, func(*platform.Config) {})
		for i := range fleet {
			running(ctx, fmt.Sprintf("node-%d", i), fmt.Sprintf("claim-%d", i))
		}
		expectQuiet(ctx)
		before, writes := pods(ctx), len(operatorWrites(namespace))

		By("a newer agent alone: nobody hears of it")
		upgrade(ctx, func(c *platform.Config) { c.Images.Agent = "operator:newer" })
		expectQuiet(ctx)
		Expect(operatorWrites(namespace)[writes:]).To(BeEmpty())
		Expect(pods(ctx)).To(Equal(before))

		By("another template: one status a node, and no pod")
		next := func(c *platform.Config) {
			c.Images.Agent = "operator:newer"
			c.Scheduling.NodeSelector = map[string]string{"pool": "new"}
		}
		upgrade(ctx, next)
		for i := range fleet {
			expectCondition(ctx, fmt.Sprintf("node-%d", i), seiv1alpha1.ConditionNodeUpdateInProgress, "False/RolloutPending", "sei.io/rollout=now")
		}
		expectQuiet(ctx)
		Expect(operatorWrites(namespace)[writes:]).To(And(HaveLen(fleet), HaveEach(HaveField("ObjectRef.Subresource", "status"))))
		Expect(pods(ctx)).To(Equal(before))

		By("asking for it on one, and changing another")
		editNode(ctx, "node-0", func(node *seiv1alpha1.SeiNode) {
			node.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: seiv1alpha1.RolloutNow}
		})
		setImage(ctx, "node-1", "sei:newer")
		for _, name := range []string{"node-0", "node-1"} {
			Eventually(ctx, func() types.UID { return podUID(ctx, name+"-0") }).ShouldNot(Or(BeEmpty(), Equal(before[name+"-0"])))
			expectCondition(ctx, name, seiv1alpha1.ConditionNodeUpdateInProgress, "False/UpToDate")
			Expect(get(ctx, name+"-0", &corev1.Pod{}).Spec.NodeSelector).To(HaveKeyWithValue("pool", "new"))
		}
		after := pods(ctx)
		for i := 2; i < fleet; i++ {
			name := fmt.Sprintf("node-%d-0", i)
			Expect(after[name]).To(Equal(before[name]))
		}

		By("an annotation that means nothing")
		editNode(ctx, "node-2", func(node *seiv1alpha1.SeiNode) {
			node.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: "later"}
		})
		expectCondition(ctx, "node-2", seiv1alpha1.ConditionNodeUpdateInProgress, "False/InvalidAnnotation", `annotation sei.io/rollout is "later"; wanted "now"`)
		stop()
	})
})

var _ = It("A SeiNode that is deleted with --cascade=orphan lets go, and touches nothing", func(ctx context.Context) {
	create(ctx, creating("archive"))
	expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	Eventually(ctx, func() []string { return eventsOf(ctx, "archive") }).Should(ContainElement(HavePrefix("Normal NodeRunning")), "events come behind")
	pod, writes := podUID(ctx, "archive-0"), len(operatorWrites(namespace))
	Expect(k8s.Delete(ctx, node(ctx, "archive"), client.PropagationPolicy(metav1.DeletePropagationOrphan))).To(Succeed())
	Eventually(ctx, func() []string { return node(ctx, "archive").Finalizers }).Should(Equal([]string{metav1.FinalizerOrphanDependents}), "no garbage collector runs here")
	Consistently(ctx, func(g Gomega) {
		live := get(ctx, "archive-0", &corev1.Pod{})
		g.Expect(live.UID).To(Equal(pod))
		g.Expect(live.DeletionTimestamp).To(BeNil())
		g.Expect(set(ctx, "archive").DeletionTimestamp).To(BeNil())
		g.Expect(get(ctx, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
	}).Should(Succeed())
	Expect(operatorWrites(namespace)[writes:]).To(HaveLen(1), "the finalizer's")
	editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Finalizers = nil })
})

var _ = Describe("Ready", func() {
	It("says nothing of a new image while the old pod is there", func(ctx context.Context) {
		running(ctx, "archive", "old")
		keepPod(ctx, "archive-0")
		setImage(ctx, "archive", "sei:newer")
		expectReady(ctx, "archive", "False/Updating")
		Consistently(ctx, func(g Gomega) {
			found := node(ctx, "archive")
			ready := status.InProgressStatus
			g.Expect(kstatus(ctx, "archive")()).To(Equal(ready), "%+v", found.Status.Conditions)
		}).Should(Succeed())
		letPodGo(ctx, "archive-0")
		expectReady(ctx, "archive", "True/NodeReady")
		Expect(get(ctx, "archive-0", &corev1.Pod{}).Spec.Containers[0].Image).To(Equal("sei:newer"))
	})

	It("passes on what the kubelet says of a Secret that is not there", func(ctx context.Context) {
		wants := signing("validator", "key")
		wants.Spec.Image = "sei:stuck"
		create(ctx, wants)
		Eventually(ctx, func() bool { return exists(ctx, "validator-0", &corev1.Pod{}) }).Should(BeTrue())
		pod := get(ctx, "validator-0", &corev1.Pod{})
		pod.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}}}
		warn(ctx, "Pod", pod, "FailedMount", `MountVolume.SetUp failed for volume "signing-secret" : secret "key" not found`)
		Eventually(ctx, func(g Gomega) {
			live := get(ctx, "validator-0", &corev1.Pod{})
			live.Status = pod.Status
			g.Expect(k8s.Status().Update(ctx, live)).To(Succeed())
			found := node(ctx, "validator")
			g.Expect(found.Status.Conditions).To(ContainElement(And(HaveField("Type", "Ready"), HaveField("Reason", "MountFailed"),
				HaveField("Message", ContainSubstring(`secret "key" not found`)))))
		}, "30s", "1s").Should(Succeed())
	})

	It("passes on why a quota forbids the pod", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		create(ctx, &corev1.ResourceQuota{ObjectMeta: objectMeta("none"), Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: *resourceOf("0")}}})
		Eventually(ctx, func() error { // no quota controller runs here
			quota := get(ctx, "none", &corev1.ResourceQuota{})
			quota.Status = corev1.ResourceQuotaStatus{Hard: quota.Spec.Hard, Used: corev1.ResourceList{corev1.ResourcePods: *resourceOf("0")}}
			return k8s.Status().Update(ctx, quota)
		}).Should(Succeed())
		create(ctx, wants)
		Eventually(ctx, func() bool { return exists(ctx, "archive", &appsv1.StatefulSet{}) }).Should(BeTrue())
		refusal := k8s.Create(ctx, podFrom(set(ctx, "archive"), "x"))
		Expect(refusal).To(MatchError(ContainSubstring("exceeded quota: none")))
		warn(ctx, "StatefulSet", set(ctx, "archive"), "FailedCreate", "create Pod archive-0 in StatefulSet archive failed error: "+refusal.Error())
		Eventually(ctx, func(g Gomega) {
			found := node(ctx, "archive")
			g.Expect(found.Status.Conditions).To(ContainElement(And(HaveField("Type", "Ready"), HaveField("Reason", "PodNotCreated"),
				HaveField("Message", ContainSubstring("exceeded quota: none")))), "%+v", found.Status.Conditions)
		}, "40s", "1s").Should(Succeed())

		By("raising it: the StatefulSet's controller is asked to try again, once")
		Eventually(ctx, func() string { return set(ctx, "archive").Annotations[seiv1alpha1.AnnotationQuotas] }).ShouldNot(BeEmpty())
		asked := set(ctx, "archive").Annotations[seiv1alpha1.AnnotationQuotas]
		expectQuiet(ctx)
		edit(ctx, "none", &corev1.ResourceQuota{}, func(quota *corev1.ResourceQuota) { quota.Spec.Hard[corev1.ResourcePods] = *resourceOf("1") })
		Eventually(ctx, func() string { return set(ctx, "archive").Annotations[seiv1alpha1.AnnotationQuotas] }).ShouldNot(Equal(asked))
		expectQuiet(ctx)
	})
})

// warn records a warning as the kubelet or a controller does.
func warn(ctx context.Context, kind string, of client.Object, reason, message string) {
	create(ctx, &corev1.Event{
		ObjectMeta:     objectMeta(of.GetName() + "." + reason),
		InvolvedObject: corev1.ObjectReference{Kind: kind, Namespace: of.GetNamespace(), Name: of.GetName(), UID: of.GetUID()},
		Type:           corev1.EventTypeWarning, Reason: reason, Message: message, LastTimestamp: metav1.Now(),
	})
}
