//go:build e2e

package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("A seed", func() {
	It("has the ID of its key, is ready by its one port, and is killed soon, since no signal ends it", func(ctx context.Context) {
		id, key := newNodeKey()
		create(ctx, &corev1.Secret{ObjectMeta: objectMeta("seed-node"), Data: map[string][]byte{"node_key.json": key}})
		seed := following(ctx, "seed", chainNamespace)
		seed.Spec.FullNode, seed.Spec.Seed = nil, &seiv1alpha1.SeedSpec{}
		seed.Spec.NodeKey = &seiv1alpha1.SecretReference{SecretName: "seed-node"}
		create(ctx, seed)
		expectCondition(ctx, "seed", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		expectCondition(ctx, "seed", seiv1alpha1.ConditionSynced, "Unknown", seiv1alpha1.ReasonNotApplicable)
		Eventually(ctx, func() string { return string(rpc(ctx, chainNamespace, "devnet", "/net_info")) }).Should(ContainSubstring(id))

		first := podUID(ctx, "seed-0")
		deleteNow(ctx, pod("seed-0"))
		Eventually(ctx, func(g Gomega) {
			g.Expect(get(ctx, g, "seed-0", &corev1.Pod{}).UID).NotTo(Equal(first))
		}, "60s").Should(Succeed(), "a seed is given up to two minutes to end, which it never does")
		expectCondition(ctx, "seed", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
	})
})

// newNodeKey is a node_key.json as seid writes it, and the node ID that peers see.
func newNodeKey() (id string, file []byte) {
	public, private, err := ed25519.GenerateKey(nil)
	Expect(err).NotTo(HaveOccurred())
	sum := sha256.Sum256(public)
	id = hex.EncodeToString(sum[:20])
	file, err = json.Marshal(map[string]any{"id": id, "priv_key": map[string]any{"type": "tendermint/PrivKeyEd25519", "value": []byte(private)}})
	Expect(err).NotTo(HaveOccurred())
	return id, file
}
