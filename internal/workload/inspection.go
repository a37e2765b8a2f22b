package workload

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

// Inspection builds a pod that does nothing but look at a claim, as the pod of the node would before seid starts: for whoever asks before there is a node. The
// volume is read-only twice, for the kubelet and for the container, so that neither gives files to a group or labels them. It has no Secret, no token, no
// name of a node's, and an end: after so many seconds the kubelet stops it, whoever made it.
//
// Which key a validator would sign with is not looked at: that is in a Secret, and a sign state is judged without it.
func Inspection(node *seiv1alpha1.SeiNode, name, claimName string, seconds int64, config platform.Config) *corev1.Pod {
	security := podSecurity(node)
	security.FSGroup, security.FSGroupChangePolicy = nil, nil
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: node.Namespace, Labels: map[string]string{"app.kubernetes.io/name": "seinode-inspection"},
		},
		Spec: corev1.PodSpec{
			AutomountServiceAccountToken:  ptr.To(false),
			EnableServiceLinks:            ptr.To(false),
			RestartPolicy:                 corev1.RestartPolicyNever,
			ActiveDeadlineSeconds:         &seconds,
			TerminationGracePeriodSeconds: ptr.To[int64](1),
			DNSPolicy:                     corev1.DNSNone,
			DNSConfig:                     &corev1.PodDNSConfig{Nameservers: []string{"127.0.0.1"}},
			SecurityContext:               security,
			ImagePullSecrets:              orDefault(node.Spec.ImagePullSecrets, config.Images.PullSecrets),
			ServiceAccountName:            ptr.Deref(node.Spec.ServiceAccountName, ""), // which may have pull secrets of its own
			NodeSelector:                  nodeSelector(node, config),
			Tolerations:                   orDefault(node.Spec.Tolerations, config.Scheduling.Tolerations),
			Containers:                    []corev1.Container{looksAtVolume(node, config, nil, nil)},
			Volumes: []corev1.Volume{{Name: dataVolume, VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claimName, ReadOnly: true},
			}}},
		},
	}
}
