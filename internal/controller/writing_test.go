package controller_test

import (
	"context"
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

// optionalFields set one optional field of the spec each, and name what the pod template then holds. The specs take them away again.
var optionalFields = map[string]struct {
	set   func(*seiv1alpha1.SeiNodeSpec)
	holds func(corev1.PodTemplateSpec) bool
}{
	"an override": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.Overrides = map[string]string{"p2p.max-connections": "5"} },
		func(t corev1.PodTemplateSpec) bool { return hasVariable(t, "SEID_P2P_MAX_CONNECTIONS") },
	},
	"a peer": {
		func(s *seiv1alpha1.SeiNodeSpec) {
			s.Peers = &seiv1alpha1.PeersSpec{Static: []string{"0123456789abcdef0123456789abcdef01234567@a:26656"}}
		},
		func(t corev1.PodTemplateSpec) bool { return hasVariable(t, "SEID_P2P_PERSISTENT_PEERS") },
	},
	"a priority class": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.PriorityClassName = ptr.To("system-node-critical") },
		func(t corev1.PodTemplateSpec) bool { return t.Spec.PriorityClassName == "system-node-critical" },
	},
	"an external address": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.ExternalAddress = ptr.To("a:26656") },
		func(t corev1.PodTemplateSpec) bool { return hasVariable(t, "SEID_P2P_EXTERNAL_ADDRESS") },
	},
	"a node selector": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.NodeSelector = map[string]string{"a": "b"} },
		func(t corev1.PodTemplateSpec) bool { return len(t.Spec.NodeSelector) > 0 },
	},
	"a toleration": {
		func(s *seiv1alpha1.SeiNodeSpec) {
			s.Tolerations = []corev1.Toleration{{Key: "a", Operator: corev1.TolerationOpExists}}
		},
		func(t corev1.PodTemplateSpec) bool { return len(t.Spec.Tolerations) > 0 },
	},
	"an affinity": {
		func(s *seiv1alpha1.SeiNodeSpec) {
			s.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{}}
		},
		func(t corev1.PodTemplateSpec) bool { return t.Spec.Affinity.PodAffinity != nil },
	},
	"a label": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.PodLabels = map[string]string{"mine": "b"} },
		func(t corev1.PodTemplateSpec) bool { return t.Labels["mine"] != "" },
	},
	"an annotation": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.PodAnnotations = map[string]string{"mine": "b"} },
		func(t corev1.PodTemplateSpec) bool { return t.Annotations["mine"] != "" },
	},
	"a pull secret": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "a"}} },
		func(t corev1.PodTemplateSpec) bool { return len(t.Spec.ImagePullSecrets) > 0 },
	},
	"resources that the API server rounds": {
		func(s *seiv1alpha1.SeiNodeSpec) {
			s.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("500u")}}
		},
		func(t corev1.PodTemplateSpec) bool { return len(t.Spec.Containers[0].Resources.Requests) > 0 },
	},
	"a spread": {
		func(s *seiv1alpha1.SeiNodeSpec) {
			s.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
				MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: &metav1.LabelSelector{},
			}}
		},
		func(t corev1.PodTemplateSpec) bool { return len(t.Spec.TopologySpreadConstraints) > 0 },
	},
	"a service account": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.ServiceAccountName = ptr.To("mine") },
		func(t corev1.PodTemplateSpec) bool { return t.Spec.ServiceAccountName == "mine" },
	},
	"a genesis": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.Genesis = &seiv1alpha1.GenesisSpec{ConfigMapName: "mine"} },
		func(t corev1.PodTemplateSpec) bool {
			return slices.ContainsFunc(t.Spec.Volumes, func(v corev1.Volume) bool { return v.ConfigMap != nil })
		},
	},
	"a policy": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.DataVolume.Inspection = ptr.To(seiv1alpha1.InspectionWarn) },
		func(t corev1.PodTemplateSpec) bool { return slices.Contains(t.Spec.InitContainers[1].Args, "Warn") },
	},
	"a grace period": {
		func(s *seiv1alpha1.SeiNodeSpec) { s.TerminationGracePeriodSeconds = ptr.To[int64](60) },
		func(t corev1.PodTemplateSpec) bool { return *t.Spec.TerminationGracePeriodSeconds == 60 },
	},
}

func hasVariable(template corev1.PodTemplateSpec, name string) bool {
	return slices.ContainsFunc(template.Spec.Containers[0].Env, func(v corev1.EnvVar) bool { return v.Name == name })
}

// What the operator wrote looks like what the spec says, and then nothing is written any more.
var _ = Describe("The operator's way of writing", func() {
	for _, name := range slices.Sorted(maps.Keys(optionalFields)) {
		field := optionalFields[name]
		It("takes away what the spec no longer says: "+name, func(ctx context.Context) {
			running(ctx, "archive", "old")
			plain := *node(ctx, "archive").Spec.DeepCopy()
			first := podUID(ctx, "archive-0")
			editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { field.set(&node.Spec) })
			expectHolds(ctx, field.holds, true)
			second := expectReplaced(ctx, first)
			editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec = *plain.DeepCopy() })
			expectHolds(ctx, field.holds, false)
			third := expectReplaced(ctx, second)
			expectQuiet(ctx)
			Expect(podUID(ctx, "archive-0")).To(Equal(third), "it rolls once")
		})
	}

	It("puts a foreign edit right, and does not roll it out", func(ctx context.Context) {
		running(ctx, "archive", "old")
		pod := podUID(ctx, "archive-0")
		keepPod(ctx, "archive-0") // a deletion would show
		edit(ctx, "archive", &appsv1.StatefulSet{}, func(set *appsv1.StatefulSet) {
			seid := &set.Spec.Template.Spec.Containers[0]
			seid.Env = append(seid.Env, corev1.EnvVar{Name: "THEIRS", Value: "x"})
		})
		expectHolds(ctx, func(t corev1.PodTemplateSpec) bool { return hasVariable(t, "THEIRS") }, false)
		edit(ctx, "archive", &corev1.Service{}, func(service *corev1.Service) { service.Spec.Selector["theirs"] = "x" })
		Eventually(ctx, func() string { return get(ctx, "archive", &corev1.Service{}).Spec.Selector["theirs"] }).Should(BeEmpty())
		By("taking another template's mark, as kubectl rollout undo does, and the labels")
		mark := set(ctx, "archive").Spec.Template.Annotations[seiv1alpha1.AnnotationTemplate]
		edit(ctx, "archive", &appsv1.StatefulSet{}, func(set *appsv1.StatefulSet) {
			set.Spec.Template.Annotations[seiv1alpha1.AnnotationTemplate] = "former"
		})
		expectHolds(ctx, func(t corev1.PodTemplateSpec) bool { return t.Annotations[seiv1alpha1.AnnotationTemplate] == mark }, true)
		edit(ctx, "archive", &appsv1.StatefulSet{}, func(set *appsv1.StatefulSet) {
			set.Labels = map[string]string{"theirs": "kept"}
		})
		Eventually(ctx, func() map[string]string { return set(ctx, "archive").Labels }).Should(And(HaveKey(seiv1alpha1.LabelNodeUID), HaveKey("theirs")))
		expectQuiet(ctx)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "False/UpToDate")
		live := get(ctx, "archive-0", &corev1.Pod{})
		Expect(live.UID).To(Equal(pod))
		Expect(live.DeletionTimestamp).To(BeNil())
		expectReady(ctx, "archive", "True/NodeReady")
		letPodGo(ctx, "archive-0")
	})

	It("puts right what an older version made, and restarts nothing", func(ctx context.Context) {
		running(ctx, "archive", "old")
		pod := podUID(ctx, "archive-0")
		wipeStatus(ctx, "archive") // neither the digests nor the notes are there
		edit(ctx, "archive", &appsv1.StatefulSet{}, func(set *appsv1.StatefulSet) {
			maps.DeleteFunc(set.Annotations, func(key, _ string) bool { return key != seiv1alpha1.AnnotationSpecHash })
			seid := &set.Spec.Template.Spec.Containers[0]
			seid.Env = append(seid.Env, corev1.EnvVar{Name: "SEID_REMOVED_LONG_AGO", Value: "x"})
		})
		expectHolds(ctx, func(t corev1.PodTemplateSpec) bool { return hasVariable(t, "SEID_REMOVED_LONG_AGO") }, false)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		expectQuiet(ctx)
		Expect(podUID(ctx, "archive-0")).To(Equal(pod))
	})

	It("takes eight writes from apply to Running", func(ctx context.Context) {
		running(ctx, "archive", "old")
		expectQuiet(ctx)
		var told []string
		for _, line := range operatorWrites(namespace) {
			told = append(told, line.String())
		}
		Expect(len(told)).To(BeNumerically("<=", 8), "%v", told)
	})

	It("does what a task that failed does not need", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		create(ctx, guarded(importing("archive", "old")))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		first := podUID(ctx, "archive-0")
		stealService(ctx, "archive")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "False/Blocked", "ServiceNotOwned")

		By("rolling a new image")
		setImage(ctx, "archive", "sei:newer")
		expectReplaced(ctx, first)
		Eventually(ctx, func() string { return get(ctx, "archive-0", &corev1.Pod{}).Spec.Containers[0].Image }).Should(Equal("sei:newer"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseFailed)

		By("making again what somebody deleted")
		remove(ctx, get(ctx, "archive", &networkingv1.NetworkPolicy{}))
		Eventually(ctx, func() bool { return exists(ctx, "archive", &networkingv1.NetworkPolicy{}) }).Should(BeTrue())

		By("going on, and never back, once the Service is gone")
		phases := watchPhases(ctx, "archive")
		remove(ctx, get(ctx, "archive", &corev1.Service{}))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(phases()).NotTo(ContainElement(seiv1alpha1.PhaseInitializing))
	})

	It("makes again what somebody deleted while the node comes up", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		wants := guarded(importing("archive", "old"))
		wants.Spec.Image = "sei:bad"
		create(ctx, wants)
		expectReady(ctx, "archive", "False/PodNotReady")
		for _, made := range []client.Object{&corev1.Service{}, &networkingv1.NetworkPolicy{}} {
			first := get(ctx, "archive", made).GetUID()
			remove(ctx, made)
			Eventually(ctx, func() types.UID {
				if !exists(ctx, "archive", made) {
					return ""
				}
				return made.GetUID()
			}).ShouldNot(Or(BeEmpty(), Equal(first)))
		}
	})
})

// guarded has the node ask for a NetworkPolicy.
func guarded(node *seiv1alpha1.SeiNode) *seiv1alpha1.SeiNode {
	node.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{}
	return node
}

func expectHolds(ctx context.Context, holds func(corev1.PodTemplateSpec) bool, want bool) {
	EventuallyWithOffset(1, ctx, func() bool { return holds(set(ctx, "archive").Spec.Template) }).Should(Equal(want))
}

// expectReplaced waits until the node's pod is another one and the node ready with it, and returns the new one's UID.
func expectReplaced(ctx context.Context, former types.UID) types.UID {
	EventuallyWithOffset(1, ctx, func() types.UID { return podUID(ctx, "archive-0") }).ShouldNot(Or(BeEmpty(), Equal(former)))
	EventuallyWithOffset(1, ctx, func(g Gomega) {
		found := node(ctx, "archive")
		g.Expect(found.Status.ObservedGeneration).To(Equal(found.Generation))
		g.Expect(found.Status.Plan.Tasks).NotTo(ContainElement(HaveField("Status", seiv1alpha1.TaskRunning)))
	}).Should(Succeed())
	return podUID(ctx, "archive-0")
}

// expectQuiet waits until the operator has written all that it has to, and sees that it writes nothing more.
func expectQuiet(ctx context.Context) {
	EventuallyWithOffset(1, ctx, settled(), "20s", "300ms").Should(BeTrue())
	before := len(operatorWrites(namespace))
	ConsistentlyWithOffset(1, ctx, func() []fixture.Write { return operatorWrites(namespace)[before:] }).Should(BeEmpty())
}

// watchPhases returns what gives the phases that the node went through since.
func watchPhases(ctx context.Context, name string) func() []seiv1alpha1.Phase {
	watcher, err := client.NewWithWatch(api.config, client.Options{Scheme: k8s.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	changes, err := watcher.Watch(ctx, &seiv1alpha1.SeiNodeList{}, client.InNamespace(namespace))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(changes.Stop)
	var phases []seiv1alpha1.Phase
	return func() []seiv1alpha1.Phase {
		for {
			select {
			case change := <-changes.ResultChan():
				if node, is := change.Object.(*seiv1alpha1.SeiNode); is && node.Name == name {
					phases = append(phases, node.Status.Phase)
				}
			default:
				return phases
			}
		}
	}
}
