package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// The names of the pod's volumes.
const (
	dataVolume    = "data"
	homeVolume    = "home"
	scratchVolume = "scratch"
	genesisVolume = "genesis"
	// secretVolume is a validator's Secret, signingVolume the copy of its key that the pod keeps.
	secretVolume  = "signing-secret"
	signingVolume = "signing-key"
	nodeKeyVolume = "node-key"

	reservationVolume = "reservation"
	archiveAuthVolume = "archive-auth"
)

func volumes(node *seiv1alpha1.SeiNode, claimName string) []corev1.Volume {
	all := []corev1.Volume{
		{Name: dataVolume, VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claimName},
		}},
		emptyDir(homeVolume), emptyDir(scratchVolume),
	}
	if node.Spec.Genesis != nil {
		all = append(all, corev1.Volume{Name: genesisVolume, VolumeSource: corev1.VolumeSource{
			ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: node.Spec.Genesis.ConfigMapName}},
		}})
	}
	if name := node.SigningSecret(); name != "" {
		all = append(all, keyVolume(secretVolume, name, seid.SigningKeyFile, secretMode(node)), inMemory(signingVolume))
	}
	if node.Mode() == seiv1alpha1.ModeValidator {
		all = append(all, reservation())
	}
	all = append(all, archiveAuth(node)...)
	if node.Spec.NodeKey != nil {
		all = append(all, keyVolume(nodeKeyVolume, node.Spec.NodeKey.SecretName, seid.NodeKeyFile, secretMode(node)))
	}
	return all
}

// reservation brings the pod's annotation of that name as a file, which is empty where there is none.
func reservation() corev1.Volume {
	return corev1.Volume{Name: reservationVolume, VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{
		Items: []corev1.DownwardAPIVolumeFile{{Path: seid.ReservationFile, FieldRef: &corev1.ObjectFieldSelector{
			FieldPath: "metadata.annotations['" + seiv1alpha1.AnnotationReservation + "']",
		}}},
	}}}
}

func emptyDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}

// inMemory is scratch space in memory, for one small file.
func inMemory(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
		Medium: corev1.StorageMediumMemory, SizeLimit: ptr.To(resource.MustParse("1Mi")),
	}}}
}

// keyVolume brings one file of a Secret, and none of its others.
func keyVolume(name, secret, file string, mode int32) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{
		SecretName: secret, DefaultMode: &mode, Items: []corev1.KeyToPath{{Key: file, Path: file}},
	}}}
}

func keyMounts(node *seiv1alpha1.SeiNode) []corev1.VolumeMount {
	var mounts []corev1.VolumeMount
	if node.SigningSecret() != "" {
		mounts = append(mounts, signingMount(true))
	}
	if node.Spec.NodeKey != nil {
		mounts = append(mounts, nodeKeyMount())
	}
	return mounts
}

func nodeKeyMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: nodeKeyVolume, MountPath: seid.NodeKeyDir, ReadOnly: true}
}

func secretMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: secretVolume, MountPath: seid.SecretKeyDir, ReadOnly: true}
}

func signingMount(readOnly bool) corev1.VolumeMount {
	return corev1.VolumeMount{Name: signingVolume, MountPath: seid.SigningKeyDir, ReadOnly: readOnly}
}

func reservationMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: reservationVolume, MountPath: seid.ReservationDir, ReadOnly: true}
}

func dataMount(readOnly bool) corev1.VolumeMount {
	return corev1.VolumeMount{Name: dataVolume, MountPath: seid.Volume, ReadOnly: readOnly}
}

func scratchMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: scratchVolume, MountPath: seid.Scratch}
}

func homeMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: homeVolume, MountPath: seid.HomeParent}
}
