//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// liar runs a node of the chain whose RPC tells of other blocks than everybody else's.
func liar(ctx context.Context) {
	lies := standin("liar", emptyDir(), "start", "--home", home)
	lies.Labels = map[string]string{"app": "liar"}
	lies.Spec.InitContainers = newHome("full", chainNamespace, chainPods...)
	lies.Spec.Containers[0].Env = append([]corev1.EnvVar{{Name: "SEID_STANDIN_LIES_FROM", Value: "1"}}, withoutServices...)
	Expect(k8s.Create(ctx, chainService(namespace, "liar"))).To(Succeed())
	create(ctx, lies)
}

// rpcOf is the address of a node's RPC, by its Service.
func rpcOf(namespace, name string) string { return "http://" + name + "." + namespace + ".svc:26657" }

// trustedBy has a node fetch its state, and trust its chain by those servers.
func trustedBy(servers ...string) *seiv1alpha1.BootstrapSpec {
	return &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{RPCServers: servers}}
}

func trust(ctx context.Context, name string, servers ...string) {
	edit(ctx, name, &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.Bootstrap = trustedBy(servers...) })
}

// synced is what the agent in a node's pod says of its state sync, empty while it says nothing.
func synced(ctx context.Context, name string) (said wire.Restore) {
	url := fmt.Sprintf("/api/v1/namespaces/%s/pods/%s-0:%d/proxy/status", namespace, name, seid.AgentPort)
	answer, _ := raw.CoreV1().RESTClient().Get().AbsPath(url).DoRaw(ctx)
	var status wire.NodeStatus
	if json.Unmarshal(answer, &status) == nil && status.Restore != nil {
		return *status.Restore
	}
	return said
}

func eventsOf(ctx context.Context, name string) []corev1.Event {
	var events corev1.EventList
	Expect(k8s.List(ctx, &events, client.InNamespace(namespace), client.MatchingFields{"involvedObject.name": name})).To(Succeed())
	return events.Items
}

var _ = Describe("A full node that fetches its state from its peers", long, func() {
	It("is told what is in its way, and comes to the tip by two SeiNodes once nothing is", func(ctx context.Context) {
		wanted := following(ctx, "", chainNamespace)
		for _, name := range []string{"one", "two"} {
			serves := wanted.DeepCopy()
			serves.Labels = map[string]string{"state": "served"}
			serves.Name, serves.Spec.Snapshots = name, &seiv1alpha1.SnapshotsSpec{Interval: 10, KeepRecent: ptr.To[int32](5)}
			create(ctx, serves)
		}
		liar(ctx)

		By("having no peer that offers a snapshot")
		fresh := wanted.DeepCopy()
		fresh.Name, fresh.Spec.Overrides = "fresh", map[string]string{"p2p.pex": "false"} // the serving nodes are its peers' peers
		fresh.Spec.Bootstrap = trustedBy(rpcOf(chainNamespace, "devnet"), rpcOf(chainNamespace, "companion"))
		create(ctx, fresh)
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "False", seiv1alpha1.ReasonNoSnapshots)
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonBootstrapping)

		By("being told by one server of another block")
		for _, name := range []string{"one", "two"} {
			expectRunning(ctx, name, "data-"+name)
			Eventually(ctx, func() int { return height(ctx, namespace, name+"-0") }).Should(BeNumerically(">", 22), "a snapshot, and two blocks after it")
		}
		edit(ctx, "fresh", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
			node.Spec.Bootstrap = trustedBy(rpcOf(namespace, "one"), rpcOf(namespace, "two"), rpcOf(namespace, "liar"))
			for _, name := range []string{"one", "two"} {
				node.Spec.Peers.Static = append(node.Spec.Peers.Static, fmt.Sprintf("%s@%s.%s.svc:26656", nodeID(ctx, namespace, name+"-0"), name, namespace))
			}
		})
		said := expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "False", seiv1alpha1.ReasonWitnessDisagreement)
		Expect(said).To(And(ContainSubstring(rpcOf(namespace, "one")+" has "+strings.ToUpper(blockHash(ctx, 1))), ContainSubstring(rpcOf(namespace, "liar")+" has ")))
		Expect(eventsOf(ctx, "fresh")).To(ContainElement(And(HaveField("Reason", "BootstrapFailed"), HaveField("Message", HavePrefix("WitnessDisagreement")))))

		By("being told twice by one")
		trust(ctx, "fresh", rpcOf(namespace, "one"), strings.Replace(rpcOf(namespace, "one"), ".svc", ".svc.cluster.local", 1))
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "False", seiv1alpha1.ReasonWitnessRepeated)

		By("being told by two that agree")
		trust(ctx, "fresh", rpcOf(namespace, "one"), rpcOf(namespace, "two"))
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonStateSynced)
		expectRunning(ctx, "fresh", "data-fresh")
		first := firstBlock(ctx, "fresh-0")
		Expect(first).To(And(BeNumerically(">", 10), WithTransform(func(at int) int { return at % 10 }, Equal(1))), "the block after a snapshot")
		Expect(node(ctx, Default, "fresh").Status.Bootstrap).To(And(HaveField("Source", "StateSync"), HaveField("Attempts", HaveValue(BeEquivalentTo(2)))))
		Expect(eventsOf(ctx, "fresh")).To(ContainElement(HaveField("Reason", "Bootstrapped")))

		By("being told by those that bear a label")
		led := wanted.DeepCopy()
		served := &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"state": "served"}}
		led.Name, led.Spec.Peers = "led", &seiv1alpha1.PeersSpec{Nodes: served}
		led.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{WitnessNodes: served}}
		create(ctx, led)
		expectCondition(ctx, "led", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonStateSynced)
		expectRunning(ctx, "led", "data-led")

		By("being told of other servers, which restarts nothing, and starting again on what it has")
		pod := podUID(ctx, "fresh-0")
		trust(ctx, "fresh", "http://elsewhere.invalid:26657", "http://nowhere.invalid:26657")
		Consistently(ctx, func() string { return string(podUID(ctx, "fresh-0")) }).Should(BeEquivalentTo(pod))
		deletePod(ctx, get(ctx, Default, "fresh-0", &corev1.Pod{}))
		expectRunning(ctx, "fresh", "data-fresh")
		Eventually(ctx, func() int { return firstBlock(ctx, "fresh-0") }).Should(Equal(first), "the same data")
	})

	It("begins anew when seid is killed in the middle", func(ctx context.Context) {
		startChain(ctx, namespace, emptyDir(), corev1.EnvVar{Name: "SEID_STATE_SYNC_SNAPSHOT_INTERVAL", Value: "20"}, corev1.EnvVar{Name: "SEID_STATE_SYNC_SNAPSHOT_KEEP_RECENT", Value: "10"},
			corev1.EnvVar{Name: "SEID_STANDIN_SNAPSHOT_CHUNKS", Value: "30"}, corev1.EnvVar{Name: "SEID_STANDIN_CHUNK_DELAY", Value: "1s"})
		Eventually(ctx, func() int { return height(ctx, namespace, "companion") }).Should(BeNumerically(">", 22), "a snapshot, and two blocks after it")
		fresh := following(ctx, "fresh", namespace)
		fresh.Spec.Bootstrap = trustedBy(rpcOf(namespace, "devnet"), rpcOf(namespace, "companion"))
		create(ctx, fresh)
		const kills = 3
		for attempt := 1; attempt <= kills; attempt++ {
			Eventually(ctx, func() wire.Restore { return synced(ctx, "fresh") }).Should(And(HaveField("Attempts", attempt), HaveField("Percent", BeNumerically(">=", 5*attempt)),
				HaveField("Percent", BeNumerically("<", 100))))
			killSeid(ctx, get(ctx, Default, "fresh-0", &corev1.Pod{}))
		}
		expectCondition(ctx, "fresh", seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonStateSynced)
		expectRunning(ctx, "fresh", "data-fresh")
		Expect(node(ctx, Default, "fresh").Status.Bootstrap.Attempts).To(HaveValue(BeEquivalentTo(kills + 1)))
		Expect(firstBlock(ctx, "fresh-0") % 20).To(Equal(1))
	})
})
