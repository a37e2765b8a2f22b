//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// serving builds a full node of the chain that others may take their state from.
func serving(ctx context.Context, name string) *seiv1alpha1.SeiNode {
	node := following(ctx, name, chainNamespace)
	node.Spec.Snapshots = &seiv1alpha1.SnapshotsSpec{Interval: 10}
	return node
}

// blockHash is the hash of a block, as a node of the chain tells it.
func blockHash(ctx context.Context, height int) string {
	var answer struct {
		ID struct {
			Hash string `json:"hash"`
		} `json:"block_id"`
	}
	Expect(json.Unmarshal(rpc(ctx, chainNamespace, "devnet", "/block?height="+strconv.Itoa(height)), &answer)).To(Succeed())
	return answer.ID.Hash
}

// firstBlock is the first one that a pod's seid has, 0 while it does not answer.
func firstBlock(ctx context.Context, pod string) int {
	var answer struct {
		Sync struct {
			Earliest string `json:"earliest_block_height"`
		} `json:"sync_info"`
	}
	if json.Unmarshal(rpc(ctx, namespace, pod, "/status"), &answer) != nil {
		return 0
	}
	number, _ := strconv.Atoi(answer.Sync.Earliest)
	return number
}

var _ = Describe("A node that serves state sync", func() {
	It("makes snapshots, and another begins with one of them", func(ctx context.Context) {
		create(ctx, serving(ctx, "source"))
		expectRunning(ctx, "source", "data-source")
		Eventually(ctx, func() int { return height(ctx, namespace, "source-0") }).Should(BeNumerically(">", 22), "a snapshot, and two blocks after it")

		taker := standin("taker", emptyDir(), "start", "--home", home)
		taker.Spec.InitContainers = newHome("full", chainNamespace, chainPods...)
		joins := &taker.Spec.InitContainers[1]
		joins.Args = append(joins.Args, "--rpc", "http://"+chainHost(namespace, "source")+":26657")
		taker.Spec.Containers[0].Env = append([]corev1.EnvVar{
			{Name: "SEID_STATESYNC_ENABLE", Value: "true"},
			{Name: "SEID_STATESYNC_RPC_SERVERS", Value: chainHost(chainNamespace, "devnet") + ":26657," + chainHost(namespace, "source") + ":26657"},
			{Name: "SEID_STATESYNC_TRUST_HEIGHT", Value: strconv.Itoa(heldHeight)},
			{Name: "SEID_STATESYNC_TRUST_HASH", Value: blockHash(ctx, heldHeight)},
		}, withoutServices...)
		create(ctx, taker)
		Eventually(ctx, func() int { return firstBlock(ctx, "taker") }).Should(BeNumerically(">", 10))
		Expect(firstBlock(ctx, "taker")%10).To(Equal(1), "the block after a snapshot, and nobody else makes any")
		Eventually(ctx, func() int { return height(ctx, namespace, "taker") }).Should(BeNumerically(">", firstBlock(ctx, "taker")+5))
	})
})

// publishSnapshot has a pod serve a snapshot of the chain's state, as it is published, and returns its address.
func publishSnapshot(ctx context.Context) string {
	return publishing(ctx, chainNamespace, "5.tar.gz", 0,
		[]corev1.EnvVar{{Name: "SEID_STATE_SYNC_SNAPSHOT_INTERVAL", Value: "5"}}, "--snapshots", "--below", "snapshots")
}

var _ = Describe("A full node on an empty claim", func() {
	It("takes its state from a snapshot that was published, and the chain's servers prove it", func(ctx context.Context) {
		taker := following(ctx, "taker", chainNamespace)
		taker.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{Snapshot: &seiv1alpha1.SnapshotSource{URL: publishSnapshot(ctx)}}}
		for _, name := range chainPods {
			taker.Spec.Bootstrap.StateSync.RPCServers = append(taker.Spec.Bootstrap.StateSync.RPCServers, "http://"+chainHost(chainNamespace, name)+":26657")
		}
		create(ctx, taker)
		expectCondition(ctx, "taker", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonStateSynced)
		expectRunning(ctx, "taker", "data-taker")
		first := firstBlock(ctx, "taker-0")
		Expect(first).To(BeNumerically(">", 5))
		Expect(first%5).To(Equal(1), "the block after a snapshot, and no peer makes any")

		By("starting again on what it has")
		deletePod(ctx, get(ctx, Default, "taker-0", &corev1.Pod{}))
		expectRunning(ctx, "taker", "data-taker")
		Expect(firstBlock(ctx, "taker-0")).To(Equal(first))
	})
})
