//go:build e2e

package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	goingBack = "docs/how-to/going-back.md"
	// oldClaim is the one that the validator signed on last, copiedClaim that of its copy from before the upgrade.
	oldClaim, copiedClaim = "data-validator-0", "data-validator-0-before"
)

// Its volume is a folder of the machine: where the document restores a snapshot, the copy that its Job made is taken (copies_test.go has snapshots).
var _ = Describe("A validator that went through an upgrade", long, func() {
	It("goes back before it as the document says: with its newest sign state, and refused with an older one", func(ctx context.Context) {
		public, signing := newSigningKey()
		startChain(ctx, namespace, emptyDir(), corev1.EnvVar{Name: "SEID_STANDIN_VALIDATOR", Value: public})
		create(ctx, &corev1.Secret{ObjectMeta: objectMeta("validator-0-signing"), Data: map[string][]byte{"priv_validator_key.json": signing}})
		former := following(ctx, "validator-0", namespace)
		former.Spec.Image, former.Spec.FullNode = release("v1"), nil
		former.Spec.Validator = &seiv1alpha1.ValidatorSpec{SignState: ptr.To(seiv1alpha1.SignStateFresh), SigningKey: &seiv1alpha1.SecretReference{SecretName: "validator-0-signing"}}
		create(ctx, former)
		expectRunning(ctx, "validator-0", oldClaim)
		expectSigned(ctx, oldClaim, 0)
		names := ownNames(former)

		By("copying the volume before the upgrade")
		runAll(ctx, commands(goingBack, "## What it takes", names...))
		run(ctx, written(goingBack, "By a snapshot, once", "console", names...))
		lostAndFound(ctx, oldClaim)
		paused := bytesOf(ctx, oldClaim)
		apply(ctx, written(goingBack, "Wait until its `status.creationTime`", "yaml", names...))
		goOn := commands(goingBack, "Then, with the copy there", names...)
		run(ctx, goOn[0])
		Expect(bytesOf(ctx, oldClaim)).To(Equal(paused), "to copy a volume is to read it")
		runAll(ctx, goOn[1:])
		expectCondition(ctx, "validator-0", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		copied := signed(ctx, copiedClaim)

		By("going through the upgrade, and signing beyond it")
		setUpgrades(ctx, "validator-0", release("v1"), seiv1alpha1.Upgrade{Name: "v2", Image: release("v2")})
		at := schedule(ctx, "v2")
		expectUpgraded(ctx, "validator-0", "v2", at)
		expectSigned(ctx, oldClaim, at)

		By("stopping the node for good")
		runAll(ctx, commands(goingBack, "**1. Stop", names...))
		Expect(exists(ctx, "validator-0-0", &corev1.Pod{})).To(BeFalse(), "the SeiNode went before its pod")
		data, newest := bytesOf(ctx, oldClaim), signStateOn(ctx, oldClaim)
		Expect(signed(ctx, oldClaim)).To(BeNumerically(">", copied))

		By("applying the SeiNode on the copy before the newest sign state is there")
		witness(copiedClaim)
		before, back := bytesOf(ctx, copiedClaim), written(goingBack, "**4. Apply", "yaml", names...)
		apply(ctx, back)
		Expect(expectCondition(ctx, "validator-0", seiv1alpha1.ConditionDataInspected, "False", "SignStateRegressed")).To(ContainSubstring(fmt.Sprintf("height %d, ", copied)))
		expectCondition(ctx, "validator-0", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonDataRefused)
		Consistently(ctx, func(g Gomega) {
			g.Expect(processOf(podUID(ctx, "validator-0-0"), "seid\x00start")).To(BeZero())
			g.Expect(bytesOf(ctx, copiedClaim)).To(Equal(before))
		}, "5s", "1s").Should(Succeed(), "it may have signed")
		deleteNode(ctx, "validator-0")

		By("bringing the newest sign state, and applying it then")
		apply(ctx, written(goingBack, "**3. Bring", "yaml", names...))
		runAll(ctx, commands(goingBack, "**3. Bring", names...))
		Expect(signStateOn(ctx, copiedClaim)).To(Equal(newest))
		apply(ctx, back)
		expectHalt(ctx, "validator-0", "list it in spec.upgrades", fmt.Sprintf("at height %d", at), release("v1"))
		again := node(ctx, Default, "validator-0")
		Expect(again.Status.DataVolume.Inspection.Height).To(BeNumerically("<", at), "it begins with the old data")
		Expect(again.Status.CurrentImage).To(Equal(release("v1")))
		Expect(again.Reached()).To(BeEmpty())
		Expect(signStateOn(ctx, copiedClaim)).To(Equal(newest), "it signed on the way to the upgrade, below what it had signed")

		By("going through the upgrade again, from another image, and signing beyond what it had signed")
		runAll(ctx, commands(goingBack, "**5. Go", names...))
		Expect(node(ctx, Default, "validator-0").Reached()).To(ConsistOf(And(HaveField("Name", "v2"), HaveField("Height", at))))
		Expect(node(ctx, Default, "validator-0").Status.CurrentImage).To(Equal(release("v3")))
		expectSigned(ctx, copiedClaim, heightOf(newest))
		Expect(bytesOf(ctx, oldClaim)).To(Equal(data), "the old volume was touched")
	})
})

// lostAndFound is the folder that an ext4 volume has in its root.
func lostAndFound(ctx context.Context, claim string) {
	Expect(os.Mkdir(filepath.Join(volumeOf(ctx, Default, claim).Spec.Local.Path, "lost+found"), 0o700)).To(Succeed())
}

// ownNames are what the document's examples are called here.
func ownNames(former *seiv1alpha1.SeiNode) []string {
	peers, err := json.Marshal(former.Spec.Peers)
	Expect(err).NotTo(HaveOccurred())
	return []string{
		"-n sei ", "-n " + namespace + " ", "namespace: sei}", "namespace: " + namespace + "}",
		"2000Gi", "1Gi", "busybox:1.37", "busybox:dev", "pacific-1", chainID, "=1h", "=3m",
		"ghcr.io/sei-protocol/sei:v6.6.2", release("v1"), "ghcr.io/sei-protocol/sei:v6.7.1", release("v3"), `"v6.7"`, `"v2"`,
		"dataVolume: {import", "dataVolume: {size: 1Gi, import",
		"# and what else", "genesis: {configMapName: genesis}\n  peers: " + string(peers) + "\n  # and what else",
	}
}

func runAll(ctx context.Context, commands []string) {
	for _, command := range commands {
		run(ctx, command)
	}
}

// newSigningKey is a priv_validator_key.json as seid writes it, and its public key.
func newSigningKey() (public string, file []byte) {
	pub, private, err := ed25519.GenerateKey(nil)
	Expect(err).NotTo(HaveOccurred())
	sum := sha256.Sum256(pub)
	file, err = json.Marshal(map[string]any{
		"address":  strings.ToUpper(fmt.Sprintf("%x", sum[:20])),
		"pub_key":  map[string]any{"type": "tendermint/PubKeyEd25519", "value": []byte(pub)},
		"priv_key": map[string]any{"type": "tendermint/PrivKeyEd25519", "value": []byte(private)},
	})
	Expect(err).NotTo(HaveOccurred())
	return base64.StdEncoding.EncodeToString(pub), file
}

// signStateOn is the validator's sign state on a claim's volume, to the byte.
func signStateOn(ctx context.Context, claim string) string {
	content, err := os.ReadFile(filepath.Join(volumeOf(ctx, Default, claim).Spec.Local.Path, "data", "priv_validator_state.json"))
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}

// heightOf is the height that a sign state names, 0 for one that is just being written.
func heightOf(state string) int64 {
	var signed struct {
		Height int64 `json:"height,string"`
	}
	_ = json.Unmarshal([]byte(state), &signed)
	return signed.Height
}

func signed(ctx context.Context, claim string) int64 { return heightOf(signStateOn(ctx, claim)) }

// expectSigned waits until the validator on a claim has signed beyond a height.
func expectSigned(ctx context.Context, claim string, height int64) {
	Eventually(ctx, func() int64 { return signed(ctx, claim) }).Should(BeNumerically(">", height))
}
