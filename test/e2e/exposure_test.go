//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The local cluster has one machine, without an external address, nothing that makes load balancers, and a DNS that knows the cluster's own names alone.
var _ = Describe("A node that peers reach from outside of the cluster", func() {
	It("says that its machine has no such address, is told the host's, and is reached there", func(ctx context.Context) {
		filledClaim(ctx, "old")
		wants := importing("archive", "old")
		wants.Spec.Expose = &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort}
		create(ctx, wants)
		expectRunning(ctx, "archive", "old")
		Expect(expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False", seiv1alpha1.ReasonNoExternalAddress)).To(ContainSubstring("spec.expose.host"))
		first := podUID(ctx, "archive-0")

		machine := get(ctx, Default, "archive-0", &corev1.Pod{}).Status.HostIP
		edit(ctx, "archive", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.Expose.Host = &machine })
		port := get(ctx, Default, "archive-p2p", &corev1.Service{}).Spec.Ports[0].NodePort
		address := net.JoinHostPort(machine, strconv.Itoa(int(port)))
		Expect(expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "True", seiv1alpha1.ReasonAdvertised)).To(ContainSubstring(address))
		second := podUID(ctx, "archive-0")
		Expect(second).NotTo(Equal(first))
		expectRunning(ctx, "archive", "old")
		expectTold(second, address)
		Eventually(ctx, func() error {
			connection, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				err = connection.Close()
			}
			return err
		}).Should(Succeed(), "nobody listens at the address that peers are told")
		Consistently(ctx, func() types.UID { return podUID(ctx, "archive-0") }, "15s", "1s").Should(Equal(second), "it is replaced again")
	})

	It("starts before its load balancer has a name that resolves, and is replaced once for it", func(ctx context.Context) {
		filledClaim(ctx, "old")
		wants := importing("archive", "old")
		wants.Spec.Expose = &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeLoadBalancer}
		create(ctx, wants)
		expectRunning(ctx, "archive", "old")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False", seiv1alpha1.ReasonAddressPending)
		first := podUID(ctx, "archive-0")

		balance(ctx, "lb-0123.example.com")
		Expect(expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "False", seiv1alpha1.ReasonAddressUnresolvable)).
			To(ContainSubstring(`name "lb-0123.example.com" does not resolve`))
		Consistently(ctx, func() types.UID { return podUID(ctx, "archive-0") }, "10s", "1s").Should(Equal(first), "peers are told a name with which seid does not start")

		balance(ctx, chainHost(chainNamespace, "devnet"))
		address := chainHost(chainNamespace, "devnet") + ":26656"
		Expect(expectCondition(ctx, "archive", seiv1alpha1.ConditionExposed, "True", seiv1alpha1.ReasonAdvertised)).To(ContainSubstring(address))
		second := podUID(ctx, "archive-0")
		Expect(second).NotTo(Equal(first))
		expectRunning(ctx, "archive", "old")
		expectTold(second, address)
	})
})

// balance gives the node's Service for peers the name of a load balancer, as what makes those does.
func balance(ctx context.Context, name string) {
	Eventually(ctx, func(g Gomega) {
		service := get(ctx, g, "archive-p2p", &corev1.Service{})
		service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{Hostname: name}}
		g.Expect(k8s.Status().Update(ctx, service)).To(Succeed())
	}).Should(Succeed())
}

// expectTold reads from the running seid which address it tells its peers.
func expectTold(pod types.UID, address string) {
	process := processOf(pod, "seid\x00start")
	Expect(process).NotTo(BeZero())
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", process))
	Expect(err).NotTo(HaveOccurred())
	Expect(strings.Split(string(environment), "\x00")).To(ContainElement("SEID_P2P_EXTERNAL_ADDRESS=" + address))
}
