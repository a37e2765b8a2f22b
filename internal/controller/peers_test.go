package controller_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/workload"
)

// In these specs a kubelet says what prepare would: which ID a node has.
var _ = Describe("Nodes that select each other", func() {
	It("start one after the other, know those that were there, and are not restarted for those that come", func(ctx context.Context) {
		for _, name := range []string{"node-a", "node-b", "node-c"} {
			create(ctx, meshed(ctx, name))
		}
		By("starting the first, which knows nobody")
		first := podOf(ctx, "node-a")
		Expect(peerVariables(ctx, "node-a")).To(BeEmpty())
		expectReady(ctx, "node-b", "False/AwaitingPeers", `SeiNode "node-a", whose ID is not known yet`)
		expectNoWorkload(ctx, "node-b")
		expectNoWorkload(ctx, "node-c")

		By("starting the others as IDs become known")
		saysID(ctx, "node-a")
		second := podOf(ctx, "node-b")
		Expect(peerVariables(ctx, "node-b")).To(Equal(map[string]string{"PERSISTENT_PEERS": at("node-a")}))
		saysID(ctx, "node-b")
		third := podOf(ctx, "node-c")
		Expect(peerVariables(ctx, "node-c")).To(Equal(map[string]string{"PERSISTENT_PEERS": at("node-a") + "," + at("node-b")}))
		saysID(ctx, "node-c")

		By("leaving the older ones alone")
		expectPeers(ctx, "node-a", []string{"node-b", "node-c"})
		expectPeers(ctx, "node-b", []string{"node-a", "node-c"})
		expectPeers(ctx, "node-c", []string{"node-a", "node-b"})
		expectQuiet(ctx)
		Expect(peerVariables(ctx, "node-a")).To(BeEmpty())
		expectCondition(ctx, "node-a", seiv1alpha1.ConditionNodeUpdateInProgress, "False/UpToDate")
		Expect([]types.UID{podOf(ctx, "node-a"), podOf(ctx, "node-b"), podOf(ctx, "node-c")}).To(Equal([]types.UID{first, second, third}))

		By("telling them with the next change that the user asks for")
		setImage(ctx, "node-a", "sei:newer")
		Eventually(ctx, func() map[string]string { return peerVariables(ctx, "node-a") }).Should(Equal(map[string]string{"PERSISTENT_PEERS": at("node-b") + "," + at("node-c")}))
		Eventually(ctx, func() types.UID { return podOf(ctx, "node-a") }).ShouldNot(Equal(first))

		By("dropping one that goes")
		remove(ctx, node(ctx, "node-c"))
		expectPeers(ctx, "node-b", []string{"node-a"})
		Expect(podOf(ctx, "node-b")).To(Equal(second))
		expectQuiet(ctx)
	})

	It("do not start with one node key: the younger waits, until the older is gone", func(ctx context.Context) {
		for _, name := range []string{"older", "younger"} {
			twin := meshed(ctx, name)
			twin.Spec.Peers, twin.Spec.NodeKey = nil, &seiv1alpha1.SecretReference{SecretName: "one"}
			create(ctx, twin)
			if name == "older" {
				podOf(ctx, "older")
				expectReady(ctx, "older", "True/NodeReady")
			}
		}
		expectReady(ctx, "younger", "False/NodeKeyInUse", `SeiNode "older"`, `Secret "one"`)
		expectNoWorkload(ctx, "younger")
		expectReady(ctx, "older", "True/NodeReady")
		remove(ctx, node(ctx, "older"))
		podOf(ctx, "younger")
	})
})

var _ = Describe("A validator behind sentries", func() {
	It("is dialled by those that keep it to themselves, each of which is replaced once, and by nobody else", func(ctx context.Context) {
		pods := map[string]types.UID{}
		for _, name := range []string{"sentry-a", "sentry-b", "other"} {
			made := meshed(ctx, name)
			if name != "other" {
				made.Labels["sentry"] = "validator"
			}
			create(ctx, made)
			pods[name] = podOf(ctx, name)
			saysID(ctx, name)
			expectReady(ctx, name, "True/NodeReady")
		}
		validator := meshed(ctx, "validator") // it has the label of the others
		validator.Spec.Archive, validator.Spec.Validator, validator.Spec.Peers = nil, &seiv1alpha1.ValidatorSpec{}, nil
		validator.Spec.Sentries = &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"sentry": "validator"}}
		create(ctx, validator)

		By("starting it without anybody's address")
		pods["validator"] = podOf(ctx, "validator")
		none := map[string]string{"PERSISTENT_PEERS": ",", "BOOTSTRAP_PEERS": ",", "BLOCKSYNC_PEERS": ",", "PEX": "false"}
		Expect(peerVariables(ctx, "validator")).To(Equal(none))
		Eventually(ctx, func() []string { return node(ctx, "validator").Status.Peers.Waiting }).Should(Equal([]string{"sentry-a", "sentry-b"}))

		By("replacing the first of the sentries, whose pod takes its time, and leaving the second there meanwhile")
		keepPod(ctx, "sentry-a-0")
		saysID(ctx, "validator")
		expectReady(ctx, "sentry-a", "False/Updating")
		expectCondition(ctx, "sentry-b", seiv1alpha1.ConditionNodeUpdateInProgress, "False/RolloutPending", `SeiNode "sentry-a"`)
		Consistently(ctx, func() types.UID { return podOf(ctx, "sentry-b") }).Should(Equal(pods["sentry-b"]))
		Expect(peerVariables(ctx, "sentry-b")).NotTo(HaveKey("PRIVATE_PEER_IDS"))
		letPodGo(ctx, "sentry-a-0")

		By("replacing both, with its ID among those that they keep to themselves")
		for _, name := range []string{"sentry-a", "sentry-b"} {
			Eventually(ctx, func() types.UID { return podOf(ctx, name) }, "40s").ShouldNot(Equal(pods[name]))
			Expect(peerVariables(ctx, name)).To(And(
				HaveKeyWithValue("PRIVATE_PEER_IDS", idOf("validator")), HaveKeyWithValue("UNCONDITIONAL_PEER_IDS", idOf("validator")),
				HaveKeyWithValue("PERSISTENT_PEERS", ContainSubstring(at("validator"))),
			))
			Eventually(ctx, func() []seiv1alpha1.PeerStatus { return node(ctx, name).Status.Peers.Shields }).Should(
				Equal([]seiv1alpha1.PeerStatus{{Name: "validator", NodeID: idOf("validator")}}))
			expectReady(ctx, name, "True/NodeReady")
			saysID(ctx, name)
		}
		expectPeers(ctx, "validator", []string{"sentry-a", "sentry-b"})
		expectQuiet(ctx)

		By("leaving it, and the others, alone")
		Expect(podOf(ctx, "validator")).To(Equal(pods["validator"]))
		Expect(podOf(ctx, "other")).To(Equal(pods["other"]))
		for _, name := range []string{"sentry-a", "sentry-b", "other"} {
			Expect(peerNames(node(ctx, name).Status.Peers.Resolved)).NotTo(ContainElement("validator"))
		}
		Expect(peerVariables(ctx, "other")).NotTo(HaveKeyWithValue(Not(BeEmpty()), ContainSubstring(idOf("validator"))))

		By("replacing nothing when it is gone, and forgetting it with the next change")
		sentries := []types.UID{podOf(ctx, "sentry-a"), podOf(ctx, "sentry-b")}
		remove(ctx, node(ctx, "validator"))
		expectQuiet(ctx)
		Expect([]types.UID{podOf(ctx, "sentry-a"), podOf(ctx, "sentry-b")}).To(Equal(sentries))
		for _, name := range []string{"sentry-a", "sentry-b"} {
			setImage(ctx, name, "sei:newer")
			Eventually(ctx, func() map[string]string { return peerVariables(ctx, name) }).ShouldNot(HaveKey("PRIVATE_PEER_IDS"))
		}
	})
})

var _ = Describe("Two sentries of two validators", func() {
	It("are replaced one after the other for the second, or with what replaces them anyway", func(ctx context.Context) {
		for _, name := range []string{"sentry-a", "sentry-b"} {
			made := meshed(ctx, name)
			made.Labels, made.Spec.Peers = map[string]string{"role": "sentry"}, nil
			create(ctx, made)
		}
		behind := func(name string) {
			validator := meshed(ctx, name)
			validator.Labels, validator.Spec.Archive, validator.Spec.Validator, validator.Spec.Peers = nil, nil, &seiv1alpha1.ValidatorSpec{}, nil
			validator.Spec.Sentries = &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"role": "sentry"}}
			create(ctx, validator)
			saysID(ctx, name)
		}
		behind("first")
		pods := map[string]types.UID{}
		for _, name := range []string{"sentry-a", "sentry-b"} {
			saysID(ctx, name)
			Eventually(ctx, func() *seiv1alpha1.PeersStatus { return node(ctx, name).Status.Peers }).Should(HaveField("Shields", HaveLen(1)))
			expectReady(ctx, name, "True/NodeReady")
			pods[name] = podOf(ctx, name)
		}
		By("keeping the first of them from ending")
		keepPod(ctx, "sentry-a-0")
		behind("second")
		expectReady(ctx, "sentry-a", "False/Updating")
		expectCondition(ctx, "sentry-b", seiv1alpha1.ConditionNodeUpdateInProgress, "False/RolloutPending", `SeiNode "sentry-a"`)
		Consistently(ctx, func() types.UID { return podOf(ctx, "sentry-b") }).Should(Equal(pods["sentry-b"]))
		Expect(set(ctx, "sentry-b").Annotations[seiv1alpha1.AnnotationShields]).NotTo(ContainSubstring("second"))

		By("taking it along at once with what the user asks for")
		setImage(ctx, "sentry-b", "sei:newer")
		Eventually(ctx, func() types.UID { return podOf(ctx, "sentry-b") }).ShouldNot(Equal(pods["sentry-b"]))
		Expect(set(ctx, "sentry-b").Annotations[seiv1alpha1.AnnotationShields]).To(ContainSubstring("second"))
		Expect(podOf(ctx, "sentry-a")).To(Equal(pods["sentry-a"]))

		By("letting it go")
		letPodGo(ctx, "sentry-a-0")
		Eventually(ctx, func() types.UID { return podOf(ctx, "sentry-a") }).ShouldNot(Equal(pods["sentry-a"]))
		saysID(ctx, "sentry-a")
		saysID(ctx, "sentry-b")
		expectPeers(ctx, "second", []string{"sentry-a", "sentry-b"})
	})
})

// meshed builds an archive on a claim of its own name that selects all that are built by it.
func meshed(ctx context.Context, name string) *seiv1alpha1.SeiNode {
	boundClaim(ctx, "data-of-"+name, "10Gi")
	made := importing(name, "data-of-"+name)
	made.Labels = map[string]string{"mesh": "a"}
	made.Spec.Peers = &seiv1alpha1.PeersSpec{Nodes: &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"mesh": "a"}}}
	return made
}

func idOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:20])
}

func at(name string) string { return idOf(name) + "@" + name + "." + namespace + ".svc:26656" }

// podOf waits for the node's pod.
func podOf(ctx context.Context, name string) types.UID {
	pod := &corev1.Pod{}
	EventuallyWithOffset(1, ctx, func() bool { return exists(ctx, name+"-0", pod) }).Should(BeTrue(), "no pod of "+name)
	return pod.UID
}

// saysID has prepare in the node's pod say its ID, in this pod and the ones after it.
func saysID(ctx context.Context, name string) {
	message, err := json.Marshal(wire.Preparation{NodeID: idOf(name)})
	Expect(err).NotTo(HaveOccurred())
	EventuallyWithOffset(1, ctx, func() error {
		pod := &corev1.Pod{}
		if err := k8s.Get(ctx, key(name+"-0"), pod); err != nil {
			return err
		}
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: workload.ContainerPrepare, State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{Message: string(message)},
		}}}
		return k8s.Status().Update(ctx, pod)
	}).Should(Succeed())
	EventuallyWithOffset(1, ctx, func() *seiv1alpha1.NodeStatus { return node(ctx, name).Status.Node }).Should(HaveField("NodeID", idOf(name)))
}

func expectPeers(ctx context.Context, name string, resolved []string) {
	EventuallyWithOffset(1, ctx, func(g Gomega) {
		shown := node(ctx, name).Status.Peers
		g.Expect(shown).NotTo(BeNil())
		g.Expect(peerNames(shown.Resolved)).To(Equal(resolved))
		g.Expect(shown.Waiting).To(BeEmpty())
	}).Should(Succeed())
}

// peerVariables are those of the StatefulSet's seid that are about peers.
func peerVariables(ctx context.Context, name string) map[string]string {
	found := map[string]string{}
	for _, variable := range set(ctx, name).Spec.Template.Spec.Containers[0].Env {
		found[variable.Name] = variable.Value
	}
	wanted := map[string]string{}
	for _, key := range []string{"PERSISTENT_PEERS", "BOOTSTRAP_PEERS", "BLOCKSYNC_PEERS", "PEX", "PRIVATE_PEER_IDS", "UNCONDITIONAL_PEER_IDS"} {
		if value, is := found["SEID_P2P_"+key]; is {
			wanted[key] = value
		}
	}
	return wanted
}

func peerNames(peers []seiv1alpha1.PeerStatus) (names []string) {
	for _, peer := range peers {
		names = append(names, peer.Name)
	}
	return names
}
