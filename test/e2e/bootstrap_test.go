//go:build e2e

package e2e

import (
	"context"
	"slices"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// publish has a pod serve an archive of an archive node's data of some blocks, as providers do, by a server that breaks off each connection after so many
// bytes, and returns its address.
func publish(ctx context.Context, cutAfter int) string {
	return publishing(ctx, chainNamespace, "sei_5.tar", cutAfter, nil, "--below", "sei")
}

// publishing has a pod serve what an archive node of some blocks of the chain in a namespace packs so, under that name, where the node was told more.
func publishing(ctx context.Context, chain, name string, cutAfter int, told []corev1.EnvVar, how ...string) string {
	provider := standin("provider", emptyDir(), "standin", "serve-dir", "--dir", home+"/published", "--listen", ":8080", "--cut-after", strconv.Itoa(cutAfter))
	provider.Labels = map[string]string{"app": "provider"}
	former := container("former", "start", "--home", home, "--halt-height", strconv.Itoa(heldHeight))
	former.Env = slices.Concat(told, withoutServices)
	provider.Spec.InitContainers = append(newHome("archive", chain, chainPods...), former,
		container("pack", append([]string{"standin", "pack", "--home", home, "--out", home + "/published/" + name}, how...)...))
	Expect(k8s.Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "provider"},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Selector: provider.Labels, Ports: []corev1.ServicePort{{Name: "http", Port: 8080}}},
	})).To(Succeed())
	create(ctx, provider)
	Eventually(ctx, func(g Gomega) { g.Expect(isReady(get(ctx, g, "provider", &corev1.Pod{}))).To(BeTrue()) }).Should(Succeed())
	return "http://" + chainHost(namespace, "provider") + ":8080/" + name
}

// rpcsOf are the addresses of the RPCs of a chain's own nodes.
func rpcsOf(chain string) (servers []string) {
	for _, name := range chainPods {
		servers = append(servers, rpcOf(chain, name))
	}
	return servers
}

var _ = Describe("A node on an empty claim", func() {
	It("comes to the tip from a published archive, by a server that breaks off", func(ctx context.Context) {
		fresh := following(ctx, "fresh", chainNamespace)
		fresh.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{URL: publish(ctx, 4096)}}
		create(ctx, fresh)
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonRestored)
		expectRunning(ctx, "fresh", "data-fresh")
		var events corev1.EventList
		Expect(k8s.List(ctx, &events, client.InNamespace(namespace), client.MatchingFields{"involvedObject.name": "fresh"})).To(Succeed())
		Expect(events.Items).To(ContainElement(HaveField("Reason", "Bootstrapped")))

		By("being told of another source, which restarts nothing")
		pod := podUID(ctx, "fresh-0")
		edit(ctx, "fresh", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.Bootstrap.Archive.URL = "http://elsewhere.invalid/" })
		Consistently(ctx, func() string { return string(podUID(ctx, "fresh-0")) }).Should(BeEquivalentTo(pod))

		By("starting again on what it has")
		deletePod(ctx, get(ctx, Default, "fresh-0", &corev1.Pod{}))
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonNotNeeded)
		expectRunning(ctx, "fresh", "data-fresh")
	})

	It("is told why the archive does not come, and goes on once the source is corrected", func(ctx context.Context) {
		fresh := following(ctx, "fresh", chainNamespace)
		right := publish(ctx, 0)
		fresh.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{URL: right + ".gone"}}
		create(ctx, fresh)
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "False", seiv1alpha1.ReasonArchiveNotFound)
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonBootstrapFailed)
		edit(ctx, "fresh", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
			node.Spec.Bootstrap.Archive.URL, node.Spec.Bootstrap.Archive.SHA256 = right, ptr.To("00000000000000000000000000000000000000000000000000000000000000aa")
		})
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "False", seiv1alpha1.ReasonChecksumMismatch)
		edit(ctx, "fresh", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.Bootstrap.Archive.SHA256 = nil })
		expectRunning(ctx, "fresh", "data-fresh")
	})

	It("from an archive of another fork of the chain says so, runs on, and says so no more once others are asked", func(ctx context.Context) {
		startChain(ctx, namespace, emptyDir()) // of the same chain-id, with blocks of its own, and fewer of them
		fresh := following(ctx, "fresh", namespace)
		fresh.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{
			Archive:   &seiv1alpha1.ArchiveSource{URL: publishing(ctx, namespace, "fork.tar", 0, nil)},
			Witnesses: rpcsOf(chainNamespace),
		}
		create(ctx, fresh)
		said := expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "False", seiv1alpha1.ReasonWrongFork)
		for _, server := range rpcsOf(chainNamespace) {
			Expect(said).To(ContainSubstring(server + " has "))
		}
		Eventually(ctx, func() []corev1.Event { return eventsOf(ctx, "fresh") }).Should(
			ContainElement(And(HaveField("Reason", "BootstrapFailed"), HaveField("Message", HavePrefix("WrongFork")))))
		expectRunning(ctx, "fresh", "data-fresh")

		By("asking those of its own chain")
		edit(ctx, "fresh", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
			node.Spec.Bootstrap.Witnesses = rpcsOf(namespace)
			node.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: seiv1alpha1.RolloutNow}
		})
		Expect(expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonRestored)).To(ContainSubstring("the witnesses have the same block"))
		expectRunning(ctx, "fresh", "data-fresh")
	})

	It("is a new validator, whose key never signed", func(ctx context.Context) {
		_, key := newSigningKey()
		create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "signing"}, Data: map[string][]byte{"priv_validator_key.json": key}})
		fresh := following(ctx, "fresh", chainNamespace)
		fresh.Spec.FullNode, fresh.Spec.Validator = nil, &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "signing"}}
		fresh.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{URL: publish(ctx, 0)}}
		Expect(k8s.Create(ctx, fresh.DeepCopy())).To(MatchError(ContainSubstring("a key that never signed")))
		fresh.Spec.Validator.SignState = ptr.To(seiv1alpha1.SignStateFresh)
		create(ctx, fresh)
		expectRunning(ctx, "fresh", "data-fresh")
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonRestored)
		expectLeases(ctx, "fresh", 2)
		Expect(signed(ctx, "data-fresh")).To(BeZero(), "the archive's sign state came along")
	})

	It("of a public chain waits, and says what it wants", func(ctx context.Context) {
		lost := creating("lost")
		lost.Spec.ChainID = "pacific-1"
		create(ctx, lost)
		Expect(expectCondition(ctx, "lost", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonDataRefused)).To(ContainSubstring("spec.bootstrap.archive"))
		expectCondition(ctx, "lost", seiv1alpha1.ConditionDataInspected, "False", seiv1alpha1.ReasonBootstrapRequired)
	})
})
