//go:build e2e

package e2e

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("A volume that is far beyond the listed upgrades", func() {
	It("starts with the right image, and no seid of an older one ever opens it", func(ctx context.Context) {
		startChain(ctx, namespace, emptyDir())
		former := following(ctx, "former", namespace)
		former.Spec.Image = release("v1")
		former.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v2", Image: release("v2")}}
		former.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
		former.Spec.Overrides = map[string]string{"state-commit.sc-snapshot-interval": "1"} // what tells the height of data from outside
		create(ctx, former)
		expectRunning(ctx, "former", "data-former")
		at := schedule(ctx, "v2")
		expectUpgraded(ctx, "former", "v2", at)
		deleteNode(ctx, "former")

		again := importing("again", "data-former")
		again.Spec.Archive, again.Spec.FullNode = nil, &seiv1alpha1.FullNodeSpec{}
		again.Spec.DataVolume.Size = former.Spec.DataVolume.Size
		again.Spec.Image, again.Spec.Peers = release("v1"), former.Spec.Peers
		again.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v2", Image: release("v2"), Height: &at}, {Name: "v3", Image: release("v3"), Height: ptr.To(at + 100_000)}}
		create(ctx, again)
		Eventually(ctx, func(g Gomega) {
			seen := node(ctx, g, "again").Status
			g.Expect(seen.CurrentImage).To(Or(BeEmpty(), Equal(release("v2"))), "seid of another image was started")
			g.Expect(seen.CurrentImage).NotTo(BeEmpty())
		}).Should(Succeed())
		expectRunning(ctx, "again", "data-former")
		Expect(node(ctx, Default, "again").Reached()).To(ConsistOf(And(HaveField("Name", "v2"), HaveField("Height", at))))
	})
})
