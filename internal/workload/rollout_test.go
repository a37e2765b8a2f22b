package workload_test

import (
	"maps"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

// normalized is the StatefulSet as an API server hands it back: it defaults, rounds and drops.
func normalized(set *appsv1.StatefulSet) *appsv1.StatefulSet {
	live := set.DeepCopy()
	live.UID, live.ResourceVersion, live.Generation = "sts", "42", 1
	live.Spec.PodManagementPolicy, live.Spec.RevisionHistoryLimit = appsv1.OrderedReadyPodManagement, ptr.To[int32](10)
	pod := &live.Spec.Template.Spec
	pod.RestartPolicy, pod.DNSPolicy = corev1.RestartPolicyAlways, corev1.DNSClusterFirst
	if requests := pod.Containers[0].Resources.Requests; requests != nil {
		requests[corev1.ResourceCPU] = resource.MustParse("1m") // of 500u
	}
	return live
}

// stored is what the operator wrote last, and the digest that it kept.
func stored(node *seiv1alpha1.SeiNode, config platform.Config) (live *appsv1.StatefulSet, recorded string) {
	live = normalized(statefulSet(node, claimName, config, 1))
	return live, workload.StatefulSetChild.Digest(live)
}

// outcome is what a decision comes to: whether anything is written, whether that replaces the pod, and whether something waits.
type outcome struct{ writes, rolls, pends bool }

func decide(t *testing.T, live *appsv1.StatefulSet, node *seiv1alpha1.SeiNode, config platform.Config, recorded string) (
	came outcome, written *appsv1.StatefulSet,
) {
	t.Helper()
	d := workload.DecideStatefulSet(live, statefulSet(node, claimName, config, 1), recorded)
	if d.Rolls && d.Write == nil {
		t.Error("a roll without a write")
	}
	written, _ = d.Write.(*appsv1.StatefulSet)
	if written != nil {
		replaced := workload.PodMark(written) != workload.PodMark(live)
		if replaced != d.Rolls {
			t.Errorf("the mark of the pods changes: %t, the pod is to be replaced: %t", replaced, d.Rolls)
		}
		if got := workload.Mark(&written.Spec.Template); got != workload.PodMark(written) {
			t.Errorf("new pods get the mark %q, wanted %q", got, workload.PodMark(written))
		}
	}
	return outcome{written != nil, d.Rolls, d.Pending != ""}, written
}

// removals set one optional field of the spec each; the test takes it away again.
var removals = map[string]func(*seiv1alpha1.SeiNodeSpec){
	"resources": func(s *seiv1alpha1.SeiNodeSpec) {
		s.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("500u")}}
	},
	"node selector": func(s *seiv1alpha1.SeiNodeSpec) { s.NodeSelector = map[string]string{"a": "b"} },
	"tolerations":   func(s *seiv1alpha1.SeiNodeSpec) { s.Tolerations = []corev1.Toleration{{Key: "sei"}} },
	"affinity": func(s *seiv1alpha1.SeiNodeSpec) {
		s.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{}}
	},
	"pod labels":       func(s *seiv1alpha1.SeiNodeSpec) { s.PodLabels = map[string]string{"a": "b"} },
	"pod annotations":  func(s *seiv1alpha1.SeiNodeSpec) { s.PodAnnotations = map[string]string{"a": "b"} },
	"pull secrets":     func(s *seiv1alpha1.SeiNodeSpec) { s.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "s"}} },
	"grace period":     func(s *seiv1alpha1.SeiNodeSpec) { s.TerminationGracePeriodSeconds = ptr.To[int64](60) },
	"external address": func(s *seiv1alpha1.SeiNodeSpec) { s.ExternalAddress = ptr.To("a:1") },
	"topology spread": func(s *seiv1alpha1.SeiNodeSpec) {
		s.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1}}
	},
	"priority class":  func(s *seiv1alpha1.SeiNodeSpec) { s.PriorityClassName = ptr.To("high") },
	"service account": func(s *seiv1alpha1.SeiNodeSpec) { s.ServiceAccountName = ptr.To("sei") },
	"genesis":         func(s *seiv1alpha1.SeiNodeSpec) { s.Genesis = &seiv1alpha1.GenesisSpec{ConfigMapName: "g"} },
	"policy": func(s *seiv1alpha1.SeiNodeSpec) {
		s.DataVolume = &seiv1alpha1.DataVolumeSpec{Inspection: ptr.To(seiv1alpha1.InspectionWarn)}
	},
	"ignored names": func(s *seiv1alpha1.SeiNodeSpec) {
		s.DataVolume = &seiv1alpha1.DataVolumeSpec{Ignore: []string{"photos"}}
	},
	"user":     func(s *seiv1alpha1.SeiNodeSpec) { s.RunAs = &seiv1alpha1.RunAs{User: 1000} },
	"override": func(s *seiv1alpha1.SeiNodeSpec) { s.Overrides = map[string]string{"p2p.max-connections": "5"} },
	"halt":     halting,
	"peer":     func(s *seiv1alpha1.SeiNodeSpec) { s.Peers = &seiv1alpha1.PeersSpec{Static: []string{"a@b:1"}} },
}

// TestWhatTheSpecNoLongerSaysIsGone, rolls the pod once, and is then at rest.
func TestWhatTheSpecNoLongerSaysIsGone(t *testing.T) {
	for name, add := range removals {
		t.Run(name, func(t *testing.T) {
			plain, with := nodeOf(archive), nodeOf(archive, add)
			live, recorded := stored(with, platform.Default())
			got, written := decide(t, live, plain, platform.Default(), recorded)
			if got != (outcome{writes: true, rolls: true}) {
				t.Fatalf("removing it: %+v", got)
			}
			want := normalized(statefulSet(plain, claimName, platform.Default(), 1))
			if workload.StatefulSetChild.Digest(normalized(written)) != workload.StatefulSetChild.Digest(want) {
				t.Error("what is written is not what a node without it would get")
			}
			after := normalized(written)
			if got, _ := decide(t, after, plain, platform.Default(), workload.StatefulSetChild.Digest(after)); got != (outcome{}) {
				t.Errorf("afterwards: %+v", got)
			}
		})
	}
}

// TestWhatTheAPIServerNormalizesIsNoDrift: only what it looked like after the last write counts.
func TestWhatTheAPIServerNormalizesIsNoDrift(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		for name, node := range map[string]*seiv1alpha1.SeiNode{"plain": nodeOf(mode), "everything": nodeOf(mode, everything)} {
			for _, config := range []platform.Config{platform.Default(), platformWide()} {
				live, recorded := stored(node, config)
				if got, _ := decide(t, live, node, config, recorded); got != (outcome{}) {
					t.Errorf("%s: %+v", name, got)
				}
			}
		}
	})
}

// TestAnUnknownPastIsWrittenOnceAndRollsNothing: a status that was wiped, and an operator that died before it kept the digest.
func TestAnUnknownPastIsWrittenOnceAndRollsNothing(t *testing.T) {
	live, _ := stored(nodeOf(archive), platform.Default())
	if got, _ := decide(t, live, nodeOf(archive), platform.Default(), ""); got != (outcome{writes: true}) {
		t.Errorf("%+v", got)
	}
}

// TestAHandThatChangesTheStatefulSetIsPutRightAndNotRolledOut: the pod that runs never had the edit.
func TestAHandThatChangesTheStatefulSetIsPutRightAndNotRolledOut(t *testing.T) {
	pod := func(s *appsv1.StatefulSet) *corev1.PodSpec { return &s.Spec.Template.Spec }
	edits := map[string]func(*appsv1.StatefulSet){
		"claim": func(s *appsv1.StatefulSet) { pod(s).Volumes[0].PersistentVolumeClaim.ClaimName = "other" },
		"image": func(s *appsv1.StatefulSet) { pod(s).Containers[0].Image = "other" },
		"a variable more": func(s *appsv1.StatefulSet) {
			pod(s).Containers[0].Env = append(pod(s).Containers[0].Env, corev1.EnvVar{Name: "X"})
		},
		"a container more": func(s *appsv1.StatefulSet) {
			pod(s).Containers = append(pod(s).Containers, corev1.Container{Name: "x"})
		},
		"a volume more":   func(s *appsv1.StatefulSet) { pod(s).Volumes = append(pod(s).Volumes, corev1.Volume{Name: "x"}) },
		"host network":    func(s *appsv1.StatefulSet) { pod(s).HostNetwork = true },
		"user":            func(s *appsv1.StatefulSet) { pod(s).SecurityContext.RunAsUser = ptr.To[int64](0) },
		"restarted":       func(s *appsv1.StatefulSet) { s.Spec.Template.Annotations["kubectl.kubernetes.io/restartedAt"] = "now" },
		"a label gone":    func(s *appsv1.StatefulSet) { delete(s.Labels, seiv1alpha1.LabelNode) },
		"another mark":    func(s *appsv1.StatefulSet) { s.Spec.Template.Annotations[seiv1alpha1.AnnotationTemplate] = "former" }, // kubectl rollout undo
		"no mark":         func(s *appsv1.StatefulSet) { s.Spec.Template.Annotations = nil },
		"update strategy": func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.Type = appsv1.RollingUpdateStatefulSetStrategyType },
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			node := nodeOf(archive)
			live, recorded := stored(node, platform.Default())
			want := live.DeepCopy()
			pod := &corev1.Pod{ObjectMeta: *live.Spec.Template.ObjectMeta.DeepCopy()}
			edit(live)
			if workload.PodOutdated(pod, live) {
				t.Error("the pod is to be replaced while the edit is there")
			}
			got, written := decide(t, live, node, platform.Default(), recorded)
			if got != (outcome{writes: true}) {
				t.Fatalf("%+v", got)
			}
			if workload.StatefulSetChild.Digest(normalized(written)) != workload.StatefulSetChild.Digest(want) {
				t.Error("it is not as it was before the edit")
			}
			if workload.PodOutdated(pod, written) {
				t.Error("the pod is to be replaced after the edit was put right")
			}
			if written.UID != live.UID || written.ResourceVersion != live.ResourceVersion {
				t.Error("the write does not name the object that was seen")
			}
		})
	}
}

// TestTheRemedyOfWhatWaitsWorksASecondTime: the annotation counts once, and may still be there from the upgrade before.
func TestTheRemedyOfWhatWaitsWorksASecondTime(t *testing.T) {
	node := nodeOf(archive)
	for annotation, want := range map[string]string{
		"":                     "replaces the pod: kubectl annotate seinode " + node.Name + " -n " + node.Namespace + " sei.io/rollout=now",
		seiv1alpha1.RolloutNow: "replaces the pod: kubectl annotate seinode " + node.Name + " -n " + node.Namespace + " sei.io/rollout- && kubectl annotate",
	} {
		node.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: annotation}
		live, recorded := stored(node, platform.Default())
		decision := workload.DecideStatefulSet(live, statefulSet(node, claimName, newTemplate(), 1), recorded)
		if !strings.Contains(decision.Pending, want) {
			t.Errorf("annotation %q: %q, wanted …%s…", annotation, decision.Pending, want)
		}
	}
}

// newTemplate is what a newer operator, or a changed default of the platform, would build.
func newTemplate() platform.Config {
	config := platform.Default()
	config.Scheduling.NodeSelector = map[string]string{"pool": "new"}
	return config
}

// TestWhatNobodyAskedForWaits for the user's next change, or for the annotation: an upgrade must not restart a fleet.
func TestWhatNobodyAskedForWaits(t *testing.T) {
	image := func(s *seiv1alpha1.SeiNodeSpec) { s.Image = "sei:v7" }
	pause := func(s *seiv1alpha1.SeiNodeSpec) { s.Paused = ptr.To(true) }
	rollout := func(value string) func(*seiv1alpha1.SeiNode) {
		return func(n *seiv1alpha1.SeiNode) { n.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: value} }
	}
	same := func(*seiv1alpha1.SeiNode) {}
	tests := map[string]struct {
		edit func(*appsv1.StatefulSet)
		spec []func(*seiv1alpha1.SeiNodeSpec)
		node func(*seiv1alpha1.SeiNode)
		want outcome
	}{
		"nothing was asked for":                   {nil, nil, same, outcome{pends: true}},
		"a pause asks for no other pod":           {nil, changes(pause), same, outcome{pends: true}},
		"another image takes it along":            {nil, changes(image), same, outcome{writes: true, rolls: true}},
		"the annotation takes it now":             {nil, nil, rollout("now"), outcome{writes: true, rolls: true}},
		"an annotation that means nothing":        {nil, nil, rollout("later"), outcome{pends: true}},
		"somebody's edit does not roll it out":    {func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.HostNetwork = true }, nil, same, outcome{writes: true, pends: true}},
		"an older version's, edited or not":       {ofOlderVersion, nil, same, outcome{writes: true, pends: true}},
		"an older version's, and another image":   {ofOlderVersion, changes(image), same, outcome{writes: true, rolls: true}},
		"the annotation that was honoured, stays": {func(s *appsv1.StatefulSet) { s.Annotations[seiv1alpha1.AnnotationRollout] = "now" }, nil, rollout("now"), outcome{pends: true}},
		"the annotation that was honoured, gone":  {func(s *appsv1.StatefulSet) { s.Annotations[seiv1alpha1.AnnotationRollout] = "now" }, nil, same, outcome{writes: true, pends: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			live, recorded := stored(nodeOf(archive), platform.Default())
			if test.edit != nil {
				test.edit(live)
			}
			node := nodeOf(append(changes(archive), test.spec...)...)
			test.node(node)
			if got, _ := decide(t, live, node, newTemplate(), recorded); got != test.want {
				t.Errorf("%+v, wanted %+v", got, test.want)
			}
		})
	}
}

// ofOlderVersion takes away what versions before these notes did not write.
func ofOlderVersion(set *appsv1.StatefulSet) {
	for _, annotations := range []map[string]string{set.Annotations, set.Spec.Template.Annotations} {
		maps.DeleteFunc(annotations, func(key, _ string) bool { return key != seiv1alpha1.AnnotationSpecHash })
	}
}

// TestANewerAgentAloneIsNothing that anybody has to hear of.
func TestANewerAgentAloneIsNothing(t *testing.T) {
	live, recorded := stored(nodeOf(archive), platformWide())
	newer := platformWide()
	newer.Images.Agent = "operator:v2"
	if got, _ := decide(t, live, nodeOf(archive), newer, recorded); got != (outcome{}) {
		t.Errorf("%+v", got)
	}
	_, written := decide(t, live, nodeOf(archive, func(s *seiv1alpha1.SeiNodeSpec) { s.Image = "sei:v7" }), newer, recorded)
	if written == nil || written.Spec.Template.Spec.InitContainers[3].Image != "operator:v2" {
		t.Error("the next change does not take it along")
	}
}

// TestEveryChangeOfTheSpecRolls: it is not the image alone.
func TestEveryChangeOfTheSpecRolls(t *testing.T) {
	for name, add := range removals {
		live, recorded := stored(nodeOf(archive), platform.Default())
		if got, _ := decide(t, live, nodeOf(archive, add), platform.Default(), recorded); got != (outcome{writes: true, rolls: true}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestPendingSaysHowToTakeIt(t *testing.T) {
	live, recorded := stored(nodeOf(archive), platform.Default())
	d := workload.DecideStatefulSet(live, statefulSet(nodeOf(archive), claimName, newTemplate(), 1), recorded)
	if !strings.Contains(d.Pending, "kubectl annotate seinode archive-0 -n sei sei.io/rollout=now") {
		t.Error(d.Pending)
	}
}

// TestAServiceThatSomebodyEditedIsPutRight, what the API server allocated stays, and so do other people's notes.
func TestAServiceThatSomebodyEditedIsPutRight(t *testing.T) {
	tests := map[string]func(*corev1.Service){
		"selector":           func(s *corev1.Service) { s.Spec.Selector["sei.io/node"] = "other" },
		"port":               func(s *corev1.Service) { s.Spec.Ports[0].Port = 1 },
		"a port more":        func(s *corev1.Service) { s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: "x", Port: 2}) },
		"target port":        func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromString("other") },
		"external IPs":       func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"192.0.2.1"} },
		"hides unready pods": func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = false },
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			wanted := workload.Service(nodeOf(archive))
			live := wanted.DeepCopy()
			live.Spec.ClusterIPs, live.Spec.IPFamilies = []string{corev1.ClusterIPNone}, []corev1.IPFamily{corev1.IPv4Protocol}
			live.Labels["theirs"], live.Annotations["theirs"] = "kept", "kept"
			recorded, before := workload.ServiceChild.Digest(live), live.DeepCopy()
			if d := workload.ServiceChild.Decide(live, wanted, recorded); d.Write != nil {
				t.Error("it is written though nobody edited it")
			}
			edit(live)
			written := workload.ServiceChild.Decide(live, wanted, recorded).Write.(*corev1.Service)
			if workload.ServiceChild.Digest(written) != recorded || written.Labels["theirs"] != "kept" || written.Annotations["theirs"] != "kept" {
				t.Errorf("written is %+v, wanted %+v", written, before)
			}
		})
	}
}

// TestTheStampAndTheMarkAreTheSameForTheSameSpec: one that changes by itself would be drift for ever.
func TestTheStampAndTheMarkAreTheSameForTheSameSpec(t *testing.T) {
	first := setOf(archive, everything)
	for range 20 {
		again := setOf(archive, everything)
		if !maps.Equal(first.Annotations, again.Annotations) || workload.Mark(&first.Spec.Template) != workload.Mark(&again.Spec.Template) {
			t.Fatalf("%v and %v", first.Annotations, again.Annotations)
		}
	}
}

// TestReplicasAreNoDrift: pausing has its own way, which no plan stands in.
func TestReplicasAreNoDrift(t *testing.T) {
	live, recorded := stored(nodeOf(archive), platform.Default())
	live.Spec.Replicas = ptr.To[int32](0)
	if got, _ := decide(t, live, nodeOf(archive), platform.Default(), recorded); got != (outcome{}) {
		t.Errorf("%+v", got)
	}
}
