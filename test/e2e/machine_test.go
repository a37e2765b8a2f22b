//go:build e2e

package e2e

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

const (
	// realMachine is the local cluster's only one.
	realMachine = "localkube"
	// onlyHere keeps from the other machine all pods but those of its spec, which tolerate it.
	onlyHere = "e2e.sei.io/only-here"
)

var _ = Describe("A machine that is lost", long, func() {
	It("keeps its nodes from starting elsewhere, until somebody who knows that it is off says so as the message says", func(ctx context.Context) {
		machine := "lost-" + namespace
		for _, name := range []string{"stays", "goes", "stops"} {
			claimAnywhere(ctx, name, machine)
			fill(ctx, name)
		}
		join(ctx, machine)
		for _, name := range []string{"stays", "goes", "stops"} {
			create(ctx, preferring(machine, importing("node-"+name, name)))
			claimToRun(ctx, machine, "node-"+name+"-0")
			expectCondition(ctx, "node-"+name, seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		}
		data, before, first := bytesOf(ctx, "stays"), userPart(ctx, "goes"), podUID(ctx, "node-stays-0")

		By("hearing nothing of it: Kubernetes marks its pods after 50 s, and the node says so a minute later")
		message := expectCondition(ctx, "node-stays", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonMachineUnreachable)
		taint := commands(configuration, "## A machine that is lost", "<machine>", machine)
		Expect(message).To(HaveSuffix("make sure that it is off, and then: " + taint[0]))

		By("deleting one of its SeiNodes, which waits, and pausing one, which says that it may run on")
		deleteNow(ctx, node(ctx, Default, "node-goes"))
		setPaused(ctx, "node-stops", true)
		for name, reason := range map[string]string{"node-stops": seiv1alpha1.ReasonPaused, "node-goes": seiv1alpha1.ReasonTerminating} {
			Eventually(ctx, func() string { // not all pods of a machine are marked at one moment
				return expectCondition(ctx, name, seiv1alpha1.ConditionReady, "False", reason)
			}).Should(HaveSuffix(taint[0]))
		}
		Consistently(ctx, func(g Gomega) {
			g.Expect(get(ctx, g, "node-goes-0", &corev1.Pod{}).Spec.NodeName).To(Equal(machine))
			g.Expect(node(ctx, g, "node-goes").Finalizers).To(ContainElement(seiv1alpha1.Finalizer))
			g.Expect(podUID(ctx, "node-stays-0")).To(Equal(first), "a second pod, while the first may write")
		}).Should(Succeed())
		Expect(bytesOf(ctx, "stays")).To(Equal(data))

		By("obeying the message: that machine is certainly off")
		Expect(fixture.Obey(ctx, k8s, message)).To(Succeed())
		expectGone(ctx, "node-goes", &seiv1alpha1.SeiNode{})
		expectGone(ctx, "node-stops-0", &corev1.Pod{})
		Expect(userPart(ctx, "goes")).To(Equal(before), "the imported claim is as it was")
		expectRunning(ctx, "node-stays", "stays")
		Expect(get(ctx, Default, "node-stays-0", &corev1.Pod{}).Spec.NodeName).To(Equal(realMachine))

		By("finding the paused one stopped")
		Expect(expectCondition(ctx, "node-stops", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonPaused)).To(HaveSuffix("set it to false to start the node"))
		Expect(exists(ctx, "node-stops-0", &corev1.Pod{})).To(BeFalse())

		By("taking the taint off, as for a machine that is back")
		run(ctx, taint[1])
		Expect(taintsOf(ctx, machine)).NotTo(ContainElement(corev1.TaintNodeOutOfService))
	})
})

// claimAnywhere makes a claim on a volume that both machines reach, as they reach a disk of the network.
func claimAnywhere(ctx context.Context, name, machine string) {
	claimOn(ctx, namespace, name, volumeAt(ctx, GinkgoT().TempDir(), realMachine, machine))
}

// volumeAt makes a volume of a folder of this machine, for the pods of those machines. It goes with the spec; its folder does not go with it.
func volumeAt(ctx context.Context, folder string, machines ...string) *corev1.PersistentVolume {
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{GenerateName: namespace + "-"},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: folder}},
			NodeAffinity:                  &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{on(machines...)}}},
		},
	}
	create(ctx, volume)
	DeferCleanup(func(ctx context.Context) { deleteNow(ctx, volume) })
	return volume
}

func on(machines ...string) corev1.NodeSelectorTerm {
	return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{
		{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: machines}}}
}

// join adds a machine to the cluster that says once that it is ready, and nothing any more: nobody runs there.
func join(ctx context.Context, machine string) {
	joined := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: machine, Labels: map[string]string{corev1.LabelHostname: machine, corev1.LabelOSStable: "linux"}},
		Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: onlyHere, Effect: corev1.TaintEffectNoSchedule}}},
	}
	create(ctx, joined)
	DeferCleanup(func(ctx context.Context) { deleteNow(ctx, joined) })
	room := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("64"), corev1.ResourceMemory: resource.MustParse("512Gi"), corev1.ResourcePods: resource.MustParse("10")}
	patch := client.MergeFrom(joined.DeepCopy())
	joined.Status = corev1.NodeStatus{Capacity: room, Allocatable: room, Conditions: []corev1.NodeCondition{
		{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()}}}
	Expect(k8s.Status().Patch(ctx, joined, patch)).To(Succeed())
	Eventually(ctx, func() []string { return taintsOf(ctx, machine) }).Should(ConsistOf(onlyHere), "Kubernetes lets no pod go to a machine before it knows it to be ready")
}

// preferring has a node's pod go to a machine while that takes pods.
func preferring(machine string, node *seiv1alpha1.SeiNode) *seiv1alpha1.SeiNode {
	node.Spec.Tolerations = []corev1.Toleration{{Key: onlyHere, Operator: corev1.TolerationOpExists}}
	node.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{
		{Weight: 100, Preference: on(machine)}}}}
	return node
}

// claimToRun says of a pod what a kubelet says of one that is ready.
func claimToRun(ctx context.Context, machine, name string) {
	Eventually(ctx, func(g Gomega) { g.Expect(get(ctx, g, name, &corev1.Pod{}).Spec.NodeName).To(Equal(machine)) }).Should(Succeed())
	running := get(ctx, Default, name, &corev1.Pod{})
	patch := client.StrategicMergeFrom(running.DeepCopy())
	running.Status.Phase = corev1.PodRunning
	for _, kind := range []corev1.PodConditionType{corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		running.Status.Conditions = append(running.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()})
	}
	Expect(k8s.Status().Patch(ctx, running, patch)).To(Succeed())
}

func taintsOf(ctx context.Context, machine string) (keys []string) {
	found := &corev1.Node{}
	Expect(k8s.Get(ctx, client.ObjectKey{Name: machine}, found)).To(Succeed())
	for _, taint := range found.Spec.Taints {
		keys = append(keys, taint.Key)
	}
	return keys
}
