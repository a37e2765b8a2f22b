//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("A node's pod", func() {
	It("comes up from nothing, with a genesis and peers, and tells of itself", func(ctx context.Context) {
		create(ctx, following(ctx, "fresh", chainNamespace))
		expectRunning(ctx, "fresh", "data-fresh")
		message := expectCondition(ctx, "fresh", seiv1alpha1.ConditionDataInspected, "True", "Inspected")
		Expect(message).To(ContainSubstring("the volume is empty"))
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionSynced, "True", seiv1alpha1.ReasonCaughtUp)
		status := node(ctx, Default, "fresh").Status
		Expect(status.Node.NodeID).To(Equal(nodeID(ctx, namespace, "fresh-0")))
		Expect(status.Node.Height).To(BeNumerically(">", 0))
	})

	It("says what the kubelet and a quota keep it from, and goes on when that is mended", func(ctx context.Context) {
		wants := following(ctx, "fresh", chainNamespace)
		genesis := get(ctx, Default, "genesis", &corev1.ConfigMap{})
		deleteNow(ctx, genesis.DeepCopy())
		create(ctx, &corev1.ResourceQuota{ObjectMeta: objectMeta("full"), Spec: corev1.ResourceQuotaSpec{
			Hard: corev1.ResourceList{corev1.ResourceRequestsCPU: resource.MustParse("4"), corev1.ResourceLimitsMemory: resource.MustParse("8Gi")},
		}})
		create(ctx, wants)
		message := expectCondition(ctx, "fresh", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonPodNotCreated)
		Expect(message).To(And(ContainSubstring("failed quota: full"), ContainSubstring("must specify")))

		By("setting resources: every other container has its own")
		edit(ctx, "fresh", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
			node.Spec.Resources = &corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")}, Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")},
			}
		})
		message = expectCondition(ctx, "fresh", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonMountFailed)
		Expect(message).To(ContainSubstring(`configmap "genesis" not found`))
		genesis.ResourceVersion = ""
		create(ctx, genesis)
		expectRunning(ctx, "fresh", "data-fresh")
	})

	DescribeTable("stops at a volume that does not fit, leaves it as it is, and goes on by itself when it is mended",
		func(ctx context.Context, reason, says string, spoil func(home string) (mend func())) {
			filledClaim(ctx, "old")
			mend := spoil(volumeOf(ctx, Default, "old").Spec.Local.Path)
			create(ctx, importing("archive", "old"))
			// The kubelet takes the volume over for the pod's group once, before any container sees it.
			message := expectCondition(ctx, "archive", seiv1alpha1.ConditionDataInspected, "False", reason)
			Expect(message).To(ContainSubstring(says))
			expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonDataRefused)
			data := bytesOf(ctx, "old")
			Consistently(ctx, func() string { return bytesOf(ctx, "old") }, "15s", "1s").Should(Equal(data), "a refused volume was touched")
			mend()
			expectRunning(ctx, "archive", "old")
			expectCondition(ctx, "archive", seiv1alpha1.ConditionDataInspected, "True", "Inspected")
		},
		Entry("it is of another chain", "ChainMismatch", `config/client.toml on the volume is of chain "other-1"; wanted "sei-devnet-1"`, otherChain),
		Entry("it was a validator's", "RoleMismatch", "no state store", moveAway("data/state_store")),
		Entry("its state is not whole", "DataIncomplete", "memiavl/current is missing", moveAway("data/state_commit/memiavl/current")),
		Entry("its genesis is a page", "NotUnderstood", "config/genesis.json is not a genesis of seid's", page),
		Entry("its contracts are missing", "WasmMissing", "copy wasm/", moveAway("wasm")),
	)

	It("is rolled by an override, whose value the running seid has", func(ctx context.Context) {
		filledClaim(ctx, "old")
		create(ctx, importing("archive", "old"))
		expectRunning(ctx, "archive", "old")
		home := volumeOf(ctx, Default, "old").Spec.Local.Path
		config, state := bytesUnder(filepath.Join(home, "config")), signState(home)
		first := podUID(ctx, "archive-0")
		edit(ctx, "archive", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
			node.Spec.Overrides = map[string]string{"p2p.max-connections": "7"}
		})
		Eventually(ctx, func(g Gomega) {
			again := get(ctx, g, "archive-0", &corev1.Pod{})
			g.Expect(again.UID).NotTo(Equal(first))
			process := processOf(again.UID, "seid")
			g.Expect(process).NotTo(BeZero())
			environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", process))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(strings.Split(string(environment), "\x00")).To(ContainElement("SEID_P2P_MAX_CONNECTIONS=7"))
		}).Should(Succeed())
		expectRunning(ctx, "archive", "old")
		Expect(bytesUnder(filepath.Join(home, "config"))).To(Equal(config), "a file of the user's was rewritten, its key among them")
		Expect(signState(home)).To(Equal(state), "the key that the volume carries was used")
	})

	It("is not ready within 15 s of being cut off from its peers, and ready again when they are back", func(ctx context.Context) {
		newClaim(ctx, "chain")
		startChain(ctx, namespace, ofClaim("chain"))
		create(ctx, following(ctx, "follower", namespace))
		expectRunning(ctx, "follower", "data-follower")
		for _, peer := range chainPods {
			deleteNow(ctx, pod(peer))
		}
		for _, peer := range chainPods {
			expectGone(ctx, peer, &corev1.Pod{})
		}
		began := time.Now()
		ready := func() bool { return isReady(get(ctx, Default, "follower-0", &corev1.Pod{})) }
		Eventually(ctx, ready, "15s").Should(BeFalse())
		AddReportEntry("not ready", time.Since(began).Round(100*time.Millisecond).String()+" after its last peer was gone", ReportEntryVisibilityAlways)
		runDevnet(ctx, namespace, ofClaim("chain"))
		Eventually(ctx, ready).Should(BeTrue())
	})
})

func signState(home string) string {
	content, err := os.ReadFile(filepath.Join(home, "data", "priv_validator_state.json"))
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}

// otherChain makes the volume one of another chain.
func otherChain(home string) func() {
	file := filepath.Join(home, "config", "client.toml")
	content, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	write := func(content string) { Expect(os.WriteFile(file, []byte(content), 0o600)).To(Succeed()) }
	write(strings.ReplaceAll(string(content), chainID, "other-1"))
	return func() { write(string(content)) }
}

// page is what a download leaves of a genesis that is not there.
func page(home string) func() {
	file := filepath.Join(home, "config", "genesis.json")
	content, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	write := func(content []byte) { Expect(os.WriteFile(file, content, 0o644)).To(Succeed()) }
	write([]byte("<html><body>404 Not Found</body></html>"))
	return func() { write(content) }
}

// moveAway takes a folder off the volume, for as long.
func moveAway(folder string) func(home string) func() {
	return func(home string) func() {
		away := filepath.Join(GinkgoT().TempDir(), "away")
		Expect(os.Rename(filepath.Join(home, folder), away)).To(Succeed())
		return func() { Expect(os.Rename(away, filepath.Join(home, folder))).To(Succeed()) }
	}
}

// following builds a full node that starts from nothing and follows the chain of a namespace.
func following(ctx context.Context, name, chain string) *seiv1alpha1.SeiNode {
	var answer struct {
		Genesis json.RawMessage `json:"genesis"`
	}
	Expect(json.Unmarshal(rpc(ctx, chain, "devnet", "/genesis"), &answer)).To(Succeed())
	create(ctx, &corev1.ConfigMap{ObjectMeta: objectMeta("genesis"), Data: map[string]string{"genesis.json": string(answer.Genesis)}})
	fresh := creating(name)
	fresh.Spec.Archive, fresh.Spec.FullNode = nil, &seiv1alpha1.FullNodeSpec{}
	fresh.Spec.DataVolume.Size = ptr.To(resource.MustParse("1Gi"))
	fresh.Spec.Genesis = &seiv1alpha1.GenesisSpec{ConfigMapName: "genesis"}
	fresh.Spec.Peers = &seiv1alpha1.PeersSpec{}
	for _, peer := range chainPods {
		fresh.Spec.Peers.Static = append(fresh.Spec.Peers.Static, fmt.Sprintf("%s@%s:26656", nodeID(ctx, chain, peer), chainHost(chain, peer)))
	}
	return fresh
}

func nodeID(ctx context.Context, namespace, pod string) string {
	var answer struct {
		NodeInfo struct {
			ID string `json:"id"`
		} `json:"node_info"`
	}
	Expect(json.Unmarshal(rpc(ctx, namespace, pod, "/status"), &answer)).To(Succeed())
	return answer.NodeInfo.ID
}
