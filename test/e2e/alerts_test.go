//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	observability = "docs/how-to/observability.md"
	// watchedChain is a chain of the spec's own: alerts compare the nodes of one chain with each other.
	watchedChain = "sei-watched-1"
)

var _ = Describe("A Prometheus with the plain configuration and the plain alerts", long, func() {
	It("has none on nodes that are well, on each that is not those that it should, and answers every query of the dashboards", func(ctx context.Context) {
		startPrometheus(ctx)
		startChain(ctx, namespace, emptyDir(), corev1.EnvVar{Name: "SEID_STANDIN_CHAIN_ID", Value: watchedChain})
		scheduleIn(ctx, "v2", 10_000)
		pattern := watched(ctx)
		create(ctx, csiClaim("old", "1Gi"))
		bind(ctx, "old")
		witness("old")
		nodes := []string{"well", "cut", "killed", "orphaned", "halts"}
		for _, name := range nodes {
			create(ctx, watchedAs(pattern, name))
		}
		for _, name := range nodes {
			expectCondition(ctx, name, seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		}

		By("collecting what each of them says, and having no alert but of the one that cannot take the upgrade that is planned")
		for _, said := range []string{"sei_node_height", "tendermint_consensus_latest_block_height", `sei_seinode_condition{type="Ready",status="True"}`} {
			Eventually(ctx, func(g Gomega) { g.Expect(nodesOf(query(ctx, g, said))).To(ConsistOf(nodes)) }).Should(Succeed(), said)
		}
		since := time.Now()
		Eventually(ctx, func(g Gomega) {
			g.Expect(active(ctx, g, since)).To(Equal(map[string][]string{"halts": {"SeiUpgradeNotReady"}}))
		}).Should(Succeed())

		By("answering the dashboards")
		expectDashboards(ctx, "well")

		By("having what each of them should where something is wrong, and nothing else")
		cutOff(ctx, "cut")
		deleteNow(ctx, get(ctx, Default, "old", &corev1.PersistentVolumeClaim{}))
		deleteNow(ctx, pod("plan-v2"))
		expectGone(ctx, "plan-v2", &corev1.Pod{})
		schedule(ctx, "v2")
		for _, name := range []string{"waits", "refused", "starved"} {
			create(ctx, watchedAs(pattern, name))
		}
		expectAlerts(ctx, map[string][]string{
			"cut":      {"SeiNodeNoPeers", "SeiNodeNotReady"},
			"killed":   {"SeiNodeDown", "SeiNodeNotReady"},
			"orphaned": {"SeiNodeNotReady", "SeiVolumeEndangered"},
			"halts":    {"SeiNodeNotReady", "SeiUpgradeHalt", "SeiUpgradeNotReady"},
			"waits":    {"SeiImportRefused", "SeiNodeNotReady"},
			"refused":  {"SeiDataRefused", "SeiNodeNotReady"},
			"starved":  {"SeiBootstrapStalled", "SeiNodeNotReady"},
		}, func() { killAgain(ctx, "killed") })

		By("having none of the node that is well, and none of no node")
		since = time.Now()
		Eventually(ctx, func(g Gomega) {
			g.Expect(active(ctx, g, since)).NotTo(Or(HaveKey("well"), HaveKey("")))
		}).Should(Succeed())
	})
})

// watched is what the nodes of the spec have in common: full nodes of its chain, whose seid knows each upgrade, on volumes that are file systems of their own.
func watched(ctx context.Context) *seiv1alpha1.SeiNode {
	pattern := following(ctx, "", namespace)
	pattern.Spec.ChainID = watchedChain
	pattern.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{StorageClassName: ptr.To(csi), Size: ptr.To(resource.MustParse("1Gi"))}
	pattern.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v2", Image: image}}
	pattern.Spec.Overrides = map[string]string{
		"standin.handlers": "*",     // $SEID_STANDIN_HANDLERS
		"p2p.pex":          "false", // a node that is cut off from the chain is not to find its siblings
	}
	return pattern
}

// watchedAs is a node of the spec. Three do not come up: the claim of "waits" is not there, "refused" is of a public chain and its volume is empty, and the archive of
// what "starved" begins with is not where it says.
func watchedAs(pattern *seiv1alpha1.SeiNode, name string) *seiv1alpha1.SeiNode {
	node := pattern.DeepCopy()
	node.Name = name
	switch name {
	case "orphaned":
		node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "old"}, Size: ptr.To(resource.MustParse("1Gi"))}
	case "halts":
		node.Spec.Image, node.Spec.Upgrades = release("v1"), nil
		delete(node.Spec.Overrides, "standin.handlers")
	case "waits":
		node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "no-such-claim"}}
	case "refused":
		node.Spec.ChainID, node.Spec.Genesis = "pacific-1", nil
	case "starved":
		node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{URL: rpcOf(namespace, "devnet") + "/no-such.tar"}}
	}
	return node
}

// nodesOf are the nodes of the spec that series are of.
func nodesOf(series []map[string]string) (names []string) {
	for _, labels := range series {
		if labels["namespace"] == namespace {
			names = append(names, labels["node"])
		}
	}
	return names
}

// standsStill is what a node without peers has in the end, too. Which is seen first is the machine's affair. By its suffix, since the
// document's table goes by the alerts whose names stand here, and this one is not waited for.
func standsStill(alert string) bool { return strings.HasSuffix(alert, "NodeStalled") }

// expectAlerts waits until each node has had just these alerts at one moment, and reports when. Meanwhile it does what keeps something wrong.
func expectAlerts(ctx context.Context, wanted map[string][]string, meanwhile func()) {
	began, left, took := time.Now(), maps.Clone(wanted), map[string]string{}
	Eventually(ctx, func(g Gomega) {
		meanwhile()
		now := active(ctx, g, began)
		for name, alerts := range left {
			if slices.Equal(slices.DeleteFunc(slices.Clone(now[name]), standsStill), alerts) {
				took[name] = time.Since(began).Round(time.Second).String()
				delete(left, name)
			}
		}
		g.Expect(left).To(BeEmpty(), "the alerts are %v", now)
	}, "4m", "1s").Should(Succeed())
	AddReportEntry("alerts", fmt.Sprintf("active after %v", took), ReportEntryVisibilityAlways)
}

// cutOff has the node's machine refuse what its pod sends to the P2P port of anybody, or from its own. The rules are gone with the pod.
func cutOff(ctx context.Context, name string) {
	process := processOf(podUID(ctx, name+"-0"), "seid\x00start")
	Expect(process).NotTo(BeZero())
	for _, port := range []string{"--dport", "--sport"} {
		run(ctx, fmt.Sprintf("nsenter --net=/proc/%d/ns/net iptables -I OUTPUT -p tcp %s 26656 -j REJECT --reject-with tcp-reset", process, port))
	}
}

// killAgain kills the node's seid if it runs.
func killAgain(ctx context.Context, name string) {
	if process := processOf(podUID(ctx, name+"-0"), "seid\x00start"); process != 0 {
		_ = syscall.Kill(process, syscall.SIGKILL) // it may have ended by itself
	}
}
