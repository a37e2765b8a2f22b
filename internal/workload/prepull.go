package workload

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/seid"
)

// ContainerPrePull is the one container of a pre-pull pod.
const ContainerPrePull = "pre-pull"

// PrePullName is the name of the node's one pre-pull pod.
func PrePullName(node *seiv1alpha1.SeiNode) string { return node.Name + "-pre-pull" }

// PrePull builds the pod that tries an image on a machine: it has it pulled, and runs "seid version", as the user that seid runs as. It mounts
// nothing, has no token, resolves no names and opens no port; no Kubernetes has a pod without a network, but a NetworkPolicy can select it by
// its label. None of its labels is a node's: no Service, budget, StatefulSet or anti-affinity takes it for the node's own pod.
//
// It has no deadline, which would count while a large image is pulled. It has no priority, so that no other pod has to make room for it.
func PrePull(node *seiv1alpha1.SeiNode, image, machine string, config platform.Config) *corev1.Pod {
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Name:            PrePullName(node),
			Namespace:       node.Namespace,
			Labels:          map[string]string{seiv1alpha1.LabelPrePull: "true"},
			Annotations:     map[string]string{seiv1alpha1.AnnotationPrePulls: prePulls(image, machine)},
			OwnerReferences: []metav1.OwnerReference{collectedWith(node)},
		},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken:  ptr.To(false),
			EnableServiceLinks:            ptr.To(false),
			RestartPolicy:                 corev1.RestartPolicyNever,
			TerminationGracePeriodSeconds: ptr.To[int64](1),
			DNSPolicy:                     corev1.DNSNone,
			DNSConfig:                     &corev1.PodDNSConfig{Nameservers: []string{"127.0.0.1"}},
			SecurityContext:               prePullSecurity(node),
			ImagePullSecrets:              orDefault(node.Spec.ImagePullSecrets, config.Images.PullSecrets),
			ServiceAccountName:            ptr.Deref(node.Spec.ServiceAccountName, ""), // which may have pull secrets of its own
			Tolerations:                   orDefault(node.Spec.Tolerations, config.Scheduling.Tolerations),
			Affinity:                      onMachine(machine),
			Containers:                    []corev1.Container{prePullContainer(image, config)},
		},
	}
}

// prePullContainer runs what takes seid least. Also then it writes its default files, as any command does (seid v6.6.2): into memory, which every
// container has there.
func prePullContainer(image string, config platform.Config) corev1.Container {
	return corev1.Container{
		Name: ContainerPrePull, Image: image, ImagePullPolicy: config.Images.PullPolicy,
		Command: []string{"seid"}, Args: []string{"version", "--home", seid.MemoryHome},
		Env: []corev1.EnvVar{lastWordsFirst}, Resources: config.Containers.Home, SecurityContext: containerSecurity(),
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
}

// prePullSecurity is that of the node's pod, without a group for volumes.
func prePullSecurity(node *seiv1alpha1.SeiNode) *corev1.PodSecurityContext {
	security := podSecurity(node)
	security.FSGroup, security.FSGroupChangePolicy = nil, nil
	return security
}

// collectedWith has garbage collection take an object with the node, and the node's deletion not wait for it.
func collectedWith(node *seiv1alpha1.SeiNode) metav1.OwnerReference {
	ref := *metav1.NewControllerRef(node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))
	ref.BlockOwnerDeletion = nil
	return ref
}

// onMachine leaves the pod to the scheduler, whose rules hold for it too: a machine that is cordoned, or full, does not take it.
func onMachine(machine string) *corev1.Affinity {
	named := corev1.NodeSelectorRequirement{Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{machine}}
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{named}}},
	}}}
}

// prePulls is what a pre-pull pod notes of its errand. The pod's own fields do not tell: some clusters put the name of a mirror into every image.
func prePulls(image, machine string) string { return image + " " + machine }

// PrePulls says whether the pod was made to try that image on that machine.
func PrePulls(pod *corev1.Pod, image, machine string) bool {
	return pod.Annotations[seiv1alpha1.AnnotationPrePulls] == prePulls(image, machine)
}

// PrePullMachine is the machine that a pre-pull pod was made for.
func PrePullMachine(pod *corev1.Pod) string {
	_, machine, _ := strings.Cut(pod.Annotations[seiv1alpha1.AnnotationPrePulls], " ") // which is in no image's name
	return machine
}

// Stuck is why the kubelet does not start a container, such as one whose image it cannot pull; nil where it does.
func Stuck(container corev1.ContainerStatus) *corev1.ContainerStateWaiting {
	waiting := container.State.Waiting
	if waiting == nil || waiting.Reason == "" || waiting.Reason == "ContainerCreating" || waiting.Reason == "PodInitializing" {
		return nil
	}
	return waiting
}
