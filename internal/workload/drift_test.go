package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

// stored is the StatefulSet as an API server hands it back: with every field set that it defaults.
func stored(set *appsv1.StatefulSet) *appsv1.StatefulSet {
	live := set.DeepCopy()
	live.UID, live.ResourceVersion, live.Generation, live.CreationTimestamp = "sts", "42", 1, metav1.Now()
	live.Spec.PodManagementPolicy = appsv1.OrderedReadyPodManagement
	live.Spec.RevisionHistoryLimit = ptr.To[int32](10)
	live.Spec.PersistentVolumeClaimRetentionPolicy = &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
		WhenDeleted: appsv1.RetainPersistentVolumeClaimRetentionPolicyType, WhenScaled: appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
	}
	pod := &live.Spec.Template.Spec
	pod.RestartPolicy, pod.DNSPolicy, pod.SchedulerName = corev1.RestartPolicyAlways, corev1.DNSClusterFirst, corev1.DefaultSchedulerName
	for i := range pod.InitContainers {
		storedContainer(&pod.InitContainers[i])
	}
	storedContainer(&pod.Containers[0])
	for i := range pod.Volumes {
		if source := pod.Volumes[i].ConfigMap; source != nil {
			source.DefaultMode = ptr.To(corev1.ConfigMapVolumeSourceDefaultMode)
		}
	}
	return live
}

func storedContainer(container *corev1.Container) {
	container.TerminationMessagePath = corev1.TerminationMessagePathDefault
	container.TerminationMessagePolicy = corev1.TerminationMessageReadFile
	if container.ImagePullPolicy == "" {
		container.ImagePullPolicy = corev1.PullIfNotPresent
	}
	if container.Resources.Requests == nil { // a limit is the default of its request
		container.Resources.Requests = container.Resources.Limits
	}
}

// storedService is the Service as an API server hands it back.
func storedService(service *corev1.Service) *corev1.Service {
	live := service.DeepCopy()
	live.UID, live.ResourceVersion = "svc", "42"
	live.Spec.ClusterIPs = []string{corev1.ClusterIPNone}
	live.Spec.Type, live.Spec.SessionAffinity = corev1.ServiceTypeClusterIP, corev1.ServiceAffinityNone
	live.Spec.IPFamilies, live.Spec.IPFamilyPolicy = []corev1.IPFamily{corev1.IPv4Protocol}, ptr.To(corev1.IPFamilyPolicySingleStack)
	live.Spec.InternalTrafficPolicy = ptr.To(corev1.ServiceInternalTrafficPolicyCluster)
	return live
}

// TestWhatTheAPIServerDefaultsIsNoDrift: else the operator would write for ever.
func TestWhatTheAPIServerDefaultsIsNoDrift(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		for name, node := range map[string]*seiv1alpha1.SeiNode{"plain": nodeOf(mode), "everything": nodeOf(mode, everything)} {
			for _, config := range []platform.Config{platform.Default(), platformWide()} {
				wanted := workload.StatefulSet(node, claimName, config, 1)
				if workload.StatefulSetDrifted(stored(wanted), wanted) {
					t.Errorf("%s: the StatefulSet drifted", name)
				}
			}
			if wanted := workload.Service(node); workload.ServiceDrifted(storedService(wanted), wanted) {
				t.Errorf("%s: the Service drifted", name)
			}
			if wanted := workload.DisruptionBudget(node); workload.DisruptionBudgetDrifted(wanted.DeepCopy(), wanted) {
				t.Errorf("%s: the PodDisruptionBudget drifted", name)
			}
		}
	})
}

func TestAnObjectThatIsNotThereHasDrifted(t *testing.T) {
	if !workload.StatefulSetDrifted(nil, setOf(archive)) || !workload.ServiceDrifted(nil, workload.Service(nodeOf(archive))) {
		t.Error("no drift from nothing")
	}
}

// TestReplicasAreNoDrift: pausing has its own way, which no plan stands in.
func TestReplicasAreNoDrift(t *testing.T) {
	for _, replicas := range []int32{0, 1} {
		wanted := workload.StatefulSet(nodeOf(archive), claimName, platform.Default(), replicas)
		live := stored(setOf(archive))
		if workload.StatefulSetDrifted(live, wanted) {
			t.Errorf("live 1, wanted %d is taken for drift", replicas)
		}
		live.Spec.Replicas = ptr.To[int32](5)
		if workload.StatefulSetDrifted(live, wanted) {
			t.Errorf("live 5, wanted %d is taken for drift", replicas)
		}
	}
}

// TestEveryChangeOfTheSpecIsDrift: it is not the image alone.
func TestEveryChangeOfTheSpecIsDrift(t *testing.T) {
	live := stored(workload.StatefulSet(nodeOf(archive, everything), claimName, platformWide(), 1))
	tests := map[string]func(*seiv1alpha1.SeiNodeSpec){
		"image":                   func(s *seiv1alpha1.SeiNodeSpec) { s.Image = "sei:v7" },
		"resources":               func(s *seiv1alpha1.SeiNodeSpec) { s.Resources.Requests["cpu"] = resource.MustParse("9") },
		"resources removed":       func(s *seiv1alpha1.SeiNodeSpec) { s.Resources = nil },
		"resources emptied":       func(s *seiv1alpha1.SeiNodeSpec) { s.Resources = &corev1.ResourceRequirements{} },
		"node selector":           func(s *seiv1alpha1.SeiNodeSpec) { s.NodeSelector["disk"] = "ssd" },
		"node selector removed":   func(s *seiv1alpha1.SeiNodeSpec) { s.NodeSelector = nil },
		"tolerations":             func(s *seiv1alpha1.SeiNodeSpec) { s.Tolerations[0].Key = "other" },
		"tolerations removed":     func(s *seiv1alpha1.SeiNodeSpec) { s.Tolerations = nil },
		"affinity":                func(s *seiv1alpha1.SeiNodeSpec) { s.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{}} },
		"affinity removed":        func(s *seiv1alpha1.SeiNodeSpec) { s.Affinity = nil },
		"pod labels":              func(s *seiv1alpha1.SeiNodeSpec) { s.PodLabels["team"] = "other" },
		"pod labels removed":      func(s *seiv1alpha1.SeiNodeSpec) { s.PodLabels = nil },
		"pod annotations":         func(s *seiv1alpha1.SeiNodeSpec) { s.PodAnnotations["note"] = "other" },
		"pod annotations removed": func(s *seiv1alpha1.SeiNodeSpec) { s.PodAnnotations = nil },
		"pull secrets":            func(s *seiv1alpha1.SeiNodeSpec) { s.ImagePullSecrets[0].Name = "other" },
		"pull secrets removed":    func(s *seiv1alpha1.SeiNodeSpec) { s.ImagePullSecrets = nil },
		"grace period":            func(s *seiv1alpha1.SeiNodeSpec) { s.TerminationGracePeriodSeconds = ptr.To[int64](60) },
		"grace period removed":    func(s *seiv1alpha1.SeiNodeSpec) { s.TerminationGracePeriodSeconds = nil },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			wanted := workload.StatefulSet(nodeOf(archive, everything, change), claimName, platformWide(), 1)
			if !workload.StatefulSetDrifted(live, wanted) {
				t.Error("no drift")
			}
		})
	}
}

func TestAChangeOfThePlatformIsDrift(t *testing.T) {
	live := stored(workload.StatefulSet(nodeOf(archive), claimName, platformWide(), 1))
	if !workload.StatefulSetDrifted(live, workload.StatefulSet(nodeOf(archive), claimName, platform.Default(), 1)) {
		t.Error("no drift after the platform's defaults are gone")
	}
}

// TestAHandThatChangesTheLiveStatefulSetIsDrift, though the stamp is as it was.
func TestAHandThatChangesTheLiveStatefulSetIsDrift(t *testing.T) {
	tests := map[string]func(*appsv1.StatefulSet){
		"claim": func(s *appsv1.StatefulSet) {
			s.Spec.Template.Spec.Volumes[0].PersistentVolumeClaim.ClaimName = "other"
		},
		"image":           func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].Image = "other" },
		"args":            func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].Args[0] = "init" },
		"env":             func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].Env[0].Value = "other" },
		"mount":           func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].VolumeMounts[0].MountPath = "/" },
		"read-only mount": func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].VolumeMounts[0].ReadOnly = true },
		"port":            func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].Ports[0].ContainerPort = 1 },
		"host port":       func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.Containers[0].Ports[0].HostPort = 1 },
		"host network":    func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.HostNetwork = true },
		"no probe":        func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.InitContainers[3].ReadinessProbe = nil },
		"grace period":    func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.TerminationGracePeriodSeconds = ptr.To[int64](30) },
		"user":            func(s *appsv1.StatefulSet) { s.Spec.Template.Spec.SecurityContext.RunAsUser = ptr.To[int64](0) },
		"a label gone":    func(s *appsv1.StatefulSet) { delete(s.Spec.Template.Labels, "sei.io/node-uid") },
		"update strategy": func(s *appsv1.StatefulSet) { s.Spec.UpdateStrategy.Type = appsv1.RollingUpdateStatefulSetStrategyType },
		"stamp gone":      func(s *appsv1.StatefulSet) { s.Annotations = nil },
		"stamp changed":   func(s *appsv1.StatefulSet) { s.Annotations[seiv1alpha1.AnnotationSpecHash] = "other" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			live := stored(setOf(archive))
			change(live)
			if !workload.StatefulSetDrifted(live, setOf(archive)) {
				t.Error("no drift")
			}
		})
	}
}

func TestAHandThatChangesTheLiveServiceIsDrift(t *testing.T) {
	tests := map[string]func(*corev1.Service){
		"selector":           func(s *corev1.Service) { s.Spec.Selector["sei.io/node"] = "other" },
		"port":               func(s *corev1.Service) { s.Spec.Ports[0].Port = 1 },
		"target port":        func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromString("other") },
		"a port gone":        func(s *corev1.Service) { s.Spec.Ports = s.Spec.Ports[1:] },
		"hides unready pods": func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = false },
		"stamp gone":         func(s *corev1.Service) { s.Annotations = nil },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			wanted := workload.Service(nodeOf(archive))
			live := storedService(wanted)
			change(live)
			if !workload.ServiceDrifted(live, wanted) {
				t.Error("no drift")
			}
		})
	}
}

// TestTheStampIsTheSameForTheSameSpec: one that changes by itself would be drift for ever.
func TestTheStampIsTheSameForTheSameSpec(t *testing.T) {
	first := setOf(archive, everything).Annotations[seiv1alpha1.AnnotationSpecHash]
	for range 20 {
		if again := setOf(archive, everything).Annotations[seiv1alpha1.AnnotationSpecHash]; again != first || again == "" {
			t.Fatalf("stamps are %q and %q", first, again)
		}
	}
}
