//go:build e2e

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const upgrading = "docs/how-to/upgrade.md"

var _ = Describe("What the README says", func() {
	It("makes a volume known, and has a SeiNode adopt it", func(ctx context.Context) {
		const section = "### An EBS volume"
		folder := GinkgoT().TempDir()
		apply(ctx, written("README.md", section, "yaml", "{name: archive-0}", "{name: "+namespace+"}", "volumeName: archive-0", "volumeName: "+namespace,
			"namespace: sei}", "namespace: "+namespace+"}", "namespace: sei,", "namespace: "+namespace+",",
			"csi: {driver: ebs.csi.aws.com, volumeHandle: vol-0123456789abcdef0, fsType: xfs}", "local: {path: "+folder+"}",
			"topology.kubernetes.io/zone", corev1.LabelHostname, "eu-central-1a", realMachine))
		known := &corev1.PersistentVolume{}
		known.Name = namespace
		DeferCleanup(func(ctx context.Context) { deleteNow(ctx, known) })
		fill(ctx, "data-archive-0-0")
		witness("data-archive-0-0")
		before := userPart(ctx, "data-archive-0-0")
		apply(ctx, written("README.md", "## Adopt a volume", "yaml",
			"namespace: sei}", "namespace: "+namespace+"}", "pacific-1", chainID, "ghcr.io/sei-protocol/sei:v6.6.2", image))
		run(ctx, inline("README.md", "kubectl -n sei wait", "-n sei ", "-n "+namespace+" ", "--timeout=1h", "--timeout=3m"))
		expectRunning(ctx, "archive-0", "data-archive-0-0")
		Expect(userPart(ctx, "data-archive-0-0")).To(Equal(before))
	})
})

var _ = Describe("A validator's keys", func() {
	It("move from its volume to Secrets as the document says: it signs with the same key, and peers know it by the same address", func(ctx context.Context) {
		filledClaim(ctx, "old")
		create(ctx, validating("validator-0", "old"))
		expectCondition(ctx, "validator-0", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		config := filepath.Join(volumeOf(ctx, Default, "old").Spec.Local.Path, "config")
		id, address := nodeID(ctx, namespace, "validator-0-0"), node(ctx, Default, "validator-0").Status.Signing.KeyAddress
		for _, command := range commands(configuration, "where it is, and the files", "-n sei ", "-n "+namespace+" ") {
			run(ctx, "cd "+config+" && "+command)
		}
		Expect(exists(ctx, "validator-0-0", &corev1.Pod{})).To(BeFalse(), "the SeiNode went before its pod")
		for _, file := range []string{"priv_validator_key.json", "node_key.json"} {
			Expect(os.Remove(filepath.Join(config, file))).To(Succeed())
		}

		moved := validating("validator-0", "old")
		moved.Spec.Validator.SigningKey = &seiv1alpha1.SecretReference{SecretName: "validator-0-signing"}
		moved.Spec.NodeKey = &seiv1alpha1.SecretReference{SecretName: "validator-0-node"}
		create(ctx, moved)
		expectCondition(ctx, "validator-0", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		Expect(nodeID(ctx, namespace, "validator-0-0")).To(Equal(id))
		Expect(node(ctx, Default, "validator-0").Status.Signing.KeyAddress).To(Equal(address))
		Expect(filepath.Join(config, "priv_validator_key.json")).NotTo(BeAnExistingFile(), "it is read in place")
	})
})

// What docs/how-to/upgrade.md has a user write into a SeiNode.
var _ = Describe("What is said of an upgrade", func() {
	// obey runs a command of the document, which replaces the node's pod.
	obey := func(ctx context.Context, holds string, names ...string) {
		first := podUID(ctx, "archive-0")
		run(ctx, inline(upgrading, holds, append(names, "seinode N ", "seinode archive -n "+namespace+" ")...))
		Eventually(ctx, func(g Gomega) { g.Expect(get(ctx, g, "archive-0", &corev1.Pod{}).UID).NotTo(Equal(first)) }).Should(Succeed())
	}

	It("gives a node another genesis", func(ctx context.Context) {
		create(ctx, following(ctx, "archive", chainNamespace))
		expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		genesis := get(ctx, Default, "genesis", &corev1.ConfigMap{})
		create(ctx, &corev1.ConfigMap{ObjectMeta: objectMeta("same"), Data: genesis.Data})
		obey(ctx, `"genesis"`, `"G"`, `"same"`)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
	})

	It("starts a node in spite of a defect, and has the last words of a seid that does not survive it", func(ctx context.Context) {
		filledClaim(ctx, "old")
		mend := moveAway("wasm")(volumeOf(ctx, Default, "old").Spec.Local.Path)
		create(ctx, importing("archive", "old"))
		expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonDataRefused)
		obey(ctx, `"inspection"`)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionDataInspected, "False", "WasmMissing")
		message := expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonCrashed)
		Expect(message).To(ContainSubstring("wasm: directory missing"))
		run(ctx, commandOf(message, "kubectl logs"))
		Eventually(ctx, func(g Gomega) { // the kubelet may start it between the plugin's two questions
			expectLog(ctx, g, "archive", "it ended with exit code 2 ", "panic: wasm: directory missing")
		}).Should(Succeed())
		mend()
		expectRunning(ctx, "archive", "old")
		Eventually(ctx, func(g Gomega) { // its pod may be not ready for a moment
			g.Expect(expectLog(ctx, g, "archive", "it runs since ", "Committed state")).NotTo(ContainSubstring("panic: "))
		}).Should(Succeed())
		former, _ := sei(ctx, Default, "logs", "archive", "--previous")
		Expect(former).To(ContainSubstring("panic: wasm: directory missing"))
		gathered := report(ctx, "archive")
		Expect(gathered).To(HaveKeyWithValue("logs/archive-0/seid.previous.log", ContainSubstring("panic: wasm: directory missing")))
		Expect(gathered).To(HaveKeyWithValue("agent/archive-0/status.yaml", MatchRegexp(`(?m)^height: \d+$`)))
		Expect(gathered).To(HaveKeyWithValue("agent/archive-0/metrics.txt", ContainSubstring("sei_node_height")))
	})

	It("takes the label that Argo CD prunes by off a claim that stayed, which its event says how to delete", Serial, func(ctx context.Context) {
		label, policy := "app.kubernetes.io/instance", seiv1alpha1.DeletionPolicyRetain
		createdAndRunning(ctx, "archive", &policy)
		deleteNode(ctx, "archive")
		kept := ""
		Eventually(ctx, func(g Gomega) {
			events, err := raw.EventsV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "reason=DataVolumeKept"})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(events.Items).To(HaveLen(1))
			kept = events.Items[0].Note
		}).Should(Succeed())
		claim := get(ctx, Default, "data-archive", &corev1.PersistentVolumeClaim{})
		labels := claim.DeepCopy().Labels
		claim.Labels[label] = "archive"
		Expect(k8s.Update(ctx, claim)).To(Succeed())
		run(ctx, commands(upgrading, "## From 0.1: the label that Argo CD prunes by")[0])
		Expect(get(ctx, Default, "data-archive", &corev1.PersistentVolumeClaim{}).Labels).To(Equal(labels))
		run(ctx, commandOf(kept, "kubectl delete pvc"))
		Expect(exists(ctx, "data-archive", claim)).To(BeFalse())
	})
})

// inline is the one command of a document's text, between backquotes, that holds that.
func inline(document, holds string, names ...string) string {
	text, err := os.ReadFile(filepath.Join("..", document))
	ExpectWithOffset(1, err).NotTo(HaveOccurred())
	var found []string
	for _, command := range regexp.MustCompile("`(kubectl [^`\n]+)`").FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(command[1], holds) {
			found = append(found, command[1])
		}
	}
	ExpectWithOffset(1, found).To(HaveLen(1), "commands of %s that hold %s", document, holds)
	return strings.NewReplacer(names...).Replace(found[0])
}
