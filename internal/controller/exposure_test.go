package controller_test

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("The NetworkPolicy of a node", func() {
	It("is made, put right and taken away as the spec says, and restarts nothing", func(ctx context.Context) {
		running(ctx, "archive", "old")
		first := podUID(ctx, "archive-0")
		By("making it")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{} })
		Eventually(ctx, func() bool { return exists(ctx, "archive", &networkingv1.NetworkPolicy{}) }).Should(BeTrue())
		made := get(ctx, "archive", &networkingv1.NetworkPolicy{})
		Expect(metav1.IsControlledBy(made, node(ctx, "archive"))).To(BeTrue())
		expectQuiet(ctx)

		By("putting right what somebody edited")
		edit(ctx, "archive", &networkingv1.NetworkPolicy{}, func(policy *networkingv1.NetworkPolicy) { policy.Spec.Ingress = nil })
		Eventually(ctx, func() int { return len(get(ctx, "archive", &networkingv1.NetworkPolicy{}).Spec.Ingress) }).Should(Equal(len(made.Spec.Ingress)))

		By("taking it away")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = nil })
		expectGone(ctx, "archive", &networkingv1.NetworkPolicy{})
		Eventually(ctx, func() []seiv1alpha1.ChildStatus { return node(ctx, "archive").Status.Children }).
			ShouldNot(ContainElement(HaveField("Kind", "NetworkPolicy")))
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(first), "the pod was restarted")
	})

	It("is left alone where it is somebody else's, asked for or not", func(ctx context.Context) {
		create(ctx, &networkingv1.NetworkPolicy{ObjectMeta: objectMeta("archive")})
		running(ctx, "archive", "old")
		before := get(ctx, "archive", &networkingv1.NetworkPolicy{}).ResourceVersion
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{} })
		expectReady(ctx, "archive", "False/PlanFailed", `NetworkPolicy "archive" already exists and is not owned by SeiNode "archive"`)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.NetworkPolicy = nil })
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(get(ctx, "archive", &networkingv1.NetworkPolicy{}).ResourceVersion).To(Equal(before))
	})
})

// expose has the node of that name reached from outside of the cluster.
func expose(ctx context.Context, name string, how seiv1alpha1.ExposeSpec) {
	editNode(ctx, name, func(node *seiv1alpha1.SeiNode) { node.Spec.Expose = &how })
}

// expectAddress waits until peers are told the address, and the pod that is there is made with it.
func expectAddress(ctx context.Context, name, address string) {
	expectCondition(ctx, name, seiv1alpha1.ConditionExposed, "True/Advertised", address)
	ExpectWithOffset(1, node(ctx, name).Status.ExternalAddress).To(Equal(address))
	ExpectWithOffset(1, get(ctx, name+"-0", &corev1.Pod{}).Spec.Containers[0].Env).To(ContainElement(corev1.EnvVar{Name: "SEID_P2P_EXTERNAL_ADDRESS", Value: address}))
}

// balance gives a Service the addresses of a load balancer, as what makes those does.
func balance(ctx context.Context, name string, ingress ...corev1.LoadBalancerIngress) {
	Eventually(ctx, func() error {
		service := get(ctx, name, &corev1.Service{})
		service.Status.LoadBalancer.Ingress = ingress
		return k8s.Status().Update(ctx, service)
	}).Should(Succeed())
}

// machine makes one for the spec.
func machine(ctx context.Context, addresses ...corev1.NodeAddress) string {
	made := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "machine-of-" + namespace}}
	Expect(k8s.Create(ctx, made)).To(Succeed())
	DeferCleanup(func(ctx context.Context) { Expect(k8s.Delete(ctx, made)).To(Succeed()) })
	made.Status.Addresses = addresses
	Expect(k8s.Status().Update(ctx, made)).To(Succeed())
	return made.Name
}

// balanced brings up an archive behind a load balancer, and returns the UID of its pod, which tells the address from the first: the spec said it before.
func balanced(ctx context.Context) types.UID {
	boundClaim(ctx, "old", "10Gi")
	wants := importing("archive", "old")
	wants.Spec.ExternalAddress = ptr.To("203.0.113.7:26656")
	create(ctx, wants)
	expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
		node.Spec.ExternalAddress = nil
		node.Spec.Expose = &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeLoadBalancer, Annotations: map[string]string{"a": "1", "b": "2"}}
	})
	Eventually(ctx, func() bool { return exists(ctx, "archive-p2p", &corev1.Service{}) }).Should(BeTrue())
	balance(ctx, "archive-p2p", corev1.LoadBalancerIngress{IP: "203.0.113.7"})
	expectAddress(ctx, "archive", "203.0.113.7:26656")
	return podUID(ctx, "archive-0")
}

var _ = Describe("A node that peers reach from outside of the cluster", func() {
	const p2p = "archive-p2p"

	It("runs before its load balancer is there, and is replaced once when it is", func(ctx context.Context) {
		running(ctx, "archive", "old")
		first := podUID(ctx, "archive-0")
		expose(ctx, "archive", seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeLoadBalancer, Annotations: map[string]string{"a": "1", "b": "2"}})
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/AddressPending", `Service "archive-p2p" waits for a load balancer`)
		service := get(ctx, p2p, &corev1.Service{})
		Expect(metav1.IsControlledBy(service, node(ctx, "archive"))).To(BeTrue())
		Expect(service.Spec.Ports).To(HaveLen(1))
		expectReady(ctx, "archive", "True/NodeReady")
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(first))

		By("telling the address once it is there")
		balance(ctx, p2p, corev1.LoadBalancerIngress{IP: "203.0.113.7"})
		expectReplaced(ctx, first)
		expectAddress(ctx, "archive", "203.0.113.7:26656")
		expectQuiet(ctx)
	})

	It("keeps its address where another one comes first, tells where it is gone, and takes the other with the next change", func(ctx context.Context) {
		second := balanced(ctx)
		balance(ctx, p2p, corev1.LoadBalancerIngress{IP: "203.0.113.8"}, corev1.LoadBalancerIngress{IP: "203.0.113.7"})
		expectQuiet(ctx)
		expectAddress(ctx, "archive", "203.0.113.7:26656")
		balance(ctx, p2p, corev1.LoadBalancerIngress{IP: "203.0.113.8"})
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/ExternalAddressChanged", "203.0.113.8:26656", "203.0.113.7:26656")
		Expect(podUID(ctx, "archive-0")).To(Equal(second), "a pod that has just begun is replaced for an address")

		By("taking it with the next change")
		setImage(ctx, "archive", "sei:newer")
		expectReplaced(ctx, second)
		expectAddress(ctx, "archive", "203.0.113.8:26656")
	})

	It("has its Service changed and put right, which restarts nothing", func(ctx context.Context) {
		second := balanced(ctx)
		expose(ctx, "archive", seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeLoadBalancer, Annotations: map[string]string{"b": "3"}, ExternalTrafficPolicy: ptr.To(seiv1alpha1.TrafficPolicy("Cluster"))})
		Eventually(ctx, func(g Gomega) {
			service := get(ctx, p2p, &corev1.Service{})
			g.Expect(service.Spec.ExternalTrafficPolicy).To(Equal(corev1.ServiceExternalTrafficPolicyCluster))
			g.Expect(service.Annotations).To(And(HaveKeyWithValue("b", "3"), Not(HaveKey("a"))))
		}).Should(Succeed())
		edit(ctx, p2p, &corev1.Service{}, func(service *corev1.Service) {
			service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Name: "rpc", Port: 26657})
		})
		Eventually(ctx, func() []corev1.ServicePort { return get(ctx, p2p, &corev1.Service{}).Spec.Ports }).Should(HaveLen(1), "RPC rides on it")
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(second))
	})

	It("is replaced once to tell no address any more", func(ctx context.Context) {
		second := balanced(ctx)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Expose = nil })
		expectGone(ctx, p2p, &corev1.Service{})
		expectReplaced(ctx, second)
		Expect(set(ctx, "archive").Spec.Template.Spec.Containers[0].Env).NotTo(ContainElement(HaveField("Name", "SEID_P2P_EXTERNAL_ADDRESS")))
		expectQuiet(ctx)
		Expect(node(ctx, "archive").Status.ExternalAddress).To(BeEmpty())
		Expect(node(ctx, "archive").Status.Conditions).NotTo(ContainElement(HaveField("Type", seiv1alpha1.ConditionExposed)))
	})

	It("is told the address of its pod's machine, with the port that the API server chose", func(ctx context.Context) {
		at := machine(ctx, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "10.1.2.3"}, corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "203.0.113.9"})
		running(ctx, "archive", "old")
		expose(ctx, "archive", seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort})
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/AddressPending", `pod "archive-0" has no machine yet`)
		first := podUID(ctx, "archive-0")
		place(ctx, "archive-0", at)
		reap(ctx, "archive-0", first)
		expectReplaced(ctx, first)
		place(ctx, "archive-0", at)
		port := get(ctx, p2p, &corev1.Service{}).Spec.Ports[0].NodePort
		Expect(port).NotTo(BeZero())
		expectAddress(ctx, "archive", fmt.Sprintf("203.0.113.9:%d", port))
		expectQuiet(ctx)
	})

	It("says what is missing where the machine has no such address, and goes on with a host", func(ctx context.Context) {
		at := machine(ctx, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "10.1.2.3"})
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		wants.Spec.Expose = &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort, NodePort: ptr.To[int32](30656)}
		create(ctx, wants)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		first := podUID(ctx, "archive-0")
		place(ctx, "archive-0", at)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/NoExternalAddress", at, "port 30656", "spec.expose.host")
		expose(ctx, "archive", seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort, NodePort: ptr.To[int32](30656), Host: ptr.To("is.gone.example")})
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/AddressUnresolvable", `name "is.gone.example" does not resolve: no such host`)
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(first), "peers are told what does not resolve")
		expose(ctx, "archive", seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort, NodePort: ptr.To[int32](30656), Host: ptr.To("node.example")})
		reap(ctx, "archive-0", first)
		expectReplaced(ctx, first)
		expectAddress(ctx, "archive", "node.example:30656")
	})

	It("goes from an address that the spec says to one that is found, without a moment without", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		wants.Spec.ExternalAddress = ptr.To("203.0.113.7:26656")
		create(ctx, wants)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		first := podUID(ctx, "archive-0")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) {
			node.Spec.ExternalAddress, node.Spec.Expose = nil, &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeLoadBalancer}
		})
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/AddressPending", "waits for a load balancer", "peers are told 203.0.113.7:26656")
		balance(ctx, p2p, corev1.LoadBalancerIngress{IP: "203.0.113.7"})
		expectAddress(ctx, "archive", "203.0.113.7:26656")
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(first), "it is the same address")
	})

	It("keeps its address where its status was wiped", func(ctx context.Context) {
		second := balanced(ctx)
		balance(ctx, p2p)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/AddressPending", "peers are told 203.0.113.7:26656")
		wiped := node(ctx, "archive")
		wiped.Status = seiv1alpha1.SeiNodeStatus{}
		Expect(k8s.Status().Update(ctx, wiped)).To(Succeed())
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False/AddressPending", "peers are told 203.0.113.7:26656")
		Eventually(ctx, func() []seiv1alpha1.ChildStatus { return node(ctx, "archive").Status.Children }).Should(HaveLen(3))
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(second))
	})

	It("leaves the Service of a SeiNode that has its name", func(ctx context.Context) {
		boundClaim(ctx, "other", "10Gi")
		create(ctx, importing(p2p, "other"))
		expectPhase(ctx, p2p, seiv1alpha1.PhaseRunning)
		running(ctx, "archive", "old")
		first := podUID(ctx, "archive-0")
		before := get(ctx, p2p, &corev1.Service{}).ResourceVersion
		expose(ctx, "archive", seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeLoadBalancer})
		expectReady(ctx, "archive", "False/PlanFailed", `Service "archive-p2p" is made for SeiNode "archive-p2p"; give SeiNode "archive" another name`)
		expectReady(ctx, p2p, "True/NodeReady")
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Expose = nil })
		expectReady(ctx, "archive", "True/NodeReady")
		Expect(get(ctx, p2p, &corev1.Service{}).ResourceVersion).To(Equal(before))
		Expect(podUID(ctx, "archive-0")).To(Equal(first))
		Expect(exists(ctx, p2p, &appsv1.StatefulSet{})).To(BeTrue())
	})
})
